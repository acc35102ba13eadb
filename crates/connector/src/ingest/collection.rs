//! The table of what became of reading each resource.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema, SchemaRef};
use assay_model::coverage::ReadStatus;
use assay_snapshot::ResourceRead;

use crate::{error::CollectError, kinds::ListedResource};

/// What became of reading a resource, in one namespace or in all.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// What the manifest says.
    pub(crate) read: ResourceRead,
    /// How many of its objects have a field of a wrong type, or no name.
    pub(crate) unreadable: u64,
}

impl Outcome {
    /// A resource that was read, so far without objects.
    pub(crate) fn listed(resource: &ListedResource) -> Self {
        Self::new(resource, ReadStatus::Listed)
    }

    /// A resource without objects.
    pub(crate) fn new(resource: &ListedResource, status: ReadStatus) -> Self {
        Self {
            read: ResourceRead {
                group: resource.group.clone(),
                version: resource.version.clone(),
                resource: resource.plural.clone(),
                kind: resource.kind.clone(),
                namespace: None,
                status,
                http_code: None,
                message: None,
                revision: None,
                pages: 0,
                count: 0,
                audit_ids: Vec::new(),
            },
            unreadable: 0,
        }
    }

    /// The same, with a reason.
    pub(crate) fn because(mut self, message: impl Into<String>) -> Self {
        self.read.message = Some(message.into());
        self
    }

    /// What the table is sorted by.
    pub(super) fn order(&self) -> (&str, &str, &str, Option<&str>) {
        let read = &self.read;
        (&read.group, &read.resource, &read.version, read.namespace.as_deref())
    }
}

/// The table's rows.
pub(super) fn table(outcomes: &[Outcome]) -> Result<RecordBatch, CollectError> {
    let columns: Vec<(&str, bool, ArrayRef)> = vec![
        ("group", false, texts(outcomes, |read| Some(read.group.as_str()))),
        ("version", false, texts(outcomes, |read| Some(read.version.as_str()))),
        ("resource", false, texts(outcomes, |read| Some(read.resource.as_str()))),
        ("kind", false, texts(outcomes, |read| Some(read.kind.as_str()))),
        ("namespace", true, texts(outcomes, |read| read.namespace.as_deref())),
        ("status", false, texts(outcomes, |read| Some(read.status.as_str()))),
        ("httpCode", true, numbers(outcomes, |outcome| outcome.read.http_code.map(i64::from))),
        ("message", true, texts(outcomes, |read| read.message.as_deref())),
        ("revision", true, texts(outcomes, |read| read.revision.as_deref())),
        ("pages", false, numbers(outcomes, |outcome| count(outcome.read.pages))),
        ("count", false, numbers(outcomes, |outcome| count(outcome.read.count))),
        ("unreadable", false, numbers(outcomes, |outcome| count(outcome.unreadable))),
    ];
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, nullable, array)| Field::new(*name, array.data_type().clone(), *nullable))
        .collect();
    batch(Arc::new(Schema::new(fields)), columns.into_iter().map(|(_, _, array)| array).collect())
}

/// A batch of columns that fit the schema.
pub(super) fn batch(schema: SchemaRef, columns: Vec<ArrayRef>) -> Result<RecordBatch, CollectError> {
    RecordBatch::try_new(schema, columns).map_err(|error| CollectError::Internal(error.to_string()))
}

fn texts<'o>(outcomes: &'o [Outcome], of: impl Fn(&'o ResourceRead) -> Option<&'o str>) -> ArrayRef {
    Arc::new(outcomes.iter().map(|outcome| of(&outcome.read)).collect::<StringArray>())
}

fn numbers(outcomes: &[Outcome], of: impl Fn(&Outcome) -> Option<i64>) -> ArrayRef {
    Arc::new(outcomes.iter().map(of).collect::<Int64Array>())
}

fn count(number: u64) -> Option<i64> {
    Some(i64::try_from(number).unwrap_or(i64::MAX))
}
