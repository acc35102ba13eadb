//! The manifest: what a snapshot consists of, and the record of its collection.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::collection::Collection;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::name::{ClusterName, SnapshotId, table_of};

/// The version of the format that this crate writes, and the newest it reads. A change that an older reader
/// would misread needs a new number; a field more does not.
pub const FORMAT: u32 = 1;

/// The manifest's file.
pub(crate) const MANIFEST: &str = "manifest.json";

/// What stands in `manifest.json`: pretty JSON in the order of these fields, ending in a newline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The version of the format, [`FORMAT`] when written.
    pub format: u32,
    /// The snapshot's id.
    pub snapshot: SnapshotId,
    /// What the cluster is called in the store.
    pub cluster_name: ClusterName,
    /// When the collection began, by our clock.
    pub started: Timestamp,
    /// The snapshot before this one, which makes the snapshots of a cluster a chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
    /// The record of the collection.
    pub collection: Collection,
    /// Every file, by path.
    pub files: Vec<FileEntry>,
}

/// A link to the snapshot before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Previous {
    /// Its id.
    pub snapshot: SnapshotId,
    /// Its digest.
    pub digest: Digest,
}

/// A table's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileEntry {
    /// The path in the snapshot's folder, with `/`.
    pub path: String,
    /// How many rows the table has.
    pub rows: u64,
    /// How large the file is.
    pub bytes: u64,
    /// The file's digest.
    pub sha256: Digest,
}

impl Manifest {
    /// The manifest's bytes; their digest is the snapshot's.
    pub(crate) fn to_bytes(&self, path: &Path) -> Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|error| invalid(path, &error))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads a manifest. Fields it does not know are passed over: a later minor version may have added them.
    pub(crate) fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self> {
        /// The one field that every format has.
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let version: Version = serde_json::from_slice(bytes).map_err(|error| invalid(path, &error))?;
        match version.format {
            FORMAT => {}
            0 => return Err(invalid(path, &"no format is numbered 0")),
            found => return Err(Error::NewerFormat { path: path.to_owned(), found }),
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| invalid(path, &error))?;
        manifest.check_files(path)?;
        Ok(manifest)
    }

    /// A path from a manifest is opened, so it must not lead out of the snapshot.
    fn check_files(&self, path: &Path) -> Result<()> {
        let mut seen = BTreeSet::new();
        for file in &self.files {
            if table_of(&file.path).is_none() {
                return Err(invalid(
                    path,
                    &format!("`{}` cannot be a table's file", file.path.escape_debug()),
                ));
            }
            if !seen.insert(&file.path) {
                return Err(invalid(path, &format!("`{}` is listed twice", file.path)));
            }
        }
        Ok(())
    }
}

fn invalid(path: &Path, reason: &dyn std::fmt::Display) -> Error {
    Error::Manifest { path: path.to_owned(), reason: reason.to_string() }
}
