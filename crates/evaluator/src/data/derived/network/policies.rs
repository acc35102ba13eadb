//! NetworkPolicies, from their tables.

use std::collections::BTreeSet;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::datatypes::Int64Type;
use assay_model::network::{Block, Direction, Peer, Policy, PolicyPort, PortNumber, Protocol, Rule};
use assay_model::schema::TableId;
use assay_model::selector::Selector;

use super::input::table_of;
use crate::Error;
use crate::data::columns::strings;
use crate::data::{Adjacency, Data};
use crate::texts::Texts;

/// All NetworkPolicies, in the order of their rows.
pub(super) struct Policies {
    pub(super) table: TableId,
    pub(super) list: Vec<Policy>,
    /// Namespaces with a policy that could not be read: it may select any of their pods.
    unreadable: BTreeSet<String>,
}

impl Policies {
    /// Whether a namespace may have policies that could not be read.
    pub(super) fn lacks(&self, data: &Data<'_>, namespace: &str) -> bool {
        self.unreadable.contains(namespace) || data.gaps.lacks(self.table, &[], Some(namespace))
    }
}

/// Reads all policies.
pub(super) fn read(data: &Data<'_>) -> Result<Policies, Error> {
    let table = table_of(data, "NetworkPolicy")?;
    let selectors = texts(data, table, "podSelector")?;
    let types = column(data, table, "policyTypes")?;
    let ingress = Rules::read(data, table, "ingress", "from")?;
    let egress = Rules::read(data, table, "egress", "to")?;
    let unreadable = data.unreadable(table)?;
    let mut policies = Policies { table, list: Vec::new(), unreadable: BTreeSet::new() };
    for (row, namespace) in data.namespaces(table)?.iter().enumerate() {
        let namespace = namespace.unwrap_or_default().to_owned();
        if unreadable.value(row) {
            policies.unreadable.insert(namespace.clone());
        }
        let types = list(&types, row);
        let types: Vec<&str> = types.iter().map(String::as_str).collect();
        let directions = Policy::directions(&types, !egress.of_policy.of(row).is_empty());
        let rules = |direction, rules: &Rules| directions.contains(&direction).then(|| rules.of(row));
        policies.list.push(Policy {
            namespace,
            pods: selectors.get(row).map(Selector::parse).filter(|_| !unreadable.value(row)),
            ingress: rules(Direction::Ingress, &ingress),
            egress: rules(Direction::Egress, &egress),
        });
    }
    Ok(policies)
}

/// The rules of all policies in a direction.
struct Rules {
    of_policy: Adjacency,
    rules: Vec<Rule>,
}

impl Rules {
    fn read(data: &Data<'_>, policies: TableId, field: &str, peers: &str) -> Result<Self, Error> {
        let Some((table, of_policy)) = child(data, policies, field)? else {
            return Ok(Self { of_policy: Adjacency::default(), rules: Vec::new() });
        };
        let peers = Entries::read(data, table, peers, self::peers)?;
        let ports = Entries::read(data, table, "ports", self::ports)?;
        let rules = (0..data.rows(table)?).map(|row| Rule { peers: peers.of(row), ports: ports.of(row) });
        Ok(Self { of_policy, rules: rules.collect() })
    }

    fn of(&self, policy: usize) -> Vec<Rule> {
        self.of_policy.of(policy).iter().map(|row| self.rules[*row as usize].clone()).collect()
    }
}

/// Entries of a list within rules.
struct Entries<T> {
    of_rule: Adjacency,
    entries: Vec<T>,
}

impl<T: Clone> Entries<T> {
    fn read(
        data: &Data<'_>,
        rules: TableId,
        field: &str,
        read: fn(&Data<'_>, TableId) -> Result<Vec<T>, Error>,
    ) -> Result<Self, Error> {
        Ok(match child(data, rules, field)? {
            Some((table, of_rule)) => Self { of_rule, entries: read(data, table)? },
            None => Self { of_rule: Adjacency::default(), entries: Vec::new() },
        })
    }

    fn of(&self, rule: usize) -> Vec<T> {
        self.of_rule.of(rule).iter().map(|row| self.entries[*row as usize].clone()).collect()
    }
}

fn peers(data: &Data<'_>, table: TableId) -> Result<Vec<Peer>, Error> {
    let pods = texts(data, table, "podSelector")?;
    let namespaces = texts(data, table, "namespaceSelector")?;
    let blocks = column(data, table, "ipBlock")?;
    let cidrs = texts(data, table, "ipBlock.cidr")?;
    let except = column(data, table, "ipBlock.except")?;
    let peer = |row: usize| {
        let selector = |column: &Texts| column.get(row).map(Selector::parse);
        let block = (!blocks.is_null(row)).then(|| {
            let except = list(&except, row);
            Block::parse(cidrs.get(row).unwrap_or_default(), except.iter().map(String::as_str))
        });
        Peer::of(selector(&pods), selector(&namespaces), block)
    };
    Ok((0..data.rows(table)?).map(peer).collect())
}

fn ports(data: &Data<'_>, table: TableId) -> Result<Vec<PolicyPort>, Error> {
    let protocols = texts(data, table, "protocol")?;
    let numbers = texts(data, table, "port")?;
    let ends = column(data, table, "endPort")?;
    let port = |row: usize| {
        let number = numbers.get(row).map(PortNumber::parse);
        // A number that no port has lets nothing through, as the API server refuses it.
        let protocol = Protocol::named(protocols.get(row)).filter(|_| number != Some(None));
        let end = int(&ends, row).map(|end| u16::try_from(end).unwrap_or_default());
        PolicyPort { protocol, port: number.flatten(), end }
    };
    Ok((0..data.rows(table)?).map(port).collect())
}

/// A list within the rows of a table, as a table of its own.
pub(super) fn child(
    data: &Data<'_>,
    table: TableId,
    field: &str,
) -> Result<Option<(TableId, Adjacency)>, Error> {
    let path: Vec<String> = field.split('.').map(str::to_owned).collect();
    Ok(data.edges(table, &path)?.to.first().cloned())
}

/// A column by its dotted name.
pub(super) fn column(data: &Data<'_>, table: TableId, field: &str) -> Result<ArrayRef, Error> {
    let path: Vec<String> = field.split('.').map(str::to_owned).collect();
    data.column(table, &path)
}

/// A column of texts by its dotted name.
pub(super) fn texts(data: &Data<'_>, table: TableId, field: &str) -> Result<Texts, Error> {
    let path: Vec<String> = field.split('.').map(str::to_owned).collect();
    data.texts(table, &path)
}

/// A number, if there is one.
pub(super) fn int(column: &ArrayRef, row: usize) -> Option<i64> {
    let numbers: &Int64Array = column.as_primitive_opt::<Int64Type>()?;
    (!numbers.is_null(row)).then(|| numbers.value(row))
}

/// A list of texts; empty if there is none.
pub(super) fn list(column: &ArrayRef, row: usize) -> Vec<String> {
    let Some(lists) = column.as_list_opt::<i32>().filter(|lists| !lists.is_null(row)) else {
        return Vec::new();
    };
    strings(&lists.value(row)).iter().flatten().map(str::to_owned).collect()
}
