//! The table of a resource's redacted objects: the evidence.

use std::sync::Arc;

use arrow::array::{RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::error::CollectError;
use assay_model::rows::Object;

/// Rows of such a table.
#[derive(Default)]
pub(super) struct Objects {
    id: StringBuilder,
    namespace: StringBuilder,
    name: StringBuilder,
    object: StringBuilder,
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

    pub(super) fn push(&mut self, object: &Object<'_>) {
        self.id.append_value(object.id.as_str());
        self.namespace.append_option(Some(&object.namespace).filter(|namespace| !namespace.is_empty()));
        self.name.append_value(&object.name);
        self.object.append_value(&object.text);
    }

    pub(super) fn take(&mut self) -> Result<RecordBatch, CollectError> {
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
