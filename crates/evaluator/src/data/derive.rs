//! Facts derived from several tables.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use arrow::array::Array;
use arrow::buffer::BooleanBuffer;
use assay_model::builtin;
use assay_model::id::AssetId;
use assay_model::schema::TableId;
use serde_json::Value;

use super::edges::{Adjacency, Edges, index};
use super::{Data, columns};
use crate::Error;
use crate::project;

/// What Kubernetes itself creates: `id contentHash` pairs.
pub(super) fn built_in_contents() -> HashSet<&'static str> {
    builtin::CONTENTS
        .iter()
        .flat_map(|(_, text)| text.lines())
        .filter(|line| !line.starts_with('#'))
        .collect()
}

impl Data<'_> {
    /// Whether Kubernetes itself created each row's asset, unchanged since.
    pub fn built_in(&self, table: TableId) -> Result<BooleanBuffer, Error> {
        self.derived.get((table, "builtIn"), || {
            let (ids, hashes) = (self.ids(table)?, self.text(table, "contentHash")?);
            let is = |row: usize| {
                let (id, hash) = (ids.value(row), if hashes.is_null(row) { "" } else { hashes.value(row) });
                self.built_in.contains(format!("{id} {hash}").as_str())
                    || builtin::is_everywhere(&AssetId::from_stored(id), hash)
            };
            Ok((0..ids.len()).map(is).collect())
        })
    }

    /// Whether each workload stands for its pods: nothing in the snapshot controls it, or it is a pod that
    /// differs from the template of the one that does.
    pub fn top_level(&self, table: TableId) -> Result<BooleanBuffer, Error> {
        self.derived.get((table, "topLevel"), || {
            let is_pod = self.schema.table(table).type_name == "Pod";
            let rows = self.rows(table)?;
            let mut top = Vec::with_capacity(rows);
            for row in 0..rows {
                let (owner, owner_row) = self.top_controller(table, row)?;
                let owned = (owner, owner_row) != (table, row);
                top.push(!owned || is_pod && self.differs(table, row, owner, owner_row)?);
            }
            Ok(top.into_iter().collect())
        })
    }

    /// The workload at the end of the chain of controlling owners.
    pub fn top_controller(&self, table: TableId, row: usize) -> Result<(TableId, usize), Error> {
        let mut at = (table, row);
        let mut seen = BTreeSet::new();
        // Owners that control each other in a circle are not a chain; the first one seen twice ends it.
        while seen.insert((at.0.index(), at.1)) {
            let edges = self.edges(at.0, &["owner".to_owned()])?;
            let next =
                edges.to.iter().find_map(|(id, adjacency)| adjacency.of(at.1).first().map(|t| (*id, *t)));
            match next {
                Some((owner, row)) => at = (owner, row as usize),
                None => break,
            }
        }
        Ok(at)
    }

    /// Whether a pod has a container that the template lacks, or other security fields.
    fn differs(&self, pods: TableId, pod: usize, owners: TableId, owner: usize) -> Result<bool, Error> {
        if self.unreadable(pods)?.value(pod) || self.unreadable(owners)?.value(owner) {
            return Ok(true);
        }
        let (pod, template) = (self.security(pods, pod)?, self.security(owners, owner)?);
        Ok(pod.0 != template.0 || pod.1.iter().any(|(name, fields)| template.1.get(name) != Some(fields)))
    }

    /// The fields of a pod or template that decide how secure it is: its own, and by container.
    fn security(&self, table: TableId, row: usize) -> Result<(Vec<Value>, BTreeMap<String, Value>), Error> {
        let value = |table: TableId, row: usize, path: &[&str]| -> Result<Value, Error> {
            let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
            let column = columns::spot(self.schema, table, &path).map(|spot| spot.column).unwrap_or_default();
            Ok(project::value_at(&self.column(table, &column)?, row))
        };
        let mut own = Vec::new();
        for field in ["hostNetwork", "hostPID", "hostIPC", "hostUsers", "securityContext"] {
            own.push(normal(value(table, row, &["podTemplate", field])?));
        }
        let mut containers = BTreeMap::new();
        let edges = self.edges(table, &["podTemplate".to_owned(), "containers".to_owned()])?;
        for (list, adjacency) in &edges.to {
            for container in adjacency.of(row) {
                let at = *container as usize;
                let name = self.text(*list, "name")?.value(at).to_owned();
                containers.insert(name, normal(value(*list, at, &["securityContext"])?));
            }
        }
        Ok((own, containers))
    }
}

/// A value without what says nothing: nulls, `false`, and objects of only those.
fn normal(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept: serde_json::Map<_, _> =
                map.into_iter().map(|(k, v)| (k, normal(v))).filter(|(_, v)| !v.is_null()).collect();
            if kept.is_empty() { Value::Null } else { Value::Object(kept) }
        }
        other => other,
    }
}

/// Adds to aggregated cluster roles the rules of those they select, as the controller does in a cluster; it
/// keeps only gathered rules there, so in a cluster's snapshot the row's own rules are complete.
pub(super) fn add_aggregated_rules(data: &Data<'_>, table: TableId, edges: &mut Edges) -> Result<(), Error> {
    let manifests =
        matches!(data.snapshot.manifest.collection.consistency, assay_snapshot::Consistency::Manifests);
    let Some((_, rules)) = edges.to.first_mut() else { return Ok(()) };
    if !manifests {
        return Ok(());
    }
    let selectors = data.edges(table, &["aggregationSelectors".to_owned()])?;
    let mut gathers: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    let mut open: BTreeSet<u32> = edges.incomplete.set_indices().map(index).collect();
    for (list, adjacency) in &selectors.to {
        let selected = data.edges(*list, &["clusterRoles".to_owned()])?;
        for (role, selector) in adjacency.pairs() {
            for (_, roles) in &selected.to {
                gathers.entry(role).or_default().extend(roles.of(selector as usize));
            }
            if selected.incomplete.value(selector as usize) {
                open.insert(role);
            }
        }
    }
    let mut pairs: Vec<(u32, u32)> = rules.pairs().collect();
    let mut incomplete: Vec<bool> = edges.incomplete.iter().collect();
    for role in gathers.keys() {
        let reached = reach(&gathers, *role);
        let gathered =
            reached.iter().flat_map(|from| rules.of(*from as usize).iter().map(|rule| (*role, *rule)));
        pairs.extend(gathered.collect::<Vec<_>>());
        incomplete[*role as usize] |= !reached.is_disjoint(&open);
    }
    *rules = Adjacency::from_pairs(data.rows(table)?, pairs);
    edges.incomplete = incomplete.into_iter().collect();
    Ok(())
}

/// The role itself, and those that it gathers rules from.
fn reach(gathers: &BTreeMap<u32, BTreeSet<u32>>, role: u32) -> BTreeSet<u32> {
    let mut reached = BTreeSet::new();
    let mut open = vec![role];
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(gathers.get(&next).into_iter().flatten());
        }
    }
    reached
}
