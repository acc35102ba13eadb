//! A snapshot's rows, opened for evaluation: tables are read when something asks for them, relations are
//! computed once.

mod columns;
mod derive;
mod derived;
mod edges;
mod gaps;
mod identity;
mod lookup;
mod memo;
mod objects;
mod owner;
mod refers;
mod relate;
mod stored;
mod template;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::buffer::BooleanBuffer;
use assay_model::schema::{Schema, TableId};
use assay_snapshot::Snapshot;

pub use columns::{Spot, spot};
pub use derived::{Fact, Rows};
pub(crate) use derived::{OtherPolicy, SettingsFile, sources};
pub use edges::{Adjacency, Edges, index};
pub use gaps::{Gaps, resource_name};
pub(crate) use identity::Identity;

use crate::Error;
use crate::mask::Mask;
use crate::query::Filter;
use crate::texts::Texts;
use memo::Memo;

/// What columns may take that are kept though hardly anything asks for them a second time: all of a cluster of 10,000
/// pods fit, and of one ten times as large they are no reason for it not to fit into a container's memory.
const SPARE_BYTES: usize = 32 << 20;

/// Where a table's rows are.
#[derive(Clone)]
enum Held {
    /// In the snapshot as the model has them: columns are read when something asks for them.
    InFile { rows: usize },
    /// They had to be computed.
    InMemory(Arc<RecordBatch>),
}

/// The rows of a snapshot.
pub struct Data<'s> {
    /// The asset model.
    pub schema: &'s Schema,
    /// The snapshot.
    pub snapshot: &'s Snapshot,
    /// What could not be read.
    pub gaps: Gaps,
    tables: Memo<TableId, Held>,
    /// Columns of tables in files, by dotted name; none where the table lacks it.
    columns: Memo<(TableId, String), Option<ArrayRef>>,
    /// Values of fields that rows have elsewhere. The table may have a column of that name, without values.
    pub(crate) elsewhere: Memo<(TableId, String), ArrayRef>,
    /// Bytes of columns that may still be kept though hardly anything asks for them.
    spare: AtomicUsize,
    edges: Memo<(TableId, String), Arc<Edges>>,
    derived: Memo<(TableId, &'static str), BooleanBuffer>,
    controllers: Memo<TableId, Arc<Vec<(TableId, u32)>>>,
    derivations: derived::Known,
    parents: Memo<TableId, Arc<Vec<u32>>>,
    asset_rows: Memo<TableId, Arc<Vec<u32>>>,
    by_name: Memo<TableId, Arc<lookup::ByName>>,
    identities: Memo<TableId, Arc<Identity>>,
    /// Answers by table and filter: checks ask the same of the same rows.
    pub(crate) masks: Memo<TableId, Arc<Memo<Filter, Mask>>>,
    objects: Memo<TableId, Arc<objects::Objects>>,
    /// Whether the snapshot has the tables of an asset as the model has them.
    is_stored: Memo<TableId, bool>,
    /// The tables of an asset that were taken from its objects.
    extracted: Memo<TableId, Arc<HashMap<TableId, RecordBatch>>>,
    built_in: HashSet<&'static str>,
}

impl<'s> Data<'s> {
    /// Opens a snapshot's rows. Nothing is read yet but what could not be collected.
    pub fn open(schema: &'s Schema, snapshot: &'s Snapshot) -> Self {
        Self {
            schema,
            snapshot,
            gaps: Gaps::of(schema, snapshot),
            tables: Memo::default(),
            columns: Memo::default(),
            elsewhere: Memo::default(),
            spare: AtomicUsize::new(SPARE_BYTES),
            edges: Memo::default(),
            derived: Memo::default(),
            controllers: Memo::default(),
            derivations: derived::Known::default(),
            parents: Memo::default(),
            asset_rows: Memo::default(),
            by_name: Memo::default(),
            identities: Memo::default(),
            masks: Memo::default(),
            objects: Memo::default(),
            is_stored: Memo::default(),
            extracted: Memo::default(),
            built_in: derive::built_in_contents(),
        }
    }

    /// Where the rows of a table are.
    fn held(&self, id: TableId) -> Result<Held, Error> {
        self.tables.get(id, || match &self.schema.table(id).derived {
            Some(rows) => Ok(Held::InMemory(self.derived_table(id, rows)?)),
            None => self.stored(id),
        })
    }

    /// How many rows a table has. One that the snapshot lacks has none.
    pub fn rows(&self, id: TableId) -> Result<usize, Error> {
        Ok(match self.held(id)? {
            Held::InFile { rows } => rows,
            Held::InMemory(batch) => batch.num_rows(),
        })
    }

    /// The rows of a table whose object could not be read; entries of lists have none.
    pub fn unreadable(&self, id: TableId) -> Result<BooleanBuffer, Error> {
        let rows = self.rows(id)?;
        if self.schema.table(id).is_list() {
            return Ok(BooleanBuffer::new_unset(rows));
        }
        let reasons = self.text(id, "unreadable")?;
        Ok(reasons.nulls().map_or_else(|| BooleanBuffer::new_set(rows), |nulls| nulls.inner().clone()))
    }

    /// The ids of a table's rows.
    pub fn ids(&self, id: TableId) -> Result<StringArray, Error> {
        Ok(self.text(id, "id")?.into_plain()?)
    }

    /// A text column of a table's rows.
    pub fn text(&self, id: TableId, column: &str) -> Result<Texts, Error> {
        self.texts(id, &[column.to_owned()])
    }

    /// For each row, the row of the asset it belongs to: itself, for an asset.
    pub fn asset_rows(&self, id: TableId) -> Result<Arc<Vec<u32>>, Error> {
        self.asset_rows.get(id, || self.find_asset_rows(id).map(Arc::new))
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
