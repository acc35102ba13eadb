//! Snapshots: what a cluster held at one moment, as Parquet that other tools read too, and the store that
//! keeps them. This crate knows tables by name and not by meaning; what it vouches for is that they are
//! whole, unchanged, and the same bytes for the same rows.
//!
//! ```text
//! store/cluster=<name>/attempts/<time>.json          collections that failed
//! store/cluster=<name>/snapshot=<time>-<random>/
//!     manifest.json, manifest.json.sha256            what there is; written last
//!     <table>.parquet, objects/<resource>.parquet    listed in the manifest, each with its digest
//!     derived/…                                      can be made again; no part of the snapshot
//!     audits/<id>/…, files.sha256                    audits of the snapshot, each with its own digests
//! ```
//!
//! It is the only user of `parquet`, and `folder.rs` the only file that knows where bytes are kept.

mod attempt;
mod audit;
mod collection;
mod derived;
mod dictionaries;
mod digest;
mod digest_list;
mod error;
mod folder;
mod manifest;
mod name;
mod pages;
mod snapshot;
mod store;
mod table_reader;
mod table_writer;
mod tables;
mod tables_aside;
mod verify;
mod writer;

#[cfg(test)]
mod tests;

pub use attempt::Attempt;
pub use audit::{AuditFiles, AuditRef, AuditTables, AuditWriter};
pub use collection::{
    Apart, Cluster, Collection, Collector, Consistency, InputFile, ResourceRead, Scope, ServerTime, Tool,
    User,
};
pub use derived::DerivedWriter;
pub use digest::{Digest, InvalidDigest};
pub use error::{Error, Result};
pub use manifest::{FORMAT, FileEntry, Manifest, Previous};
pub use name::{ClusterName, SnapshotId};
pub use snapshot::Snapshot;
pub use store::{SnapshotRef, Store};
pub use table_reader::Batches;
pub use verify::Mismatch;
pub use writer::SnapshotWriter;
