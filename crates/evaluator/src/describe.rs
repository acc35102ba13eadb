//! Rows of a snapshot in the words of the audit contract.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::Array;
use assay_audit::Outcome;
use assay_audit::audit::{CheckResult, ControlResult, Origin, OutcomeCounts, ResourceCount, SnapshotInfo};
use assay_audit::finding::{AssetRef, Evidence, Finding, Place};
use assay_controls::Control;
use assay_model::id::AssetId;
use assay_model::schema::TableId;
use assay_snapshot::{Consistency, Snapshot};
use jiff::Timestamp;
use serde_json::Value;

use crate::Error;
use crate::compile::Compiled;
use crate::data::{Data, resource_name};
use crate::judge::Judged;
use crate::query::{Filter, filter_of};

/// Where a finding comes among those of its check.
pub(crate) type SortKey = Vec<i64>;

/// The cluster as an asset.
pub(crate) fn cluster(snapshot: &Snapshot) -> AssetRef {
    let name = snapshot.manifest.cluster_name.as_str();
    AssetRef {
        id: AssetId::new("assay", "Cluster", "", name),
        kind: "Cluster".to_owned(),
        namespace: None,
        name: name.to_owned(),
        uid: snapshot.manifest.collection.cluster.uid.clone(),
    }
}

impl Data<'_> {
    /// A row as reports name it.
    pub(crate) fn asset_ref(&self, table: TableId, row: usize) -> Result<AssetRef, Error> {
        let get = |column: &str| -> Result<Option<String>, Error> {
            let values = self.text(table, column)?;
            Ok((!values.is_null(row)).then(|| values.value(row).to_owned()))
        };
        Ok(AssetRef {
            id: AssetId::from_stored(get("id")?.unwrap_or_default()),
            kind: get("kind")?.unwrap_or_else(|| self.schema.table(table).type_name.clone()),
            namespace: get("namespace")?,
            name: get("name")?.unwrap_or_default(),
            uid: get("uid")?,
        })
    }

    /// The digest of the content of a row's object.
    pub(crate) fn content_hash(&self, table: TableId, row: usize) -> Result<Option<String>, Error> {
        let hashes = self.text(self.schema.asset_table(table), "contentHash")?;
        let at = self.asset_rows(table)?[row] as usize;
        Ok((!hashes.is_null(at)).then(|| hashes.value(at).to_owned()))
    }

    /// The asset a finding on a row belongs to, and the container it is about.
    pub(crate) fn finding_asset(
        &self,
        table: TableId,
        row: usize,
    ) -> Result<(AssetRef, Option<String>), Error> {
        let asset = self.schema.asset_table(table);
        let at = self.asset_rows(table)?[row] as usize;
        let is_workload =
            self.schema.get(&self.schema.table(asset).type_name).is_some_and(|d| d.implements("Workload"));
        let (top, top_row) = if is_workload { self.top_controller(asset, at)? } else { (asset, at) };
        let container = if self.schema.table(table).type_name == "Container" {
            self.asset_ref(table, row)?.id.container().map(str::to_owned)
        } else {
            None
        };
        Ok((self.asset_ref(top, top_row)?, container))
    }

    /// Whether Kubernetes itself created the asset of a row.
    pub(crate) fn is_built_in(&self, table: TableId, row: usize) -> Result<bool, Error> {
        let at = self.asset_rows(table)?[row] as usize;
        Ok(self.built_in(self.schema.asset_table(table))?.value(at))
    }

    /// Where an entry of a list stands in its object; empty for the object itself.
    pub(crate) fn row_path(&self, table: TableId, row: usize) -> Result<String, Error> {
        if !self.schema.table(table).is_list() {
            return Ok(String::new());
        }
        Ok(self.text(table, "path")?.value(row).to_owned())
    }

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

/// The fields a verdict rests on: those selected beside the fragment, else those the filters ask for.
pub(crate) fn evidence(
    data: &Data<'_>,
    check: &Compiled<'_>,
    judged: &Judged,
    table: TableId,
    row: usize,
) -> Result<Vec<Evidence>, Error> {
    let site = judged.found.sites.iter().find(|site| site.table == table && site.result.is_sure(row));
    let mut found = match site {
        Some(site) => data.evidence(table, row, &site.selected)?,
        None => Vec::new(),
    };
    if found.is_empty() {
        for root in &check.query.roots {
            if data.schema.tables_of(&root.type_name).contains(&table) {
                asked(data, table, row, &root.filter, &mut found)?;
            }
        }
    }
    Ok(found)
}

fn asked(
    data: &Data<'_>,
    table: TableId,
    row: usize,
    filter: &Filter,
    into: &mut Vec<Evidence>,
) -> Result<(), Error> {
    match filter {
        Filter::And(filters) | Filter::Or(filters) => {
            filters.iter().try_for_each(|filter| asked(data, table, row, filter, into))
        }
        Filter::Not(filter) => asked(data, table, row, filter, into),
        Filter::Fields { path, other, .. } => {
            for path in [path, other] {
                let value = crate::project::value_at(&data.values(table, path)?, row);
                into.push(Evidence { field: data.place(table, row, path)?, value });
            }
            Ok(())
        }
        Filter::Object { path, .. } => {
            let value = data.object_value(table, row, path)?;
            into.push(Evidence { field: path.join("."), value });
            Ok(())
        }
        // What a reference names shows in the field that names it, which has a condition of its own or none.
        Filter::Given(_) => Ok(()),
        Filter::Present(path) | Filter::Test { path, .. } | Filter::Duplicated { path, .. } => {
            let value = crate::project::value_at(&data.values(table, path)?, row);
            into.push(Evidence { field: data.place(table, row, path)?, value });
            Ok(())
        }
        Filter::Related { set, .. } if set.to != "KeyValue" => {
            let edges = data.edges(table, &set.path)?;
            let count: usize = edges.to.iter().map(|(_, adjacency)| adjacency.of(row).len()).sum();
            into.push(Evidence { field: set.path.join("."), value: Value::from(count) });
            Ok(())
        }
        Filter::Related { .. } => Ok(()),
    }
}

/// A finding seen at one place.
pub(crate) fn finding(
    check: &Compiled<'_>,
    asset: AssetRef,
    container: Option<String>,
    built_in: bool,
    place: Place,
) -> Finding {
    let (control, slug) = (check.control.id.to_string(), check.check.slug.to_string());
    Finding {
        id: Finding::identity(&control, &slug, &asset.id, container.as_deref()),
        control,
        check: slug,
        severity: check.control.severity,
        asset,
        container,
        built_in,
        facts: serde_json::Map::new(),
        places: vec![place],
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
