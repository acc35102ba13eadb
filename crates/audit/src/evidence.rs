//! What a report asks the snapshot for.

use std::collections::BTreeSet;

use assay_model::id::AssetId;

/// Gives a report the redacted objects of assets.
pub trait EvidenceSource {
    /// Hands over the redacted object of each of these assets as JSON, keys sorted, in any order, on all cores; what the
    /// snapshot doesn't hold is left out. Asked for together, since a snapshot is read from its beginning each time.
    fn objects(&self, of: &BTreeSet<AssetId>, take: &(dyn Fn(&AssetId, &str) + Sync));
}
