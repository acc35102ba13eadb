//! What the audit could not see or say: told of the tool, never as a result, which would be an alert.

use assay_audit::audit::Gap;
use serde_json::{Value, json};

use super::rules::pascal_case;
use crate::undecided::Undecided;
use crate::{Report, text};

const NOT_READ: &str = "not-read";
const UNDECIDED: &str = "control-undecided";
const CUT: &str = "results-cut";
const NO_CONTENTS: &str = "contents-cut";

/// Controls named in one notification.
const MAX_CONTROLS: usize = 20;

/// Code scanning wants of these what it wants of rules.
pub(super) fn descriptors() -> Value {
    let descriptor = |id: &str, what: &str, help: &str| {
        json!({
            "id": id,
            "name": pascal_case(id),
            "shortDescription": {"text": what},
            "fullDescription": {"text": what},
            "help": {"text": help},
        })
    };
    json!([
        descriptor(
            NOT_READ,
            "Something could not be read, so what depends on it is unknown.",
            "Grant the permission that is named, or leave the controls out that need it."
        ),
        descriptor(
            UNDECIDED,
            "A control could not be decided for some assets.",
            "The JSON report lists the assets under unknowns."
        ),
        descriptor(
            CUT,
            "There are more findings than code scanning accepts.",
            "The HTML and JSON reports hold all of them."
        ),
        descriptor(
            NO_CONTENTS,
            "Some objects' text was left out to keep the report small.",
            "The snapshot holds the objects."
        ),
    ])
}

/// One for each gap, and one for each control that is unknown for no gap that is named.
pub(super) fn all(report: &Report<'_>) -> Vec<Value> {
    let audit = report.audit;
    let gaps = audit.gaps.iter().zip(Undecided::by_gap(audit));
    let mut notifications: Vec<Value> =
        gaps.map(|(gap, undecided)| notification(NOT_READ, &not_read(gap, &undecided))).collect();
    let unexplained = Undecided::unexplained(audit);
    if unexplained.cases > 0 {
        notifications.push(notification(UNDECIDED, self::undecided(&unexplained).trim()));
    }
    notifications
}

pub(super) fn cut(left_out: usize, max: usize) -> Option<Value> {
    let text = format!(
        "{} of the lowest severities {} left out: code scanning accepts {max} results.",
        text::count(left_out as u64, "finding"),
        if left_out == 1 { "is" } else { "are" },
    );
    (left_out > 0).then(|| notification(CUT, &text))
}

pub(super) fn without_contents(objects: usize) -> Option<Value> {
    let text = format!("{} without the text of the object.", text::count(objects as u64, "location"));
    (objects > 0).then(|| notification(NO_CONTENTS, &text))
}

fn notification(id: &str, text: &str) -> Value {
    json!({
        "descriptor": {"id": id},
        "level": "warning",
        "message": {"text": text::clip(&text::visible(text), 2000).replace("](", "] (")},
    })
}

fn not_read(gap: &Gap, undecided: &Undecided<'_>) -> String {
    let mut text = match &gap.asset {
        Some(asset) => format!("{} of {}", text::asset(asset), gap.resource),
        None => gap.resource.clone(),
    };
    if let Some(namespace) = &gap.namespace {
        text.push_str(&format!(" in namespace {namespace}"));
    }
    text.push_str(&format!(" not read ({}): {}.", gap.status.as_str(), gap.message.trim_end_matches('.')));
    if let Some(permission) = &gap.permission {
        text.push_str(&format!(" Missing permission: {permission}."));
    }
    text.push_str(&self::undecided(undecided));
    text
}

fn undecided(Undecided { cases, controls }: &Undecided<'_>) -> String {
    if controls.is_empty() {
        return String::new();
    }
    let named: Vec<&str> = controls.iter().copied().take(MAX_CONTROLS).collect();
    let more = controls.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(" Undecided in {}: {}{more}.", text::count(*cases, "case"), named.join(", "))
}
