//! A control from its file, with every mistake in it.

use std::ops::Range;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::document::{self, RawSection};
use crate::front_matter::{self, FrontMatter, Placed};
use crate::problem::Mistakes;
use crate::yaml;
use crate::{Check, Control, ControlId, ControlSource, Example, Framework, Problem, Section, folder, page};

/// Reads a control. `path` is where it is, from the folder that holds the categories: its last two parts are
/// the category and the id. Gives every mistake in it.
pub fn parse(
    path: &str,
    text: impl Into<Arc<str>>,
    frameworks: &[Framework],
) -> Result<Control, Vec<Problem>> {
    read(path, path, text.into(), frameworks).map(|file| file.control)
}

/// A control with the places of what only the whole library can judge.
pub(crate) struct ControlFile {
    pub(crate) control: Control,
    pub(crate) id_span: Range<usize>,
    pub(crate) former_ids: Vec<Placed<ControlId>>,
    /// Where it says that it replaces a built-in control.
    pub(crate) replaces: Option<Range<usize>>,
}

impl ControlFile {
    pub(crate) fn problem(&self, span: Range<usize>, message: String, help: &str) -> Problem {
        let text = self.control.source.text.clone();
        Problem {
            path: self.control.source.shown_path.clone(),
            text,
            span,
            message,
            help: Some(help.to_owned()),
        }
    }
}

/// `path` is kept with the control, `shown_path` goes into problems.
pub(crate) fn read(
    path: &str,
    shown_path: &str,
    text: Arc<str>,
    frameworks: &[Framework],
) -> Result<ControlFile, Vec<Problem>> {
    let mut mistakes = Mistakes::new(shown_path, text.clone());
    let file = read_parts(path, shown_path, &text, frameworks, &mut mistakes);
    match file {
        Some(file) if mistakes.is_empty() => Ok(file),
        _ => Err(mistakes.into_problems()),
    }
}

fn read_parts(
    path: &str,
    shown_path: &str,
    text: &Arc<str>,
    frameworks: &[Framework],
    mistakes: &mut Mistakes,
) -> Option<ControlFile> {
    let (yaml, body) = front_matter::locate(text, mistakes)?;
    let front_matter =
        yaml::read(text, yaml, mistakes).map(|node| FrontMatter::read(node, frameworks, mistakes));
    let manual = front_matter.as_ref().is_some_and(|front_matter| front_matter.manual);
    let page = read_page(text, body, manual, mistakes);
    let front_matter = front_matter?;
    file_agrees(path, &front_matter, mistakes);
    crate::check::serve(&page.checks, &front_matter.frameworks, mistakes);

    let (id, id_span) = front_matter.id?;
    let control = Control {
        id,
        title: front_matter.title?,
        severity: front_matter.severity?,
        category: front_matter.category?.0,
        frameworks: front_matter.frameworks,
        connectors: front_matter.connectors,
        former_ids: front_matter.former_ids.iter().map(|(id, _)| id.clone()).collect(),
        manual,
        variables: front_matter.variables,
        sections: page.sections,
        checks: page.checks,
        examples: page.examples,
        source: ControlSource {
            path: path.to_owned(),
            shown_path: shown_path.to_owned(),
            text: text.clone(),
        },
        digest: digest(text),
    };
    let (former_ids, replaces) = (front_matter.former_ids, front_matter.replaces);
    Some(ControlFile { control, id_span, former_ids, replaces })
}

struct Page {
    sections: Vec<Section>,
    checks: Vec<Check>,
    examples: Vec<Example>,
}

fn read_page(text: &str, start: usize, manual: bool, mistakes: &mut Mistakes) -> Page {
    let (raw, stray) = document::split(text, start);
    if let Some(span) = stray {
        mistakes.add_with_help(span, "text before the first section", "sections start with `## `");
    }
    page::check_sections(text, &raw, manual, mistakes);
    let under = |heading: &str| raw.iter().find(|section| section.heading == heading);
    let checks = under(page::CHECKS);
    let slugs = checks.and_then(crate::check::slugs);
    let checks = checks.map(|section| crate::check::read_all(text, section, mistakes)).unwrap_or_default();
    let examples = under(page::EXAMPLES)
        .map(|section| crate::example::read_all(text, section, slugs.as_deref(), mistakes));
    Page { sections: sections(text, &raw), checks, examples: examples.unwrap_or_default() }
}

fn sections(text: &str, raw: &[RawSection]) -> Vec<Section> {
    raw.iter()
        .filter(|section| !page::is_data(&section.heading))
        .map(|section| Section {
            heading: section.heading.clone(),
            markdown: text[section.body.clone()].trim().to_owned(),
        })
        .collect()
}

/// The file's name is the id and its folder the category, so that either finds the other.
fn file_agrees(path: &str, front_matter: &FrontMatter, mistakes: &mut Mistakes) {
    let stem = folder::stem(path);
    if let Some((id, span)) = front_matter.id.as_ref().filter(|(id, _)| id.as_str() != stem) {
        let message = format!("the file is called `{stem}.md`, but its id is `{id}`");
        mistakes.add_with_help(span.clone(), message, format!("rename it to `{id}.md`, or change the id"));
    }
    let Some((category, span)) = &front_matter.category else { return };
    if let Some(parent) = folder::parent(path).filter(|parent| parent != category) {
        let message = format!("the file is in `{parent}`, but its category is `{category}`");
        mistakes.add_with_help(
            span.clone(),
            message,
            format!("move it to `{category}/`, or change the category"),
        );
    }
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
