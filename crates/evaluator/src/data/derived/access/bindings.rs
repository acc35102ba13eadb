//! Bindings with the rules of the roles they name.

use std::collections::HashMap;

use arrow::buffer::BooleanBuffer;
use assay_model::rbac::{Grant, Policy, Rule, Subject, default_role, gathered_labels};
use assay_model::schema::TableId;
use assay_snapshot::Consistency;

use super::opened::Opened;
use super::{Tables, read};
use crate::Error;
use crate::data::derived::Rows;
use crate::data::edges::Edges;
use crate::data::{Data, index};

/// A row of some table.
pub(super) type Place = (TableId, u32);

/// All bindings, in the order of their tables: each is one grant of the policy.
pub(super) struct Bindings {
    /// What they give.
    pub(super) policy: Policy,
    /// Where each comes from, in the same order.
    pub(super) bound: Vec<Bound>,
    /// Whether there may be bindings, or subjects of one, that could not be read.
    pub(super) incomplete: bool,
    /// What their rules open.
    pub(super) opened: Opened,
}

/// A binding and the role it names.
pub(super) struct Bound {
    /// The binding.
    pub(super) binding: Place,
    /// The role, if it is there.
    pub(super) role: Option<Place>,
    /// Its first row among the grants; its rules follow each other.
    pub(super) first_grant: u32,
    /// Whether its role, or a part of it, could not be read.
    pub(super) incomplete: bool,
}

impl Bound {
    /// The rows of its grants.
    pub(super) fn grants(&self, grant: &Grant) -> std::ops::Range<u32> {
        self.first_grant..self.first_grant + index(grant.rules.len())
    }
}

impl Bindings {
    /// Reads all bindings of a snapshot.
    pub(super) fn read(data: &Data<'_>) -> Result<Self, Error> {
        let mut reader = Reader { data, grants: Vec::new(), bound: Vec::new(), rows: 0, incomplete: false };
        reader.bindings("RoleBinding", &["role", "clusterRole"])?;
        reader.bindings("ClusterRoleBinding", &["clusterRole"])?;
        let Reader { grants, bound, incomplete, .. } = reader;
        Ok(Self { policy: Policy::new(grants), bound, incomplete, opened: Opened::default() })
    }

    /// Each binding with what it gives.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Bound, &Grant)> {
        self.bound.iter().zip(self.policy.grants())
    }
}

struct Reader<'d, 's> {
    data: &'d Data<'s>,
    grants: Vec<Grant>,
    bound: Vec<Bound>,
    rows: u32,
    incomplete: bool,
}

impl Reader<'_, '_> {
    fn bindings(&mut self, type_name: &str, roles: &[&str]) -> Result<(), Error> {
        for table in self.data.schema.tables_of(type_name) {
            let unreadable = self.data.unreadable(table)?;
            self.incomplete |= self.data.gaps.lacks(table, &[], None);
            self.incomplete |= unreadable.count_set_bits() > 0;
            let subjects = self.subjects(table)?;
            let (roles, unread) = self.roles(table, roles)?;
            let namespaces = self.data.text(table, "namespace")?;
            for (row, (subjects, (role, rules))) in subjects.into_iter().zip(roles).enumerate() {
                let first_grant = self.rows;
                self.rows += index(rules.len());
                let namespace = namespaces.get(row).map(str::to_owned);
                self.grants.push(Grant { namespace, subjects, rules });
                let binding = (table, index(row));
                self.bound.push(Bound { binding, role, first_grant, incomplete: unread.value(row) });
            }
        }
        Ok(())
    }

    /// The subjects of each binding.
    fn subjects(&self, bindings: TableId) -> Result<Vec<Vec<Subject>>, Error> {
        let home = self.data.text(bindings, "namespace")?;
        let mut found: Vec<Vec<Subject>> = vec![Vec::new(); home.rows()];
        for (list, adjacency) in &self.data.edges(bindings, &["subjects".to_owned()])?.to {
            let column = |name: &str| self.data.text(*list, name);
            let (kinds, names, namespaces) = (column("kind")?, column("name")?, column("namespace")?);
            for (binding, entry) in adjacency.pairs() {
                let (binding, entry) = (binding as usize, entry as usize);
                let (Some(kind), Some(name)) = (kinds.get(entry), names.get(entry)) else {
                    continue;
                };
                let named = Subject::named(kind, name, namespaces.get(entry), home.get(binding));
                found[binding].extend(named);
            }
        }
        Ok(found)
    }

    /// The role of each binding with its rules, and which of them could not be read in whole.
    fn roles(&self, bindings: TableId, fields: &[&str]) -> Result<(Vec<Role>, BooleanBuffer), Error> {
        let rows = self.data.rows(bindings)?;
        let mut found: Vec<Role> = vec![(None, Vec::new()); rows];
        let mut incomplete = BooleanBuffer::new_unset(rows);
        for field in fields {
            let edges = self.data.edges(bindings, &[(*field).to_owned()])?;
            incomplete = &incomplete | &edges.incomplete;
            for (roles, adjacency) in &edges.to {
                let (rules, unread) = self.rules(*roles)?;
                let leads_to_unread =
                    |row: usize| adjacency.of(row).iter().any(|to| unread.value(*to as usize));
                incomplete = &incomplete | &(0..rows).map(leads_to_unread).collect::<BooleanBuffer>();
                for (binding, role) in adjacency.pairs() {
                    found[binding as usize] = (Some((*roles, role)), rules[role as usize].clone());
                }
            }
        }
        incomplete = &incomplete | &self.add_default_roles(bindings, &mut found)?;
        Ok((found, incomplete))
    }

    /// In manifests, Kubernetes' own roles are named and not there. Tells which of them may have more rules.
    fn add_default_roles(&self, bindings: TableId, found: &mut [Role]) -> Result<BooleanBuffer, Error> {
        let mut unread = vec![false; found.len()];
        if self.data.snapshot.manifest.collection.consistency != Consistency::Manifests {
            return Ok(unread.into_iter().collect());
        }
        let kinds = read::text(self.data, bindings, &["roleRef", "kind"])?;
        let names = read::text(self.data, bindings, &["roleRef", "name"])?;
        let mut gathered: HashMap<&str, (Vec<Rule>, bool)> = HashMap::new();
        for (row, (role, rules)) in found.iter_mut().enumerate() {
            let name = names.get(row).filter(|_| kinds.get(row) == Some("ClusterRole"));
            let Some(name) = name.filter(|_| role.is_none()) else { continue };
            let Some(default) = default_role(name) else { continue };
            if !gathered.contains_key(name) {
                gathered.insert(name, self.gathered(gathered_labels(name))?);
            }
            let (more, lacks) = &gathered[name];
            *rules = [default, more].concat();
            unread[row] = *lacks;
        }
        Ok(unread.into_iter().collect())
    }

    /// The rules of cluster roles with one of these labels, and whether there may be more of them.
    fn gathered(&self, labels: &[&str]) -> Result<(Vec<Rule>, bool), Error> {
        let mut gathered = (Vec::new(), false);
        if labels.is_empty() {
            return Ok(gathered);
        }
        for table in self.data.schema.tables_of("ClusterRole") {
            let of_role = self.data.labels(table, &["labels".to_owned()])?;
            let (rules, unread) = self.rules(table)?;
            gathered.1 |= self.data.gaps.lacks(table, &[], None);
            gathered.1 |= self.data.unreadable(table)?.count_set_bits() > 0;
            for (row, rules) in rules.into_iter().enumerate() {
                if labels.iter().any(|label| of_role.get(row, label) == Some("true")) {
                    gathered.0.extend(rules);
                    gathered.1 |= unread.value(row);
                }
            }
        }
        Ok(gathered)
    }

    /// The rules of each role, and which roles could not be read in whole.
    fn rules(&self, roles: TableId) -> Result<(Vec<Vec<Rule>>, BooleanBuffer), Error> {
        let edges = self.data.edges(roles, &["rules".to_owned()])?;
        let mut found = vec![Vec::new(); self.data.rows(roles)?];
        for (list, adjacency) in &edges.to {
            let rules = read::rules(self.data, *list)?;
            for (role, rule) in adjacency.pairs() {
                found[role as usize].push(rules[rule as usize].clone());
            }
        }
        Ok((found, edges.incomplete.clone()))
    }
}

/// The role a binding names, if it is there, and its rules.
type Role = (Option<Place>, Vec<Rule>);

/// Adds what leads from bindings, roles and rules to grants and escalations.
pub(super) fn relate(
    data: &Data<'_>,
    bindings: &Bindings,
    tables: &Tables,
    rows: &mut Rows,
) -> Result<(), Error> {
    for type_name in ["RoleBinding", "ClusterRoleBinding"] {
        for table in data.schema.tables_of(type_name) {
            let own = || bindings.iter().filter(|(bound, _)| bound.binding.0 == table);
            let incomplete: BooleanBuffer = own().map(|(bound, _)| bound.incomplete).collect();
            let grants =
                own().flat_map(|(bound, grant)| bound.grants(grant).map(|row| (bound.binding.1, row)));
            rows.add_edges(
                table,
                "grants",
                Edges::to_table(data.rows(table)?, tables.grants, grants.collect(), incomplete.clone()),
            );
            let mut pairs = Vec::new();
            for (bound, grant) in own() {
                let opened = bindings.opened.by_rules(&grant.rules, grant.namespace.is_some());
                pairs.extend(opened.into_iter().map(|row| (bound.binding.1, row)));
            }
            rows.add_edges(
                table,
                "escalations",
                Edges::to_table(data.rows(table)?, tables.escalations, pairs, incomplete.clone()),
            );
        }
    }
    for (type_name, namespaced) in [("Role", true), ("ClusterRole", false)] {
        for roles in data.schema.tables_of(type_name) {
            relate_role(data, roles, (namespaced, &bindings.opened), tables, rows)?;
        }
    }
    Ok(())
}

fn relate_role(
    data: &Data<'_>,
    roles: TableId,
    (namespaced, opened): (bool, &Opened),
    tables: &Tables,
    rows: &mut Rows,
) -> Result<(), Error> {
    let of_role = data.edges(roles, &["rules".to_owned()])?;
    let mut pairs = Vec::new();
    for (list, adjacency) in &of_role.to {
        let rules = read::rules(data, *list)?;
        let opened: Vec<_> = rules.iter().map(|rule| opened.by_rule(rule, namespaced)).collect();
        let of_rule =
            opened.iter().enumerate().flat_map(|(row, to)| to.iter().map(move |to| (index(row), *to)));
        rows.add_known_edges(*list, rules.len(), "escalations", tables.escalations, of_rule.collect());
        pairs.extend(
            adjacency
                .pairs()
                .flat_map(|(role, rule)| opened[rule as usize].iter().map(move |to| (role, *to))),
        );
    }
    let of_role = Edges::to_table(data.rows(roles)?, tables.escalations, pairs, of_role.incomplete.clone());
    rows.add_edges(roles, "escalations", of_role);
    Ok(())
}
