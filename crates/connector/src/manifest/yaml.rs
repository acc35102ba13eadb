//! YAML text into trees.

use std::{borrow::Cow, collections::HashMap};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::{
    chars::Chars,
    positions::key,
    problem::{Fault, Position},
    scalar::{self, Tag},
    tree::{self, Content, Keys, Nodes, TreeBuilder},
};

/// The documents of a text whose first character stands at `first`, empty ones left out.
pub(super) fn parse<'a>(text: &'a str, first: Position, keys: &mut Keys) -> Result<Vec<Nodes<'a>>, Fault> {
    let mut reader =
        Reader { first, keys, done: Vec::new(), builder: TreeBuilder::default(), anchors: HashMap::new() };
    for event in Parser::new(Chars::new(text)) {
        let (event, span) = event.map_err(|error| reader.syntax(&error))?;
        reader.event(event, span)?;
    }
    Ok(reader.done)
}

struct Reader<'a, 'k> {
    first: Position,
    keys: &'k mut Keys,
    done: Vec<Nodes<'a>>,
    builder: TreeBuilder<'a>,
    anchors: HashMap<usize, Anchor>,
}

/// What an anchor stands on.
#[derive(Clone, Copy)]
enum Anchor {
    Node(u32),
    Key,
}

impl<'a> Reader<'a, '_> {
    fn event(&mut self, event: Event<'a>, span: Span) -> Result<(), Fault> {
        let at = self.position(span.start.line(), span.start.col());
        match event {
            Event::DocumentStart(_) => self.begin_document(),
            Event::DocumentEnd => self.end_document(),
            Event::Alias(anchor) => self.alias(anchor, at)?,
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.map_or(Tag::None, |tag| Tag::named(&tag.handle, &tag.suffix));
                self.scalar(text, style == ScalarStyle::Plain, tag, anchor, at)?;
            }
            Event::SequenceStart(anchor, _) => {
                self.refuse_key(at)?;
                let node = self.builder.begin_list(at)?;
                self.anchor(anchor, Anchor::Node(node));
            }
            Event::MappingStart(anchor, _) => {
                self.refuse_key(at)?;
                let node = self.builder.begin_map(at)?;
                self.anchor(anchor, Anchor::Node(node));
            }
            Event::SequenceEnd | Event::MappingEnd => self.builder.end(),
            Event::StreamStart | Event::StreamEnd | Event::Nothing => {}
        }
        Ok(())
    }

    fn begin_document(&mut self) {
        self.builder = TreeBuilder::default();
        self.keys.begin_document();
        self.anchors.clear();
    }

    fn end_document(&mut self) {
        let nodes = std::mem::take(&mut self.builder).finish();
        if nodes.root().is_some_and(|root| *root != Content::Null) {
            self.done.push(nodes);
        }
    }

    fn scalar(
        &mut self,
        text: Cow<'a, str>,
        plain: bool,
        tag: Tag,
        anchor: usize,
        at: Position,
    ) -> Result<(), Fault> {
        if !self.builder.expects_key() {
            let content = scalar::resolve(text, plain, tag).map_err(|message| Fault::at(at, message))?;
            let node = self.builder.scalar(content, at)?;
            self.anchor(anchor, Anchor::Node(node));
            return Ok(());
        }
        self.anchor(anchor, Anchor::Key);
        if scalar::is_merge(&text, plain, tag) {
            self.builder.key(key::MERGE, at);
            return Ok(());
        }
        let content = scalar::resolve(text, plain, tag).map_err(|message| Fault::at(at, message))?;
        let key = scalar::as_key(&content).map_err(|message| Fault::at(at, message))?;
        self.builder.key(self.keys.number(&key, at)?, at);
        Ok(())
    }

    fn anchor(&mut self, anchor: usize, target: Anchor) {
        // The parser's number for none.
        if anchor != 0 {
            self.anchors.insert(anchor, target);
        }
    }

    fn alias(&mut self, anchor: usize, at: Position) -> Result<(), Fault> {
        let target = match self.anchors.get(&anchor) {
            Some(Anchor::Node(node)) => *node,
            Some(Anchor::Key) => return Err(Fault::at(at, "an alias of a key: write the text out")),
            None => return Err(Fault::at(at, "this alias names an anchor of another document")),
        };
        if !self.builder.expects_key() {
            return self.builder.alias(target, at).map(drop);
        }
        let key = scalar::as_key(self.builder.content(target)).map_err(|message| Fault::at(at, message))?;
        self.builder.key(self.keys.number(&key, at)?, at);
        Ok(())
    }

    fn refuse_key(&self, at: Position) -> Result<(), Fault> {
        if self.builder.expects_key() { Err(Fault::at(at, scalar::COMPLEX_KEY)) } else { Ok(()) }
    }

    /// The parser's messages name at most one character of the text.
    fn syntax(&self, error: &ScanError) -> Fault {
        let at = self.position(error.marker().line(), error.marker().col());
        // The parser reads ahead, and has a limit of its own.
        if error.info() == "recursion limit exceeded" {
            return tree::too_deep(at);
        }
        Fault::at(at, format!("not valid YAML: {}", error.info()))
    }

    /// A place in the file, from a line that counts from 1 and a column that counts from 0 in this text.
    fn position(&self, line: usize, column: usize) -> Position {
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        let before = if line <= 1 { self.first.column } else { 1 };
        Position {
            line: self.first.line.saturating_add(number(line.saturating_sub(1))),
            column: before.saturating_add(number(column)),
        }
    }
}
