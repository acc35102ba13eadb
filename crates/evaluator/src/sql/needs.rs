//! What a statement reads that no snapshot holds.

use std::collections::{BTreeMap, BTreeSet};

use assay_model::schema::{Schema, TableId};

use crate::query::{FieldPath, Filter};

/// What has to be derived.
#[derive(Debug, Default, Clone)]
pub struct Needs {
    /// Tables that some snapshot lacks, or lacks columns of, and tables that are derived anyway.
    pub(super) tables: BTreeSet<TableId>,
    /// Relations of a table, by field.
    pub(super) relations: BTreeSet<(TableId, FieldPath)>,
    /// Facts of a table's rows, by name.
    pub(super) facts: BTreeMap<(TableId, String), Filtered>,
    /// Durations before or after each snapshot's own time, as ISO 8601 has them.
    pub(super) ages: BTreeSet<String>,
    /// Statements, each by what it reads: a snapshot is told to have all of it.
    pub(super) statements: BTreeSet<String>,
}

/// What a fact is.
#[derive(Debug, Clone)]
pub(super) enum Filtered {
    /// The value of a derived field.
    Field(FieldPath),
    /// Whether a condition holds that SQL has no words for.
    Condition(Filter),
}

impl Needs {
    /// Adds what another statement needs.
    pub fn extend(&mut self, other: Self) {
        self.tables.extend(other.tables);
        self.relations.extend(other.relations);
        self.facts.extend(other.facts);
        self.ages.extend(other.ages);
        self.statements.extend(other.statements);
    }
}

/// A table's name as a part of a file's.
fn name(schema: &Schema, table: TableId) -> String {
    schema.table(table).name.replace('/', ".")
}

/// The file of a table that is made again.
pub(super) fn table_file(schema: &Schema, table: TableId) -> String {
    format!("tables/{}", name(schema, table))
}

/// The file of a relation.
pub(super) fn relation_file(schema: &Schema, table: TableId, path: &[String]) -> String {
    format!("relations/{}.{}", name(schema, table), path.join("."))
}

/// The file of a fact.
pub(super) fn fact_file(schema: &Schema, table: TableId, fact: &str) -> String {
    format!("facts/{}.{fact}", name(schema, table))
}

/// The file of the instant that lies a duration before or after the snapshot's own.
pub(super) fn age_file(duration: &str) -> String {
    format!("ages/{duration}")
}

/// The file of what could not be read.
pub(super) const GAPS: &str = "gaps";

/// The file that a snapshot has once all that a statement reads of it is there.
pub(super) fn statement_file(statement: &str) -> String {
    format!("statements/{statement}")
}
