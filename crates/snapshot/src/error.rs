//! What can go wrong with a store, told with the file it went wrong with and what to do.

use std::io;
use std::path::{Path, PathBuf};

use crate::verify::Mismatch;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a store or a snapshot could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried: "read", "create" …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },

    /// A snapshot's writer was used after it had failed.
    #[error("the snapshot was given up before, when a table could not be written")]
    GivenUp,

    /// A folder without a manifest: no snapshot, or one that was never finished.
    #[error("{} is no snapshot: it has no manifest.json (collections write it last)", .0.display())]
    NotASnapshot(PathBuf),

    /// The manifest is not what was written.
    #[error("{} does not match manifest.json.sha256: restore the snapshot from where it was archived", .0.display())]
    ManifestChanged(PathBuf),

    /// The manifest is intact but makes no sense.
    #[error("{} is no manifest: {reason}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// Written by a later assay.
    #[error("{} has format {found}, this assay reads up to {}: use a newer assay", path.display(), crate::manifest::FORMAT)]
    NewerFormat {
        /// The manifest.
        path: PathBuf,
        /// Its format.
        found: u32,
    },

    /// A list of digests (`*.sha256`) that cannot be read.
    #[error("{}: `{line}` is not `<SHA-256>  <file>`: restore the file from where it was archived", path.display())]
    DigestList {
        /// The list.
        path: PathBuf,
        /// Its first bad line.
        line: String,
    },

    /// A file of the snapshot is not what was written.
    #[error("in {}: {mismatch}; restore it from where it was archived", folder.display())]
    Changed {
        /// The snapshot or audit.
        folder: PathBuf,
        /// The file and how it differs.
        mismatch: Mismatch,
    },

    /// A file that the snapshot or audit does not have.
    #[error("{} has no `{name}`", folder.display())]
    Absent {
        /// The snapshot or audit.
        folder: PathBuf,
        /// The table or file.
        name: String,
    },

    /// A column that the table does not have.
    #[error("{} has no column `{column}`", path.display())]
    NoColumn {
        /// The table's file.
        path: PathBuf,
        /// The column, dotted if nested.
        column: String,
    },

    /// Parquet that could not be written or read.
    #[error("cannot {action} {}", path.display())]
    Parquet {
        /// What was tried: "read", "write" …
        action: &'static str,
        /// The table's file.
        path: PathBuf,
        /// What the Parquet library said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// A table with more or fewer rows than the manifest says.
    #[error("{} has {found} rows, the manifest says {listed}: restore the snapshot from its archive", path.display())]
    Rows {
        /// The table's file.
        path: PathBuf,
        /// How many rows there are to be.
        listed: u64,
        /// How many there are.
        found: u64,
    },

    /// Rows of another shape than the table's first ones.
    #[error("table `{table}`: these rows have other columns than those before them")]
    Columns {
        /// The table.
        table: String,
    },

    /// A table or file that was already completed, or that would replace one of the format's own.
    #[error("`{0}` is written already, or reserved")]
    Written(String),

    /// A name that cannot be part of a path.
    #[error("`{}` cannot name {what}: {expected}", name.escape_debug())]
    Name {
        /// What was to be named.
        what: &'static str,
        /// The name.
        name: String,
        /// What a name may be.
        expected: &'static str,
    },

    /// Two clusters under one name.
    #[error(
        "cluster `{cluster}` is another one than before: its uid is {found}, that of snapshot {snapshot} is {known}; \
         give this cluster a name of its own"
    )]
    OtherCluster {
        /// The name of both.
        cluster: String,
        /// The snapshot whose cluster is known.
        snapshot: String,
        /// The uid of `kube-system` in that snapshot.
        known: String,
        /// The uid of `kube-system` in the new one.
        found: String,
    },

    /// No snapshot is meant.
    #[error("no snapshot `{wanted}` in {}", store.display())]
    NotFound {
        /// The id, prefix or path that was given.
        wanted: String,
        /// Where it was looked for.
        store: PathBuf,
    },

    /// Several snapshots may be meant.
    #[error("`{wanted}` may be any of {}: give more of the id", candidates.join(", "))]
    Ambiguous {
        /// The prefix that was given.
        wanted: String,
        /// The ids that begin with it.
        candidates: Vec<String>,
    },
}

impl Error {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }

    pub(crate) fn parquet<E>(action: &'static str, path: &Path) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |source| Self::Parquet { action, path: path.to_owned(), source: source.into() }
    }

    /// Whether this is the file system's way of saying that there is no such file.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    /// Whether something was in the way of a folder.
    pub(crate) fn is_taken(&self) -> bool {
        use io::ErrorKind::{AlreadyExists, DirectoryNotEmpty};
        matches!(self, Self::Io { source, .. } if matches!(source.kind(), AlreadyExists | DirectoryNotEmpty))
    }
}
