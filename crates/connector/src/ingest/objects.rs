//! The table of a resource's redacted objects: the evidence.

use std::sync::Arc;

use arrow::array::{RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::Kept;
use crate::error::CollectError;

/// Rows of such a table.
#[derive(Default)]
pub(super) struct Objects {
    id: StringBuilder,
    namespace: StringBuilder,
    name: StringBuilder,
    object: StringBuilder,
    rows: usize,
    bytes: usize,
}

impl Objects {
    pub(super) fn schema() -> SchemaRef {
        let text = |name, nullable| Field::new(name, DataType::Utf8, nullable);
        Arc::new(Schema::new(vec![
            text("id", false),
            text("namespace", true),
            text("name", false),
            text("object", false),
        ]))
    }

    pub(super) fn push(&mut self, kept: &Kept) {
        let (object, text) = (kept.object(), kept.text());
        self.id.append_value(object.id.as_str());
        self.namespace.append_option(Some(&object.namespace).filter(|namespace| !namespace.is_empty()));
        self.name.append_value(&object.name);
        self.bytes += text.len();
        self.rows += 1;
        self.object.append_value(text);
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    pub(super) fn take(&mut self) -> Result<RecordBatch, CollectError> {
        self.rows = 0;
        self.bytes = 0;
        super::collection::batch(
            Self::schema(),
            vec![
                Arc::new(self.id.finish()),
                Arc::new(self.namespace.finish()),
                Arc::new(self.name.finish()),
                Arc::new(self.object.finish()),
            ],
        )
    }
}
