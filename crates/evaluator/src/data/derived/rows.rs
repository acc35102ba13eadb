//! What a derivation makes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, new_null_array};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema as ArrowSchema};
use assay_model::schema::{Schema, TableId};

use crate::Error;
use crate::data::edges::Edges;

/// A scalar for each row of a table.
#[derive(Debug, Clone)]
pub struct Fact {
    /// The values; missing where there is none or it is unknown.
    pub values: ArrayRef,
    /// Rows whose value depends on what could not be read.
    pub unknown: BooleanBuffer,
}

impl Fact {
    /// A fact that is known of every row.
    pub fn known(values: ArrayRef) -> Self {
        let unknown = BooleanBuffer::new_unset(values.len());
        Self { values, unknown }
    }
}

/// Rows of derived types, with the relations and facts that go with them.
#[derive(Debug, Default)]
pub struct Rows {
    tables: BTreeMap<TableId, Arc<RecordBatch>>,
    edges: HashMap<(TableId, String), Edges>,
    facts: HashMap<(TableId, String), Fact>,
}

impl Rows {
    /// Adds the rows of a derived type, by column; the fields left out are missing. All columns have one length,
    /// and the id comes first. Texts may be a dictionary's.
    pub fn add_table(
        &mut self,
        schema: &Schema,
        type_name: &str,
        columns: Vec<(&str, ArrayRef)>,
    ) -> Result<TableId, Error> {
        let Some(table) = schema.tables_of(type_name).first().copied() else {
            return Err(Error::Derivation(format!("the model has no rows of {type_name}")));
        };
        let arrow = schema.table(table).arrow_schema();
        if let Some((name, _)) = columns.iter().find(|(name, _)| arrow.field_with_name(name).is_err()) {
            return Err(Error::Derivation(format!("{type_name} has no field `{name}`")));
        }
        let rows = columns.first().map_or(0, |(_, values)| values.len());
        let given = |name: &str| columns.iter().find(|(column, _)| *column == name).map(|(_, v)| v.clone());
        let arrays = arrow
            .fields()
            .iter()
            .map(|field| given(field.name()).unwrap_or_else(|| new_null_array(field.data_type(), rows)));
        let arrays: Vec<ArrayRef> = arrays.collect();
        let as_given = |(field, array): (&FieldRef, &ArrayRef)| match array.data_type() {
            DataType::Dictionary(_, text) if **text == *field.data_type() => {
                Arc::new(Field::clone(field).with_data_type(array.data_type().clone()))
            }
            _ => Arc::clone(field),
        };
        let fields = arrow.fields().iter().zip(&arrays).map(as_given).collect::<Fields>();
        let batch = RecordBatch::try_new(Arc::new(ArrowSchema::new(fields)), arrays)?;
        self.tables.insert(table, Arc::new(batch));
        Ok(table)
    }

    /// Adds a relation: where each row of a table leads, and which rows may lead to more than could be read.
    pub fn add_edges(&mut self, table: TableId, field: &str, edges: Edges) {
        self.edges.insert((table, field.to_owned()), edges);
    }

    /// Adds a relation that is known of every row.
    pub fn add_known_edges(
        &mut self,
        from: TableId,
        rows: usize,
        field: &str,
        to: TableId,
        pairs: Vec<(u32, u32)>,
    ) {
        let incomplete = BooleanBuffer::new_unset(rows);
        self.add_edges(from, field, Edges::to_table(rows, to, pairs, incomplete));
    }

    /// Adds a scalar of a table's rows.
    pub fn add_fact(&mut self, table: TableId, field: &str, fact: Fact) {
        self.facts.insert((table, field.to_owned()), fact);
    }

    /// All derived tables.
    pub fn tables(&self) -> impl Iterator<Item = (TableId, &RecordBatch)> {
        self.tables.iter().map(|(table, batch)| (*table, batch.as_ref()))
    }

    pub(super) fn table(&self, table: TableId) -> Option<Arc<RecordBatch>> {
        self.tables.get(&table).cloned()
    }

    pub(super) fn edges(&self, table: TableId, field: &str) -> Option<Edges> {
        self.edges.get(&(table, field.to_owned())).cloned()
    }

    pub(super) fn fact(&self, table: TableId, field: &str) -> Option<Fact> {
        self.facts.get(&(table, field.to_owned())).cloned()
    }
}
