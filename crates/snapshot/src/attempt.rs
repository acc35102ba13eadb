//! Collections that failed.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::collection::{Cluster, Collector, ResourceRead, Tool};
use crate::error::{Error, Result};
use crate::folder;
use crate::manifest::FORMAT;
use crate::name::{ClusterName, SnapshotId};

/// A collection that came to nothing, kept as `attempts/<time>.json` beside the cluster's snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The version of the snapshot format that was to be written.
    #[serde(default = "format")]
    pub format: u32,
    /// What the cluster is called in the store.
    pub cluster_name: ClusterName,
    /// When it began, by our clock.
    pub started: Timestamp,
    /// When it was given up, by our clock.
    pub finished: Timestamp,
    /// Why. Quotes no object.
    pub error: String,
    /// The cluster, as far as it showed.
    #[serde(default)]
    pub cluster: Cluster,
    /// Who collected.
    #[serde(default)]
    pub collector: Collector,
    /// What had become of reading each API resource by then.
    #[serde(default)]
    pub resources: Vec<ResourceRead>,
    /// What collected.
    pub tool: Tool,
}

fn format() -> u32 {
    FORMAT
}

impl Attempt {
    pub(crate) fn write(&self, cluster_folder: &Path) -> Result<PathBuf> {
        let id = SnapshotId::new(self.started, folder::random() as u16)?;
        let path = cluster_folder.join("attempts").join(format!("{id}.json"));
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|error| invalid(&path, &error))?;
        bytes.push(b'\n');
        folder::write(&path, &bytes)?;
        Ok(path)
    }

    pub(crate) fn read_all(cluster_folder: &Path) -> Result<Vec<Self>> {
        let attempts = cluster_folder.join("attempts");
        let files = folder::list(&attempts)?.into_iter().filter(|entry| entry.name.ends_with(".json"));
        files
            .map(|entry| {
                let path = attempts.join(entry.name);
                serde_json::from_slice(&folder::read(&path)?).map_err(|error| invalid(&path, &error))
            })
            .collect()
    }
}

fn invalid(path: &Path, error: &serde_json::Error) -> Error {
    Error::Manifest { path: path.to_owned(), reason: error.to_string() }
}
