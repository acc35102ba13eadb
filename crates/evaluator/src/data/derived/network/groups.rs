//! Pods that no policy tells apart, as rows: what is isolated and what is open.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, StringArray};
use arrow::buffer::BooleanBuffer;
use assay_model::network::{Direction, Open, Opening};
use assay_model::schema::TableId;

use super::input::{Input, Network, table_of};
use crate::Error;
use crate::data::derived::{Fact, Rows};
use crate::data::{Adjacency, Data, Edges, index};

/// A field for each direction, and the fact that both hold.
type OpenFields = ([&'static str; 2], fn(&Open) -> bool);

const OPEN: &[OpenFields] = &[
    (["openToWorld", "reachesWorld"], |open| open.world),
    (["openToEveryAddress", "reachesEveryAddress"], |open| open.every_address),
    (["openToCluster", "reachesCluster"], |open| open.cluster),
    (["openToOtherNamespaces", "reachesOtherNamespaces"], |open| open.other_namespaces),
];

/// One row for each class, and where each workload belongs.
pub(in crate::data::derived) fn rows(data: &Data<'_>) -> Result<Rows, Error> {
    let input = Input::read(data)?;
    let namespaces = input.namespaces();
    let network = Network::new(&input, &namespaces);
    let mut rows = Rows::default();
    let classes = &network.classes.classes;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new((0..classes.len()).map(|class| Some(class_id(class))).collect::<StringArray>())),
        (
            "hostNetwork",
            Arc::new(classes.iter().map(|class| Some(class.host_network)).collect::<BooleanArray>()),
        ),
    ];
    let groups = rows.add_table(data.schema, "PodNetwork", columns)?;
    add_members(data, &input, &network, groups, &mut rows);
    add_policies(&input, &network, groups, &mut rows);
    for direction in [Direction::Ingress, Direction::Egress] {
        add_facts(&network, direction, groups, &mut rows);
    }
    Ok(rows)
}

/// The id of a class' row.
pub(super) fn class_id(class: usize) -> String {
    format!("pods-{class}")
}

/// Workloads to their group, and back.
fn add_members(data: &Data<'_>, input: &Input, network: &Network<'_>, groups: TableId, rows: &mut Rows) {
    let classes = network.classes.classes.len();
    let mut members = Vec::new();
    for (workloads, class_of) in input.workloads.iter().zip(&network.class_of) {
        let placed =
            class_of.iter().enumerate().filter_map(|(row, class)| Some((index(row), index((*class)?))));
        let pairs: Vec<(u32, u32)> = placed.collect();
        let back = pairs.iter().map(|(row, class)| (*class, *row)).collect();
        members.push((workloads.table, Adjacency::from_pairs(classes, back)));
        let to = vec![(groups, Adjacency::from_pairs(workloads.rows, pairs))];
        rows.add_edges(workloads.table, "network", Edges { to, incomplete: workloads.unreadable.clone() });
    }
    let incomplete = if input.lacks_workloads(data) {
        BooleanBuffer::new_set(classes)
    } else {
        BooleanBuffer::new_unset(classes)
    };
    rows.add_edges(groups, "workloads", Edges { to: members, incomplete });
}

/// Groups to the policies that isolate them, by direction, and to those of other kinds.
fn add_policies(input: &Input, network: &Network<'_>, groups: TableId, rows: &mut Rows) {
    let classes = &network.classes.classes;
    let fields = [("ingressPolicies", Direction::Ingress), ("egressPolicies", Direction::Egress)];
    for (field, direction) in fields {
        let of = |class: usize| {
            let policies = network.classes.isolating(class, direction);
            policies.map(move |policy| (index(class), index(policy)))
        };
        let pairs = (0..classes.len()).flat_map(of).collect();
        let to = vec![(input.policies.table, Adjacency::from_pairs(classes.len(), pairs))];
        let incomplete = classes.iter().map(|class| class.doubt.unread).collect();
        rows.add_edges(groups, field, Edges { to, incomplete });
    }
    let mut by_table: BTreeMap<TableId, Vec<(u32, u32)>> =
        input.others.tables().map(|table| (table, Vec::new())).collect();
    for (class, group) in classes.iter().enumerate() {
        for (table, row) in group.others.iter().filter_map(|place| input.others.row(*place)) {
            by_table.entry(table).or_default().push((index(class), row));
        }
    }
    let to = by_table.into_iter().map(|(table, pairs)| (table, Adjacency::from_pairs(classes.len(), pairs)));
    // Without any, what is in doubt is whether there are some.
    let incomplete = classes.iter().map(|class| class.doubt.other_kinds && class.others.is_empty());
    rows.add_edges(groups, "otherPolicies", Edges { to: to.collect(), incomplete: incomplete.collect() });
}

fn add_facts(network: &Network<'_>, direction: Direction, groups: TableId, rows: &mut Rows) {
    let openings: Vec<Opening> =
        (0..network.classes.classes.len()).map(|class| network.classes.opening(class, direction)).collect();
    let isolated = ["ingressIsolated", "egressIsolated"][direction as usize];
    rows.add_fact(groups, isolated, fact(openings.iter().map(|opening| opening.isolated)));
    for (names, is) in OPEN {
        let values = openings.iter().map(|opening| opening.is(is));
        rows.add_fact(groups, names[direction as usize], fact(values));
    }
}

/// A fact from values that are none where they depend on what could not be read.
pub(super) fn fact(values: impl Iterator<Item = Option<bool>>) -> Fact {
    let values: BooleanArray = values.collect();
    let unknown = arrow::compute::is_null(&values).map(|unknown| unknown.values().clone());
    let unknown = unknown.unwrap_or_else(|_| BooleanBuffer::new_set(arrow::array::Array::len(&values)));
    Fact { values: Arc::new(values), unknown }
}

/// The table of groups.
pub(super) fn table(data: &Data<'_>) -> Result<TableId, Error> {
    table_of(data, "PodNetwork")
}
