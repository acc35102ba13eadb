//! Selected fields of rows → JSON, and as evidence with their places in the object.
//!
//! What is selected is prepared for a table, which looks its columns, relations and masks up; the rows then only read
//! them.

mod entries;
mod gather;
mod related;
mod value;

use arrow::array::ArrayRef;
use assay_model::schema::TableId;
use serde_json::{Map, Value};

use crate::Error;
use crate::data::Data;
use crate::mask::Mask;
use crate::query::{Picked, What};

pub(crate) use gather::Gatherer;
pub(crate) use related::Related;
pub(crate) use value::value_at;

/// Related rows beyond these are counted, not listed: evidence is for reading.
const LISTED: usize = 20;

/// Selected fields, prepared for the rows of a table.
pub(crate) struct Projection<'p, 's> {
    data: &'p Data<'s>,
    table: TableId,
    fields: Vec<(&'p str, Field<'p, 's>)>,
    most: usize,
}

/// A selected field.
enum Field<'p, 's> {
    Value(ArrayRef),
    Object(&'p [String]),
    Holds(Mask),
    Struct(Vec<(&'p str, Field<'p, 's>)>),
    Count(Related<'p, 's, ()>),
    Related { rows: Related<'p, 's, Projection<'p, 's>>, picked: &'p [Picked], many: bool },
}

impl Data<'_> {
    /// The selected fields of a row as one object.
    ///
    /// # Errors
    /// What the fields are read from cannot be read.
    pub fn project(
        &self,
        table: TableId,
        row: usize,
        fields: &[Picked],
    ) -> Result<Map<String, Value>, Error> {
        Projection::new(self, table, fields)?.row(row)
    }
}

impl<'p, 's> Projection<'p, 's> {
    /// Prepares fields; of related rows the first few are listed.
    pub(crate) fn new(data: &'p Data<'s>, table: TableId, fields: &'p [Picked]) -> Result<Self, Error> {
        Self::with_most(data, table, fields, LISTED)
    }

    /// Prepares fields with all related rows.
    pub(crate) fn whole(data: &'p Data<'s>, table: TableId, fields: &'p [Picked]) -> Result<Self, Error> {
        Self::with_most(data, table, fields, usize::MAX)
    }

    fn with_most(
        data: &'p Data<'s>,
        table: TableId,
        fields: &'p [Picked],
        most: usize,
    ) -> Result<Self, Error> {
        Ok(Self { data, table, fields: Field::all(data, table, fields)?, most })
    }

    /// The selected fields of a row as one object.
    pub(crate) fn row(&self, row: usize) -> Result<Map<String, Value>, Error> {
        self.object(&self.fields, row)
    }

    fn object(&self, fields: &[(&str, Field<'p, 's>)], row: usize) -> Result<Map<String, Value>, Error> {
        let values = fields.iter().map(|(name, field)| Ok(((*name).to_owned(), self.value(field, row)?)));
        values.collect()
    }

    fn value(&self, field: &Field<'p, 's>, row: usize) -> Result<Value, Error> {
        Ok(match field {
            Field::Value(column) => value_at(column, row),
            Field::Object(path) => self.data.object_value(self.table, row, path)?,
            Field::Holds(mask) if mask.is_unknown(row) => Value::Null,
            Field::Holds(mask) => Value::Bool(mask.is_sure(row)),
            Field::Struct(fields) => Value::Object(self.object(fields, row)?),
            Field::Count(related) => Value::from(related.of(row)?.len()),
            Field::Related { rows, picked, many } => self.related(rows, picked, *many, row)?,
        })
    }

    fn related(
        &self,
        related: &Related<'p, 's, Self>,
        picked: &'p [Picked],
        many: bool,
        row: usize,
    ) -> Result<Value, Error> {
        let rows = related.of(row)?;
        let is_cut = rows.len() > self.most;
        let mut values = Vec::with_capacity(rows.len().min(self.most) + usize::from(is_cut));
        for (target, to) in rows.iter().take(self.most) {
            let below = target.below(|table| Self::with_most(self.data, table, picked, self.most))?;
            values.push(Value::Object(below.row(*to)?));
        }
        if is_cut {
            values.push(Value::from(format!("and {} more", rows.len() - self.most)));
        }
        Ok(if many { Value::Array(values) } else { values.into_iter().next().unwrap_or(Value::Null) })
    }
}

impl<'p, 's> Field<'p, 's> {
    fn all(data: &'p Data<'s>, table: TableId, fields: &'p [Picked]) -> Result<Vec<(&'p str, Self)>, Error> {
        let each = |picked: &'p Picked| Ok((picked.name.as_str(), Self::new(data, table, &picked.what)?));
        fields.iter().map(each).collect()
    }

    fn new(data: &'p Data<'s>, table: TableId, what: &'p What) -> Result<Self, Error> {
        Ok(match what {
            What::Value(path) => Self::Value(data.values(table, path)?),
            What::Object(path) => Self::Object(path),
            What::Holds(filter) => Self::Holds(data.eval(table, filter)?),
            What::Struct(fields) => Self::Struct(Self::all(data, table, fields)?),
            What::Count(set) if set.to == "KeyValue" => Self::Value(data.count_entries(table, set)?),
            What::Count(set) => Self::Count(Related::new(data, table, set, None)?),
            What::Related { set, filter, .. } if set.to == "KeyValue" => {
                Self::Value(data.entries(table, set, filter)?)
            }
            What::Related { set, filter, many, selected } => {
                let rows = Related::new(data, table, set, Some(filter))?;
                Self::Related { rows, picked: &selected.fields, many: *many }
            }
        })
    }
}
