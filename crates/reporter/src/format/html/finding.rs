//! A finding, and an asset that could not be decided, as rows of a page.

use assay_audit::audit::UnknownResult;
use assay_audit::finding::{AssetRef, Finding, Place, SourceLocation};
use serde::Serialize;

use crate::{Report, text};

/// Places shown of one finding: the rest is in the JSON.
const MAX_PLACES: usize = 20;
const MAX_VALUE: usize = 2000;

#[derive(Serialize)]
pub(super) struct FindingRow<'a> {
    id: &'a str,
    check: &'a str,
    asset: Asset<'a>,
    container: Option<&'a str>,
    built_in: bool,
    exception: Option<&'a str>,
    places: Vec<PlaceRow<'a>>,
    more_places: usize,
    facts: Vec<Pair<'a>>,
}

#[derive(Serialize)]
struct Asset<'a> {
    kind: &'a str,
    /// Empty for what is in no namespace.
    namespace: &'a str,
    name: &'a str,
    id: &'a str,
}

#[derive(Serialize)]
struct PlaceRow<'a> {
    /// Missing where it is the finding's own asset.
    asset: Option<Asset<'a>>,
    evidence: Vec<Pair<'a>>,
    source: Option<String>,
}

#[derive(Serialize)]
struct Pair<'a> {
    name: &'a str,
    value: String,
}

#[derive(Serialize)]
pub(super) struct UnknownRow<'a> {
    check: &'a str,
    asset: Asset<'a>,
    gaps: Vec<String>,
}

pub(super) fn finding(finding: &Finding) -> FindingRow<'_> {
    let facts = finding.facts.iter().map(|(name, value)| pair(name, value));
    FindingRow {
        id: &finding.id,
        check: &finding.check,
        asset: asset(&finding.asset),
        container: finding.container.as_deref(),
        built_in: finding.built_in,
        exception: finding.exception.as_deref(),
        places: finding.places.iter().take(MAX_PLACES).map(|p| place(finding, p)).collect(),
        more_places: finding.places.len().saturating_sub(MAX_PLACES),
        facts: facts.collect(),
    }
}

fn place<'a>(finding: &Finding, place: &'a Place) -> PlaceRow<'a> {
    let is_own = place.asset.id.object_text() == finding.asset.id.object_text();
    PlaceRow {
        asset: (!is_own).then(|| asset(&place.asset)),
        evidence: place.evidence.iter().map(|evidence| pair(&evidence.field, &evidence.value)).collect(),
        source: place.source.as_ref().map(source_line),
    }
}

fn source_line(source: &SourceLocation) -> String {
    format!("{}:{}:{}", source.file, source.line, source.column)
}

fn pair<'a>(name: &'a str, value: &serde_json::Value) -> Pair<'a> {
    Pair { name, value: text::value(value, MAX_VALUE) }
}

fn asset(asset: &AssetRef) -> Asset<'_> {
    Asset {
        kind: &asset.kind,
        namespace: asset.namespace.as_deref().unwrap_or_default(),
        name: &asset.name,
        id: asset.id.as_str(),
    }
}

pub(super) fn unknown<'a>(report: &Report<'_>, unknown: &'a UnknownResult) -> UnknownRow<'a> {
    let gaps = unknown.gaps.iter().filter_map(|index| report.audit.gaps.get(*index));
    let gap = |gap: &assay_audit::audit::Gap| match &gap.permission {
        Some(permission) => format!("missing permission: {permission}"),
        None => format!("{} ({})", gap.resource, gap.status.as_str()),
    };
    UnknownRow { check: &unknown.check, asset: asset(&unknown.asset), gaps: gaps.map(gap).collect() }
}
