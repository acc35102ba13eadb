//! Where fields of manifests' objects stand.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, Int64Array, RecordBatch, StringArray};
use assay_audit::finding::SourceLocation;
use assay_model::cores::side_by_side;
use assay_model::id::AssetId;
use assay_snapshot::Snapshot;

use crate::Error;

/// The table of places.
const SOURCES: &str = "sources";

/// Fields whose place is wanted.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    /// By object, its index.
    objects: HashMap<String, usize>,
    wanted: Vec<Vec<Wanted>>,
}

/// A field of an object.
#[derive(Debug)]
struct Wanted {
    field: String,
    /// Where the nearest known field around it stands.
    nearest: Option<Nearest>,
}

/// Where a field stands, and the length of its path.
#[derive(Debug)]
struct Nearest {
    length: usize,
    location: SourceLocation,
}

/// What was found for one of the [wanted](Wanted), by the indices of its object and of it.
type Found = (usize, usize, Nearest);

impl Positions {
    /// Asks for a field of an object; empty for the object itself.
    pub(crate) fn want(&mut self, asset: &AssetId, field: &str) {
        let next = self.wanted.len();
        let object = *self.objects.entry(asset.object_text().to_owned()).or_insert(next);
        if object == next {
            self.wanted.push(Vec::new());
        }
        let fields = &mut self.wanted[object];
        if !fields.iter().any(|wanted| wanted.field == field) {
            fields.push(Wanted { field: field.to_owned(), nearest: None });
        }
    }

    /// Whether a snapshot has positions. A cluster's has none.
    pub(crate) fn are_in(snapshot: &Snapshot) -> bool {
        snapshot.has(SOURCES)
    }

    /// Looks up what was asked for.
    pub(crate) fn read(&mut self, snapshot: &Snapshot) -> Result<(), Error> {
        if self.wanted.is_empty() {
            return Ok(());
        }
        let groups: Vec<usize> = (0..snapshot.row_groups(SOURCES)?).collect();
        for found in side_by_side(&groups, 1, |group| self.look_up(snapshot, *group)) {
            for (object, wanted, found) in found? {
                let nearest = &mut self.wanted[object][wanted].nearest;
                // Of two fields of one path the first counts.
                if nearest.as_ref().is_none_or(|known| known.length < found.length) {
                    *nearest = Some(found);
                }
            }
        }
        Ok(())
    }

    /// What a row group has of that.
    fn look_up(&self, snapshot: &Snapshot, group: usize) -> Result<Vec<Found>, Error> {
        let mut found = Vec::new();
        let mut files = HashSet::new();
        for batch in snapshot.row_group(SOURCES, None, group)? {
            if let Some(rows) = Rows::of(&batch?) {
                self.look_up_in(&rows, &mut files, &mut found);
            }
        }
        Ok(found)
    }

    /// The rows of an object stand together.
    fn look_up_in(&self, rows: &Rows, files: &mut HashSet<Arc<str>>, found: &mut Vec<Found>) {
        let mut begin = 0;
        while begin < rows.ids.len() {
            let id = rows.ids.value(begin);
            let end = (begin..rows.ids.len()).find(|row| rows.ids.value(*row) != id);
            let end = end.unwrap_or(rows.ids.len());
            if let Some(object) = self.objects.get(id) {
                for (index, wanted) in self.wanted[*object].iter().enumerate() {
                    let nearest = rows.nearest(begin..end, &wanted.field, files);
                    found.extend(nearest.map(|nearest| (*object, index, nearest)));
                }
            }
            begin = end;
        }
    }

    /// Where a field stands that was asked for, or the nearest field around it.
    pub(crate) fn of(&self, asset: &AssetId, field: &str) -> Option<SourceLocation> {
        let fields = self.wanted.get(*self.objects.get(asset.object_text())?)?;
        let wanted = fields.iter().find(|wanted| wanted.field == field)?;
        wanted.nearest.as_ref().map(|nearest| nearest.location.clone())
    }
}

/// Rows of the table of places.
struct Rows {
    ids: StringArray,
    fields: StringArray,
    files: StringArray,
    lines: Int64Array,
    columns: Int64Array,
}

impl Rows {
    fn of(batch: &RecordBatch) -> Option<Self> {
        Some(Self {
            ids: texts(batch, "id")?.clone(),
            fields: texts(batch, "field")?.clone(),
            files: texts(batch, "file")?.clone(),
            lines: numbers(batch, "line")?.clone(),
            columns: numbers(batch, "column")?.clone(),
        })
    }

    /// The place of the nearest field around this one. Files have many: `files` holds the name of each once.
    fn nearest(&self, rows: Range<usize>, field: &str, files: &mut HashSet<Arc<str>>) -> Option<Nearest> {
        let around = rows.filter(|row| is_around(self.fields.value(*row), field));
        let length = |row: &usize| self.fields.value(*row).len();
        // Of several that are longest the first.
        let row = around.max_by_key(|row| (length(row), Reverse(*row)))?;
        let small = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        let location = SourceLocation {
            file: once(files, self.files.value(row)),
            line: small(self.lines.value(row)),
            column: small(self.columns.value(row)),
        };
        Some(Nearest { length: length(&row), location })
    }
}

fn once(known: &mut HashSet<Arc<str>>, text: &str) -> Arc<str> {
    if let Some(known) = known.get(text) {
        return known.clone();
    }
    let text: Arc<str> = text.into();
    known.insert(text.clone());
    text
}

fn is_around(known: &str, field: &str) -> bool {
    known.is_empty()
        || field.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn texts<'b>(batch: &'b RecordBatch, column: &str) -> Option<&'b StringArray> {
    batch.column_by_name(column)?.as_any().downcast_ref()
}

fn numbers<'b>(batch: &'b RecordBatch, column: &str) -> Option<&'b Int64Array> {
    batch.column_by_name(column)?.as_any().downcast_ref()
}
