//! The rows of one resource.

use std::sync::{Mutex, PoisonError};

use arrow::array::RecordBatch;
use assay_model::{
    path::WrongType,
    rows::Extractor,
    schema::{Schema, TableId},
};
use assay_snapshot::SnapshotWriter;

use super::{BYTES, ROWS, SOURCES, Sources, Taken, objects::Objects};
use crate::{
    cores::{self, side_by_side},
    error::CollectError,
};

/// Why an object was not taken.
#[derive(Debug)]
pub(crate) enum Rejected {
    /// It belongs before one that was written already.
    OutOfOrder,
    /// The snapshot could not be written.
    Failed(CollectError),
}

impl From<Rejected> for CollectError {
    fn from(rejected: Rejected) -> Self {
        match rejected {
            Rejected::OutOfOrder => Self::Internal("objects came out of order".to_owned()),
            Rejected::Failed(error) => error,
        }
    }
}

/// Takes the objects of a resource, in the order of their keys.
pub(crate) struct Rows<'i, 's> {
    writer: &'i mut SnapshotWriter,
    extractors: Extractors<'s>,
    table: String,
    last: Option<(String, String)>,
    count: u64,
    /// Whether other resources' rows go into the same tables.
    is_shared: bool,
    /// Its tables that have been begun.
    tables: Vec<&'s str>,
}

/// What takes rows out of objects, as many as there are cores that do it. There are hundreds of kinds, and most have no
/// object: made when they are needed.
struct Extractors<'s> {
    schema: &'s Schema,
    asset: TableId,
    idle: Mutex<Vec<Extractor<'s>>>,
}

/// What some objects come to.
struct Extracted<'s> {
    tables: Vec<(&'s str, RecordBatch)>,
    objects: RecordBatch,
    /// Why the fields of each can't be read, if they can't.
    wrong: Vec<Option<WrongType>>,
}

impl<'i, 's> Rows<'i, 's> {
    /// Of objects of this type, or of none if the type is shared by all kinds without one.
    pub(super) fn begin(
        writer: &'i mut SnapshotWriter,
        schema: &'s Schema,
        asset: TableId,
        is_shared: bool,
        table: String,
    ) -> Self {
        let extractors = Extractors { schema, asset, idle: Mutex::default() };
        Self { writer, extractors, table, last: None, count: 0, is_shared, tables: Vec::new() }
    }

    /// Adds objects; says why the fields of each can't be read, if they can't.
    pub(crate) fn push(&mut self, objects: &[Taken<'_>]) -> Result<Vec<Option<WrongType>>, Rejected> {
        self.follow(objects)?;
        let portions = portions(objects);
        let mut wrong = Vec::with_capacity(objects.len());
        // What all cores have at hand at a time is all that waits in memory.
        for portions in portions.chunks(cores::count()) {
            for extracted in side_by_side(portions, 1, |objects| self.extractors.extract(objects)) {
                wrong.extend(self.write(extracted).map_err(Rejected::Failed)?);
            }
        }
        self.count += objects.len() as u64;
        Ok(wrong)
    }

    /// Writes where the fields of manifests' objects stand.
    pub(crate) fn sources(&mut self, sources: Sources) -> Result<(), CollectError> {
        Ok(self.writer.append(SOURCES, &sources.take()?)?)
    }

    /// Completes the tables; says how many objects there were.
    pub(crate) fn finish(self) -> Result<u64, CollectError> {
        self.writer.close(&self.table)?;
        for table in self.tables.into_iter().filter(|_| !self.is_shared) {
            self.writer.close(table)?;
        }
        Ok(self.count)
    }

    /// Whether the objects come sorted, and after those before.
    fn follow(&mut self, objects: &[Taken<'_>]) -> Result<(), Rejected> {
        let mut last = self.last.as_ref().map(|(key, id)| (key.as_str(), id.as_str()));
        for object in objects.iter().map(|taken| taken.kept.object()) {
            // Hostile manifests can have two kinds that come to one plural: then the id decides.
            let here = Some(object.place());
            if last >= here {
                return Err(Rejected::OutOfOrder);
            }
            last = here;
        }
        self.last = last.map(|(key, id)| (key.to_owned(), id.to_owned()));
        Ok(())
    }

    fn write(
        &mut self,
        extracted: Result<Extracted<'s>, CollectError>,
    ) -> Result<Vec<Option<WrongType>>, CollectError> {
        let Extracted { tables, objects, wrong } = extracted?;
        self.tables = tables.iter().map(|(table, _)| *table).collect();
        for (table, batch) in tables {
            self.writer.append(table, &batch)?;
        }
        self.writer.append(&self.table, &objects)?;
        Ok(wrong)
    }
}

impl<'s> Extractors<'s> {
    fn extract(&self, taken: &[Taken<'_>]) -> Result<Extracted<'s>, CollectError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let mut extractor = waiting.unwrap_or_else(|| Extractor::new(self.schema, self.asset));
        let mut objects = Objects::default();
        let mut wrong = Vec::with_capacity(taken.len());
        for Taken { kept, unreadable } in taken {
            objects.push(kept.object());
            wrong.push(match unreadable {
                Some(reason) => {
                    extractor.push_unreadable(kept.object(), reason);
                    None
                }
                None => extractor.push(kept.object()),
            });
        }
        let tables = extractor.take().map_err(|error| CollectError::Internal(error.to_string()))?;
        idle().push(extractor);
        Ok(Extracted { tables, objects: objects.take()?, wrong })
    }
}

/// Objects cut into what is worth a core, and no more memory than that.
fn portions<'t, 'j>(mut objects: &'t [Taken<'j>]) -> Vec<&'t [Taken<'j>]> {
    let mut portions = Vec::new();
    while !objects.is_empty() {
        let mut bytes = 0;
        let full = objects.iter().take(ROWS).position(|taken| {
            bytes += taken.kept.object().text.len();
            bytes >= BYTES
        });
        let (portion, rest) = objects.split_at(full.map_or(ROWS.min(objects.len()), |last| last + 1));
        portions.push(portion);
        objects = rest;
    }
    portions
}
