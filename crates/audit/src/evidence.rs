//! What a report asks the snapshot for.

use assay_model::id::AssetId;
use serde_json::Value;

use crate::finding::SourceLocation;

/// Gives a report the redacted object of an asset, and the place of a field in the files it was read from.
pub trait EvidenceSource {
    /// The redacted object, keys sorted; `None` if the snapshot doesn't hold it.
    fn object(&self, asset: &AssetId) -> Option<Value>;

    /// Where a field stands, or the nearest field around it; `None` for a cluster's objects.
    fn position(&self, asset: &AssetId, field: &str) -> Option<SourceLocation>;
}
