//! The objects of a snapshot, read in portions: of a large snapshot they would fill the memory.

use std::collections::BTreeSet;

use arrow::array::AsArray as _;
use assay_audit::evidence::EvidenceSource;
use assay_model::cores::side_by_side;
use assay_model::id::AssetId;
use assay_snapshot::Snapshot;

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
    fn objects(&self, of: &BTreeSet<AssetId>, take: &(dyn Fn(&AssetId, &str) + Sync)) {
        if of.is_empty() {
            return;
        }
        let tables = self.snapshot.tables().filter(|table| table.starts_with("objects/"));
        let groups = tables.flat_map(|table| {
            let count = self.snapshot.row_groups(table).unwrap_or_default();
            (0..count).map(move |group| (table, group))
        });
        side_by_side(&groups.collect::<Vec<_>>(), 1, |(table, group)| {
            let batches = self.snapshot.row_group(table, Some(&["id", "object"]), *group);
            for batch in batches.into_iter().flatten().map_while(Result::ok) {
                let text =
                    |column| batch.column_by_name(column).and_then(|column| column.as_string_opt::<i32>());
                let (Some(ids), Some(objects)) = (text("id"), text("object")) else { continue };
                let wanted = ids.iter().zip(objects).filter_map(|(id, object)| Some((of.get(id?)?, object?)));
                wanted.for_each(|(asset, object)| take(asset, object));
            }
        });
    }
}
