//! Rows of a snapshot in the words of the audit contract.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assay_audit::Outcome;
use assay_audit::audit::{CheckResult, ControlResult, Origin, OutcomeCounts, ResourceCount, SnapshotInfo};
use assay_audit::finding::{AssetRef, Finding};
use assay_controls::Control;
use assay_model::id::AssetId;
use assay_model::schema::TableId;
use assay_snapshot::{Consistency, Snapshot};
use jiff::Timestamp;
use serde_json::Value;

use crate::compile::Compiled;
use crate::data::{Data, resource_name};
use crate::judge::Judged;
use crate::query::filter_of;

/// Where a finding comes among those of its check.
pub(crate) type SortKey = Vec<i64>;

/// The cluster as an asset.
pub(crate) fn cluster(snapshot: &Snapshot) -> Arc<AssetRef> {
    let name = snapshot.manifest.cluster_name.as_str();
    Arc::new(AssetRef {
        id: AssetId::new("assay", "Cluster", "", name),
        kind: "Cluster".to_owned(),
        namespace: None,
        name: name.to_owned(),
        uid: snapshot.manifest.collection.cluster.uid.clone(),
    })
}

impl Data<'_> {
    /// The ids of all assets that satisfy a filter.
    pub(crate) fn select(&self, filter: &str, as_of: Timestamp) -> Result<BTreeSet<AssetId>, String> {
        let filter = filter_of(self.schema, "Asset", filter, as_of).map_err(|found| {
            found.iter().map(|mistake| mistake.message.clone()).collect::<Vec<_>>().join("; ")
        })?;
        let mut selected = BTreeSet::new();
        for table in self.schema.tables_of("Asset") {
            let mask = self.eval(table, &filter).map_err(|error| error.to_string())?;
            let ids = self.ids(table).map_err(|error| error.to_string())?;
            selected.extend(mask.sure.set_indices().map(|row| AssetId::from_stored(ids.value(row))));
        }
        Ok(selected)
    }
}

/// A finding that was seen nowhere yet.
pub(crate) fn finding(
    check: &Compiled<'_>,
    asset: Arc<AssetRef>,
    container: Option<String>,
    built_in: bool,
) -> Finding {
    let (control, slug) = check.names();
    Finding {
        id: Finding::identity(&control, &slug, &asset.id, container.as_deref()),
        control,
        check: slug,
        severity: check.control.severity,
        asset,
        container,
        built_in,
        facts: serde_json::Map::new(),
        places: Vec::new(),
        exception: None,
    }
}

/// The place a check's `Order` gives a finding.
pub(crate) fn sort_key(check: &Compiled<'_>, finding: &Finding) -> SortKey {
    let Some(order) = &check.check.order else { return Vec::new() };
    let mut value = finding.facts.get(order.field.split('.').next().unwrap_or_default());
    for name in order.field.split('.').skip(1) {
        value = value.and_then(|value| value.get(name));
    }
    let number = match value {
        Some(Value::Array(values)) => i64::try_from(values.len()).unwrap_or(i64::MAX),
        Some(Value::Bool(value)) => i64::from(*value),
        Some(value) => value.as_i64().unwrap_or_default(),
        None => 0,
    };
    vec![if order.descending { -number } else { number }]
}

/// The outcome of a check from those of its assets.
pub(crate) fn outcome(assets: &OutcomeCounts) -> Outcome {
    let counts =
        [(Outcome::Fail, assets.fail), (Outcome::Unknown, assets.unknown), (Outcome::Pass, assets.pass)];
    Outcome::of(counts.into_iter().filter(|(_, count)| *count > 0).map(|(outcome, _)| outcome))
}

/// A check's line in the audit.
pub(crate) fn check_result(
    data: &Data<'_>,
    check: &Compiled<'_>,
    judged: &Judged,
    outcome: Outcome,
    assets: OutcomeCounts,
) -> CheckResult {
    let read = |table: &TableId| {
        let def = data.schema.get(&data.schema.table(*table).type_name)?;
        def.resource.as_ref().map(|resource| resource_name(&resource.plural, &resource.group))
    };
    CheckResult {
        slug: check.check.slug.to_string(),
        title: check.check.title.clone(),
        query: check.check.query.text.clone(),
        expected: check.check.expected.to_string(),
        outcome,
        assets,
        reads: judged.found.reads.iter().filter_map(read).collect::<BTreeSet<_>>().into_iter().collect(),
        serves: check.check.serves.clone(),
    }
}

/// A control's line in the audit.
pub(crate) fn control_result(
    control: &Control,
    checks: &BTreeMap<(String, String), CheckResult>,
) -> ControlResult {
    let key = |slug: &str| (control.id.to_string(), slug.to_owned());
    let checks: Vec<CheckResult> =
        control.checks.iter().filter_map(|check| checks.get(&key(check.slug.as_str())).cloned()).collect();
    ControlResult {
        id: control.id.to_string(),
        title: control.title.clone(),
        severity: control.severity,
        category: control.category.clone(),
        frameworks: control.frameworks.iter().map(|(id, ids)| (id.to_string(), ids.clone())).collect(),
        digest: control.digest.clone(),
        outcome: (!control.manual).then(|| Outcome::of(checks.iter().map(|check| check.outcome))),
        checks,
    }
}

/// What was audited.
pub(crate) fn snapshot(snapshot: &Snapshot) -> SnapshotInfo {
    let manifest = &snapshot.manifest;
    let collection = &manifest.collection;
    let mut resources: BTreeMap<String, ResourceCount> = BTreeMap::new();
    for read in &collection.resources {
        let entry = resources
            .entry(resource_name(&read.resource, &read.group))
            .or_insert(ResourceCount { objects: 0, status: read.status });
        entry.objects += read.count;
        if entry.status.is_complete() {
            entry.status = read.status;
        }
    }
    let (origin, consistency) = match &collection.consistency {
        Consistency::Manifests => (Origin::Manifests, "files as given".to_owned()),
        Consistency::Unpinned { reason } => (Origin::Cluster, format!("not of one point in time: {reason}")),
        Consistency::Pinned { revision, apart } if apart.is_empty() => {
            (Origin::Cluster, format!("pinned at revision {revision}"))
        }
        Consistency::Pinned { revision, apart } => {
            let names: Vec<&str> = apart.iter().map(|apart| apart.resource.as_str()).collect();
            (Origin::Cluster, format!("pinned at revision {revision}, but for {}", names.join(", ")))
        }
    };
    SnapshotInfo {
        id: manifest.snapshot.to_string(),
        digest: snapshot.digest().to_string(),
        cluster: manifest.cluster_name.as_str().to_owned(),
        cluster_uid: collection.cluster.uid.clone(),
        server_version: collection.cluster.version.clone(),
        url: collection.cluster.url.clone(),
        collected_by: collection.collector.user.as_ref().map(|user| user.username.clone()),
        namespaces: collection.scope.namespaces.clone(),
        origin,
        consistency,
        started_at: manifest.started.to_string(),
        finished_at: collection.finished.to_string(),
        resources,
    }
}

/// The labels of an object, which is given as JSON.
pub(crate) fn labels(json: &str) -> Option<BTreeMap<String, String>> {
    let object: Value = serde_json::from_str(json).ok()?;
    let labels = object.pointer("/metadata/labels").and_then(Value::as_object);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Some(labels.into_iter().flatten().map(|(key, value)| (key.clone(), text(value))).collect())
}
