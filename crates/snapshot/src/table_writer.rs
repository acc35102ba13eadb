//! One table's Parquet file. The same rows of assets give the same bytes, however they were cut into batches; results,
//! which share dictionaries, do if they are cut alike.

use std::fs::File;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use crate::digest::HashingWriter;
use crate::error::{Error, Result};
use crate::folder;
use crate::manifest::FileEntry;

/// Who wrote the file, as the file says. The default would name the Parquet library's version, and every
/// update of it would change every digest.
const CREATED_BY: &str = "assay snapshot format 1";

/// Rows handed to the encoder at once. It decides on page and dictionary ends between such portions, so a
/// fixed size makes them a function of the rows; and no more rows than this wait in memory uncompressed.
/// More would save a few percent of the time of collecting, but may be a gigabyte, of rows made to be large.
const PORTION_ROWS: usize = 256;

/// The same for whole objects, each of which may be as large as the API server takes: 1.5 MiB and more.
const PORTION_ROWS_OF_OBJECTS: usize = 64;

/// Rows in a row group: what readers skip, or read in parallel. With 1,024, tables of assets grow by a fifth.
pub(crate) const ROW_GROUP_ROWS: usize = 8_192;

/// What rows are like, and so how many are written together.
#[derive(Clone, Copy)]
pub(crate) enum Content {
    /// Each is of another asset, or of an entry of one.
    Assets,
    /// Each check has a row for each asset: what assets are called is there a hundred times.
    Results,
}

/// The same for results. In groups of 8,192 rows hardly an asset is there twice, and its digest, which does not compress,
/// makes most of the file.
const PORTION_ROWS_OF_RESULTS: usize = 4_096;
const ROW_GROUP_ROWS_OF_RESULTS: usize = 1 << 20;

/// Bytes of a dictionary of results, at which a column goes on without: 100,000 digests have room.
const DICTIONARY_BYTES_OF_RESULTS: usize = 8 << 20;

/// Bytes, encoded, at which a row group ends earlier: what a table of large objects may hold in memory.
const ROW_GROUP_BYTES: usize = 32 << 20;

/// Bytes in a page, before compression. Objects resemble each other: measured, they take 30 % less in pages
/// of 4 MiB than in the usual ones of 1 MiB.
const PAGE_BYTES: usize = 4 << 20;

/// Columns that are written as differences from the row before. Tables are sorted by ids, so each begins as the
/// last one does; a dictionary would be one more copy of them, and saves little of the parents', which stand side
/// by side. Lines, of the fields of manifests, count upwards in each object.
const DIFFERENCES: [(&str, Encoding); 3] = [
    ("id", Encoding::DELTA_BYTE_ARRAY),
    ("parentId", Encoding::DELTA_BYTE_ARRAY),
    ("line", Encoding::DELTA_BINARY_PACKED),
];

/// Columns of which hardly any two rows have the same: a dictionary would be a second copy of them in memory, until the
/// encoder gives it up.
const UNIQUE: [&str; 4] = ["name", "uid", "contentHash", "object"];

/// Of objects level 1 takes a quarter more bytes, level 5 twice the time for a twentieth fewer. Columns are encoded
/// before they are compressed: of them level 3 takes half a percent fewer bytes than level 1.
const ZSTD_LEVEL_OF_OBJECTS: i32 = 3;
const ZSTD_LEVEL: i32 = 1;

/// Bytes of a column, as it is in memory, that compression is not worth. In these few bytes there is little that repeats.
const SMALL_BYTES: usize = 2 << 10;

/// Writes a table, row group by row group.
pub(crate) struct TableWriter {
    file: String,
    path: PathBuf,
    schema: SchemaRef,
    waiting: Vec<RecordBatch>,
    waiting_rows: usize,
    portion_rows: usize,
    content: Content,
    rows: u64,
    /// Opened for the first whole portion: a cluster may have more kinds than a process may have open files.
    encoder: Option<ArrowWriter<HashingWriter<File>>>,
}

impl TableWriter {
    /// A table in this file of this folder. The schema's own metadata is not kept: it is no column.
    pub(crate) fn new(folder: &Path, file: String, schema: &SchemaRef, content: Content) -> Self {
        let path = folder.join(&file);
        let schema = SchemaRef::new(Schema::new(schema.fields().clone()));
        let portion_rows = match content {
            Content::Results => PORTION_ROWS_OF_RESULTS,
            Content::Assets if has_objects(&schema) => PORTION_ROWS_OF_OBJECTS,
            Content::Assets => PORTION_ROWS,
        };
        Self {
            file,
            path,
            schema,
            waiting: Vec::new(),
            waiting_rows: 0,
            portion_rows,
            content,
            rows: 0,
            encoder: None,
        }
    }

    pub(crate) fn has_columns(&self, schema: &SchemaRef) -> bool {
        self.schema.fields() == schema.fields()
    }

    /// Adds rows, whose columns must be the table's.
    pub(crate) fn append(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut taken = 0;
        while taken < batch.num_rows() {
            let length = (self.portion_rows - self.waiting_rows).min(batch.num_rows() - taken);
            self.waiting.push(batch.slice(taken, length));
            self.waiting_rows += length;
            taken += length;
            if self.waiting_rows == self.portion_rows {
                self.encode()?;
            }
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// Completes the file; whoever publishes it waits for the disk.
    pub(crate) fn finish(mut self) -> Result<FileEntry> {
        self.encode()?;
        let mut encoder = match self.encoder.take() {
            Some(encoder) => encoder,
            None => self.open(&RecordBatch::new_empty(self.schema.clone()))?,
        };
        encoder.finish().map_err(Error::parquet("write", &self.path))?;
        let bytes = encoder.bytes_written() as u64;
        let file = encoder.inner();
        Ok(FileEntry { path: self.file, rows: self.rows, bytes, sha256: file.digest() })
    }

    fn encode(&mut self) -> Result<()> {
        if self.waiting_rows == 0 {
            return Ok(());
        }
        let waiting = mem::take(&mut self.waiting);
        self.waiting_rows = 0;
        let portions = match self.content {
            // Each check's rows share dictionaries of their own: to make one of all takes as long as to encode them.
            Content::Results if self.encoder.is_some() => waiting,
            _ => vec![concat_batches(&self.schema, &waiting).map_err(Error::parquet("write", &self.path))?],
        };
        let mut encoder = match self.encoder.take() {
            Some(encoder) => encoder,
            None => self.open(&portions[0])?,
        };
        let written = portions.iter().try_for_each(|portion| encoder.write(portion));
        // Also where that failed: a second one could not be opened.
        self.encoder = Some(encoder);
        written.map_err(Error::parquet("write", &self.path))
    }

    /// The file, for a table that begins with these rows.
    fn open(&self, first: &RecordBatch) -> Result<ArrowWriter<HashingWriter<File>>> {
        let file = HashingWriter::new(folder::create(&self.path)?);
        let is_whole = first.num_rows() < self.portion_rows;
        let properties =
            properties(first, is_whole, self.content).map_err(Error::parquet("write", &self.path))?;
        // Parquet's own types bring lists, maps and instants back as they were. The Arrow schema besides would be two
        // thirds of a small snapshot's bytes.
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        ArrowWriter::try_new_with_options(file, self.schema.clone(), options)
            .map_err(Error::parquet("write", &self.path))
    }
}

/// Whether a table holds whole objects.
pub(crate) fn has_objects(schema: &Schema) -> bool {
    schema.field_with_name("object").is_ok()
}

fn properties(
    first: &RecordBatch,
    is_whole: bool,
    content: Content,
) -> parquet::errors::Result<WriterProperties> {
    let schema = first.schema_ref();
    // The names of what stands in lists are those of other lists too.
    let repeats = matches!(content, Content::Results) || schema.field_with_name("parentId").is_ok();
    let differences = DIFFERENCES.iter().filter(|(name, _)| schema.field_with_name(name).is_ok());
    let properties = differences.fold(WriterProperties::builder(), |properties, (name, encoding)| {
        let column = ColumnPath::from(*name);
        properties.set_column_dictionary_enabled(column.clone(), false).set_column_encoding(column, *encoding)
    });
    let unique = UNIQUE.iter().filter(|unique| schema.field_with_name(unique).is_ok() && !repeats);
    let properties = unique.fold(properties, |properties, unique| {
        properties.set_column_dictionary_enabled(ColumnPath::from(*unique), false)
    });
    let properties = uncompressed(first, is_whole).into_iter().fold(properties, |properties, column| {
        properties.set_column_compression(ColumnPath::new(column), Compression::UNCOMPRESSED)
    });
    let level = if has_objects(schema) { ZSTD_LEVEL_OF_OBJECTS } else { ZSTD_LEVEL };
    // Statistics of pages would cost more bytes than they save reading in row groups of this size. Results are one row
    // group of everything, up to a million of them.
    let (group_rows, properties) = match content {
        Content::Assets => (ROW_GROUP_ROWS, properties.set_statistics_enabled(EnabledStatistics::Chunk)),
        Content::Results => {
            let properties = properties.set_dictionary_page_size_limit(DICTIONARY_BYTES_OF_RESULTS);
            (ROW_GROUP_ROWS_OF_RESULTS, properties.set_statistics_enabled(EnabledStatistics::None))
        }
    };
    Ok(properties
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(level)?))
        .set_max_row_group_row_count(Some(group_rows))
        .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
        .set_data_page_size_limit(PAGE_BYTES)
        .build())
}

/// The columns, and what is within them, that are not compressed: to prepare the compression of one takes as long as to
/// encode a hundred values. They are those that no row has, nearly half of all; where a table goes on, what later rows
/// have in them is not compressed. In tables that end with these rows they are those, too, that would hardly become
/// smaller.
fn uncompressed(rows: &RecordBatch, is_whole: bool) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    if rows.num_rows() == 0 {
        return found;
    }
    for (field, column) in rows.schema_ref().fields().iter().zip(rows.columns()) {
        add_uncompressed(&[], field.name(), column, is_whole, &mut found);
    }
    found
}

fn add_uncompressed(
    above: &[String],
    name: &str,
    column: &ArrayRef,
    is_whole: bool,
    found: &mut Vec<Vec<String>>,
) {
    let path = [above, &[name.to_owned()]].concat();
    if let Some(within) = column.as_struct_opt() {
        for (field, column) in within.fields().iter().zip(within.columns()) {
            add_uncompressed(&path, field.name(), column, is_whole, found);
        }
    } else if let (Some(list), DataType::List(item)) = (column.as_list_opt::<i32>(), column.data_type()) {
        let path = [&path[..], &["list".to_owned()]].concat();
        if is_whole {
            add_uncompressed(&path, item.name(), list.values(), is_whole, found);
        }
    } else if let (Some(map), DataType::Map(entries, _)) = (column.as_map_opt(), column.data_type()) {
        let within: ArrayRef = Arc::new(map.entries().clone());
        if is_whole {
            add_uncompressed(&path, entries.name(), &within, is_whole, found);
        }
    } else if column.null_count() == column.len() || is_whole && is_small(column) {
        found.push(path);
    }
}

/// Whether values, as they are in memory, would hardly become smaller.
fn is_small(column: &ArrayRef) -> bool {
    column.to_data().get_slice_memory_size().is_ok_and(|bytes| bytes <= SMALL_BYTES)
}
