//! A snapshot's rows, opened for evaluation: tables are read when something asks for them, relations are
//! computed once.

mod columns;
mod derive;
mod derived;
mod edges;
mod gaps;
mod lookup;
mod objects;
mod relate;

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use arrow::array::{Array, RecordBatch, StringArray};
use arrow::buffer::BooleanBuffer;
use assay_model::schema::{Schema, TableId};
use assay_snapshot::Snapshot;

pub use columns::{Spot, spot};
pub use derived::{Fact, Rows};
pub use edges::{Adjacency, Edges, index};
pub use gaps::{Gaps, resource_name};

use crate::Error;

/// The rows of a snapshot.
pub struct Data<'s> {
    /// The asset model.
    pub schema: &'s Schema,
    /// The snapshot.
    pub snapshot: &'s Snapshot,
    /// What could not be read.
    pub gaps: Gaps,
    tables: Vec<OnceCell<Rc<RecordBatch>>>,
    edges: RefCell<HashMap<(TableId, String), Rc<Edges>>>,
    derived: RefCell<HashMap<(TableId, &'static str), BooleanBuffer>>,
    derivations: derived::Known,
    asset_rows: RefCell<HashMap<TableId, Rc<Vec<u32>>>>,
    objects: RefCell<HashMap<TableId, Rc<objects::Objects>>>,
    built_in: HashSet<&'static str>,
}

impl<'s> Data<'s> {
    /// Opens a snapshot's rows. Nothing is read yet but what could not be collected.
    pub fn open(schema: &'s Schema, snapshot: &'s Snapshot) -> Self {
        Self {
            schema,
            snapshot,
            gaps: Gaps::of(schema, snapshot),
            tables: schema.tables().iter().map(|_| OnceCell::new()).collect(),
            edges: RefCell::default(),
            derived: RefCell::default(),
            derivations: derived::Known::default(),
            asset_rows: RefCell::default(),
            objects: RefCell::default(),
            built_in: derive::built_in_contents(),
        }
    }

    /// The rows of a table. One that the snapshot lacks has none.
    pub fn table(&self, id: TableId) -> Result<Rc<RecordBatch>, Error> {
        let cell = &self.tables[id.index()];
        if let Some(batch) = cell.get() {
            return Ok(batch.clone());
        }
        let table = self.schema.table(id);
        if let Some(rows) = &table.derived {
            return self.derived_table(id, rows);
        }
        let batch = if self.snapshot.has(&table.name) {
            columns::conform(self.snapshot.read(&table.name, None)?, table.arrow_schema())
        } else {
            RecordBatch::new_empty(table.arrow_schema())
        };
        Ok(cell.get_or_init(|| Rc::new(batch)).clone())
    }

    /// How many rows a table has.
    pub fn rows(&self, id: TableId) -> Result<usize, Error> {
        Ok(self.table(id)?.num_rows())
    }

    /// The rows of a table whose object could not be read; entries of lists have none.
    pub fn unreadable(&self, id: TableId) -> Result<BooleanBuffer, Error> {
        let batch = self.table(id)?;
        let reason = batch.column_by_name("unreadable").filter(|_| !self.schema.table(id).is_list());
        Ok(match reason {
            Some(reason) => match reason.nulls() {
                Some(nulls) => nulls.inner().clone(),
                None => BooleanBuffer::new_set(batch.num_rows()),
            },
            None => BooleanBuffer::new_unset(batch.num_rows()),
        })
    }

    /// The ids of a table's rows.
    pub fn ids(&self, id: TableId) -> Result<StringArray, Error> {
        self.text(id, "id")
    }

    /// A text column of a table's rows.
    pub fn text(&self, id: TableId, column: &str) -> Result<StringArray, Error> {
        let batch = self.table(id)?;
        let found =
            batch.column_by_name(column).and_then(|c| c.as_any().downcast_ref::<StringArray>()).cloned();
        Ok(found.unwrap_or_else(|| StringArray::new_null(batch.num_rows())))
    }

    /// For each row, the row of the asset it belongs to: itself, for an asset.
    pub fn asset_rows(&self, id: TableId) -> Result<Rc<Vec<u32>>, Error> {
        if let Some(known) = self.asset_rows.borrow().get(&id) {
            return Ok(known.clone());
        }
        let rows = Rc::new(self.find_asset_rows(id)?);
        self.asset_rows.borrow_mut().insert(id, rows.clone());
        Ok(rows)
    }

    fn find_asset_rows(&self, id: TableId) -> Result<Vec<u32>, Error> {
        let rows = self.rows(id)?;
        let Some(parent) = self.schema.table(id).parent else {
            return Ok((0..u32::try_from(rows).unwrap_or(u32::MAX)).collect());
        };
        let above = self.asset_rows(parent)?;
        let parents = self.parents(id)?;
        Ok(parents.iter().map(|row| above.get(*row as usize).copied().unwrap_or_default()).collect())
    }
}
