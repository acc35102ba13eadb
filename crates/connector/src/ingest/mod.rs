//! Objects in, a snapshot's tables out: what the model says of each object, the object itself, and what became of
//! reading its resource. Rows are written as objects come, so they must come sorted.

mod collection;
mod kept;
mod names;
mod notes;
mod objects;
mod rows;
mod sources;

use assay_model::schema::{Schema, TableId};
use assay_snapshot::{ClusterName, Collection, Snapshot, SnapshotWriter};
use serde_json::json;

use crate::{error::CollectError, kinds::ListedResource};

pub(crate) use self::{
    collection::Outcome,
    kept::{Kept, Packed, Taken, UNPACKED},
    notes::Notes,
    rows::{Portion, Rejected, Rows},
    sources::Sources,
};

/// Objects that are worth a core.
pub(crate) const ROWS: usize = 128;

/// Bytes of objects, as JSON, that are worth one whatever their number.
pub(crate) const BYTES: usize = 1 << 20;

/// The table of what became of reading each resource.
const COLLECTION: &str = "collection";

/// The table of where each field of manifests' objects stands.
const SOURCES: &str = "sources";

/// A snapshot that is being filled.
pub(crate) struct Ingest<'s> {
    schema: &'s Schema,
    writer: SnapshotWriter,
    cluster: String,
    /// The table that kinds without a type share.
    others: TableId,
    outcomes: Vec<Outcome>,
    /// What a reader of the snapshot should know.
    pub(crate) notes: Notes,
}

impl<'s> Ingest<'s> {
    /// Begins with the table of each of Kubernetes' own kinds, so that one without rows is written too. The lists
    /// within a kind's objects, and custom kinds, have tables once there are objects: there may be hundreds, and the
    /// collection's row says of each kind how many objects there were.
    pub(crate) fn begin(
        schema: &'s Schema,
        mut writer: SnapshotWriter,
        cluster: &ClusterName,
    ) -> Result<Self, CollectError> {
        let generic = schema.generic().map(|def| def.name.as_str()).unwrap_or_default();
        let others = schema.tables_of(generic).into_iter().next();
        let others = others.ok_or_else(|| CollectError::Internal("the model has no generic type".into()))?;
        for table in schema.stored_tables().filter(|table| !table.is_list() && schema.is_built_in(table)) {
            writer.declare(&table.name, &table.arrow_schema())?;
        }
        Ok(Self {
            schema,
            writer,
            cluster: cluster.as_str().to_owned(),
            others,
            outcomes: Vec::new(),
            notes: Notes::default(),
        })
    }

    /// Where the objects of a resource go. Resources have to come sorted.
    pub(crate) fn resource(&mut self, resource: &ListedResource) -> Rows<'_, 's> {
        let own =
            resource.model(self.schema).and_then(|own| self.schema.tables_of(&own.name).first().copied());
        let objects = match own {
            Some(id) => format!("objects/{}", self.schema.table(id).name),
            None => names::objects_table(self.schema, &resource.group, &resource.plural),
        };
        let asset = own.unwrap_or(self.others);
        Rows::begin(&mut self.writer, self.schema, asset, own.is_none(), objects)
    }

    /// Says what became of reading a resource.
    pub(crate) fn record(&mut self, outcome: Outcome) {
        self.outcomes.push(outcome);
    }

    /// What has become of reading each resource so far.
    pub(crate) fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Writes where the fields of manifests' objects stand.
    pub(crate) fn sources(&mut self, sources: Sources) -> Result<(), CollectError> {
        Ok(self.writer.append(SOURCES, &sources.take()?)?)
    }

    /// Adds the cluster itself as an asset, and completes the snapshot.
    pub(crate) fn finish(mut self, mut collection: Collection) -> Result<Snapshot, CollectError> {
        self.cluster(&collection)?;
        self.outcomes.sort_by(|a, b| a.order().cmp(&b.order()));
        self.writer.append(COLLECTION, &collection::table(&self.outcomes)?)?;
        collection.resources = self.outcomes.into_iter().map(|outcome| outcome.read).collect();
        collection.notes = self.notes.into_lines();
        Ok(self.writer.finish(collection)?)
    }

    /// The cluster is no object of the API, but failures that belong to no other asset are its.
    fn cluster(&mut self, collection: &Collection) -> Result<(), CollectError> {
        let own = crate::kinds::modelled(self.schema).into_iter().find(is_cluster);
        let Some(resource) = own else { return Ok(()) };
        let mut object = json!({
            "apiVersion": resource.api_version(),
            "kind": resource.kind,
            "metadata": {"name": self.cluster},
        });
        if let Some(uid) = &collection.cluster.uid {
            object["metadata"]["uid"] = uid.as_str().into();
        }
        if let Some(version) = &collection.cluster.version {
            object["status"] = json!({"version": version});
        }
        let mut rows = self.resource(&resource);
        if let Some(kept) = Kept::ours(object.into()) {
            rows.push(&[kept.into()]).map_err(CollectError::from)?;
        }
        let mut outcome = Outcome::listed(&resource);
        outcome.read.count = rows.finish()?;
        self.record(outcome);
        Ok(())
    }
}

/// Whether this is the resource that stands for the cluster itself, which nobody can list.
pub(crate) fn is_cluster(resource: &ListedResource) -> bool {
    resource.group == "assay" && resource.kind == "Cluster"
}
