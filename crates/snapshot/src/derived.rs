//! Files made from a snapshot for other engines: no part of it, and made again at any time.

use std::path::PathBuf;

use arrow::array::RecordBatch;

use crate::error::Result;
use crate::folder::{self, Staging};
use crate::name::{DERIVED, table_file};
use crate::snapshot::Snapshot;
use crate::table_writer::{Content, TableWriter};

/// Writes what an engine derived from a snapshot.
pub struct DerivedWriter {
    /// Not beside the snapshot's own files: one that is killed must not look as if something had been added to them.
    staging: Staging,
    of_engine: PathBuf,
}

impl Snapshot {
    /// Begins to write to the folder of what an engine derived.
    pub fn derive(&self, engine: &str) -> Result<DerivedWriter> {
        let derived = self.dir().join(DERIVED);
        folder::no_link(&derived)?;
        Ok(DerivedWriter { staging: Staging::begin(&derived)?, of_engine: derived.join(engine) })
    }
}

impl DerivedWriter {
    /// Writes a table, in place of one that is there: whoever reads finds one or the other. It is named as a snapshot's
    /// tables are.
    pub fn write(&self, table: &str, batch: &RecordBatch) -> Result<()> {
        let file = table_file(table)?;
        folder::no_link(&self.of_engine)?;
        let mut writer =
            TableWriter::new(self.staging.path(), file.clone(), &batch.schema(), Content::Assets);
        writer.append(batch)?;
        writer.finish()?;
        folder::replace_file(&self.staging.path().join(&file), &self.of_engine.join(&file))
    }
}
