//! What became of the assets themselves.

use std::collections::BTreeMap;

use assay_model::id::AssetId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::missing::{gap_hides, is_out_of_scope};
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

/// What a snapshot may lack.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lacks<'a> {
    /// What could not be read.
    pub gaps: &'a [Gap],
    /// The only namespaces that were to be read; all if there are none.
    pub namespaces: &'a [String],
}

impl Lacks<'_> {
    fn hides(&self, id: &AssetId) -> bool {
        is_out_of_scope(self.namespaces, id) || self.gaps.iter().any(|gap| gap_hides(gap, id))
    }
}

/// Compares the assets of two snapshots, each given with its content hash, by what each may lack.
pub fn inventory(
    old: impl IntoIterator<Item = (AssetId, String)>,
    new: impl IntoIterator<Item = (AssetId, String)>,
    old_lacks: Lacks<'_>,
    new_lacks: Lacks<'_>,
) -> InventoryChanges {
    let mut old: BTreeMap<AssetId, String> = old.into_iter().collect();
    let new: BTreeMap<AssetId, String> = new.into_iter().collect();
    let mut changes = InventoryChanges::default();
    for (id, hash) in new {
        match old.remove(&id) {
            Some(before) if before == hash => {}
            Some(_) => changes.changed.push(id),
            None if old_lacks.hides(&id) => changes.unknown.push(id),
            None => changes.added.push(id),
        }
    }
    for id in old.into_keys() {
        if new_lacks.hides(&id) { changes.unknown.push(id) } else { changes.removed.push(id) }
    }
    changes.unknown.sort();
    changes
}
