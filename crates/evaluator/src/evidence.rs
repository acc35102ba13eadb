//! The objects of a snapshot, read in portions: of a large snapshot they would fill the memory.

use std::collections::BTreeSet;

use arrow::array::AsArray as _;
use assay_audit::evidence::{EvidenceError, EvidenceSource};
use assay_model::cores::side_by_side;
use assay_model::id::AssetId;
use assay_snapshot::{Result, Snapshot};

/// What is done with an object's id and its JSON.
type Take<'t> = &'t (dyn Fn(&AssetId, &str) + Sync);

/// The objects of a snapshot, for reports.
pub struct SnapshotEvidence<'s> {
    snapshot: &'s Snapshot,
}

impl<'s> SnapshotEvidence<'s> {
    /// The evidence of a snapshot.
    pub fn new(snapshot: &'s Snapshot) -> Self {
        Self { snapshot }
    }

    /// Hands over the objects of these assets, as [`EvidenceSource::objects`] does.
    pub(crate) fn read(&self, of: &BTreeSet<AssetId>, take: Take<'_>) -> Result<()> {
        if of.is_empty() {
            return Ok(());
        }
        let mut groups = Vec::new();
        for table in self.snapshot.tables().filter(|table| table.starts_with("objects/")) {
            groups.extend((0..self.snapshot.row_groups(table)?).map(|group| (table, group)));
        }
        let read = side_by_side(&groups, 1, |(table, group)| self.row_group(table, *group, of, take));
        read.into_iter().collect()
    }

    fn row_group(&self, table: &str, group: usize, of: &BTreeSet<AssetId>, take: Take<'_>) -> Result<()> {
        for batch in self.snapshot.row_group(table, Some(&["id", "object"]), group)? {
            let batch = batch?;
            let text = |column| batch.column_by_name(column).and_then(|column| column.as_string_opt::<i32>());
            let (Some(ids), Some(objects)) = (text("id"), text("object")) else { continue };
            let wanted = ids.iter().zip(objects).filter_map(|(id, object)| Some((of.get(id?)?, object?)));
            wanted.for_each(|(asset, object)| take(asset, object));
        }
        Ok(())
    }
}

impl EvidenceSource for SnapshotEvidence<'_> {
    fn objects(&self, of: &BTreeSet<AssetId>, take: Take<'_>) -> std::result::Result<(), EvidenceError> {
        self.read(of, take).map_err(|error| EvidenceError(error.into()))
    }
}
