//! The table of where each field of manifests' objects stands.

use std::sync::Arc;

use arrow::array::{Int64Builder, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema};

use crate::error::CollectError;

/// The place of one field.
pub(crate) struct SourceRow<'r> {
    /// The asset.
    pub(crate) id: &'r str,
    /// The field, as `spec.containers[0].image`; empty for the object itself.
    pub(crate) field: &'r str,
    /// The file.
    pub(crate) file: &'r str,
    /// The line, from 1.
    pub(crate) line: u32,
    /// The column, from 1.
    pub(crate) column: u32,
}

/// Bytes that most fields' paths have.
const FIELD_BYTES: usize = 40;

/// Rows of that table.
#[derive(Default)]
pub(crate) struct Sources {
    id: StringBuilder,
    field: StringBuilder,
    file: StringBuilder,
    line: Int64Builder,
    column: Int64Builder,
}

impl Sources {
    /// None yet, of so many, whose ids and files have so many bytes in all.
    pub(crate) fn with_capacity(rows: usize, id_bytes: usize, file_bytes: usize) -> Self {
        Self {
            id: StringBuilder::with_capacity(rows, id_bytes),
            field: StringBuilder::with_capacity(rows, rows * FIELD_BYTES),
            file: StringBuilder::with_capacity(rows, file_bytes),
            line: Int64Builder::with_capacity(rows),
            column: Int64Builder::with_capacity(rows),
        }
    }

    /// Adds one.
    pub(crate) fn push(&mut self, row: &SourceRow<'_>) {
        self.id.append_value(row.id);
        self.field.append_value(row.field);
        self.file.append_value(row.file);
        self.line.append_value(i64::from(row.line));
        self.column.append_value(i64::from(row.column));
    }

    pub(super) fn take(mut self) -> Result<RecordBatch, CollectError> {
        let text = |name| Field::new(name, DataType::Utf8, false);
        let number = |name| Field::new(name, DataType::Int64, false);
        let fields = vec![text("id"), text("field"), text("file"), number("line"), number("column")];
        super::collection::batch(
            Arc::new(Schema::new(fields)),
            vec![
                Arc::new(self.id.finish()),
                Arc::new(self.field.finish()),
                Arc::new(self.file.finish()),
                Arc::new(self.line.finish()),
                Arc::new(self.column.finish()),
            ],
        )
    }
}
