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
    cores::{self, in_turn, side_by_side},
    error::CollectError,
};

/// How many items there may be for each core, those that it is at and those that wait.
const AHEAD: usize = 2;

/// Why an object was not taken.
#[derive(Debug)]
pub(crate) enum Rejected {
    /// It belongs before one that was written already.
    OutOfOrder,
    /// The snapshot could not be written.
    Failed(CollectError),
}

impl From<CollectError> for Rejected {
    fn from(error: CollectError) -> Self {
        Self::Failed(error)
    }
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
    output: Output<'i, 's>,
    extractors: Extractors<'s>,
}

/// Where rows go.
struct Output<'i, 's> {
    writer: &'i mut SnapshotWriter,
    table: String,
    last: Option<Place>,
    count: u64,
    /// Whether other resources' rows go into the same tables.
    is_shared: bool,
    /// Its tables that have been begun.
    tables: Vec<&'s str>,
}

/// What objects are sorted by: the key, then the id, since hostile manifests can have two kinds that come to one plural.
type Place = (String, String);

/// The places of the first and the last of some objects.
struct Ends {
    first: Place,
    last: Place,
}

/// Objects of manifests, and where their fields stand.
pub(crate) struct Portion<'p> {
    pub(crate) taken: Vec<Taken<'p>>,
    pub(crate) sources: Sources,
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

/// What a portion comes to.
struct Made<'s> {
    ends: Option<Ends>,
    extracted: Extracted<'s>,
    sources: RecordBatch,
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
        let output = Output { writer, table, last: None, count: 0, is_shared, tables: Vec::new() };
        Self { output, extractors }
    }

    /// Adds objects; says why the fields of each can't be read, if they can't.
    pub(crate) fn push(&mut self, objects: &[Taken<'_>]) -> Result<Vec<Option<WrongType>>, Rejected> {
        self.output.follow(ends(objects)?)?;
        let portions = portions(objects);
        let mut wrong = Vec::with_capacity(objects.len());
        // What all cores have at hand at a time is all that waits in memory.
        for portions in portions.chunks(cores::count()) {
            for extracted in side_by_side(portions, 1, |objects| self.extractors.extract(objects)) {
                wrong.extend(self.output.write(extracted?)?);
            }
        }
        Ok(wrong)
    }

    /// Adds the objects of manifests that `make` makes of each item, and where their fields stand; `tell` hears of each
    /// item why the fields of its objects can't be read, if they can't. Some items are made, on all cores, while others
    /// are written.
    pub(crate) fn push_all<'p, T: Copy + Send>(
        &mut self,
        items: &[T],
        make: impl Fn(T) -> Result<Portion<'p>, CollectError> + Sync,
        mut tell: impl FnMut(T, Vec<Option<WrongType>>),
    ) -> Result<(), CollectError> {
        let Self { output, extractors } = self;
        let work = |item| extractors.make(make(item)?).map(|made| (item, made));
        let mut write = |done: Result<(T, Made<'s>), Rejected>| {
            let (item, made) = done?;
            output.write_made(made).map(|wrong| tell(item, wrong))
        };
        let [_, _, ..] = items else {
            return Ok(items.iter().try_for_each(|item| write(work(*item)))?);
        };
        let written = in_turn(work, |turns| {
            for (index, item) in items.iter().enumerate() {
                turns.give(*item);
                if index >= AHEAD * cores::count() {
                    turns.take().map_or(Ok(()), &mut write)?;
                }
            }
            std::iter::from_fn(|| turns.take()).try_for_each(&mut write)
        });
        Ok(written?)
    }

    /// Completes the tables; says how many objects there were.
    pub(crate) fn finish(self) -> Result<u64, CollectError> {
        let Output { writer, table, count, is_shared, tables, .. } = self.output;
        writer.close(&table)?;
        for table in tables.into_iter().filter(|_| !is_shared) {
            writer.close(table)?;
        }
        Ok(count)
    }
}

impl<'s> Output<'_, 's> {
    /// Whether what comes next stands after what came before.
    fn follow(&mut self, ends: Option<Ends>) -> Result<(), Rejected> {
        let Some(Ends { first, last }) = ends else { return Ok(()) };
        if self.last.as_ref().is_some_and(|last| *last >= first) {
            return Err(Rejected::OutOfOrder);
        }
        self.last = Some(last);
        Ok(())
    }

    fn write(&mut self, extracted: Extracted<'s>) -> Result<Vec<Option<WrongType>>, CollectError> {
        let Extracted { tables, objects, wrong } = extracted;
        self.tables = tables.iter().map(|(table, _)| *table).collect();
        for (table, batch) in tables {
            self.writer.append(table, &batch)?;
        }
        self.writer.append(&self.table, &objects)?;
        self.count += objects.num_rows() as u64;
        Ok(wrong)
    }

    fn write_made(&mut self, made: Made<'s>) -> Result<Vec<Option<WrongType>>, Rejected> {
        self.follow(made.ends)?;
        let wrong = self.write(made.extracted)?;
        self.writer.append(SOURCES, &made.sources).map_err(CollectError::from)?;
        Ok(wrong)
    }
}

impl<'s> Extractors<'s> {
    fn make(&self, Portion { taken, sources }: Portion<'_>) -> Result<Made<'s>, Rejected> {
        Ok(Made { ends: ends(&taken)?, extracted: self.extract(&taken)?, sources: sources.take()? })
    }

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

/// The places of the first object and of the last, if they are in order.
fn ends(objects: &[Taken<'_>]) -> Result<Option<Ends>, Rejected> {
    let place = |taken: &Taken<'_>| {
        let (key, id) = taken.kept.object().place();
        (key.to_owned(), id.to_owned())
    };
    if !objects.is_sorted_by(|one, next| one.kept.object().place() < next.kept.object().place()) {
        return Err(Rejected::OutOfOrder);
    }
    Ok(objects
        .first()
        .zip(objects.last())
        .map(|(first, last)| Ends { first: place(first), last: place(last) }))
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
