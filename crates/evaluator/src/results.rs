//! One row per check and asset, passes included: the evidence of what was examined.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema};
use assay_audit::Outcome;
use assay_audit::finding::AssetRef;

/// The columns, in order.
const COLUMNS: [(&str, bool); 8] = [
    ("control", false),
    ("check", false),
    ("asset", false),
    ("kind", false),
    ("namespace", true),
    ("name", false),
    ("outcome", false),
    ("contentHash", true),
];

/// Builds the table of results.
#[derive(Default)]
pub(crate) struct Results {
    columns: [StringBuilder; 8],
}

impl Results {
    pub(crate) fn push(
        &mut self,
        control: &str,
        check: &str,
        asset: &AssetRef,
        outcome: Outcome,
        content_hash: Option<&str>,
    ) {
        let values = [
            Some(control),
            Some(check),
            Some(asset.id.as_str()),
            Some(&asset.kind),
            asset.namespace.as_deref(),
            Some(&asset.name),
            Some(outcome.as_str()),
            content_hash,
        ];
        for (column, value) in self.columns.iter_mut().zip(values) {
            column.append_option(value);
        }
    }

    pub(crate) fn finish(mut self) -> Result<RecordBatch, arrow::error::ArrowError> {
        let fields: Vec<Field> =
            COLUMNS.iter().map(|(name, nullable)| Field::new(*name, DataType::Utf8, *nullable)).collect();
        let arrays = self.columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef).collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
    }
}
