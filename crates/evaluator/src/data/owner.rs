//! Controlling owners.

use std::collections::HashMap;

use assay_model::schema::{TableId, TypeDef, split_api_version};

use super::Data;
use super::edges::{Adjacency, Edges, index};
use crate::Error;
use crate::texts::Texts;

/// The controlling owner that each row of a table names.
struct Controllers<'s> {
    /// Its type; that of generic assets, if its kind has none of its own.
    types: Vec<Option<&'s TypeDef>>,
    versions: Texts,
    kinds: Texts,
    names: Texts,
    uids: Texts,
}

/// What an owner is found by: group, kind, namespace and name. The group is empty where the type tells it, which may
/// have had others before.
type Key = (String, String, String, String);

impl Data<'_> {
    /// The controlling owner: by uid where there are uids, else by kind and name.
    pub(super) fn owner(&self, table: TableId, of: &str) -> Result<Edges, Error> {
        let rows = self.rows(table)?;
        let named = self.controllers(table)?;
        let namespaces = self.namespaces(table)?;
        let unreadable = self.unreadable(table)?;
        let mut to = Vec::new();
        let mut lacks = vec![false; rows];
        let targets =
            self.schema.tables_of(of).into_iter().filter(|target| !self.schema.table(*target).is_list());
        for target in targets {
            let type_name = self.schema.table(target).type_name.as_str();
            let is_it = |row: &usize| named.types[*row].is_some_and(|def| def.name == type_name);
            if !(0..rows).any(|row| is_it(&row)) {
                continue;
            }
            let owners = self.owners(target)?;
            let is_generic = self.is_generic_table(target);
            let uids = self.text(target, "uid")?;
            let mut pairs = Vec::new();
            for row in (0..rows).filter(is_it) {
                let home = namespaces.of(row).unwrap_or_default();
                let of = |namespace| owners.get(&named.key(row, is_generic, namespace));
                let found = of(home).or_else(|| of(""));
                let is_same = |owner: &&u32| {
                    let owner = **owner as usize;
                    named.uids.is_null(row)
                        || uids.is_null(owner)
                        || named.uids.value(row) == uids.value(owner)
                };
                match found.filter(is_same) {
                    Some(owner) => pairs.push((index(row), *owner)),
                    // What is in no namespace is owned by nothing that is in one.
                    None => lacks[row] = self.gaps.lacks(target, &[], Some(home)),
                }
            }
            to.push((target, Adjacency::from_pairs(rows, pairs)));
        }
        Ok(Edges { to, incomplete: (0..rows).map(|row| unreadable.value(row) || lacks[row]).collect() })
    }

    /// Rows of an asset table.
    fn owners(&self, table: TableId) -> Result<HashMap<Key, u32>, Error> {
        let (kinds, names) = (self.text(table, "kind")?, self.text(table, "name")?);
        let versions = self.is_generic_table(table).then(|| self.text(table, "apiVersion")).transpose()?;
        let namespaces = self.namespaces(table)?;
        let named = (0..names.rows()).filter(|row| !kinds.is_null(*row) && !names.is_null(*row));
        let key = |row: usize| {
            let namespace = namespaces.of(row).unwrap_or_default().to_owned();
            let group = versions.as_ref().map(|versions| group(versions, row)).unwrap_or_default();
            (group.to_owned(), kinds.value(row).to_owned(), namespace, names.value(row).to_owned())
        };
        Ok(named.map(|row| (key(row), index(row))).collect())
    }

    fn controllers(&self, table: TableId) -> Result<Controllers<'_>, Error> {
        let field = |name: &str| self.texts(table, &["controller".to_owned(), name.to_owned()]);
        let (versions, kinds) = (field("apiVersion")?, field("kind")?);
        let typed = |row: usize| {
            self.schema.asset_of(group(&versions, row), (!kinds.is_null(row)).then(|| kinds.value(row))?)
        };
        let types = (0..self.rows(table)?).map(typed).collect();
        Ok(Controllers { types, versions, kinds, names: field("name")?, uids: field("uid")? })
    }
}

impl Controllers<'_> {
    fn key(&self, row: usize, is_generic: bool, namespace: &str) -> Key {
        let group = if is_generic { group(&self.versions, row) } else { "" };
        let name = if self.names.is_null(row) { "" } else { self.names.value(row) };
        (group.to_owned(), self.kinds.value(row).to_owned(), namespace.to_owned(), name.to_owned())
    }
}

/// The group of a row's version.
fn group(versions: &Texts, row: usize) -> &str {
    if versions.is_null(row) { "" } else { split_api_version(versions.value(row)).0 }
}
