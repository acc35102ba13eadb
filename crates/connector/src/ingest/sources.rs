//! The table of where each field of manifests' objects stands.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, DictionaryArray, Int32Array, Int64Builder, RecordBatch, StringBuilder,
};
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;

use crate::error::CollectError;

/// Bytes that most fields' paths have.
const FIELD_BYTES: usize = 40;

/// Rows of that table. Its file has every text; here an object has its own once, for all its fields.
#[derive(Default)]
pub(crate) struct Sources {
    ids: StringBuilder,
    files: StringBuilder,
    objects: i32,
    /// Of each row, the number of the object.
    object: Vec<i32>,
    field: StringBuilder,
    line: Int64Builder,
    column: Int64Builder,
}

impl Sources {
    /// None yet, of so many.
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self {
            object: Vec::with_capacity(rows),
            field: StringBuilder::with_capacity(rows, rows * FIELD_BYTES),
            line: Int64Builder::with_capacity(rows),
            column: Int64Builder::with_capacity(rows),
            ..Self::default()
        }
    }

    /// Says which asset, and which file, the rows that come next are of.
    pub(crate) fn begin(&mut self, id: &str, file: &str) {
        self.ids.append_value(id);
        self.files.append_value(file);
        self.objects += 1;
    }

    /// Adds the place of a field, such as `spec.containers[0].image`, or of the object itself if it is empty: the line
    /// and the column, from 1.
    pub(crate) fn push(&mut self, field: &str, line: u32, column: u32) {
        self.object.push(self.objects - 1);
        self.field.append_value(field);
        self.line.append_value(i64::from(line));
        self.column.append_value(i64::from(column));
    }

    pub(super) fn take(self) -> Result<RecordBatch, CollectError> {
        let Self { ids, files, object, mut field, mut line, mut column, .. } = self;
        let object = Int32Array::from(object);
        let of_object = |mut texts: StringBuilder| -> Result<ArrayRef, ArrowError> {
            Ok(Arc::new(DictionaryArray::try_new(object.clone(), Arc::new(texts.finish()))?))
        };
        let internal = |error: ArrowError| CollectError::Internal(error.to_string());
        let (id, file) = (of_object(ids).map_err(internal)?, of_object(files).map_err(internal)?);
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("id", id),
            ("field", Arc::new(field.finish())),
            ("file", file),
            ("line", Arc::new(line.finish())),
            ("column", Arc::new(column.finish())),
        ];
        let fields: Vec<Field> =
            columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), false)).collect();
        super::collection::batch(
            Arc::new(Schema::new(fields)),
            columns.into_iter().map(|(_, array)| array).collect(),
        )
    }
}
