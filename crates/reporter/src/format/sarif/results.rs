//! One result for each open finding.

use std::borrow::Cow;

use assay_audit::finding::Finding;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::artifacts::{Artifacts, Location, Target};
use super::level;
use super::rules::Rule;
use crate::text;

/// Places of one finding that are listed; GitHub takes 1,000 locations, but nobody reads them.
const MAX_PLACES: usize = 20;
const MAX_FIELDS: usize = 5;
const MAX_VALUE: usize = 120;

/// All results. Each is made when it is written: together they would take many times the findings' own memory.
pub(super) struct Results<'a> {
    pub(super) findings: &'a [&'a Finding],
    pub(super) rules: &'a [Rule<'a>],
    pub(super) artifacts: &'a Artifacts<'a>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.findings.iter().filter_map(|finding| self.result(finding)))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultObject<'a> {
    rule_id: &'a str,
    level: &'static str,
    message: Message,
    locations: [Located<'a>; 1],
    partial_fingerprints: Fingerprints,
    properties: Properties<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Related<'a>>,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Located<'a> {
    physical_location: Location<'a>,
    logical_locations: Vec<Logical<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fingerprints {
    primary_location_line_hash: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Related<'a> {
    id: usize,
    physical_location: Location<'a>,
    message: Message,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical<'a> {
    kind: &'static str,
    name: Cow<'a, str>,
    fully_qualified_name: Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Properties<'a> {
    check: &'a str,
    severity: &'static str,
    kind: &'a str,
    built_in: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    facts: &'a Map<String, Value>,
}

/// What the result of a finding points to.
pub(super) fn targets(finding: &Finding) -> impl Iterator<Item = Target<'_>> {
    Target::all(finding).take(MAX_PLACES)
}

impl<'a> Results<'a> {
    fn result(&self, finding: &'a Finding) -> Option<ResultObject<'a>> {
        let mut targets = targets(finding);
        let first = targets.next()?;
        let index = self.rules.binary_search_by(|rule| rule.id().cmp(&finding.control)).ok();
        let rule = index.and_then(|index| self.rules.get(index));
        Some(ResultObject {
            rule_id: &finding.control,
            level: level(finding.severity),
            message: Message { text: message(rule, finding, first) },
            locations: [Located {
                physical_location: self.artifacts.location(first),
                logical_locations: logical(finding),
            }],
            partial_fingerprints: Fingerprints { primary_location_line_hash: format!("{}:1", finding.id) },
            properties: properties(finding),
            rule_index: index,
            related_locations: (1..).zip(targets).map(|(id, target)| self.related(id, target)).collect(),
        })
    }

    fn related(&self, id: usize, target: Target<'a>) -> Related<'a> {
        let message = Message { text: plain(&text::asset(target.asset)) };
        Related { id, physical_location: self.artifacts.location(target), message }
    }
}

/// Which asset, which container, and which fields are what.
fn message(rule: Option<&Rule<'_>>, finding: &Finding, first: Target<'_>) -> String {
    let mut message = text::asset(&finding.asset);
    if let Some(container) = &finding.container {
        message.push_str(&format!(", container {}", text::visible(container)));
    }
    match rule.and_then(|rule| rule.check_title(&finding.check)) {
        Some(title) => message.push_str(&format!(" fails \"{}\"", text::visible(title))),
        None => message.push_str(&format!(" fails {}", finding.check)),
    }
    let fields: Vec<String> = first
        .evidence
        .iter()
        .take(MAX_FIELDS)
        .map(|e| format!("{} = {}", text::visible(&e.field), text::value(&e.value, MAX_VALUE)))
        .collect();
    if !fields.is_empty() {
        message.push_str(&format!(": {}", fields.join(", ")));
    }
    let more = first.evidence.len().saturating_sub(MAX_FIELDS);
    if more > 0 {
        message.push_str(&format!(" and {}", text::count(more as u64, "more field")));
    }
    let others = finding.places.len().saturating_sub(1);
    if others > 0 {
        message.push_str(&format!(" (seen on {})", text::count(others as u64, "further asset")));
    }
    message.push('.');
    plain(&text::clip(&message, 1000))
}

/// `[text](target)` in a message is a link, and names in it come from the cluster.
fn plain(text: &str) -> String {
    text.replace("](", "] (")
}

fn logical(finding: &Finding) -> Vec<Logical<'_>> {
    let asset = &finding.asset;
    let resource = Logical {
        kind: "resource",
        name: text::visible(&asset.name),
        fully_qualified_name: asset.id.as_str().into(),
    };
    let container = finding.container.as_ref().map(|container| Logical {
        kind: "object",
        name: text::visible(container),
        fully_qualified_name: asset.id.child("containers", container).as_str().to_owned().into(),
    });
    [resource].into_iter().chain(container).collect()
}

fn properties(finding: &Finding) -> Properties<'_> {
    Properties {
        check: &finding.check,
        severity: finding.severity.as_str(),
        kind: &finding.asset.kind,
        built_in: finding.built_in,
        namespace: finding.asset.namespace.as_deref(),
        facts: &finding.facts,
    }
}
