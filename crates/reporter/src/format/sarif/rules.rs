//! One rule for each control that was evaluated.

use std::collections::HashSet;

use assay_audit::audit::ControlResult;
use assay_controls::{Control, Section};
use assay_model::severity::Severity;
use pulldown_cmark::{Event, Parser, TagEnd};
use serde_json::{Value, json};

use super::level;
use crate::{Report, text};

/// GitHub refuses longer descriptions and more tags.
const MAX_DESCRIPTION: usize = 1024;
const MAX_TAGS: usize = 20;

/// The sections that help whoever sees an alert.
const HELP: [&str; 5] = ["Overview", "Rationale", "Impact", "Remediation guidance", "References"];

pub(super) struct Rule<'a> {
    control: &'a ControlResult,
    pub(super) value: Value,
}

impl<'a> Rule<'a> {
    pub(super) fn id(&self) -> &'a str {
        &self.control.id
    }

    /// The title of one of the control's checks.
    pub(super) fn check_title(&self, slug: &str) -> Option<&'a str> {
        self.control.checks.iter().find(|check| check.slug == slug).map(|check| check.title.as_str())
    }
}

/// By id, as results are looked up in it.
pub(super) fn all<'a>(report: &Report<'a>) -> Vec<Rule<'a>> {
    let evaluated = report.audit.controls.iter().filter(|control| !control.checks.is_empty());
    let rule = |control| Rule { control, value: rule(control, report.library.get(&control.id)) };
    let mut rules: Vec<Rule<'_>> = evaluated.map(rule).collect();
    rules.sort_by(|a, b| a.id().cmp(b.id()));
    rules
}

fn rule(result: &ControlResult, control: Option<&Control>) -> Value {
    let overview = control.and_then(|control| control.section("Overview")).map(first_paragraph);
    let description = overview.filter(|text| !text.is_empty()).unwrap_or_else(|| sentence(&result.title));
    let markdown = help(result, control);
    json!({
        "id": result.id,
        "name": name(&result.id),
        "shortDescription": {"text": text::clip(&sentence(&result.title), MAX_DESCRIPTION)},
        "fullDescription": {"text": text::clip(&description, MAX_DESCRIPTION)},
        "help": {"text": words(&markdown), "markdown": markdown},
        "defaultConfiguration": {"level": level(result.severity)},
        "properties": {
            "precision": "very-high",
            "security-severity": score(result.severity),
            "tags": tags(result),
        },
    })
}

/// In the middle of the band that GitHub shows under the same word.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
    }
}

fn tags(result: &ControlResult) -> Vec<String> {
    let mut tags = vec!["security".to_owned(), result.category.clone()];
    tags.extend(result.frameworks.keys().cloned());
    for (framework, requirements) in &result.frameworks {
        tags.extend(requirements.iter().map(|requirement| format!("{framework}/{requirement}")));
    }
    // A category may be called security, or as a framework is; tags that are there twice are refused.
    let mut seen = HashSet::new();
    tags.retain(|tag| seen.insert(tag.clone()));
    tags.truncate(MAX_TAGS);
    tags
}

fn help(result: &ControlResult, control: Option<&Control>) -> String {
    let Some(control) = control else { return format!("# {}\n", result.title) };
    let wanted = |section: &&Section| HELP.contains(&section.heading.as_str());
    let sections = control.sections.iter().filter(wanted);
    let parts = sections.map(|section| format!("## {}\n\n{}\n", section.heading, section.markdown.trim()));
    text::visible_block(&parts.collect::<Vec<_>>().join("\n")).into_owned()
}

fn first_paragraph(markdown: &str) -> String {
    words(markdown.trim().split("\n\n").next().unwrap_or_default())
}

/// The Markdown's words without its marks.
fn words(markdown: &str) -> String {
    let mut words = String::new();
    for event in Parser::new(markdown) {
        match event {
            Event::Text(text) | Event::Code(text) => words.push_str(&text),
            Event::SoftBreak | Event::HardBreak => words.push('\n'),
            Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::CodeBlock) => {
                words.push('\n');
            }
            _ => {}
        }
    }
    text::visible_block(words.trim()).into_owned()
}

fn sentence(title: &str) -> String {
    let title = text::visible(title);
    if title.ends_with(['.', '!', '?']) { title.into_owned() } else { format!("{title}.") }
}

/// Viewers refuse a name that differs from the id in case alone.
fn name(id: &str) -> String {
    pascal_case(id) + if id.contains('-') { "" } else { "Control" }
}

/// The shape that viewers want of a friendly name.
pub(super) fn pascal_case(id: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    id.split('-').map(capital).collect()
}
