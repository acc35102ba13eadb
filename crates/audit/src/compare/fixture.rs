//! Small audits for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_model::coverage::ReadStatus;
use assay_model::id::AssetId;
use assay_model::severity::Severity;

use crate::audit::{
    Audit, CheckResult, ControlResult, Gap, Inputs, Origin, OutcomeCounts, SCHEMA_VERSION, SnapshotInfo,
    Summary, Tool, UnknownResult,
};
use crate::finding::{AssetRef, Finding, Place};
use crate::outcome::Outcome;

pub(crate) fn asset(id: &str) -> Arc<AssetRef> {
    let id = AssetId::from_stored(id);
    let (_, kind, namespace, name) = id.parts();
    let namespace = Some(namespace.to_owned()).filter(|n| !n.is_empty());
    Arc::new(AssetRef { kind: kind.to_owned(), namespace, name: name.to_owned(), uid: None, id: id.clone() })
}

pub(crate) fn place(id: &str) -> Place {
    Place { asset: asset(id), content_hash: None, evidence: Vec::new(), source: None }
}

pub(crate) fn finding(control: &str, check: &str, id: &str, container: Option<&str>) -> Finding {
    Finding {
        id: Finding::identity(control, check, &AssetId::from_stored(id), container),
        control: control.into(),
        check: check.into(),
        severity: Severity::High,
        asset: asset(id),
        container: container.map(str::to_owned),
        built_in: false,
        facts: serde_json::Map::new(),
        places: vec![place(id)],
        exception: None,
    }
}

/// A control with one check `no`, which reads `pods`.
pub(crate) fn control(id: &str, severity: Severity, outcome: Outcome) -> ControlResult {
    let mut assets = OutcomeCounts::default();
    assets.add(outcome);
    ControlResult {
        id: id.to_owned(),
        title: id.to_owned(),
        severity,
        category: String::new(),
        frameworks: BTreeMap::new(),
        digest: format!("digest of {id}"),
        outcome: Some(outcome),
        checks: vec![CheckResult {
            slug: "no".to_owned(),
            title: String::new(),
            query: String::new(),
            expected: "eq []".to_owned(),
            outcome,
            assets,
            reads: vec!["pods".to_owned()],
            serves: Vec::new(),
        }],
    }
}

pub(crate) fn audit(controls: Vec<ControlResult>, findings: Vec<Finding>) -> Audit {
    Audit {
        schema_version: SCHEMA_VERSION.to_owned(),
        snapshot: SnapshotInfo {
            id: "snapshot".to_owned(),
            digest: String::new(),
            cluster: "lab".to_owned(),
            cluster_uid: None,
            server_version: None,
            url: None,
            collected_by: None,
            namespaces: Vec::new(),
            origin: Origin::Cluster,
            consistency: String::new(),
            started_at: String::new(),
            finished_at: String::new(),
            resources: BTreeMap::new(),
        },
        as_of: "2026-01-01T00:00:00Z".to_owned(),
        inputs: Inputs {
            controls: String::new(),
            model: String::new(),
            exceptions: None,
            lists: None,
            variables: None,
        },
        result_digest: String::new(),
        tool: Tool { name: "assay".to_owned(), version: "0".to_owned() },
        summary: Summary::default(),
        controls,
        findings,
        unknowns: Vec::new(),
        gaps: Vec::new(),
        exceptions: Vec::new(),
        notes: Vec::new(),
    }
}

pub(crate) fn gap(resource: &str, namespace: Option<&str>, object: Option<&str>) -> Gap {
    Gap {
        resource: resource.to_owned(),
        namespace: namespace.map(str::to_owned),
        asset: object.map(asset),
        status: ReadStatus::Forbidden,
        message: String::new(),
        permission: None,
    }
}

pub(crate) fn unknown(control: &str, id: &str, gaps: &[usize]) -> UnknownResult {
    let (control, check) = (control.to_owned(), "no".to_owned());
    UnknownResult { control, check, asset: asset(id), gaps: gaps.to_vec() }
}
