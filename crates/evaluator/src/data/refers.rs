//! References: an object by its name, or an entry of another list of the same object.

use std::collections::HashMap;

use arrow::array::{Array, StringArray};
use arrow::buffer::BooleanBuffer;
use assay_model::schema::TableId;

use super::Data;
use super::edges::{Adjacency, Edges, index};
use crate::Error;
use crate::texts::Texts;

/// A reference, by the columns that make it.
pub(super) struct Reference<'r> {
    /// The column with the name.
    pub(super) name: Vec<String>,
    /// The column with the namespace, if it may be another one.
    pub(super) namespace: Option<Vec<String>>,
    /// The column that decides whether there is a reference, and the values with which there is.
    pub(super) when: Option<(Vec<String>, &'r [String])>,
    /// The name meant where none is given.
    pub(super) default: Option<&'r str>,
}

impl Data<'_> {
    /// What rows of a table refer to.
    pub(super) fn refers(&self, table: TableId, of: &str, reference: &Reference<'_>) -> Result<Edges, Error> {
        let names = self.referred_names(table, reference)?;
        let is_entry = self
            .schema
            .get(of)
            .is_some_and(|def| def.resource.is_none() && def.derived.is_none() && !def.is_interface);
        if is_entry {
            self.refers_within(table, of, &names)
        } else {
            self.refers_to(table, of, reference, &names)
        }
    }

    /// The name that each row refers to.
    fn referred_names(&self, table: TableId, reference: &Reference<'_>) -> Result<StringArray, Error> {
        let names = self.texts(table, &reference.name)?;
        let when = match &reference.when {
            Some((path, values)) => Some((self.texts(table, path)?, *values)),
            None => None,
        };
        let unreadable = self.unreadable(table)?;
        let holds = |row: usize| {
            let is_one =
                |(kinds, values): &(Texts, &[String])| values.iter().any(|value| value == kinds.value(row));
            !unreadable.value(row) && when.as_ref().is_none_or(is_one)
        };
        let given = |row: usize| names.get(row).filter(|name| !name.is_empty());
        Ok((0..names.rows()).map(|row| given(row).or(reference.default).filter(|_| holds(row))).collect())
    }

    fn refers_to(
        &self,
        table: TableId,
        of: &str,
        reference: &Reference<'_>,
        names: &StringArray,
    ) -> Result<Edges, Error> {
        let home = self.namespaces(table)?;
        let given = reference.namespace.as_ref().map(|path| self.texts(table, path)).transpose()?;
        let namespace = |row: usize| match &given {
            Some(given) if !given.is_null(row) => given.value(row),
            _ => home.of(row).unwrap_or_default(),
        };
        let mut to = Vec::new();
        let mut incomplete = self.unreadable(table)?;
        for target in self.schema.tables_of(of) {
            let by_name = self.by_name(target)?;
            let cluster_scoped = self.is_cluster_scoped(target);
            let mut pairs = Vec::new();
            let mut lacking = vec![false; names.len()];
            for row in (0..names.len()).filter(|row| !names.is_null(*row)) {
                let namespace = if cluster_scoped { "" } else { namespace(row) };
                let found = by_name.get(namespace, names.value(row));
                pairs.extend(found.map(|target| (index(row), target)));
                lacking[row] = found.is_none() && self.gaps.lacks(target, &[], Some(namespace));
            }
            incomplete = &incomplete | &lacking.into_iter().collect::<BooleanBuffer>();
            to.push((target, Adjacency::from_pairs(names.len(), pairs)));
        }
        Ok(Edges { to, incomplete })
    }

    /// Entries of the same asset. They are read, or missing, together with what refers to them.
    fn refers_within(&self, table: TableId, of: &str, names: &StringArray) -> Result<Edges, Error> {
        let assets = self.asset_rows(table)?;
        let mut to = Vec::new();
        for target in self.entries_beside(table, of) {
            let (own, owners) = (self.text(target, "name")?, self.asset_rows(target)?);
            let named = (0..own.rows()).filter(|entry| !own.is_null(*entry));
            let by_name: HashMap<(u32, &str), u32> =
                named.map(|entry| ((owners[entry], own.value(entry)), index(entry))).collect();
            let given = (0..names.len()).filter(|row| !names.is_null(*row));
            let pairs = given.filter_map(|row| {
                let found = by_name.get(&(assets[row], names.value(row)))?;
                Some((index(row), *found))
            });
            to.push((target, Adjacency::from_pairs(names.len(), pairs.collect())));
        }
        Ok(Edges { to, incomplete: self.unreadable(table)? })
    }

    /// The tables of a type's entries within the assets that rows of a table belong to.
    pub(super) fn entries_beside(&self, table: TableId, of: &str) -> Vec<TableId> {
        let asset = self.schema.asset_table(table);
        self.schema.tables_of(of).into_iter().filter(|to| self.schema.asset_table(*to) == asset).collect()
    }

    pub(super) fn is_cluster_scoped(&self, table: TableId) -> bool {
        let def = self.schema.get(&self.schema.table(table).type_name);
        def.and_then(|def| def.resource.as_ref()).is_some_and(|resource| !resource.namespaced)
    }
}
