//! A column's value as JSON.

use arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, MapArray, StructArray,
    TimestampMicrosecondArray,
};
use serde_json::Value;

use crate::texts::text_at;

/// A column's value at a row, as JSON. Objects lack what is missing.
pub(crate) fn value_at(column: &ArrayRef, row: usize) -> Value {
    if column.is_null(row) || column.data_type() == &arrow::datatypes::DataType::Null {
        return Value::Null;
    }
    let any = column.as_any();
    if let Some(text) = text_at(column, row) {
        Value::from(text)
    } else if let Some(values) = any.downcast_ref::<BooleanArray>() {
        Value::from(values.value(row))
    } else if let Some(values) = any.downcast_ref::<Int64Array>() {
        Value::from(values.value(row))
    } else if let Some(values) = any.downcast_ref::<Float64Array>() {
        Value::from(values.value(row))
    } else if let Some(values) = any.downcast_ref::<TimestampMicrosecondArray>() {
        let instant = jiff::Timestamp::from_microsecond(values.value(row));
        instant.map_or(Value::Null, |instant| Value::from(instant.to_string()))
    } else if let Some(lists) = any.downcast_ref::<ListArray>() {
        let values = lists.value(row);
        (0..values.len()).map(|at| value_at(&values, at)).collect()
    } else if let Some(maps) = any.downcast_ref::<MapArray>() {
        let entries = maps.value(row);
        let (keys, values) = (entries.column(0), entries.column(1));
        let entry = |at| (value_at(keys, at).as_str().unwrap_or_default().to_owned(), value_at(values, at));
        Value::Object((0..entries.len()).map(entry).collect())
    } else if let Some(structs) = any.downcast_ref::<StructArray>() {
        let fields = structs.fields().iter().zip(structs.columns());
        let values = fields.map(|(field, column)| (field.name().clone(), value_at(column, row)));
        Value::Object(values.filter(|(_, value)| !value.is_null()).collect())
    } else {
        Value::Null
    }
}
