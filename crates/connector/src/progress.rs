//! What a collection tells while it runs.

use assay_model::coverage::ReadStatus;

/// Whoever watches a collection. Every method may be ignored; none may fail.
pub trait Progress: Send + Sync {
    /// How many resources there are to read, once that is known; again, if a collection starts over.
    fn resources(&self, _total: usize) {}

    /// A resource (`deployments.apps`) is being read from now on.
    fn started(&self, _resource: &str) {}

    /// That many more objects of it were read, of that many bytes as they came.
    fn read(&self, _resource: &str, _objects: u64, _bytes: u64) {}

    /// The resource has been read, or not: so many objects in all.
    fn finished(&self, _resource: &str, _status: ReadStatus, _objects: u64) {}

    /// Something to say now: a retry, a new beginning. Quotes no object.
    fn note(&self, _message: &str) {}
}

/// Nobody watches.
impl Progress for () {}
