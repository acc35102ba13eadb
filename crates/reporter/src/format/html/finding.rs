//! A finding, and an asset that could not be decided, as rows of a page.

use assay_audit::audit::UnknownResult;
use assay_audit::finding::{AssetRef, Finding, Place, SourceLocation};
use serde::Serialize;

use crate::{Report, text};

/// Places shown of one finding: the rest is in the JSON.
const MAX_PLACES: usize = 20;
const MAX_VALUE: usize = 2000;

#[derive(Serialize)]
pub(super) struct FindingRow {
    id: String,
    check: String,
    asset: Asset,
    container: Option<String>,
    built_in: bool,
    exception: Option<String>,
    places: Vec<PlaceRow>,
    more_places: usize,
    facts: Vec<Pair>,
}

#[derive(Serialize)]
struct Asset {
    kind: String,
    /// Empty for what is in no namespace.
    namespace: String,
    name: String,
    id: String,
}

#[derive(Serialize)]
struct PlaceRow {
    /// Missing where it is the finding's own asset.
    asset: Option<Asset>,
    evidence: Vec<Pair>,
    source: Option<String>,
}

#[derive(Serialize)]
struct Pair {
    name: String,
    value: String,
}

#[derive(Serialize)]
pub(super) struct UnknownRow {
    check: String,
    asset: Asset,
    gaps: Vec<String>,
}

pub(super) fn finding(finding: &Finding) -> FindingRow {
    let facts = finding.facts.iter().map(|(name, value)| pair(name, value));
    FindingRow {
        id: finding.id.clone(),
        check: finding.check.clone(),
        asset: asset(&finding.asset),
        container: finding.container.clone(),
        built_in: finding.built_in,
        exception: finding.exception.clone(),
        places: finding.places.iter().take(MAX_PLACES).map(|p| place(finding, p)).collect(),
        more_places: finding.places.len().saturating_sub(MAX_PLACES),
        facts: facts.collect(),
    }
}

fn place(finding: &Finding, place: &Place) -> PlaceRow {
    let is_own = place.asset.id.object() == finding.asset.id.object();
    PlaceRow {
        asset: (!is_own).then(|| asset(&place.asset)),
        evidence: place.evidence.iter().map(|evidence| pair(&evidence.field, &evidence.value)).collect(),
        source: place.source.as_ref().map(source_line),
    }
}

fn source_line(source: &SourceLocation) -> String {
    format!("{}:{}:{}", source.file, source.line, source.column)
}

fn pair(name: &str, value: &serde_json::Value) -> Pair {
    Pair { name: name.to_owned(), value: text::value(value, MAX_VALUE) }
}

fn asset(asset: &AssetRef) -> Asset {
    Asset {
        kind: asset.kind.clone(),
        namespace: asset.namespace.clone().unwrap_or_default(),
        name: asset.name.clone(),
        id: asset.id.as_str().to_owned(),
    }
}

pub(super) fn unknown(report: &Report<'_>, unknown: &UnknownResult) -> UnknownRow {
    let gaps = unknown.gaps.iter().filter_map(|index| report.audit.gaps.get(*index));
    let gap = |gap: &assay_audit::audit::Gap| match &gap.permission {
        Some(permission) => format!("missing permission: {permission}"),
        None => format!("{} ({})", gap.resource, gap.status.as_str()),
    };
    UnknownRow { check: unknown.check.clone(), asset: asset(&unknown.asset), gaps: gaps.map(gap).collect() }
}
