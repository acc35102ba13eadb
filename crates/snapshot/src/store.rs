//! The store: a folder of clusters, each a folder of snapshots.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::attempt::Attempt;
use crate::error::{Error, Result};
use crate::folder;
use crate::manifest::{MANIFEST, Previous};
use crate::name::{ClusterName, SnapshotId};
use crate::snapshot::Snapshot;
use crate::writer::SnapshotWriter;

/// How many ids an error about an ambiguous prefix names.
const SHOWN: usize = 5;

/// A store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The store in this folder, which need not exist: it is made when something is written.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self> {
        let root = root.into();
        folder::list(&root)?;
        Ok(Self { root })
    }

    /// The store's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The clusters of the store, by name.
    pub fn clusters(&self) -> Result<Vec<ClusterName>> {
        let folders = folder::list(&self.root)?.into_iter().filter(|entry| entry.is_folder);
        let mut clusters: Vec<_> =
            folders.filter_map(|entry| ClusterName::from_folder(&entry.name)).collect();
        clusters.sort();
        Ok(clusters)
    }

    /// The finished snapshots of one cluster, or of all, oldest first.
    pub fn snapshots(&self, cluster: Option<&ClusterName>) -> Result<Vec<SnapshotRef>> {
        let mut snapshots = self.folders(cluster)?;
        snapshots.retain(|snapshot| folder::has_file(&snapshot.path.join(MANIFEST)));
        Ok(snapshots)
    }

    /// The same, and what is called a snapshot and lacks its manifest. No collection that fails leaves that.
    pub fn folders(&self, cluster: Option<&ClusterName>) -> Result<Vec<SnapshotRef>> {
        let clusters = match cluster {
            Some(cluster) => vec![cluster.clone()],
            None => self.clusters()?,
        };
        let mut snapshots = Vec::new();
        for cluster in clusters {
            for entry in folder::list(&self.root.join(cluster.folder()))? {
                let Some(id) = SnapshotId::from_folder(&entry.name) else { continue };
                let path = self.folder_of(&cluster, &id);
                snapshots.push(SnapshotRef { cluster: cluster.clone(), id, path });
            }
        }
        snapshots.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| a.cluster.cmp(&b.cluster)));
        Ok(snapshots)
    }

    /// The newest finished snapshot of one cluster, or of all.
    pub fn latest(&self, cluster: Option<&ClusterName>) -> Result<Option<SnapshotRef>> {
        Ok(self.snapshots(cluster)?.pop())
    }

    /// The snapshot that is meant by a path, an id or the beginning of an id.
    pub fn find(&self, wanted: &str) -> Result<Snapshot> {
        let path = Path::new(wanted);
        if folder::has_file(&path.join(MANIFEST)) {
            return Snapshot::open(path);
        }
        let prefix = wanted.strip_prefix("snapshot=").unwrap_or(wanted);
        let mut found = self.snapshots(None)?;
        found.retain(|snapshot| !prefix.is_empty() && snapshot.id.as_str().starts_with(prefix));
        match found.as_slice() {
            [snapshot] => snapshot.open(),
            [] => Err(Error::NotFound { wanted: wanted.to_owned(), store: self.root.clone() }),
            several => Err(Error::Ambiguous {
                wanted: wanted.to_owned(),
                candidates: several.iter().rev().take(SHOWN).map(|found| found.id.to_string()).collect(),
            }),
        }
    }

    /// Begins a snapshot of this cluster, collected from this time on.
    pub fn begin(&self, cluster: &ClusterName, started: Timestamp) -> Result<SnapshotWriter> {
        SnapshotWriter::begin(self.clone(), cluster.clone(), started)
    }

    /// Refuses a cluster whose uid is another than the last known one under this name. Finishing a snapshot
    /// checks this too; asked earlier, it saves the collection.
    pub fn check_identity(&self, cluster: &ClusterName, uid: &str) -> Result<()> {
        for snapshot in self.snapshots(Some(cluster))?.iter().rev() {
            // Of a damaged snapshot nothing is known; verifying tells, and it must not stop tonight's audit.
            let known = snapshot.open().ok().and_then(|snapshot| snapshot.manifest.collection.cluster.uid);
            match known {
                Some(known) if known == uid => return Ok(()),
                Some(known) => {
                    return Err(Error::OtherCluster {
                        cluster: cluster.to_string(),
                        snapshot: snapshot.id.to_string(),
                        known,
                        found: uid.to_owned(),
                    });
                }
                None => {}
            }
        }
        Ok(())
    }

    /// Records a collection that failed: a gap in a year of evidence has its reason.
    pub fn record_attempt(&self, attempt: &Attempt) -> Result<PathBuf> {
        attempt.write(&self.root.join(attempt.cluster_name.folder()))
    }

    /// The failed collections of a cluster, oldest first.
    pub fn attempts(&self, cluster: &ClusterName) -> Result<Vec<Attempt>> {
        Attempt::read_all(&self.root.join(cluster.folder()))
    }

    pub(crate) fn folder_of(&self, cluster: &ClusterName, id: &SnapshotId) -> PathBuf {
        self.root.join(cluster.folder()).join(id.folder())
    }

    /// The newest snapshot before this one that can be opened. Those that cannot are noted: the chain has a
    /// gap there.
    pub(crate) fn previous(
        &self,
        cluster: &ClusterName,
        id: &SnapshotId,
        notes: &mut Vec<String>,
    ) -> Result<Option<Previous>> {
        for earlier in self.snapshots(Some(cluster))?.iter().rev().filter(|earlier| earlier.id < *id) {
            match earlier.open() {
                Ok(found) => {
                    return Ok(Some(Previous { snapshot: earlier.id.clone(), digest: found.digest() }));
                }
                Err(_) => notes.push(format!("The earlier snapshot {} could not be opened.", earlier.id)),
            }
        }
        Ok(None)
    }
}

/// A finished snapshot of the store, not opened yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRef {
    /// The cluster it is of.
    pub cluster: ClusterName,
    /// Its id, which holds the time it was begun.
    pub id: SnapshotId,
    /// Its folder.
    pub path: PathBuf,
}

impl SnapshotRef {
    /// Opens it. Refused if the folder was renamed: the store's order of snapshots comes from their names.
    pub fn open(&self) -> Result<Snapshot> {
        let snapshot = Snapshot::open(&self.path)?;
        let manifest = &snapshot.manifest;
        if manifest.snapshot == self.id && manifest.cluster_name == self.cluster {
            return Ok(snapshot);
        }
        Err(Error::Manifest {
            path: self.path.join(MANIFEST),
            reason: format!(
                "it is of snapshot {} of cluster `{}`; move the folder back to that name",
                manifest.snapshot, manifest.cluster_name
            ),
        })
    }
}
