//! From text to exceptions, with every mistake told.

use std::collections::BTreeMap;

use assay_model::yaml::{Node, SyntaxError, Value};
use jiff::civil::Date;

use super::fields::{Fields, Mistakes};
use super::{AssetSelector, Exception, ExceptionProblem};

const KEYS: &str = "id, control, controls, checks, assets, reason, owner, expires";
const ASSET_KEYS: &str = "ids, kinds, namespaces, names, labels, containers, where";

pub(super) fn parse(path: &str, text: &str) -> Result<Vec<Exception>, Vec<ExceptionProblem>> {
    let mut mistakes = Mistakes { path, problems: Vec::new() };
    let mut list = Vec::new();
    match Node::read(text) {
        Err(SyntaxError { at, message, .. }) => {
            let line = text.lines().nth(at.0 as usize - 1).unwrap_or_default();
            let help = if line.contains('*') {
                "put a pattern that starts with `*` in quotes"
            } else {
                "correct the YAML"
            };
            mistakes.add(at, format!("{message}: {help}"));
        }
        Ok(Node { value: Value::Null, at, .. }) => {
            mistakes.add(at, "nothing is in this file: write `exceptions: []` if there are none");
        }
        Ok(document) => {
            let mut fields = Fields::of(document, "the file", "exceptions", &mut mistakes);
            match fields.take("exceptions") {
                // A file that isn't a mapping has been told so.
                None if fields.entries.is_empty() => {}
                None => {
                    fields.missing("exceptions", "put the list of exceptions under it");
                    fields.finish();
                }
                Some(node) => {
                    let entries = fields.list("exceptions", node);
                    fields.finish();
                    list = entries.into_iter().filter_map(|node| exception(node, &mut mistakes)).collect();
                }
            }
        }
    }
    duplicates(&list, &mut mistakes);
    if mistakes.problems.is_empty() {
        return Ok(list);
    }
    mistakes.problems.sort();
    mistakes.problems.dedup();
    Err(mistakes.problems)
}

fn duplicates(list: &[Exception], mistakes: &mut Mistakes<'_>) {
    let mut first: BTreeMap<&str, u32> = BTreeMap::new();
    for exception in list {
        match first.get(exception.id.as_str()) {
            None => {
                first.insert(&exception.id, exception.line);
            }
            Some(line) => {
                let id = &exception.id;
                let message =
                    format!("the id `{id}` is taken by the exception in line {line}: give it another one");
                mistakes.add((exception.line, exception.column), message);
            }
        }
    }
}

/// `None` after a mistake that leaves it without an id; any mistake fails the file.
fn exception(node: Node, mistakes: &mut Mistakes<'_>) -> Option<Exception> {
    let at = node.at;
    let mut fields = Fields::of(node, "an exception", KEYS, mistakes);
    if fields.entries.is_empty() {
        return None;
    }
    let id = fields.require("id", "name the exception, so that reports can");
    let reason = fields.require("reason", "say why the failure is accepted");
    let owner = fields.require("owner", "name who answers for it");
    let expires = expires(&mut fields);
    let told = fields.mistakes.problems.len();
    let controls = controls(&mut fields);
    let checks = fields.texts("checks");
    let assets = fields.take("assets").map(|node| selector(node, fields.mistakes)).unwrap_or_default();
    if fields.mistakes.problems.len() > told {
        // What the mistake stands for may be what is missed below.
    } else if controls.is_empty() && !checks.is_empty() {
        fields.mistakes.add(at, "`checks` are slugs within a control: name it in `controls`");
    } else if controls.is_empty() && assets.selects_everything() {
        fields
            .mistakes
            .add(at, "this selects every finding there is: name its `controls`, or its `assets`, or both");
    }
    fields.finish();
    Some(Exception {
        id: id?,
        controls,
        checks,
        assets,
        reason: reason.unwrap_or_default(),
        owner: owner.unwrap_or_default(),
        expires: expires.unwrap_or(Date::ZERO),
        line: at.0,
        column: at.1,
    })
}

fn expires(fields: &mut Fields<'_, '_>) -> Option<Date> {
    let at = fields.place("expires");
    let text = fields.require("expires", "give the last day it covers, as `yyyy-mm-dd`")?;
    // Jiff also reads times and other shapes, which would not say what the last day is.
    match text.parse::<Date>() {
        Ok(date) if date.to_string() == text => Some(date),
        _ => {
            fields.mistakes.add(at, format!("`{text}` is no day: write `expires` as `yyyy-mm-dd`"));
            None
        }
    }
}

fn controls(fields: &mut Fields<'_, '_>) -> Vec<String> {
    let at = fields.place("controls");
    let one_at = fields.place("control");
    let list = fields.take("controls");
    let one = fields.take("control");
    if list.is_some() && one.is_some() {
        fields.mistakes.add(one_at, "`control` and `controls` are both given: put all ids into `controls`");
    }
    let mut ids = Vec::new();
    if let Some(node) = list {
        ids = fields.filled("controls", node);
    }
    ids.extend(one.and_then(|node| fields.text("control", &node)));
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    for id in ids.iter().filter(|id| !id.chars().all(word)) {
        let message =
            format!("`{id}` is no control's id: it is lower-case words joined by hyphens, and no pattern");
        fields.mistakes.add(if at == fields.at { one_at } else { at }, message);
    }
    ids
}

fn selector(node: Node, mistakes: &mut Mistakes<'_>) -> AssetSelector {
    let mut fields = Fields::of(node, "`assets`", ASSET_KEYS, mistakes);
    let at = fields.place("ids");
    let selector = AssetSelector {
        ids: fields.texts("ids"),
        kinds: fields.texts("kinds"),
        namespaces: fields.texts("namespaces"),
        names: fields.texts("names"),
        labels: labels(&mut fields),
        containers: fields.texts("containers"),
        filter: fields.take("where").and_then(|node| fields.text("where", &node)),
    };
    for id in &selector.ids {
        if id.split('#').next().unwrap_or_default().split('/').count() != 4 || id.contains('*') {
            let message = format!(
                "`{id}` is no asset's id: copy one from a report (`core/Pod/shop/web`), or use `names`"
            );
            fields.mistakes.add(at, message);
        }
    }
    fields.finish();
    selector
}

fn labels(fields: &mut Fields<'_, '_>) -> BTreeMap<String, String> {
    let Some(node) = fields.take("labels") else { return BTreeMap::new() };
    let at = node.at;
    let entries = match node.value {
        Value::Map(entries) if !entries.is_empty() => entries,
        _ => {
            fields
                .mistakes
                .add(at, "`labels` is a mapping of labels to values: write `labels: {tier: \"web\"}`");
            return BTreeMap::new();
        }
    };
    let mut labels = BTreeMap::new();
    for (key, value) in entries {
        match (key.as_text(), value.as_text()) {
            // A label's value may be empty.
            (Some(key), Some(value)) => {
                labels.insert(key.to_owned(), value.to_owned());
            }
            _ => fields.mistakes.add(value.at, "a label and its value are text: put them in quotes"),
        }
    }
    labels
}
