//! One column: how a value is checked, and how it is appended.

use std::sync::Arc;

use super::{Row, value};
use crate::json::Json;
use crate::path::WrongType;
use crate::schema::{Column, ColumnKind, Computed, Read, Scalar, ScalarField, data_type};
use arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, ListBuilder, MapBuilder, MapFieldNames,
    StringBuilder, StructArray, TimestampMicrosecondBuilder,
};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::{DataType, Fields};
use arrow::error::ArrowError;

/// Whether what is at a column's place has its type.
pub(super) fn check(column: &Column, base: &Json<'_>) -> Result<(), WrongType> {
    match &column.kind {
        ColumnKind::Scalar(ScalarField { read: Read::Computed(_), .. }) => Ok(()),
        ColumnKind::Scalar(ScalarField { scalar, list, read: Read::Path(path) }) => {
            let Some(found) = path.get(base)? else { return Ok(()) };
            if !list {
                return value::check(*scalar, found).map_err(|wrong| wrong.within(&path.to_string()));
            }
            let entries =
                found.as_array().ok_or_else(|| WrongType::new(path.to_string(), "a list", found))?;
            entries.iter().enumerate().try_for_each(|(index, entry)| {
                value::check(*scalar, entry).map_err(|wrong| wrong.within(&format!("{path}[{index}]")))
            })
        }
        ColumnKind::Map(path) => {
            let Some(found) = path.get(base)? else { return Ok(()) };
            let entries = found
                .as_object()
                .ok_or_else(|| WrongType::new(path.to_string(), "a map of strings", found))?;
            let wrong = entries.iter().find(|(_, entry)| entry.as_str().is_none() && !entry.is_null());
            wrong.map_or(Ok(()), |(key, entry)| {
                Err(WrongType::new(format!("{path}.{key}"), "a string", entry))
            })
        }
        ColumnKind::Struct(path, columns) => {
            let Some(found) = path.get(base)? else { return Ok(()) };
            if found.as_object().is_none() {
                return Err(WrongType::new(path.to_string(), "an object", found));
            }
            let within = |wrong: WrongType| wrong.within(&path.to_string());
            columns.iter().try_for_each(|column| check(column, found).map_err(within))
        }
    }
}

/// Builds one column.
pub(super) enum ColumnBuilder {
    Text(StringBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    Boolean(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
    TextList(ListBuilder<StringBuilder>),
    IntList(ListBuilder<Int64Builder>),
    Map(MapBuilder<StringBuilder, StringBuilder>),
    Struct { fields: Fields, columns: Vec<ColumnBuilder>, present: Vec<bool> },
}

impl ColumnBuilder {
    pub(super) fn new(kind: &ColumnKind) -> Self {
        match kind {
            ColumnKind::Scalar(field) if field.list => match field.scalar {
                Scalar::Int => Self::IntList(ListBuilder::new(Int64Builder::new())),
                _ => Self::TextList(ListBuilder::new(StringBuilder::new())),
            },
            ColumnKind::Scalar(field) => match field.scalar {
                Scalar::Int => Self::Int(Int64Builder::new()),
                Scalar::Float => Self::Float(Float64Builder::new()),
                Scalar::Boolean => Self::Boolean(BooleanBuilder::new()),
                Scalar::DateTime => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
                _ => Self::Text(StringBuilder::new()),
            },
            ColumnKind::Map(_) => {
                let names =
                    MapFieldNames { entry: "entries".into(), key: "key".into(), value: "value".into() };
                Self::Map(MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new()))
            }
            ColumnKind::Struct(_, columns) => {
                let DataType::Struct(fields) = data_type(kind) else {
                    return Self::Text(StringBuilder::new());
                };
                let columns = columns.iter().map(|column| Self::new(&column.kind)).collect();
                Self::Struct { fields, columns, present: Vec::new() }
            }
        }
    }

    /// Appends what is at the column's place in `base`; missing, where there is no base.
    pub(super) fn append(&mut self, kind: &ColumnKind, base: Option<&Json<'_>>, row: &Row<'_>) {
        let at = |path: &crate::path::Path| base.and_then(|base| path.get(base).ok().flatten());
        match (self, kind) {
            (Self::Struct { columns, present, .. }, ColumnKind::Struct(path, kinds)) => {
                let found = at(path);
                present.push(found.is_some());
                for (builder, column) in columns.iter_mut().zip(kinds) {
                    builder.append(&column.kind, found, row);
                }
            }
            (Self::Map(builder), ColumnKind::Map(path)) => append_map(builder, at(path)),
            (builder, ColumnKind::Scalar(field)) => match &field.read {
                Read::Path(path) => builder.append_value(field.scalar, at(path)),
                Read::Computed(by) => builder.append_computed(*by, base, row),
            },
            (builder, _) => builder.append_value(Scalar::String, None),
        }
    }

    fn append_value(&mut self, scalar: Scalar, found: Option<&Json<'_>>) {
        match self {
            Self::Text(builder) => builder.append_option(found.and_then(|v| value::text(scalar, v))),
            Self::Int(builder) => builder.append_option(found.and_then(Json::as_i64)),
            Self::Float(builder) => builder.append_option(found.and_then(Json::as_f64)),
            Self::Boolean(builder) => builder.append_option(found.and_then(Json::as_bool)),
            Self::Time(builder) => builder.append_option(found.and_then(value::micros)),
            Self::TextList(builder) => {
                let entries = found.and_then(Json::as_array);
                for entry in entries.into_iter().flatten() {
                    builder.values().append_option(value::text(scalar, entry));
                }
                builder.append(entries.is_some());
            }
            Self::IntList(builder) => {
                let entries = found.and_then(Json::as_array);
                for entry in entries.into_iter().flatten() {
                    builder.values().append_option(entry.as_i64());
                }
                builder.append(entries.is_some());
            }
            Self::Map(builder) => append_map(builder, found),
            Self::Struct { present, .. } => present.push(false),
        }
    }

    fn append_computed(&mut self, by: Computed, base: Option<&Json<'_>>, row: &Row<'_>) {
        let Self::Text(builder) = self else { return self.append_value(Scalar::String, None) };
        let text = match by {
            Computed::Id => Some(row.id),
            Computed::Name => Some(row.name),
            Computed::ContentHash => Some(row.content_hash),
            Computed::Unreadable => row.unreadable,
            Computed::Group => Some(row.group),
            Computed::Type => Some(row.type_name),
            Computed::List => Some(row.list),
            Computed::ParentNamespace => Some(row.namespace),
            Computed::Key => base.and_then(set_key),
            Computed::Missing => None,
        };
        builder.append_option(text.filter(|text| !text.is_empty()));
    }

    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Int(builder) => Arc::new(builder.finish()),
            Self::Float(builder) => Arc::new(builder.finish()),
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Time(builder) => Arc::new(builder.finish()),
            Self::TextList(builder) => Arc::new(builder.finish()),
            Self::IntList(builder) => Arc::new(builder.finish()),
            Self::Map(builder) => Arc::new(builder.finish()),
            Self::Struct { fields, columns, present } => {
                let arrays = columns.iter_mut().map(Self::finish).collect::<Result<_, _>>()?;
                let present = BooleanBuffer::from(std::mem::take(present));
                let (length, nulls) = (present.len(), Some(NullBuffer::new(present)));
                Arc::new(StructArray::try_new_with_length(fields.clone(), arrays, nulls, length)?)
            }
        })
    }
}

/// Entries in the order of their keys; a null value is an empty one, as the API server reads it.
fn append_map(builder: &mut MapBuilder<StringBuilder, StringBuilder>, found: Option<&Json<'_>>) {
    let map = found.and_then(Json::as_object);
    for (key, entry) in map.into_iter().flat_map(|map| map.iter()) {
        builder.keys().append_value(key);
        builder.values().append_value(entry.as_str().unwrap_or_default());
    }
    // The builder fails only if keys and values differ in number, which the loop rules out.
    let _ = builder.append(map.is_some());
}

/// The first key besides `name` that has a value: which of a union's members is set.
fn set_key<'v>(base: &'v Json<'_>) -> Option<&'v str> {
    let mut keys = base.as_object()?.iter().filter(|(key, value)| *key != "name" && !value.is_null());
    keys.next().map(|(key, _)| key)
}
