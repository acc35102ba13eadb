//! Files made from a snapshot for other engines: no part of it, and made again at any time.

use std::path::PathBuf;

use arrow::array::RecordBatch;

use crate::error::Result;
use crate::folder::{self, Staging};
use crate::name::{DERIVED, table_file};
use crate::snapshot::Snapshot;
use crate::table_writer::{Content, TableWriter};

impl Snapshot {
    /// Writes a table to the folder of what an engine derived, in place of one that is there. It is named as a
    /// snapshot's tables are.
    pub fn write_derived(&self, engine: &str, table: &str, batch: &RecordBatch) -> Result<PathBuf> {
        let file = table_file(table)?;
        let derived = self.dir().join(DERIVED);
        let of_engine = derived.join(engine);
        [&derived, &of_engine].into_iter().try_for_each(|folder| folder::no_link(folder))?;
        let target = of_engine.join(&file);
        // Not beside the snapshot's own files: one that is killed must not look as if something had been added to them.
        let staging = Staging::begin(&derived)?;
        let mut writer = TableWriter::new(staging.path(), file.clone(), &batch.schema(), Content::Assets);
        writer.append(batch)?;
        writer.finish()?;
        folder::replace_file(&staging.path().join(&file), &target)?;
        Ok(target)
    }
}
