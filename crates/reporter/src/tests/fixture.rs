//! The audit that the tests render.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use assay_audit::audit::*;
use assay_audit::evidence::{EvidenceError, EvidenceSource};
use assay_audit::finding::*;
use assay_audit::{Audit, Finding, Outcome};
use assay_controls::Library;
use assay_model::coverage::ReadStatus;
use assay_model::id::AssetId;
use assay_model::severity::Severity;
use serde_json::{Map, Value, json};

const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\u{202e}[x](javascript:alert(1))";

/// The controls below `library`, besides the built-in ones.
pub(crate) fn library() -> Library {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/library");
    Library::built_in().unwrap().with_dir(&folder).unwrap()
}

/// A cluster that holds every pod asked for, and a folder that holds the Deployment.
pub(crate) struct Objects;

impl EvidenceSource for Objects {
    fn objects(
        &self,
        of: &BTreeSet<AssetId>,
        take: &(dyn Fn(&AssetId, &str) + Sync),
    ) -> Result<(), EvidenceError> {
        for asset in of.iter().filter(|asset| asset.parts().1 == "Pod") {
            let (_, kind, namespace, name) = asset.parts();
            let object = json!({
                "apiVersion": "v1",
                "kind": kind,
                "metadata": {"annotations": {"note": HOSTILE}, "name": name, "namespace": namespace},
                "spec": {"containers": [
                    {"image": "registry.example/web:1", "name": "app"},
                    {"image": "b", "name": "side", "securityContext": {"privileged": true}},
                ]},
            });
            take(asset, &object.to_string());
        }
        Ok(())
    }
}

fn asset(group: &str, kind: &str, namespace: Option<&str>, name: &str) -> Arc<AssetRef> {
    Arc::new(AssetRef {
        id: AssetId::new(group, kind, namespace.unwrap_or_default(), name),
        kind: kind.into(),
        namespace: namespace.map(str::to_owned),
        name: name.into(),
        uid: None,
    })
}

fn place(asset: Arc<AssetRef>, field: &str, value: Value, source: Option<SourceLocation>) -> Place {
    Place {
        asset,
        content_hash: None,
        evidence: vec![Evidence { field: field.into(), value: value.into() }],
        source,
    }
}

fn finding(control: &str, severity: Severity, asset: Arc<AssetRef>, container: Option<&str>) -> Finding {
    let field = "spec.containers[1].securityContext.privileged";
    Finding {
        id: Finding::identity(control, "check-one", &asset.id, container),
        control: control.into(),
        check: "check-one".into(),
        severity,
        container: container.map(str::to_owned),
        built_in: false,
        facts: Map::new(),
        places: vec![place(asset.clone(), field, json!(true), None)],
        exception: None,
        asset,
    }
}

fn counts(pass: u64, fail: u64, unknown: u64, not_applicable: u64) -> OutcomeCounts {
    OutcomeCounts { pass, fail, unknown, not_applicable }
}

fn control(id: &str, severity: Severity, outcome: Option<Outcome>) -> ControlResult {
    let check = |outcome| CheckResult {
        slug: "check-one".into(),
        title: "No container is privileged".into(),
        query: "{\n  pods(where: {containers: {some: {privileged: true}}}) { ...AssetFragment }\n}\n".into(),
        expected: "eq []".into(),
        outcome,
        assets: counts(3, 2, 1, 0),
        reads: vec!["pods".into()],
        serves: Vec::new(),
    };
    ControlResult {
        id: id.into(),
        title: format!("Title of {id}"),
        severity,
        category: if id.contains("manual") { "process" } else { "sample" }.into(),
        frameworks: BTreeMap::from([("sample-1.0".into(), vec!["1.1".into()])]),
        digest: "00".repeat(32),
        outcome,
        checks: outcome.map(check).into_iter().collect(),
    }
}

fn findings() -> Vec<Finding> {
    let live =
        finding("sample-live", Severity::Critical, asset("", "Pod", Some("shop"), "web"), Some("side"));
    let mut hostile =
        finding("sample-live", Severity::Critical, asset("", "Pod", Some("a b"), HOSTILE), None);
    hostile.facts = Map::from_iter([(HOSTILE.to_owned(), json!([HOSTILE, {"a": 1}]))]);
    hostile.places[0]
        .evidence
        .push(Evidence { field: "metadata.annotations.note".into(), value: json!(HOSTILE).into() });
    let deployment = asset("apps", "Deployment", Some("shop"), "web");
    let mut manifest = finding("sample-manifest", Severity::Low, deployment.clone(), Some("app"));
    let source = |line| Some(SourceLocation { file: "deploy/a b/web.yaml".into(), line, column: 7 });
    manifest.places[0].source = source(12);
    manifest.places.push(place(
        asset("", "Pod", Some("shop"), "web-1"),
        "spec.hostNetwork",
        Value::Null,
        source(30),
    ));
    let mut excepted = finding("sample-manifest", Severity::Low, asset("", "Node", None, "n1"), None);
    excepted.exception = Some("EX-1".into());
    excepted.built_in = true;
    vec![live, hostile, manifest, excepted]
}

/// A few controls of each outcome, findings live and from files, gaps, exceptions, and hostile names.
pub(crate) fn audit() -> Audit {
    let pods = asset("", "Pod", Some("locked"), "p");
    Audit {
        schema_version: SCHEMA_VERSION.into(),
        snapshot: snapshot(),
        as_of: "2026-01-02T03:04:05Z".into(),
        inputs: Inputs {
            controls: "11".repeat(32),
            model: "22".repeat(32),
            exceptions: None,
            lists: None,
            variables: None,
        },
        result_digest: "33".repeat(32),
        tool: Tool { name: "assay".into(), version: "0.1.0".into() },
        summary: Summary {
            controls: counts(1, 2, 1, 1),
            manual_controls: 1,
            results: counts(3, 4, 1, 0),
            open_findings: BTreeMap::from([(Severity::Low, 1), (Severity::Critical, 2)]),
            excepted_findings: 1,
        },
        controls: vec![
            control("sample-absent", Severity::Medium, Some(Outcome::NotApplicable)),
            control("sample-good", Severity::Medium, Some(Outcome::Pass)),
            control("sample-live", Severity::Critical, Some(Outcome::Fail)),
            control("sample-manifest", Severity::Low, Some(Outcome::Fail)),
            control("sample-manual", Severity::High, None),
            control("sample-unknown", Severity::High, Some(Outcome::Unknown)),
        ],
        findings: findings(),
        unknowns: vec![
            UnknownResult {
                control: "sample-unknown".into(),
                check: "check-one".into(),
                asset: pods,
                gaps: vec![0],
            },
            UnknownResult {
                control: "sample-good".into(),
                check: "check-one".into(),
                asset: asset("", "Node", None, "n1"),
                gaps: vec![],
            },
        ],
        gaps: vec![Gap {
            resource: "networkpolicies.networking.k8s.io".into(),
            namespace: Some("locked".into()),
            asset: None,
            status: ReadStatus::Forbidden,
            message: format!("forbidden: {HOSTILE}"),
            permission: Some("list networkpolicies.networking.k8s.io".into()),
        }],
        exceptions: vec![ExceptionUse {
            id: "EX-1".into(),
            reason: HOSTILE.into(),
            owner: "team-a".into(),
            expires: "2025-12-31".into(),
            expired: true,
            findings: 1,
        }],
        notes: vec![format!("a note {HOSTILE}")],
    }
}

fn snapshot() -> SnapshotInfo {
    let listed = |objects| ResourceCount { objects, status: ReadStatus::Listed };
    let forbidden = ResourceCount { objects: 0, status: ReadStatus::Forbidden };
    SnapshotInfo {
        id: "20260102T030405Z-ab12".into(),
        digest: "44".repeat(32),
        cluster: "prod/eu".into(),
        cluster_uid: Some("6f0c".into()),
        server_version: Some("v1.37.0".into()),
        url: Some("https://kube.example:6443".into()),
        collected_by: Some("system:serviceaccount:audit:assay".into()),
        namespaces: Vec::new(),
        origin: Origin::Cluster,
        consistency: "pinned at revision 1234".into(),
        started_at: "2026-01-02T03:04:05Z".into(),
        finished_at: "2026-01-02T03:04:09Z".into(),
        resources: BTreeMap::from([
            ("networkpolicies.networking.k8s.io".into(), forbidden),
            ("pods".into(), listed(6)),
        ]),
    }
}

/// As [`audit`], with this many more findings.
pub(crate) fn many(number: usize) -> Audit {
    let mut audit = audit();
    let namespaces = 40;
    audit.findings.extend((0..number).map(|index| {
        let pod = asset("", "Pod", Some(&format!("team-{}", index % namespaces)), &format!("web-{index}"));
        finding("sample-live", Severity::Critical, pod, Some("side"))
    }));
    audit.summary.open_findings.insert(Severity::Critical, number as u64 + 2);
    audit
}
