//! Objects and source positions of a snapshot, for reports.

use std::cell::OnceCell;
use std::collections::HashMap;

use arrow::array::{Array, Int64Array, RecordBatch, StringArray};
use assay_audit::evidence::EvidenceSource;
use assay_audit::finding::SourceLocation;
use assay_model::id::AssetId;
use assay_snapshot::Snapshot;
use serde_json::Value;

/// Reads a snapshot's objects and positions when first asked for one.
pub struct SnapshotEvidence<'s> {
    snapshot: &'s Snapshot,
    objects: OnceCell<HashMap<String, String>>,
    positions: OnceCell<HashMap<String, Vec<(String, SourceLocation)>>>,
}

impl<'s> SnapshotEvidence<'s> {
    /// The evidence of a snapshot.
    pub fn new(snapshot: &'s Snapshot) -> Self {
        Self { snapshot, objects: OnceCell::new(), positions: OnceCell::new() }
    }

    /// All objects by id. A table that cannot be read has none: a report then shows the finding without.
    fn objects(&self) -> &HashMap<String, String> {
        self.objects.get_or_init(|| {
            let tables: Vec<&str> =
                self.snapshot.tables().filter(|table| table.starts_with("objects/")).collect();
            let mut objects = HashMap::new();
            for batch in tables.iter().filter_map(|table| self.snapshot.read(table, None).ok()) {
                let (Some(ids), Some(texts)) = (texts(&batch, "id"), texts(&batch, "object")) else {
                    continue;
                };
                objects.extend(
                    (0..ids.len()).map(|row| (ids.value(row).to_owned(), texts.value(row).to_owned())),
                );
            }
            objects
        })
    }

    fn positions(&self) -> &HashMap<String, Vec<(String, SourceLocation)>> {
        self.positions.get_or_init(|| {
            let read =
                self.snapshot.has("sources").then(|| self.snapshot.read("sources", None).ok()).flatten();
            read.map(|batch| by_asset(&batch)).unwrap_or_default()
        })
    }
}

impl EvidenceSource for SnapshotEvidence<'_> {
    fn object(&self, asset: &AssetId) -> Option<Value> {
        let text = self.objects().get(asset.object().as_str())?;
        serde_json::from_str(text).ok()
    }

    fn position(&self, asset: &AssetId, field: &str) -> Option<SourceLocation> {
        let fields = self.positions().get(asset.object().as_str())?;
        let around = |known: &str| {
            known.is_empty()
                || field == known
                || field.strip_prefix(known).is_some_and(|rest| rest.starts_with(['.', '[']))
        };
        let nearest = fields.iter().filter(|(known, _)| around(known)).max_by_key(|(known, _)| known.len());
        nearest.map(|(_, location)| location.clone())
    }
}

fn texts<'b>(batch: &'b RecordBatch, column: &str) -> Option<&'b StringArray> {
    batch.column_by_name(column)?.as_any().downcast_ref()
}

fn numbers<'b>(batch: &'b RecordBatch, column: &str) -> Option<&'b Int64Array> {
    batch.column_by_name(column)?.as_any().downcast_ref()
}

fn by_asset(batch: &RecordBatch) -> HashMap<String, Vec<(String, SourceLocation)>> {
    let mut positions: HashMap<String, Vec<(String, SourceLocation)>> = HashMap::new();
    let columns = (texts(batch, "id"), texts(batch, "field"), texts(batch, "file"));
    let places = (numbers(batch, "line"), numbers(batch, "column"));
    if let ((Some(ids), Some(fields), Some(files)), (Some(lines), Some(columns))) = (columns, places) {
        let small = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        for row in 0..batch.num_rows() {
            let location = SourceLocation {
                file: files.value(row).to_owned(),
                line: small(lines.value(row)),
                column: small(columns.value(row)),
            };
            positions
                .entry(ids.value(row).to_owned())
                .or_default()
                .push((fields.value(row).to_owned(), location));
        }
    }
    positions
}
