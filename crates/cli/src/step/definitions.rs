//! The CustomResourceDefinitions of a snapshot.

use arrow::array::{Array, StringArray};
use assay_snapshot::Snapshot;
use serde_json::Value;

use crate::failure::{Failure, internal};

/// The resource whose objects define kinds.
const RESOURCE: &str = "customresourcedefinitions";

/// All definitions that a snapshot holds. One that could not hold all is refused: what it lacks would be missing from
/// the draft without a word.
pub(crate) fn definitions(snapshot: &Snapshot) -> Result<Vec<Value>, Failure> {
    let reads = &snapshot.manifest.collection.resources;
    let unread = reads.iter().find(|read| read.resource == RESOURCE && !read.status.is_complete());
    if let Some(read) = unread {
        let why = read.message.as_deref().unwrap_or(read.status.as_str());
        let id = &snapshot.manifest.snapshot;
        let message = format!("snapshot {id} lacks CustomResourceDefinitions: {why}");
        return Err(Failure::with_help(message, "collect again as a user who may list them"));
    }
    let tables = snapshot.tables().filter(|table| {
        table.strip_prefix("objects/").is_some_and(|name| name.split('.').next() == Some(RESOURCE))
    });
    let mut definitions = Vec::new();
    for table in tables {
        for batch in snapshot.batches(table, Some(&["object"]))? {
            let batch = batch?;
            let objects = batch.column_by_name("object").map(|column| column.as_any());
            let Some(objects) = objects.and_then(|column| column.downcast_ref::<StringArray>()) else {
                continue;
            };
            for object in objects.iter().flatten() {
                definitions.push(serde_json::from_str(object).map_err(internal)?);
            }
        }
    }
    Ok(definitions)
}
