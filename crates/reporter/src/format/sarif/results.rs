//! One result for each open finding.

use assay_audit::finding::{AssetRef, Finding, Place};
use serde_json::{Value, json};

use super::artifacts::Artifacts;
use super::level;
use super::rules::Rule;
use crate::{Report, text};

/// Places of one finding that are listed; GitHub takes 1,000 locations, but nobody reads them.
const MAX_PLACES: usize = 20;
const MAX_FIELDS: usize = 5;
const MAX_VALUE: usize = 120;

/// The places of a finding that its result points to.
pub(super) fn places(finding: &Finding) -> impl Iterator<Item = &Place> {
    finding.places.iter().take(MAX_PLACES)
}

pub(super) fn result(
    report: &Report<'_>,
    finding: &Finding,
    rules: &[Rule],
    artifacts: &mut Artifacts<'_>,
) -> Value {
    let first = finding.places.first().cloned().unwrap_or_else(|| bare(&finding.asset));
    let mut result = json!({
        "ruleId": finding.control,
        "level": level(finding.severity),
        "message": {"text": message(report, finding, &first)},
        "locations": [{
            "physicalLocation": artifacts.location(&first),
            "logicalLocations": logical(finding),
        }],
        "partialFingerprints": {"primaryLocationLineHash": format!("{}:1", finding.id)},
        "properties": properties(finding),
    });
    if let Ok(index) = rules.binary_search_by(|rule| rule.id.cmp(&finding.control)) {
        result["ruleIndex"] = json!(index);
    }
    let others = places(finding).skip(1).enumerate();
    let related: Vec<Value> = others.map(|(index, place)| related(index + 1, place, artifacts)).collect();
    if !related.is_empty() {
        result["relatedLocations"] = json!(related);
    }
    result
}

fn bare(asset: &AssetRef) -> Place {
    Place { asset: asset.clone(), content_hash: None, evidence: Vec::new(), source: None }
}

fn related(id: usize, place: &Place, artifacts: &mut Artifacts<'_>) -> Value {
    json!({
        "id": id,
        "physicalLocation": artifacts.location(place),
        "message": {"text": plain(&text::asset(&place.asset))},
    })
}

/// Which asset, which container, and which fields are what.
fn message(report: &Report<'_>, finding: &Finding, first: &Place) -> String {
    let mut message = text::asset(&finding.asset);
    if let Some(container) = &finding.container {
        message.push_str(&format!(", container {}", text::visible(container)));
    }
    match check_title(report, finding) {
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

fn check_title<'a>(report: &'a Report<'_>, finding: &Finding) -> Option<&'a str> {
    let controls = &report.audit.controls;
    let control = controls.iter().find(|control| control.id == finding.control)?;
    let check = control.checks.iter().find(|check| check.slug == finding.check)?;
    Some(&check.title)
}

/// `[text](target)` in a message is a link, and names in it come from the cluster.
fn plain(text: &str) -> String {
    text.replace("](", "] (")
}

fn logical(finding: &Finding) -> Value {
    let asset = &finding.asset;
    let mut locations = vec![json!({
        "kind": "resource",
        "name": text::visible(&asset.name),
        "fullyQualifiedName": asset.id.as_str(),
    })];
    if let Some(container) = &finding.container {
        locations.push(json!({
            "kind": "object",
            "name": text::visible(container),
            "fullyQualifiedName": asset.id.child("containers", container).as_str(),
        }));
    }
    Value::Array(locations)
}

fn properties(finding: &Finding) -> Value {
    let mut properties = json!({
        "check": finding.check,
        "severity": finding.severity.as_str(),
        "kind": finding.asset.kind,
        "builtIn": finding.built_in,
    });
    if let Some(namespace) = &finding.asset.namespace {
        properties["namespace"] = json!(namespace);
    }
    if !finding.facts.is_empty() {
        properties["facts"] = Value::Object(finding.facts.clone());
    }
    properties
}
