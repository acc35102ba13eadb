//! Facts derived from several tables.

use std::collections::btree_map::{BTreeMap, Entry};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, AsArray as _};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::Int64Type;
use assay_model::builtin;
use assay_model::id::AssetId;
use assay_model::schema::TableId;
use assay_snapshot::Consistency;

use super::Data;
use super::edges::{Adjacency, Edges, index};
use super::template::Templates;
use crate::Error;

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

    /// Whether each workload stands for its pods: nothing in the snapshot makes it, or it is not what that makes.
    pub fn top_level(&self, table: TableId) -> Result<BooleanBuffer, Error> {
        self.derived.get((table, "topLevel"), || {
            let mut templates = Templates::of(self, table);
            let mut makers = Makers::of(self);
            let controllers = self.top_controllers(table)?;
            let idle = self.idle(table)?;
            let is_top = controllers.iter().enumerate().map(|(row, top)| {
                let this = (table, index(row));
                // Those that make each other in a circle have a maker, but none at its end.
                let maker = if *top == this { None } else { makers.maker(this)? };
                let Some((makers, maker)) = maker else { return Ok(true) };
                Ok(!idle.value(row) && templates.differ(row, makers, maker as usize)?)
            });
            is_top.collect::<Result<Vec<_>, Error>>().map(BooleanBuffer::from_iter)
        })
    }

    /// What runs no pods though it could: a Deployment keeps the ReplicaSets of its earlier templates, and a CronJob
    /// Jobs that are done. What a manifest says of a Job's status is no more than a word.
    fn idle(&self, table: TableId) -> Result<BooleanBuffer, Error> {
        let rows = self.rows(table)?;
        let of_manifests = self.snapshot.manifest.collection.consistency == Consistency::Manifests;
        let (path, none_too): (&[&str], bool) = match self.schema.table(table).type_name.as_str() {
            "ReplicaSet" | "ReplicationController" => (&["replicas"], false),
            "Job" if !of_manifests => (&["status", "active"], true),
            _ => return Ok(BooleanBuffer::new_unset(rows)),
        };
        let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
        let numbers = self.values(table, &path)?;
        let numbers = numbers.as_primitive_opt::<Int64Type>();
        let number = |row| numbers.filter(|numbers| numbers.is_valid(row)).map(|numbers| numbers.value(row));
        let unreadable = self.unreadable(table)?;
        let is_idle = |row| !unreadable.value(row) && number(row).map_or(none_too, |number| number == 0);
        Ok(BooleanBuffer::collect_bool(rows, is_idle))
    }

    /// For each row of an asset table, the workload at the end of the chain of those that make each other; the row
    /// itself if nothing makes it.
    pub fn top_controllers(&self, table: TableId) -> Result<Arc<Vec<(TableId, u32)>>, Error> {
        self.controllers.get(table, || {
            let mut makers = Makers::of(self);
            let rows = 0..self.rows(table)?;
            rows.map(|row| makers.top((table, index(row)))).collect::<Result<_, _>>().map(Arc::new)
        })
    }
}

/// What makes what: controlling owners, as far as they make such. Whoever may write an object may name any owner, and
/// must not hide it behind one.
struct Makers<'d, 's> {
    data: &'d Data<'s>,
    edges: BTreeMap<TableId, Arc<Edges>>,
    tops: HashMap<(TableId, u32), (TableId, u32)>,
}

impl<'d, 's> Makers<'d, 's> {
    fn of(data: &'d Data<'s>) -> Self {
        Self { data, edges: BTreeMap::new(), tops: HashMap::new() }
    }

    /// The workload at the end of the chain of makers.
    fn top(&mut self, row: (TableId, u32)) -> Result<(TableId, u32), Error> {
        let (mut chain, mut places) = (Vec::new(), HashMap::new());
        let mut at = row;
        let top = loop {
            if let Some(known) = self.tops.get(&at) {
                break *known;
            }
            if let Some(first) = places.get(&at) {
                // Nothing made those that make each other in a circle: each stands for itself.
                self.tops.extend(chain.drain(*first..).map(|one| (one, one)));
                break at;
            }
            places.insert(at, chain.len());
            chain.push(at);
            match self.maker(at)? {
                Some(maker) => at = maker,
                None => break at,
            }
        };
        self.tops.extend(chain.into_iter().map(|one| (one, top)));
        Ok(self.tops.get(&row).copied().unwrap_or(row))
    }

    fn maker(&mut self, (table, row): (TableId, u32)) -> Result<Option<(TableId, u32)>, Error> {
        let edges = match self.edges.entry(table) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(self.data.edges(table, &["owner".to_owned()])?),
        };
        let first =
            |(id, adjacency): &(TableId, Adjacency)| Some((*id, *adjacency.of(row as usize).first()?));
        let owner = edges.to.iter().find_map(first);
        let type_name = |table| self.data.schema.table(table).type_name.as_str();
        Ok(owner.filter(|(owners, _)| makes(type_name(*owners), type_name(table))))
    }
}

/// Whether workloads of a type make those of another.
fn makes(maker: &str, made: &str) -> bool {
    match made {
        "Pod" => true,
        "ReplicaSet" => ["Deployment", "Rollout"].contains(&maker),
        "ReplicationController" => maker == "DeploymentConfig",
        "Job" => maker == "CronJob",
        _ => false,
    }
}

/// Adds to aggregated cluster roles the rules of those they select, as the controller does in a cluster; it
/// keeps only gathered rules there, so in a cluster's snapshot the row's own rules are complete.
pub(super) fn add_aggregated_rules(data: &Data<'_>, table: TableId, edges: &mut Edges) -> Result<(), Error> {
    let manifests = matches!(data.snapshot.manifest.collection.consistency, Consistency::Manifests);
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
