//! Reads a cluster or manifests into a snapshot.
//!
//! ```text
//! manifest/   files → documents with positions       cluster/  API server → pages of objects
//!         ╰─► manifests/  scope, defaults, duplicates      │
//!                         ╰─► redact/  secrets out, facts in ◄╯
//!                                 ╰─► ingest/  rows and objects, sorted, into the snapshot's tables
//! ```
//!
//! It is the only user of `kube`. Nothing is written that was not redacted: only `redact` makes what `ingest` takes.

mod attempt;
mod cluster;
mod cores;
mod defaults;
mod error;
mod ingest;
mod kinds;
pub mod manifest;
mod manifests;
mod progress;
mod rbac;
mod redact;

pub use self::{
    attempt::digest_tool_aside,
    cluster::{
        Access, AccessReport, ClusterRequest, check_access, collect_cluster, collect_cluster_until,
        is_younger, recent_snapshot,
    },
    error::CollectError,
    manifests::{ManifestRequest, collect_manifests},
    progress::Progress,
    rbac::cluster_role,
};
