//! Facts, relations and whole tables that are computed at evaluation: no snapshot holds them.
//!
//! The model declares what is derived (`@derived`, `@rows`) and by which derivation; here is what each computes. A
//! derivation is a pure function of tables. It gives rows as Arrow batches and relations as adjacency with a mask of
//! what could not be read, so that everything else treats them like what a snapshot holds, and they could be written
//! as Parquet for other engines.

mod access;
mod credentials;
mod facts;
mod flags;
mod image;
mod managed;
mod network;
mod pod_security;
mod rows;
mod security;

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use assay_model::schema::{Derived, DerivedRows, Schema, Source, TableId, Via};

use super::Data;
use super::columns::{Spot, spot};
use super::edges::Edges;
use super::memo::Memo;
use crate::Error;

pub(crate) use flags::SettingsFile;
pub(crate) use network::OtherPolicy;
pub use rows::{Fact, Rows};

/// How something is derived.
enum Derivation {
    /// A scalar field, for the rows of one table at a time.
    Fact(fn(&Data<'_>, TableId) -> Result<Fact, Error>),
    /// Rows of derived types, and all relations and facts that go with them.
    Rows(fn(&Data<'_>) -> Result<Rows, Error>),
}

/// Every derivation, by the name the model has for it.
const ALL: &[(&str, Derivation)] = &[
    ("access", Derivation::Rows(access::rows)),
    ("annotationCredentials", Derivation::Fact(credentials::in_annotations)),
    ("builtIn", Derivation::Fact(facts::built_in)),
    ("cluster", Derivation::Fact(facts::cluster)),
    ("commandCredentials", Derivation::Fact(credentials::in_command)),
    ("effectiveSecurityContext", Derivation::Rows(security::rows)),
    ("exposure", Derivation::Rows(network::exposure)),
    ("flags", Derivation::Rows(flags::rows)),
    ("imageReference", Derivation::Rows(image::rows)),
    ("letsWorldIn", Derivation::Fact(network::lets_world_in)),
    ("managedBy", Derivation::Fact(managed::managed_by)),
    ("podNetwork", Derivation::Rows(network::groups)),
    ("podSecurity", Derivation::Rows(pod_security::rows)),
    ("podTraffic", Derivation::Rows(network::traffic)),
    ("topLevel", Derivation::Fact(facts::top_level)),
    ("uidOrId", Derivation::Fact(facts::uid_or_id)),
];

/// What derivations of rows have computed so far.
pub(super) type Known = Memo<&'static str, Arc<Rows>>;

impl Data<'_> {
    /// The rows of a derived table.
    pub(super) fn derived_table(
        &self,
        table: TableId,
        rows: &DerivedRows,
    ) -> Result<Arc<RecordBatch>, Error> {
        self.derived_rows(&rows.by)?.table(table).ok_or_else(|| {
            let type_name = &self.schema.table(table).type_name;
            Error::Derivation(format!("`{}` makes no rows of {type_name}", rows.by))
        })
    }

    /// A derived relation of a table's rows.
    pub(super) fn derived_edges(&self, table: TableId, spot: &Spot<'_>, by: &str) -> Result<Edges, Error> {
        self.derived_rows(by)?.edges(table, &spot.dotted()).ok_or_else(|| self.underived(table, spot, by))
    }

    /// A derived scalar of a table's rows; none if the field is not derived.
    pub fn fact(&self, table: TableId, path: &[String]) -> Result<Option<Fact>, Error> {
        let Some(spot) = spot(self.schema, table, path) else { return Ok(None) };
        let Source::Derived(Derived { by, .. }) = &spot.field.source else { return Ok(None) };
        match derivation(by)? {
            (_, Derivation::Fact(compute)) => compute(self, table).map(Some),
            (_, Derivation::Rows(_)) => {
                let fact = self.derived_rows(by)?.fact(table, &spot.dotted());
                fact.map(Some).ok_or_else(|| self.underived(table, &spot, by))
            }
        }
    }

    fn derived_rows(&self, by: &str) -> Result<Arc<Rows>, Error> {
        let (name, Derivation::Rows(compute)) = derivation(by)? else {
            return Err(Error::Derivation(format!("`{by}` derives a scalar, no rows")));
        };
        self.derivations.get(name, || compute(self).map(Arc::new))
    }

    fn underived(&self, table: TableId, spot: &Spot<'_>, by: &str) -> Error {
        let type_name = &self.schema.table(table).type_name;
        Error::Derivation(format!("`{by}` does not derive {type_name}.{}", spot.dotted()))
    }

    /// The asset tables that decide which rows a table has: itself, or what it is derived from.
    pub(crate) fn sources(&self, table: TableId) -> BTreeSet<TableId> {
        sources(self.schema, table)
    }

    /// The asset tables that a derived field reads besides the row's own.
    pub(crate) fn field_sources(&self, table: TableId, path: &[String]) -> BTreeSet<TableId> {
        match spot(self.schema, table, path).map(|spot| &spot.field.source) {
            Some(Source::Derived(derived)) => self.asset_tables(&derived.reads),
            Some(Source::Relation(relation)) => match &relation.via {
                Via::Derived { reads, .. } => self.asset_tables(reads),
                _ => BTreeSet::new(),
            },
            _ => BTreeSet::new(),
        }
    }

    fn asset_tables(&self, types: &[String]) -> BTreeSet<TableId> {
        asset_tables(self.schema, types)
    }
}

/// The asset tables that decide which rows a table has: itself, or what it is derived from.
pub(crate) fn sources(schema: &Schema, table: TableId) -> BTreeSet<TableId> {
    match &schema.table(table).derived {
        Some(rows) => asset_tables(schema, &rows.reads),
        None => [schema.asset_table(table)].into(),
    }
}

fn asset_tables(schema: &Schema, types: &[String]) -> BTreeSet<TableId> {
    types.iter().flat_map(|name| schema.tables_of(name)).flat_map(|table| sources(schema, table)).collect()
}

fn derivation(by: &str) -> Result<&'static (&'static str, Derivation), Error> {
    let found = ALL.iter().find(|(name, _)| *name == by);
    found.ok_or_else(|| Error::Derivation(format!("nothing derives `{by}`; there are: {}", names())))
}

fn names() -> String {
    ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_model_declares_as_derived_has_a_derivation() {
        let schema = Schema::built_in().unwrap();
        let mut used = BTreeSet::new();
        for def in schema.types() {
            used.extend(def.derived.iter().map(|rows| rows.by.clone()));
            for field in &def.fields {
                match &field.source {
                    Source::Derived(derived) => used.extend([derived.by.clone()]),
                    Source::Relation(relation) => {
                        if let Via::Derived { by, .. } = &relation.via {
                            used.insert(by.clone());
                        }
                    }
                    _ => {}
                }
            }
        }
        let all: BTreeSet<String> = ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(used, all);
    }

    #[test]
    fn an_unknown_derivation_is_told_with_those_there_are() {
        let error = derivation("x").err().map(|error| error.to_string());
        let expected = "nothing derives `x`; there are: ";
        assert!(error.as_ref().is_some_and(|text| text.contains(expected)), "{error:?}");
    }
}
