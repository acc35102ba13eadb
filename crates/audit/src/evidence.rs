//! What a report asks the snapshot for.

use std::collections::BTreeSet;
use std::error::Error;

use assay_model::id::AssetId;

/// Why the objects of a snapshot could not be read. A report without them would look whole.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the objects that findings are about")]
pub struct EvidenceError(#[source] pub Box<dyn Error + Send + Sync>);

/// Gives a report the redacted objects of assets.
pub trait EvidenceSource {
    /// Hands over the redacted object of each of these assets as JSON, keys sorted, in any order, on all cores; what the
    /// snapshot doesn't hold is left out. Asked for together, since a snapshot is read from its beginning each time.
    ///
    /// # Errors
    /// The snapshot is damaged, or out of reach.
    fn objects(
        &self,
        of: &BTreeSet<AssetId>,
        take: &(dyn Fn(&AssetId, &str) + Sync),
    ) -> Result<(), EvidenceError>;
}
