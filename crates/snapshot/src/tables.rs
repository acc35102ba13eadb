//! The tables of a snapshot or audit that is being written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::error::{Error, Result};
use crate::manifest::FileEntry;
use crate::name::table_file;
use crate::table_writer::{Content, TableWriter};

pub(crate) struct Tables {
    folder: PathBuf,
    content: Content,
    open: BTreeMap<String, TableWriter>,
    closed: BTreeMap<String, FileEntry>,
}

impl Tables {
    pub(crate) fn new(folder: PathBuf, content: Content) -> Self {
        Self { folder, content, open: BTreeMap::new(), closed: BTreeMap::new() }
    }

    pub(crate) fn append(&mut self, table: &str, batch: &RecordBatch) -> Result<()> {
        self.writer(table, batch.schema_ref())?.append(batch)
    }

    pub(crate) fn declare(&mut self, table: &str, schema: &SchemaRef) -> Result<()> {
        self.writer(table, schema).map(|_| ())
    }

    /// Completes one table, if it was declared or given rows.
    pub(crate) fn close(&mut self, table: &str) -> Result<()> {
        if let Some(writer) = self.open.remove(table) {
            self.closed.insert(table.to_owned(), writer.finish()?);
        }
        Ok(())
    }

    /// Completes all tables and lists them by path; whoever publishes them waits for the disk.
    pub(crate) fn finish(mut self) -> Result<Vec<FileEntry>> {
        for (table, writer) in self.open {
            self.closed.insert(table, writer.finish()?);
        }
        let mut files: Vec<_> = self.closed.into_values().collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    fn writer(&mut self, table: &str, schema: &SchemaRef) -> Result<&mut TableWriter> {
        if self.closed.contains_key(table) {
            return Err(Error::Written(table.to_owned()));
        }
        if !self.open.contains_key(table) {
            let writer = TableWriter::new(&self.folder, table_file(table)?, schema, self.content);
            self.open.insert(table.to_owned(), writer);
        }
        self.open
            .get_mut(table)
            .filter(|writer| writer.has_columns(schema))
            .ok_or_else(|| Error::Columns { table: table.to_owned() })
    }
}
