//! Policies of other kinds that may decide about a pod's traffic, beside NetworkPolicies.

use assay_model::network::OTHER_POLICIES;
use assay_model::schema::TableId;
use assay_model::selector::Selector;

use super::policies::{column, text};
use super::workloads::Workloads;
use crate::Error;
use crate::data::columns::texts;
use crate::data::{Data, index};

/// All policies of other kinds there are.
pub(super) struct Others {
    list: Vec<Other>,
    /// The tables that hold them, with the kinds among the generic assets.
    tables: Vec<(TableId, Vec<String>)>,
}

struct Other {
    table: TableId,
    row: u32,
    /// The namespace whose pods it may select; `None` is any.
    namespace: Option<String>,
    /// The pods it selects, where that is told by labels.
    pods: Option<Selector>,
}

impl Others {
    pub(super) fn read(data: &Data<'_>) -> Result<Self, Error> {
        let mut others = Self { list: Vec::new(), tables: Vec::new() };
        for (group, kind) in OTHER_POLICIES {
            let Some(def) = data.schema.asset_of(group, kind) else { continue };
            let generic = data.schema.generic().is_some_and(|generic| generic.name == def.name);
            let kinds = if generic { vec![format!("{group}/{kind}")] } else { Vec::new() };
            for table in data.schema.tables_of(&def.name) {
                others.add(data, table, &kinds)?;
                others.tables.push((table, kinds.clone()));
            }
        }
        Ok(others)
    }

    fn add(&mut self, data: &Data<'_>, table: TableId, kinds: &[String]) -> Result<(), Error> {
        let kept = data.of_kinds(table, kinds)?;
        let namespaces = data.namespaces(table)?;
        let selectors = texts(column(data, table, "endpointSelector")?);
        for row in kept.set_indices() {
            // Cilium lets keys say where a label comes from.
            let pods =
                text(&selectors, row).map(|text| Selector::parse(text).without_prefixes(&["k8s:", "any:"]));
            let namespace = namespaces[row].clone();
            self.list.push(Other { table, row: index(row), namespace, pods });
        }
        Ok(())
    }

    /// Whether there may be some that could not be read, that select pods of a namespace.
    pub(super) fn lacks(&self, data: &Data<'_>, namespace: &str) -> bool {
        self.tables.iter().any(|(table, kinds)| data.gaps.lacks(*table, kinds, Some(namespace)))
    }

    /// Those that select a workload's pods, or may, by their place.
    pub(super) fn of(&self, workloads: &Workloads, row: usize) -> Vec<u32> {
        let namespace = workloads.namespace(row);
        let may = |other: &&Other| {
            other.namespace.as_deref().is_none_or(|own| own == namespace)
                && other.pods.as_ref().is_none_or(|pods| pods.matches(|key| workloads.label(row, key)))
        };
        (0..).zip(&self.list).filter(|(_, other)| may(other)).map(|(place, _)| place).collect()
    }

    /// The table and row of each place.
    pub(super) fn row(&self, place: u32) -> Option<(TableId, u32)> {
        self.list.get(place as usize).map(|other| (other.table, other.row))
    }

    /// The tables that hold any.
    pub(super) fn tables(&self) -> Vec<TableId> {
        let mut tables: Vec<TableId> = self.tables.iter().map(|(table, _)| *table).collect();
        tables.sort_unstable();
        tables.dedup();
        tables
    }
}
