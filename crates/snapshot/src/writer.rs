//! A snapshot that is being collected.

use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use jiff::Timestamp;

use crate::collection::Collection;
use crate::digest::Digest;
use crate::digest_list;
use crate::error::Result;
use crate::folder::{self, Staging};
use crate::manifest::{FORMAT, MANIFEST, Manifest};
use crate::name::{ClusterName, SnapshotId};
use crate::snapshot::{MANIFEST_DIGEST, Snapshot};
use crate::store::Store;
use crate::tables_aside::TablesAside;

/// Writes a snapshot aside and renames it into place when it is whole. Dropped before that, or killed, it
/// leaves nothing that looks like a snapshot. A thread of its own writes the tables: what goes wrong with one is told by
/// a later call.
pub struct SnapshotWriter {
    store: Store,
    cluster: ClusterName,
    id: SnapshotId,
    started: Timestamp,
    // Before `staging`: files are closed before their folder is removed.
    tables: TablesAside,
    staging: Staging,
}

impl SnapshotWriter {
    pub(crate) fn begin(store: Store, cluster: ClusterName, started: Timestamp) -> Result<Self> {
        let id = SnapshotId::new(started, folder::random() as u16)?;
        let staging = Staging::begin(store.root())?;
        let tables = TablesAside::new(staging.path().to_owned());
        Ok(Self { store, cluster, id, started, tables, staging })
    }

    /// The id the snapshot will have.
    pub fn id(&self) -> &SnapshotId {
        &self.id
    }

    /// Adds rows to a table, which is made for the first of them. A table is named `pods` or, with one `/`,
    /// `objects/pods`. Rows are kept in the order they come in: bring them sorted.
    pub fn append(&mut self, table: &str, batch: &RecordBatch) -> Result<()> {
        self.tables.append(table, batch)
    }

    /// Makes a table that may stay without rows: it is written still, because "none" is not "not collected".
    pub fn declare(&mut self, table: &str, schema: &SchemaRef) -> Result<()> {
        self.tables.declare(table, schema)
    }

    /// Completes a table, which frees what it holds in memory; [`finish`](Self::finish) does it for the rest.
    pub fn close(&mut self, table: &str) -> Result<()> {
        self.tables.close(table)
    }

    /// Completes the snapshot. Refused if the cluster is another than the one known under this name.
    pub fn finish(self, mut collection: Collection) -> Result<Snapshot> {
        if let Some(uid) = &collection.cluster.uid {
            self.store.check_identity(&self.cluster, uid)?;
        }
        let previous = self.store.previous(&self.cluster, &self.id, &mut collection.notes)?;
        let manifest = Manifest {
            format: FORMAT,
            snapshot: self.id,
            cluster_name: self.cluster,
            started: self.started,
            previous,
            collection,
            files: self.tables.finish()?,
        };
        folder::sync_files(self.staging.path(), manifest.files.iter().map(|file| &*file.path))?;
        write_manifest(self.staging.path(), &manifest)?;
        let target = self.store.folder_of(&manifest.cluster_name, &manifest.snapshot);
        self.staging.publish(&target)?;
        Snapshot::open(&target)
    }
}

/// The manifest comes last, after its own digest: where it stands, everything does.
fn write_manifest(folder: &Path, manifest: &Manifest) -> Result<()> {
    let path = folder.join(MANIFEST);
    let bytes = manifest.to_bytes(&path)?;
    let list = digest_list::format([(Digest::of(&bytes), MANIFEST)]);
    folder::write(&folder.join(MANIFEST_DIGEST), list.as_bytes())?;
    folder::write(&path, &bytes)
}
