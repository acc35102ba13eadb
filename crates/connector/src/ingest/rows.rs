//! The rows of one resource.

use assay_model::{
    path::WrongType,
    rows::{Extractor, Object},
    schema::{Schema, TableId},
};
use assay_snapshot::SnapshotWriter;

use super::{BYTES, Kept, ROWS, SOURCES, Sources, objects::Objects};
use crate::error::CollectError;

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
    schema: &'s Schema,
    /// The table of its type, if it has one.
    typed: Option<TableId>,
    /// Made for the first object: there are hundreds of kinds, and most have none.
    own: Option<Extractor<'s>>,
    others: &'i mut Extractor<'s>,
    table: String,
    objects: Objects,
    last: Option<(String, String)>,
    count: u64,
}

impl<'i, 's> Rows<'i, 's> {
    pub(super) fn begin(
        writer: &'i mut SnapshotWriter,
        schema: &'s Schema,
        typed: Option<TableId>,
        others: &'i mut Extractor<'s>,
        table: String,
    ) -> Result<Self, CollectError> {
        let objects = Objects::default();
        Ok(Self { writer, schema, typed, own: None, others, table, objects, last: None, count: 0 })
    }

    /// Adds an object; says why its fields can't be read, if they can't.
    pub(crate) fn push(&mut self, kept: &Kept) -> Result<Option<WrongType>, Rejected> {
        self.add(kept, |extractor, object| extractor.push(object))
    }

    /// Adds an object of which nothing could be read but what it is called.
    pub(crate) fn push_unreadable(&mut self, kept: &Kept, reason: &str) -> Result<(), Rejected> {
        self.add(kept, |extractor, object| extractor.push_unreadable(object, reason))
    }

    fn add<T>(
        &mut self,
        kept: &Kept,
        extract: impl FnOnce(&mut Extractor<'s>, &Object) -> T,
    ) -> Result<T, Rejected> {
        let object = kept.object();
        // Hostile manifests can have two kinds that come to one plural: then the id decides.
        let place = (object.key.clone(), object.id.as_str().to_owned());
        if self.last.as_ref().is_some_and(|last| *last >= place) {
            return Err(Rejected::OutOfOrder);
        }
        self.last = Some(place);
        self.count += 1;
        self.objects.push(kept);
        let extractor = match self.typed {
            Some(table) => self.own.get_or_insert_with(|| Extractor::new(self.schema, table)),
            None => &mut *self.others,
        };
        let extracted = extract(extractor, object);
        if self.objects.bytes() >= BYTES || extractor.rows() >= ROWS {
            self.flush().map_err(Rejected::Failed)?;
        }
        Ok(extracted)
    }

    /// Writes where the fields of manifests' objects stand.
    pub(crate) fn sources(&mut self, sources: &mut Sources) -> Result<(), CollectError> {
        Ok(self.writer.append(SOURCES, &sources.take()?)?)
    }

    /// Writes what waits, and completes the tables; says how many objects there were.
    pub(crate) fn finish(mut self) -> Result<u64, CollectError> {
        self.flush()?;
        self.writer.close(&self.table)?;
        if let Some(own) = &mut self.own {
            for (table, _) in own.take() {
                self.writer.close(table)?;
            }
        }
        Ok(self.count)
    }

    fn flush(&mut self) -> Result<(), CollectError> {
        let extractor = match self.typed {
            Some(_) => self.own.as_mut(),
            None => Some(&mut *self.others),
        };
        let Some(extractor) = extractor.filter(|extractor| extractor.rows() > 0) else { return Ok(()) };
        for (table, batch) in extractor.take() {
            self.writer.append(table, &batch)?;
        }
        if !self.objects.is_empty() {
            self.writer.append(&self.table, &self.objects.take()?)?;
        }
        Ok(())
    }
}
