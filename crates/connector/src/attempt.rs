//! What is left of a collection that failed.

use std::fs::File;
use std::sync::OnceLock;
use std::thread;

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
pub(crate) fn running_tool() -> Tool {
    Tool {
        name: "assay".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        digest: *EXECUTABLE.get_or_init(executable),
    }
}

/// Begins to digest the program aside, as a collection does: it is part of the snapshot's record, and of a small
/// collection most of the time. What reads controls before it collects calls this before that.
pub fn digest_tool_aside() {
    thread::spawn(|| EXECUTABLE.get_or_init(executable));
}

static EXECUTABLE: OnceLock<Option<Digest>> = OnceLock::new();

fn executable() -> Option<Digest> {
    let file = std::env::current_exe().and_then(File::open).ok()?;
    Digest::of_reader(file).ok().map(|(digest, _)| digest)
}
