//! Relations that could find nothing, whatever there is: what they lead to is never where they look.

use std::collections::BTreeMap;

use super::mistake::Wrong;
use crate::schema::table::Tables;
use crate::schema::{Relation, Source, Table, TypeDef, Via};

/// Mistakes in where relations look.
pub(super) fn check(types: &BTreeMap<String, TypeDef>, tables: &Tables) -> Vec<Wrong> {
    let mut wrong = BTreeMap::new();
    for table in &tables.all {
        let Some(def) = types.get(&table.type_name) else { continue };
        let Some(namespaced) = is_namespaced(types, tables, table) else { continue };
        let row = Row { types, tables, namespaced, is_namespace: table.type_name == "Namespace" };
        row.check(def, &mut wrong);
    }
    wrong.into_iter().map(|(about, message)| Wrong::new(about, message)).collect()
}

/// Whether a table's rows belong to assets that are in namespaces; unknown where it may be either.
fn is_namespaced(types: &BTreeMap<String, TypeDef>, tables: &Tables, table: &Table) -> Option<bool> {
    match table.parent {
        Some(parent) => is_namespaced(types, tables, &tables.all[parent.index()]),
        None => scope(types.get(&table.type_name)?),
    }
}

/// Whether a type's objects are in namespaces; generic assets may be either.
fn scope(def: &TypeDef) -> Option<bool> {
    def.resource.as_ref().filter(|own| own.plural != "*").map(|own| own.namespaced)
}

/// Rows of a table, by where their assets are.
struct Row<'r> {
    types: &'r BTreeMap<String, TypeDef>,
    tables: &'r Tables,
    namespaced: bool,
    is_namespace: bool,
}

impl Row<'_> {
    fn check(&self, def: &TypeDef, wrong: &mut BTreeMap<String, String>) {
        for field in &def.fields {
            match &field.source {
                Source::Struct { of, path: Some(_) } => {
                    if let Some(of) = self.types.get(of) {
                        self.check(of, wrong);
                    }
                }
                Source::Relation(relation) => {
                    if let Some(message) = self.mistake(def, relation) {
                        wrong.insert(format!("{}.{}", def.name, field.name), message);
                    }
                }
                _ => {}
            }
        }
    }

    fn mistake(&self, def: &TypeDef, relation: &Relation) -> Option<String> {
        let to = &relation.to;
        match &relation.via {
            Via::Selects { .. } if !self.is_beside(to, self.namespaced) => Some(format!(
                "@selects takes objects of its own namespace, or of none if it is in none; `{to}` is not there"
            )),
            Via::Members { cluster_scoped: false, .. } if !self.namespaced && !self.is_namespace => {
                Some(format!("@members takes objects of its own namespace, and `{}` is in none", def.name))
            }
            Via::Refers { namespace: None, .. } if !self.namespaced && !self.is_beside(to, false) => {
                Some(format!("`{to}` is in a namespace: name the field that has it with `namespace`"))
            }
            Via::Inverse { of } => self.not_inverse(def, to, of),
            _ => None,
        }
    }

    /// Whether some objects of a type are in namespaces, or in none; entries are where their assets are.
    fn is_beside(&self, to: &str, namespaced: bool) -> bool {
        let tables = self.tables.by_type.get(to).map(Vec::as_slice).unwrap_or_default();
        let mut assets =
            tables.iter().map(|id| &self.tables.all[id.index()]).filter(|table| table.parent.is_none());
        let is_entry = self.types.get(to).is_some_and(|def| def.resource.is_none() && !def.is_interface);
        is_entry
            || assets.any(|table| {
                self.types.get(&table.type_name).and_then(scope).is_none_or(|is| is == namespaced)
            })
    }

    /// What is wrong with reading a relation backwards that does not lead here.
    fn not_inverse(&self, def: &TypeDef, to: &str, of: &[String]) -> Option<String> {
        let mut at = self.types.get(to)?;
        let mut leads = None;
        for name in of {
            match &at.field(name)?.source {
                Source::Struct { of, .. } => at = self.types.get(of)?,
                Source::Relation(relation) => leads = Some(&relation.to),
                _ => return None,
            }
        }
        let leads = leads?;
        let is_here =
            def.implements(leads) || self.types.get(leads).is_some_and(|def_of| def_of.implements(&def.name));
        (!is_here).then(|| format!("`{}` of `{to}` leads to `{leads}`", of.join(".")))
    }
}
