//! A control's page as Markdown structure: sections, their parts, and fenced blocks, each with its place.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::Block;

/// A second-level heading and what stands under it.
pub(crate) struct RawSection {
    pub(crate) heading: String,
    pub(crate) heading_span: Range<usize>,
    pub(crate) body: Range<usize>,
    /// Blocks before the first part.
    pub(crate) items: Vec<Item>,
    pub(crate) parts: Vec<Part>,
}

/// A third-level heading and what stands under it.
pub(crate) struct Part {
    pub(crate) heading: String,
    pub(crate) heading_span: Range<usize>,
    pub(crate) items: Vec<Item>,
}

/// A top-level block of the page.
pub(crate) enum Item {
    Fence { info: String, span: Range<usize>, block: Block },
    Paragraph { span: Range<usize> },
    Other { span: Range<usize> },
}

impl Item {
    pub(crate) fn span(&self) -> Range<usize> {
        match self {
            Self::Fence { span, .. } | Self::Paragraph { span } | Self::Other { span } => span.clone(),
        }
    }
}

/// Splits `text[start..]` at its headings. Also gives the place of anything before the first section.
pub(crate) fn split(text: &str, start: usize) -> (Vec<RawSection>, Option<Range<usize>>) {
    let mut sections: Vec<RawSection> = Vec::new();
    let mut stray = None;
    for top in blocks(text, start) {
        match top {
            Top::Heading { level: HeadingLevel::H2, heading, span } => {
                if let Some(previous) = sections.last_mut() {
                    previous.body.end = span.start;
                }
                let body = span.end..text.len();
                sections.push(RawSection { heading, heading_span: span, body, items: vec![], parts: vec![] });
            }
            other => match sections.last_mut() {
                Some(section) => section.push(other),
                None => {
                    stray.get_or_insert(other.span());
                }
            },
        }
    }
    (sections, stray)
}

impl RawSection {
    fn push(&mut self, top: Top) {
        match top {
            Top::Heading { level: HeadingLevel::H3, heading, span } => {
                self.parts.push(Part { heading, heading_span: span, items: vec![] });
            }
            Top::Heading { .. } => {}
            Top::Item(item) => {
                self.parts.last_mut().map_or(&mut self.items, |part| &mut part.items).push(item)
            }
        }
    }
}

enum Top {
    Heading { level: HeadingLevel, heading: String, span: Range<usize> },
    Item(Item),
}

impl Top {
    fn span(self) -> Range<usize> {
        match self {
            Self::Heading { span, .. } => span,
            Self::Item(item) => item.span(),
        }
    }
}

/// The blocks at the top level, in order; what is nested in them is skipped.
fn blocks(text: &str, start: usize) -> Vec<Top> {
    let mut events = Parser::new_ext(&text[start..], Options::ENABLE_TABLES)
        .into_offset_iter()
        .map(|(event, span)| (event, span.start + start..span.end + start));
    let mut blocks = Vec::new();
    while let Some((event, span)) = events.next() {
        let span = span.start..span.start + text[span.clone()].trim_end().len();
        let block = match event {
            Event::Start(Tag::Heading { level, .. }) => {
                Top::Heading { level, heading: inline_text(&mut events), span }
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let block = fenced_text(&mut events, text, &span);
                Top::Item(Item::Fence { info: info.trim().to_owned(), span, block })
            }
            Event::Start(Tag::Paragraph) => {
                skip(&mut events);
                Top::Item(Item::Paragraph { span })
            }
            Event::Start(_) => {
                skip(&mut events);
                Top::Item(Item::Other { span })
            }
            _ => Top::Item(Item::Other { span }),
        };
        blocks.push(block);
    }
    blocks
}

/// Passes over the rest of a block whose start was just read.
fn skip<'t>(events: &mut impl Iterator<Item = (Event<'t>, Range<usize>)>) {
    let mut depth = 1;
    for (event, _) in events {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return;
        }
    }
}

/// The text of a heading, without its markup.
fn inline_text<'t>(events: &mut impl Iterator<Item = (Event<'t>, Range<usize>)>) -> String {
    let mut text = String::new();
    for (event, _) in events {
        match event {
            Event::End(TagEnd::Heading(_)) => break,
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak => text.push(' '),
            _ => {}
        }
    }
    text
}

/// What stands between the fences. Sliced from the file rather than gathered from the events, so that every
/// byte of it has its place in the file, whatever the line endings.
fn fenced_text<'t>(
    events: &mut impl Iterator<Item = (Event<'t>, Range<usize>)>,
    file: &str,
    fence: &Range<usize>,
) -> Block {
    let mut inside: Option<Range<usize>> = None;
    for (event, span) in events {
        match event {
            Event::End(_) => break,
            _ => inside = Some(inside.map_or(span.start, |i| i.start)..span.end),
        }
    }
    let Some(inside) = inside else {
        return Block { text: String::new(), offset: fence.end };
    };
    // The first line's indentation belongs to it: pulldown-cmark leaves out as much as the fence has.
    let line_start = file[..inside.start].rfind('\n').map_or(0, |newline| newline + 1);
    let offset = line_start.max(fence.start).min(inside.start);
    Block { text: file[offset..inside.end].to_owned(), offset }
}
