//! Columns of texts that are read as they are written: each different text once, and a number for each row.

use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::Encoding;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use std::sync::Arc;

/// The same file's metadata, by which texts that are written as a dictionary throughout are read as one. Texts in lists
/// and maps are not: what looks at them looks at each.
pub(crate) fn with_dictionaries(plain: &ArrowReaderMetadata) -> ArrowReaderMetadata {
    let metadata = plain.metadata();
    let fields: Vec<FieldRef> =
        plain.schema().fields().iter().map(|field| as_dictionary(field, field.name(), metadata)).collect();
    let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields)));
    // A file of another writer may have types that its Parquet schema alone does not lead to.
    ArrowReaderMetadata::try_new(Arc::clone(metadata), options).unwrap_or_else(|_| plain.clone())
}

fn as_dictionary(field: &FieldRef, path: &str, metadata: &ParquetMetaData) -> FieldRef {
    let data_type = match field.data_type() {
        DataType::Utf8 if is_dictionary(path, metadata) => {
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
        }
        DataType::Struct(within) => {
            let within = within
                .iter()
                .map(|inner| as_dictionary(inner, &format!("{path}.{}", inner.name()), metadata));
            DataType::Struct(within.collect())
        }
        _ => return Arc::clone(field),
    };
    Arc::new(Field::clone(field).with_data_type(data_type))
}

/// Whether every row group has a column as a dictionary, and nothing that did not fit into it.
fn is_dictionary(path: &str, metadata: &ParquetMetaData) -> bool {
    let leaves = metadata.file_metadata().schema_descr().columns();
    let Some(leaf) = leaves.iter().position(|leaf| leaf.path().string() == path) else { return false };
    let is_one = |chunk: &ColumnChunkMetaData| {
        chunk.page_encoding_stats_mask().is_some_and(|encodings| encodings.is_only(Encoding::RLE_DICTIONARY))
    };
    !metadata.row_groups().is_empty() && metadata.row_groups().iter().all(|group| is_one(group.column(leaf)))
}
