//! What is left of a collection that failed.

use assay_snapshot::{Attempt, Cluster, ClusterName, Collector, Digest, ResourceRead, Store, Tool};
use jiff::Timestamp;

use crate::{error::CollectError, progress::Progress};

/// What was known when a collection failed.
pub(crate) struct Failed<'f> {
    /// What the cluster is called.
    pub(crate) cluster_name: &'f ClusterName,
    /// When it began.
    pub(crate) started: Timestamp,
    /// The cluster, as far as it showed.
    pub(crate) cluster: Cluster,
    /// Who collected.
    pub(crate) collector: Collector,
    /// What had become of each resource.
    pub(crate) resources: Vec<ResourceRead>,
    /// What collected.
    pub(crate) tool: Tool,
}

impl Failed<'_> {
    /// Records the attempt: a gap in a year of evidence has its reason.
    pub(crate) fn record(self, store: &Store, error: &CollectError, progress: &dyn Progress) {
        let attempt = Attempt {
            format: assay_snapshot::FORMAT,
            cluster_name: self.cluster_name.clone(),
            started: self.started,
            finished: Timestamp::now(),
            error: error.to_string(),
            cluster: self.cluster,
            collector: self.collector,
            resources: self.resources,
            tool: self.tool,
        };
        // The collection's own error is the one to tell.
        if let Err(error) = store.record_attempt(&attempt) {
            progress.note(&format!("the failed attempt could not be recorded: {error}"));
        }
    }
}

/// The program that is running.
pub fn running_tool() -> Tool {
    let executable = std::env::current_exe().and_then(std::fs::read);
    Tool {
        name: "assay".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        digest: executable.ok().map(|bytes| Digest::of(&bytes)),
    }
}
