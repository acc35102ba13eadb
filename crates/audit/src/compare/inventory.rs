//! What became of the assets themselves.

use std::collections::BTreeMap;

use assay_model::id::AssetId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::missing::gap_hides;
use crate::audit::Gap;

/// What became of the assets from one snapshot to another. Each list is sorted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct InventoryChanges {
    /// Only in the later snapshot.
    #[schemars(with = "Vec<String>")]
    pub added: Vec<AssetId>,
    /// Only in the earlier snapshot.
    #[schemars(with = "Vec<String>")]
    pub removed: Vec<AssetId>,
    /// In both, with another content.
    #[schemars(with = "Vec<String>")]
    pub changed: Vec<AssetId>,
    /// In one of them, where the other may not have been able to read it.
    #[schemars(with = "Vec<String>")]
    pub unknown: Vec<AssetId>,
}

impl InventoryChanges {
    /// Whether the assets are the same. What could not be read says nothing of a change.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// Compares the assets of two snapshots, each given with its content hash, by what each could not read.
pub fn inventory(
    old: impl IntoIterator<Item = (AssetId, String)>,
    new: impl IntoIterator<Item = (AssetId, String)>,
    old_gaps: &[Gap],
    new_gaps: &[Gap],
) -> InventoryChanges {
    let mut old: BTreeMap<AssetId, String> = old.into_iter().collect();
    let new: BTreeMap<AssetId, String> = new.into_iter().collect();
    let hidden = |gaps: &[Gap], id: &AssetId| gaps.iter().any(|gap| gap_hides(gap, id));
    let mut changes = InventoryChanges::default();
    for (id, hash) in new {
        match old.remove(&id) {
            Some(before) if before == hash => {}
            Some(_) => changes.changed.push(id),
            None if hidden(old_gaps, &id) => changes.unknown.push(id),
            None => changes.added.push(id),
        }
    }
    for id in old.into_keys() {
        if hidden(new_gaps, &id) { changes.unknown.push(id) } else { changes.removed.push(id) }
    }
    changes.unknown.sort();
    changes
}
