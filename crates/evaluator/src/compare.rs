//! Conditions that look at more than one value: two fields of a row, a reference's name and what it leads to.

use arrow::array::{Array, ArrayRef};
use arrow::buffer::BooleanBuffer;
use assay_model::duration::Duration;
use assay_model::quantity::Quantity;
use assay_model::schema::{Scalar, Source, TableId, Via};
use serde_json::Value;

use crate::Error;
use crate::data::{Data, spot};
use crate::mask::Mask;
use crate::project::value_at;
use crate::query::Order;
use crate::test::whole;

impl Data<'_> {
    /// Whether rows have both values and have them compare so. Where one is surely missing it does not matter that
    /// the other is unknown.
    pub(crate) fn compare_fields(
        &self,
        table: TableId,
        scalar: Scalar,
        order: Order,
        paths: [&[String]; 2],
    ) -> Result<Mask, Error> {
        let [left, right] = paths.map(|path| self.values(table, path));
        let (left, right) = (left?, right?);
        let [unknown_left, unknown_right] = paths.map(|path| self.unknown(table, path));
        let (unknown_left, unknown_right) = (unknown_left?, unknown_right?);
        let given = |values: &ArrayRef, unknown: &BooleanBuffer| -> BooleanBuffer {
            let given = |row| unknown.value(row) || ordered(values, row, scalar, order).is_some();
            (0..values.len()).map(given).collect()
        };
        let open = &(&unknown_left & &given(&right, &unknown_right))
            | &(&unknown_right & &given(&left, &unknown_left));
        Ok(Mask::known(compare(&left, &right, scalar, order)).unknown_on(&open))
    }

    /// Which rows name something in a reference, be it there or not.
    pub(crate) fn given(&self, table: TableId, path: &[String]) -> Result<BooleanBuffer, Error> {
        let rows = self.rows(table)?;
        let Some(spot) = spot(self.schema, table, path) else { return Ok(BooleanBuffer::new_unset(rows)) };
        let Source::Relation(relation) = &spot.field.source else {
            return Ok(BooleanBuffer::new_unset(rows));
        };
        let (names, when, default) = match &relation.via {
            Via::Refers { name, when, default, .. } => {
                let when = when.as_ref().map(|(field, value)| (spot.beside(field), value));
                (self.column(table, &spot.beside(name))?, when, default.as_deref().unwrap_or_default())
            }
            Via::Owner => (self.column(table, &["controller".to_owned(), "name".to_owned()])?, None, ""),
            // An entry always belongs to something.
            _ => return Ok(BooleanBuffer::new_set(rows)),
        };
        let when =
            when.map(|(path, value)| Ok::<_, Error>((self.column(table, &path)?, value))).transpose()?;
        let given = |row: usize| {
            // The API server fills in defaults, so a name that is one says nothing of who gave it.
            let named =
                value_at(&names, row).as_str().is_some_and(|name| !name.is_empty() && name != default);
            let is_one = |kinds: &ArrayRef, values: &[String]| {
                let value = value_at(kinds, row);
                values.iter().any(|wanted| *wanted == value.as_str().unwrap_or_default())
            };
            named && when.as_ref().is_none_or(|(kinds, values)| is_one(kinds, values))
        };
        Ok((0..rows).map(given).collect())
    }
}

/// Which rows have both values, and have them compare so.
pub(crate) fn compare(left: &ArrayRef, right: &ArrayRef, scalar: Scalar, order: Order) -> BooleanBuffer {
    let holds = |row: usize| {
        let pair = ordered(left, row, scalar, order).zip(ordered(right, row, scalar, order));
        pair.and_then(|(a, b)| a.partial_cmp(&b)).is_some_and(|ordering| order.holds(ordering))
    };
    (0..left.len()).map(holds).collect()
}

/// A value that compares as its type does.
#[derive(PartialEq, PartialOrd)]
pub(crate) enum Key {
    Quantity(Quantity),
    Duration(Duration),
    Text(String),
    Number(f64),
    Int(i64),
    Boolean(bool),
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Quantity(value) => write!(f, "{value:?}"),
            Self::Duration(value) => write!(f, "{value}"),
            Self::Text(text) => f.write_str(text),
            Self::Number(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Boolean(value) => write!(f, "{value}"),
        }
    }
}

/// The value of a row, if it has one that compares so: of numbers and names, numbers alone have an order.
fn ordered(column: &ArrayRef, row: usize, scalar: Scalar, order: Order) -> Option<Key> {
    let all = scalar != Scalar::IntOrString || order == Order::Eq;
    key(column, row, scalar).filter(|key| all || matches!(key, Key::Int(_)))
}

/// The value of a row, if it has one.
pub(crate) fn key(column: &ArrayRef, row: usize, scalar: Scalar) -> Option<Key> {
    match (scalar, value_at(column, row)) {
        (Scalar::Quantity, Value::String(text)) => text.parse().ok().map(Key::Quantity),
        (Scalar::Duration, Value::String(text)) => text.parse().ok().map(Key::Duration),
        (Scalar::DateTime, Value::String(text)) => {
            text.parse::<jiff::Timestamp>().ok().map(|instant| Key::Int(instant.as_microsecond()))
        }
        (Scalar::IntOrString, Value::String(text)) => Some(whole(&text).map_or(Key::Text(text), Key::Int)),
        (_, Value::String(text)) => Some(Key::Text(text)),
        (_, Value::Bool(value)) => Some(Key::Boolean(value)),
        (_, Value::Number(number)) => {
            number.as_i64().map(Key::Int).or_else(|| number.as_f64().map(Key::Number))
        }
        _ => None,
    }
}
