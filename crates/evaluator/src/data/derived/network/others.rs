//! Policies of other kinds that may decide about a pod's traffic, beside NetworkPolicies.

use std::collections::BTreeMap;

use assay_model::network::{Namespaces, OTHER_POLICIES};
use assay_model::schema::TableId;
use assay_model::selector::Selector;

use super::policies::texts;
use super::workloads::Workloads;
use crate::Error;
use crate::data::{Data, index};
use crate::texts::Texts;

/// A policy of another kind.
#[derive(Debug, Clone)]
pub(crate) struct OtherPolicy {
    /// Where it is.
    pub(crate) table: TableId,
    pub(crate) row: u32,
    /// The namespace whose pods it may select; `None` is any.
    pub(crate) namespace: Option<String>,
}

impl Data<'_> {
    /// All policies of other kinds than NetworkPolicy.
    pub(crate) fn other_policies(&self) -> Result<Vec<OtherPolicy>, Error> {
        Ok(Others::read(self)?.list.into_iter().map(|other| other.policy).collect())
    }
}

/// All policies of other kinds there are.
pub(super) struct Others {
    list: Vec<Other>,
    /// The tables that hold them, with the kinds among the generic assets.
    tables: Vec<(TableId, Vec<String>)>,
}

struct Other {
    policy: OtherPolicy,
    /// The namespaces whose pods it selects, where that is told by labels.
    namespaces: Option<Selector>,
    /// The pods it selects, where that is told by labels.
    pods: Option<Selector>,
}

impl Others {
    pub(super) fn read(data: &Data<'_>) -> Result<Self, Error> {
        let mut tables: BTreeMap<TableId, Vec<String>> = BTreeMap::new();
        for (group, kind) in OTHER_POLICIES {
            let Some(def) = data.schema.asset_of(group, kind) else { continue };
            let generic = data.schema.generic().is_some_and(|generic| generic.name == def.name);
            for table in data.schema.tables_of(&def.name) {
                tables.entry(table).or_default().extend(generic.then(|| format!("{group}/{kind}")));
            }
        }
        let mut list = Vec::new();
        for (table, kinds) in &tables {
            add(data, *table, kinds, &mut list)?;
        }
        Ok(Self { list, tables: tables.into_iter().collect() })
    }

    /// Whether there may be some that could not be read, that select pods of a namespace.
    pub(super) fn lacks(&self, data: &Data<'_>, namespace: &str) -> bool {
        self.tables.iter().any(|(table, kinds)| data.gaps.lacks(*table, kinds, Some(namespace)))
    }

    /// Those that select a workload's pods, or may, by their place.
    pub(super) fn of(&self, workloads: &Workloads, row: usize, namespaces: &Namespaces<'_>) -> Vec<u32> {
        let namespace = workloads.namespace(row);
        let may_be_in = |selector: &Selector| namespaces.decide(namespace, selector) != Some(false);
        let may = |other: &&Other| {
            other.policy.namespace.as_deref().is_none_or(|own| own == namespace)
                && other.namespaces.as_ref().is_none_or(may_be_in)
                && other.pods.as_ref().is_none_or(|pods| pods.matches(|key| workloads.label(row, key)))
        };
        (0..).zip(&self.list).filter(|(_, other)| may(other)).map(|(place, _)| place).collect()
    }

    /// The table and row of each place.
    pub(super) fn row(&self, place: u32) -> Option<(TableId, u32)> {
        self.list.get(place as usize).map(|other| (other.policy.table, other.policy.row))
    }

    /// The tables that hold any.
    pub(super) fn tables(&self) -> impl Iterator<Item = TableId> {
        self.tables.iter().map(|(table, _)| *table)
    }
}

fn add(data: &Data<'_>, table: TableId, kinds: &[String], list: &mut Vec<Other>) -> Result<(), Error> {
    let kept = data.of_kinds(table, kinds)?;
    let own = data.namespaces(table)?;
    // Cilium's, which select endpoints; those of SIG Network, which select pods of namespaces.
    let selectors = ["endpointSelector", "pods", "namespaces"].map(|field| texts(data, table, field));
    let [endpoints, pods, namespaces] = selectors;
    let (endpoints, pods, namespaces) = (endpoints?, pods?, namespaces?);
    for row in kept.set_indices() {
        let by = |column: &Texts| column.get(row).map(Selector::parse);
        // Cilium lets keys say where a label comes from.
        let endpoints = by(&endpoints).map(|selector| selector.without_prefixes(&["k8s:", "any:"]));
        list.push(Other {
            policy: OtherPolicy { table, row: index(row), namespace: own.of(row).map(str::to_owned) },
            namespaces: by(&namespaces),
            pods: endpoints.or_else(|| by(&pods)),
        });
    }
    Ok(())
}
