//! Objects and source positions of a snapshot. Both are read in portions, and only what is asked for is kept: of a
//! large snapshot they would fill the memory.

use std::collections::{BTreeSet, HashMap};

use arrow::array::{Array, Int64Array, RecordBatch, StringArray};
use assay_audit::evidence::EvidenceSource;
use assay_audit::finding::SourceLocation;
use assay_model::id::AssetId;
use assay_snapshot::Snapshot;

use crate::Error;

/// Where the fields of manifests' objects stand.
const SOURCES: &str = "sources";

/// The objects of a snapshot, for reports.
pub struct SnapshotEvidence<'s> {
    snapshot: &'s Snapshot,
}

impl<'s> SnapshotEvidence<'s> {
    /// The evidence of a snapshot.
    pub fn new(snapshot: &'s Snapshot) -> Self {
        Self { snapshot }
    }
}

impl EvidenceSource for SnapshotEvidence<'_> {
    /// A table that cannot be read has no objects: a report then shows the finding without.
    fn objects(&self, of: &BTreeSet<AssetId>, take: &mut dyn FnMut(&AssetId, &str)) {
        if of.is_empty() {
            return;
        }
        let tables = self.snapshot.tables().filter(|table| table.starts_with("objects/"));
        let batches = tables.filter_map(|table| self.snapshot.batches(table, Some(&["id", "object"])).ok());
        for batch in batches.flatten().flatten() {
            let (Some(ids), Some(objects)) = (texts(&batch, "id"), texts(&batch, "object")) else { continue };
            for row in 0..batch.num_rows() {
                if let Some(asset) = of.get(ids.value(row)) {
                    take(asset, objects.value(row));
                }
            }
        }
    }
}

/// Fields whose place is wanted, by the asset they are of.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    wanted: HashMap<String, Vec<Wanted>>,
}

#[derive(Debug)]
struct Wanted {
    field: String,
    /// The nearest known field around it, and where that stands.
    nearest: Option<(usize, SourceLocation)>,
}

impl Positions {
    /// Asks for a field of an object; empty for the object itself.
    pub(crate) fn want(&mut self, asset: &AssetId, field: &str) {
        let fields = self.wanted.entry(asset.object().as_str().to_owned()).or_default();
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
        for batch in snapshot.batches(SOURCES, None)? {
            self.look_up(&batch?);
        }
        Ok(())
    }

    fn look_up(&mut self, batch: &RecordBatch) {
        let columns = (texts(batch, "id"), texts(batch, "field"), texts(batch, "file"));
        let places = (numbers(batch, "line"), numbers(batch, "column"));
        let ((Some(ids), Some(fields), Some(files)), (Some(lines), Some(columns))) = (columns, places) else {
            return;
        };
        let small = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        for row in 0..batch.num_rows() {
            let known = fields.value(row);
            for wanted in self.wanted.get_mut(ids.value(row)).into_iter().flatten() {
                let is_nearer = wanted.nearest.as_ref().is_none_or(|(length, _)| *length < known.len());
                if is_nearer && is_around(known, &wanted.field) {
                    let (file, line) = (files.value(row).to_owned(), small(lines.value(row)));
                    let location = SourceLocation { file, line, column: small(columns.value(row)) };
                    wanted.nearest = Some((known.len(), location));
                }
            }
        }
    }

    /// Where a field stands that was asked for, or the nearest field around it.
    pub(crate) fn of(&self, asset: &AssetId, field: &str) -> Option<SourceLocation> {
        let fields = self.wanted.get(asset.object().as_str())?;
        let wanted = fields.iter().find(|wanted| wanted.field == field)?;
        wanted.nearest.as_ref().map(|(_, location)| location.clone())
    }
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
