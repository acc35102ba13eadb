//! Rows out of a Parquet file that was found intact.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchReader as _};
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, RowGroups as _,
};
use parquet::arrow::{ProjectionMask, parquet_to_arrow_field_levels};
use parquet::file::metadata::RowGroupMetaData;
use parquet::schema::types::{ColumnPath, SchemaDescriptor};

use crate::error::{Error, Result};
use crate::pages::Groups;
use crate::table_writer::{ROW_GROUP_ROWS, has_objects};

/// Rows in a batch of [`Batches`], and of objects, each of which may be as large as the API server takes: few enough
/// that a table is never in memory as a whole.
const BATCH_ROWS: usize = 1_024;
const BATCH_ROWS_OF_OBJECTS: usize = 128;

/// A table's file, and what its footer says.
pub(crate) struct OpenTable {
    path: PathBuf,
    file: File,
    metadata: ArrowReaderMetadata,
}

impl OpenTable {
    pub(crate) fn new(path: PathBuf, file: File) -> Result<Self> {
        let metadata = guarded(&path, || ArrowReaderMetadata::load(&file, ArrowReaderOptions::default()))?;
        Ok(Self { path, file, metadata })
    }

    /// A file whose footer was read before.
    pub(crate) fn known(path: PathBuf, file: File, metadata: ArrowReaderMetadata) -> Self {
        Self { path, file, metadata }
    }

    /// The same file, its columns read as other types.
    pub(crate) fn read_by(self, metadata: ArrowReaderMetadata) -> Self {
        Self { metadata, ..self }
    }

    pub(crate) fn into_path(self) -> PathBuf {
        self.path
    }

    pub(crate) fn metadata(&self) -> &ArrowReaderMetadata {
        &self.metadata
    }

    /// How many rows its row groups say that they have.
    pub(crate) fn rows(&self) -> u64 {
        let groups = self.metadata.metadata().row_groups().iter();
        groups.map(rows_of).fold(0, u64::saturating_add)
    }

    /// Whether the statistics say that no row has a value in a column.
    pub(crate) fn has_no_values(&self, column: &str) -> bool {
        let groups = self.metadata.metadata().row_groups().iter();
        let mut leaves =
            groups.flat_map(|group| group.columns()).filter(|leaf| is_under(leaf.column_path(), column));
        leaves.all(|leaf| {
            let nulls = leaf.statistics().and_then(|statistics| statistics.null_count_opt());
            nulls.is_some_and(|nulls| i64::try_from(nulls).is_ok_and(|nulls| nulls == leaf.num_values()))
        })
    }

    /// What takes the fewest bytes of all that is in a struct, and is no part of a list or map; none if there is nothing.
    pub(crate) fn lightest(&self, column: &str) -> Option<String> {
        let metadata = self.metadata.metadata();
        let leaves = metadata.file_metadata().schema_descr().columns().iter().enumerate();
        let bytes = |leaf: usize| {
            let chunks = metadata.row_groups().iter().map(|group| group.column(leaf).compressed_size());
            chunks.fold(0, i64::saturating_add)
        };
        let within = leaves.filter(|(_, leaf)| leaf.max_rep_level() == 0 && is_under(leaf.path(), column));
        within.min_by_key(|(at, _)| bytes(*at)).map(|(_, leaf)| leaf.path().string())
    }

    /// Whether a column, or a field of a struct, has one value a row at most: no list, no map and no struct.
    pub(crate) fn is_single(&self, column: &str) -> bool {
        let leaves = self.metadata.metadata().file_metadata().schema_descr().columns();
        leaves.iter().any(|leaf| leaf.max_rep_level() == 0 && below(leaf.path(), column) == Some(0))
    }
}

/// A table in portions. After an error there are no more.
pub struct Batches {
    path: PathBuf,
    schema: SchemaRef,
    reader: Option<ParquetRecordBatchReader>,
    /// How many rows are to come.
    left: u64,
}

impl Batches {
    pub(crate) fn open(table: OpenTable, columns: Option<&[&str]>) -> Result<Self> {
        let rows = batch_rows(&table);
        Self::build(table, columns, rows, None)
    }

    /// The rows of one row group.
    pub(crate) fn of_row_group(table: OpenTable, columns: Option<&[&str]>, group: usize) -> Result<Self> {
        let rows = batch_rows(&table);
        Self::build(table, columns, rows, Some(group))
    }

    fn build(table: OpenTable, columns: Option<&[&str]>, rows: usize, group: Option<usize>) -> Result<Self> {
        let OpenTable { path, file, metadata } = table;
        let mask = match columns {
            Some(columns) => select(&path, metadata.parquet_schema(), columns)?,
            None => ProjectionMask::all(),
        };
        let of_file = metadata.metadata();
        let numbers = group.map_or_else(|| (0..of_file.num_row_groups()).collect(), |group| vec![group]);
        let groups = Groups { file: Arc::new(file), metadata: of_file.clone(), numbers };
        let left = groups.num_rows();
        // A buffer for a batch is not larger than what there is.
        let rows = rows.min(left);
        let reader = guarded(&path, || {
            let types = Some(metadata.schema().fields());
            let fields = parquet_to_arrow_field_levels(metadata.parquet_schema(), mask, types)?;
            ParquetRecordBatchReader::try_new_with_row_groups(&fields, &groups, rows, None)
        })?;
        Ok(Self { path, schema: reader.schema(), reader: Some(reader), left: left as u64 })
    }

    /// The columns of every batch.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut reader = self.reader.take()?;
        let batch = match guarded(&self.path, || reader.next().transpose()) {
            // Others count on as many rows as there are to be.
            Ok(None) if self.left > 0 => {
                Err(Error::parquet("read", &self.path)("it ends before its last row"))
            }
            batch => batch,
        };
        let batch = batch.transpose()?;
        // A reader that failed, or panicked, is in no state to go on.
        self.reader = batch.is_ok().then_some(reader);
        let rows = batch.as_ref().map_or(0, |batch| batch.num_rows() as u64);
        self.left = self.left.saturating_sub(rows);
        Some(batch)
    }
}

fn rows_of(group: &RowGroupMetaData) -> u64 {
    u64::try_from(group.num_rows()).unwrap_or_default()
}

fn batch_rows(table: &OpenTable) -> usize {
    if has_objects(table.metadata.schema()) { BATCH_ROWS_OF_OBJECTS } else { BATCH_ROWS }
}

/// The Parquet library panics on some forged files, which an archive from elsewhere may hold.
fn guarded<T, E>(path: &Path, parse: impl FnOnce() -> Result<T, E>) -> Result<T>
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    // What a panic left half done is dropped by every caller.
    match catch_unwind(AssertUnwindSafe(parse)) {
        Ok(result) => result.map_err(Error::parquet("read", path)),
        Err(_) => Err(Error::parquet("read", path)("the Parquet library gave up on this file")),
    }
}

/// The whole table in one batch.
pub(crate) fn read_whole(table: OpenTable, columns: Option<&[&str]>) -> Result<RecordBatch> {
    in_one(Batches::build(table, columns, usize::MAX, None)?)
}

/// A column in one batch. Each row group has a dictionary of its own, and what is read across two of them has none.
pub(crate) fn read_dictionaries(table: OpenTable, column: &str) -> Result<RecordBatch> {
    in_one(Batches::build(table, Some(&[column]), ROW_GROUP_ROWS, None)?)
}

fn in_one(batches: Batches) -> Result<RecordBatch> {
    let (path, schema) = (batches.path.clone(), batches.schema.clone());
    let mut batches = batches.collect::<Result<Vec<_>>>()?;
    match batches.len() {
        1 => Ok(batches.remove(0)),
        _ => concat_batches(&schema, &batches).map_err(Error::parquet("read", &path)),
    }
}

/// Whether a leaf is a column, or within it.
fn is_under(leaf: &ColumnPath, column: &str) -> bool {
    below(leaf, column).is_some()
}

/// How far below a column a leaf is; none if it is another's.
// Of each leaf of a table it is asked for each column: a path is not put together for it.
fn below(leaf: &ColumnPath, column: &str) -> Option<usize> {
    let mut parts = leaf.parts().iter();
    column.split('.').all(|name| parts.next().is_some_and(|part| part == name)).then(|| parts.len())
}

/// The leaves under each named column: `metadata` selects all of a struct, `metadata.name` one field of it.
fn select(path: &Path, schema: &SchemaDescriptor, columns: &[&str]) -> Result<ProjectionMask> {
    let mut selected = Vec::new();
    for column in columns {
        let before = selected.len();
        let leaves = schema.columns().iter().enumerate();
        selected.extend(leaves.filter(|(_, leaf)| is_under(leaf.path(), column)).map(|(index, _)| index));
        if selected.len() == before {
            return Err(Error::NoColumn { path: path.to_owned(), column: (*column).to_owned() });
        }
    }
    Ok(ProjectionMask::leaves(schema, selected))
}
