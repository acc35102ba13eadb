//! Why nothing could be collected.

use crate::manifest;

/// Why a collection came to nothing. No message quotes an object.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectError {
    /// The manifests have errors.
    #[error("{0}")]
    Manifests(manifest::Problems),
    /// Inputs that are not there.
    #[error("{0}: there is no such file or folder")]
    Absent(String),
    /// The manifests hold nothing.
    #[error("nothing to audit: {0} no Kubernetes object")]
    Nothing(String),
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] assay_snapshot::Error),
    /// No cluster could be made out from the configuration.
    #[error("{0}")]
    Configuration(String),
    /// The API server could not be reached.
    #[error("{0}")]
    Unreachable(String),
    /// The API server did not let us in, or is not to be trusted.
    #[error("{0}")]
    Refused(String),
    /// The cluster has not what was asked for: a namespace, a revision, a name.
    #[error("{0}")]
    Request(String),
    /// The collection began, and could not be completed.
    #[error("{0}")]
    Incomplete(String),
    /// A mistake of ours.
    #[error("internal error: {0}; please report it")]
    Internal(String),
}
