//! One column: how a value is checked, and how it is appended.

use std::sync::Arc;

use super::{Row, value};
use crate::json::Json;
use crate::path::{Path, WrongType};
use crate::schema::{Column, ColumnKind, Computed, Read, Scalar, ScalarField, data_type};
use arrow::array::{
    ArrayRef, BooleanBufferBuilder, BooleanBuilder, Float64Builder, Int64Builder, ListBuilder, MapBuilder,
    MapFieldNames, StringBuilder, StructArray, TimestampMicrosecondBuilder,
};
use arrow::buffer::NullBuffer;
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

/// Builds one column. Most columns of most rows are missing, and those within a struct that is missing are so together:
/// such rows are counted, and appended all at once before the next value.
pub(super) struct ColumnBuilder {
    values: Values,
    missing: usize,
}

enum Values {
    Text(StringBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    Boolean(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
    TextList(ListBuilder<StringBuilder>),
    IntList(ListBuilder<Int64Builder>),
    Map(MapBuilder<StringBuilder, StringBuilder>),
    Struct { fields: Fields, columns: Vec<ColumnBuilder>, present: BooleanBufferBuilder },
}

impl ColumnBuilder {
    pub(super) fn new(kind: &ColumnKind) -> Self {
        Self { values: Values::new(kind), missing: 0 }
    }

    /// Appends what is at the column's place in `base`.
    pub(super) fn append(&mut self, kind: &ColumnKind, base: &Json<'_>, row: &Row<'_>) {
        let at = |path: &Path| path.get(base).ok().flatten();
        match kind {
            ColumnKind::Scalar(ScalarField { scalar, read: Read::Path(path), .. }) => match at(path) {
                Some(found) => self.next().append(*scalar, found),
                None => self.missing += 1,
            },
            ColumnKind::Scalar(ScalarField { read: Read::Computed(by), .. }) => {
                match computed(*by, base, row) {
                    Some(text) => self.next().append_text(text),
                    None => self.missing += 1,
                }
            }
            ColumnKind::Map(path) => match at(path) {
                Some(found) => self.next().append_map(found),
                None => self.missing += 1,
            },
            ColumnKind::Struct(path, columns) => match at(path) {
                Some(found) => self.next().append_struct(columns, found, row),
                None => self.missing += 1,
            },
        }
    }

    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        self.next().finish()
    }

    /// The values, with every row before the next one.
    fn next(&mut self) -> &mut Values {
        if self.missing > 0 {
            self.values.append_missing(std::mem::take(&mut self.missing));
        }
        &mut self.values
    }
}

impl Values {
    fn new(kind: &ColumnKind) -> Self {
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
                let fields = match data_type(kind) {
                    DataType::Struct(fields) => fields,
                    _ => Fields::empty(),
                };
                let columns = columns.iter().map(|column| ColumnBuilder::new(&column.kind)).collect();
                Self::Struct { fields, columns, present: BooleanBufferBuilder::new(0) }
            }
        }
    }

    /// Appends a scalar or a list of scalars; one of another type is missing.
    fn append(&mut self, scalar: Scalar, found: &Json<'_>) {
        match self {
            Self::Text(builder) => builder.append_option(value::text(scalar, found)),
            Self::Int(builder) => builder.append_option(found.as_i64()),
            Self::Float(builder) => builder.append_option(found.as_f64()),
            Self::Boolean(builder) => builder.append_option(found.as_bool()),
            Self::Time(builder) => builder.append_option(value::micros(found)),
            Self::TextList(builder) => {
                let entries = found.as_array();
                for entry in entries.into_iter().flatten() {
                    builder.values().append_option(value::text(scalar, entry));
                }
                builder.append(entries.is_some());
            }
            Self::IntList(builder) => {
                let entries = found.as_array();
                for entry in entries.into_iter().flatten() {
                    builder.values().append_option(entry.as_i64());
                }
                builder.append(entries.is_some());
            }
            Self::Map(_) | Self::Struct { .. } => self.append_missing(1),
        }
    }

    fn append_text(&mut self, text: &str) {
        match self {
            Self::Text(builder) => builder.append_value(text),
            _ => self.append_missing(1),
        }
    }

    /// Appends entries in the order of their keys; a null value is an empty one, as the API server reads it.
    fn append_map(&mut self, found: &Json<'_>) {
        let (Self::Map(builder), Some(map)) = (&mut *self, found.as_object()) else {
            return self.append_missing(1);
        };
        for (key, entry) in map.iter() {
            builder.keys().append_value(key);
            builder.values().append_value(entry.as_str().unwrap_or_default());
        }
        // The builder fails only if keys and values differ in number, which the loop rules out.
        let _ = builder.append(true);
    }

    fn append_struct(&mut self, kinds: &[Column], found: &Json<'_>, row: &Row<'_>) {
        let Self::Struct { columns, present, .. } = self else { return self.append_missing(1) };
        present.append(true);
        for (builder, column) in columns.iter_mut().zip(kinds) {
            builder.append(&column.kind, found, row);
        }
    }

    fn append_missing(&mut self, rows: usize) {
        match self {
            Self::Text(builder) => builder.append_nulls(rows),
            Self::Int(builder) => builder.append_nulls(rows),
            Self::Float(builder) => builder.append_nulls(rows),
            Self::Boolean(builder) => builder.append_nulls(rows),
            Self::Time(builder) => builder.append_nulls(rows),
            Self::TextList(builder) => builder.append_nulls(rows),
            Self::IntList(builder) => builder.append_nulls(rows),
            // It fails only if keys and values differ in number.
            Self::Map(builder) => _ = builder.append_nulls(rows),
            Self::Struct { columns, present, .. } => {
                present.append_n(rows, false);
                columns.iter_mut().for_each(|column| column.missing += rows);
            }
        }
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
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
                let arrays = columns.iter_mut().map(ColumnBuilder::finish).collect::<Result<_, _>>()?;
                let present = present.finish();
                let (length, nulls) = (present.len(), Some(NullBuffer::new(present)));
                Arc::new(StructArray::try_new_with_length(fields.clone(), arrays, nulls, length)?)
            }
        })
    }
}

/// What is known of a row besides its JSON; missing where that is empty.
fn computed<'r>(by: Computed, base: &'r Json<'_>, row: &Row<'r>) -> Option<&'r str> {
    let text = match by {
        Computed::Id => Some(row.id),
        Computed::Name => Some(row.name),
        Computed::ContentHash => Some(row.content_hash),
        Computed::Unreadable => row.unreadable,
        Computed::Group => Some(row.group),
        Computed::Type => Some(row.type_name),
        Computed::List => Some(row.list),
        Computed::ParentNamespace => Some(row.namespace),
        Computed::Key => set_key(base),
        Computed::Missing => None,
    };
    text.filter(|text| !text.is_empty())
}

/// The first key besides `name` that has a value: which of a union's members is set.
fn set_key<'v>(base: &'v Json<'_>) -> Option<&'v str> {
    let mut keys = base.as_object()?.iter().filter(|(key, value)| *key != "name" && !value.is_null());
    keys.next().map(|(key, _)| key)
}
