//! The front matter of a control: what it is called, how bad it is, and which requirements it serves.

use std::collections::BTreeMap;
use std::ops::Range;

use assay_model::severity::Severity;
use assay_model::yaml::{Node, Value};

use crate::control::CONNECTORS;
use crate::problem::Mistakes;
use crate::yaml::Fields;
use crate::{ControlId, Framework, FrameworkId};

/// A value with its place in the file.
pub(crate) type Placed<T> = (T, Range<usize>);

/// The front matter as read; a value that is missing or wrong has been reported.
pub(crate) struct FrontMatter {
    pub(crate) id: Option<Placed<ControlId>>,
    pub(crate) title: Option<String>,
    pub(crate) severity: Option<Severity>,
    pub(crate) category: Option<Placed<String>>,
    pub(crate) frameworks: BTreeMap<FrameworkId, Vec<String>>,
    pub(crate) connectors: Vec<String>,
    pub(crate) former_ids: Vec<Placed<ControlId>>,
    pub(crate) manual: bool,
    pub(crate) replaces: Option<Range<usize>>,
    pub(crate) variables: BTreeMap<String, serde_json::Value>,
}

/// Finds the front matter: the bytes between the two `---` lines, and where the page begins.
pub(crate) fn locate(text: &str, mistakes: &mut Mistakes) -> Option<(Range<usize>, usize)> {
    let first_line = text.find('\n').map_or(text.len(), |newline| newline + 1);
    if text[..first_line].trim_end() != "---" {
        mistakes.add_with_help(0..0, "a control starts with front matter", "put `---` on the first line");
        return None;
    }
    let mut start = first_line;
    for line in text[first_line..].split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Some((first_line..start, start + line.len()));
        }
        start += line.len();
    }
    let help = "put `---` on a line of its own after the last key";
    mistakes.add_with_help(0..first_line.min(3), "the front matter has no end", help);
    None
}

impl FrontMatter {
    pub(crate) fn read(node: Node, frameworks: &[Framework], mistakes: &mut Mistakes) -> Self {
        // The opening fence: the place for what is missing as a whole.
        let mut fields = Fields::new(node, 0..3, mistakes);
        let front_matter = Self {
            id: fields.text("id").and_then(|id| control_id(id, fields.mistakes)),
            title: fields.text("title").map(|(title, _)| title),
            severity: severity(&mut fields),
            category: fields.text("category"),
            frameworks: requirements(&mut fields, frameworks),
            connectors: connectors(&mut fields),
            former_ids: former_ids(&mut fields),
            manual: fields.flag("manual").is_some(),
            replaces: fields.flag("replaces"),
            variables: variables(&mut fields),
        };
        fields.finish();
        front_matter
    }
}

fn control_id((id, span): Placed<String>, mistakes: &mut Mistakes) -> Option<Placed<ControlId>> {
    match ControlId::new(id) {
        Ok(id) => Some((id, span)),
        Err(error) => {
            mistakes.add(span, error.to_string());
            None
        }
    }
}

fn severity(fields: &mut Fields<'_>) -> Option<Severity> {
    let (word, span) = fields.text("severity")?;
    word.parse().map_err(|error: String| fields.mistakes.add(span, error)).ok()
}

fn former_ids(fields: &mut Fields<'_>) -> Vec<Placed<ControlId>> {
    let ids = fields.texts("formerIds");
    ids.into_iter().filter_map(|id| control_id(id, fields.mistakes)).collect()
}

fn connectors(fields: &mut Fields<'_>) -> Vec<String> {
    let given = fields.texts("connectors");
    if given.is_empty() {
        return CONNECTORS.iter().map(|&name| name.to_owned()).collect();
    }
    for (name, span) in &given {
        if !CONNECTORS.contains(&name.as_str()) {
            fields.mistakes.add_unknown(
                span.clone(),
                format!("unknown connector `{name}`"),
                name,
                CONNECTORS,
            );
        }
    }
    given.into_iter().map(|(name, _)| name).collect()
}

fn variables(fields: &mut Fields<'_>) -> BTreeMap<String, serde_json::Value> {
    let entries = fields.map("variables");
    let named = |(key, value): &(Node, Node)| Some((key.as_text()?.to_owned(), value.to_json()));
    entries.iter().filter_map(named).collect()
}

fn requirements(fields: &mut Fields<'_>, known: &[Framework]) -> BTreeMap<FrameworkId, Vec<String>> {
    let mut frameworks = BTreeMap::new();
    for (key, value) in fields.map("frameworks") {
        let name = key.as_text().unwrap_or_default();
        let Some(framework) = known.iter().find(|framework| framework.id.as_str() == name) else {
            let names: Vec<&str> = known.iter().map(|framework| framework.id.as_str()).collect();
            fields.mistakes.add_unknown(
                key.span.clone(),
                format!("unknown framework `{name}`"),
                name,
                &names,
            );
            continue;
        };
        let ids = requirement_ids(fields, framework, value);
        frameworks.insert(framework.id.clone(), ids);
    }
    frameworks
}

fn requirement_ids(fields: &mut Fields<'_>, framework: &Framework, value: Node) -> Vec<String> {
    if !matches!(&value.value, Value::List(list) if !list.is_empty()) {
        fields.mistakes.add(value.span, format!("list requirements of {}: `[…]`", framework.id));
        return Vec::new();
    }
    let mut ids: Vec<String> = Vec::new();
    for node in fields.list("frameworks", Some(value)) {
        let Some((id, span)) = fields.as_text("a requirement's id", node) else { continue };
        if framework.requirement(&id).is_none() {
            let names: Vec<&str> = framework.requirements.iter().map(|r| r.id.as_str()).collect();
            let message = format!("{} has no requirement `{id}`", framework.id);
            fields.mistakes.add_unknown(span, message, &id, &names);
        } else if ids.contains(&id) {
            fields.mistakes.add(span, format!("`{id}` is listed twice"));
        } else {
            ids.push(id);
        }
    }
    ids
}
