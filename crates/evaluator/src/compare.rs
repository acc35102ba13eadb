//! Conditions that look at more than one value: two fields of a row, the same field of two assets, a reference's
//! name and what it leads to.

use std::collections::{BTreeSet, HashMap};

use arrow::array::{Array, ArrayRef};
use arrow::buffer::BooleanBuffer;
use assay_model::quantity::Quantity;
use assay_model::schema::{Scalar, Source, TableId, Via};
use serde_json::Value;

use crate::Error;
use crate::data::{Data, spot};
use crate::mask::Mask;
use crate::project::value_at;
use crate::query::{Order, Scope};

/// A value, and the namespace it counts in where it counts in one.
type Scoped = (Option<String>, String);
/// The one asset that has a value; none once there are two.
type OnlyOwner = Option<(TableId, u32)>;

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
            (0..values.len()).map(|row| unknown.value(row) || key(values, row, scalar).is_some()).collect()
        };
        let open = &(&unknown_left & &given(&right, &unknown_right))
            | &(&unknown_right & &given(&left, &unknown_left));
        Ok(Mask::known(compare(&left, &right, scalar, order)).unknown_on(&open))
    }

    /// Which rows have a value that another asset of the type has, too. It may be among those that could not be
    /// read, so where there are such a row is surely a duplicate, or it is unknown whether it is one.
    pub(crate) fn duplicated(
        &self,
        table: TableId,
        of: &str,
        path: &[String],
        scalar: Scalar,
        scope: Scope,
    ) -> Result<Mask, Error> {
        let mut seen: HashMap<Scoped, OnlyOwner> = HashMap::new();
        let mut unread = Vec::new();
        for other in self.schema.tables_of(of) {
            let asset = self.schema.asset_table(other);
            for source in self.sources(other) {
                unread.push((Some(source), self.unknown_namespaces(other, source)?));
            }
            unread.push((None, self.namespaces_of(other, &self.unknown(other, path)?)?));
            let assets = self.asset_rows(other)?;
            for (row, found) in self.scoped_keys(other, path, scalar, scope)?.into_iter().enumerate() {
                let Some(found) = found else { continue };
                let owner = Some((asset, assets[row]));
                let known = seen.entry(found).or_insert(owner);
                if *known != owner {
                    *known = None;
                }
            }
        }
        let (mut sure, mut maybe) = (Vec::new(), Vec::new());
        for found in self.scoped_keys(table, path, scalar, scope)? {
            let Some(found) = found else {
                sure.push(false);
                maybe.push(false);
                continue;
            };
            let twice = seen.get(&found).is_some_and(Option::is_none);
            let namespace = found.0.as_deref();
            let open = |(asset, unknown): &(Option<TableId>, BTreeSet<String>)| {
                asset.is_some_and(|asset| self.gaps.lacks(asset, &[], namespace))
                    || namespace.map_or(!unknown.is_empty(), |namespace| unknown.contains(namespace))
            };
            sure.push(twice);
            maybe.push(twice || unread.iter().any(open));
        }
        Ok(Mask { sure: sure.into_iter().collect(), maybe: maybe.into_iter().collect() })
    }

    /// Each row's value with the namespace it counts in; none where it is missing or empty.
    fn scoped_keys(
        &self,
        table: TableId,
        path: &[String],
        scalar: Scalar,
        scope: Scope,
    ) -> Result<Vec<Option<Scoped>>, Error> {
        let values = self.values(table, path)?;
        let namespaces = self.namespaces(table)?;
        let keyed = |(row, namespace): (usize, Option<String>)| {
            let text = key(&values, row, scalar)?.to_string();
            let namespace = (scope == Scope::Namespace).then(|| namespace.unwrap_or_default());
            (!text.is_empty()).then_some((namespace, text))
        };
        Ok(namespaces.into_iter().enumerate().map(keyed).collect())
    }

    /// The namespaces in which objects that could not be read may have more rows of a table: of lists' entries and of
    /// derived rows, but not of the objects themselves.
    fn unknown_namespaces(&self, table: TableId, source: TableId) -> Result<BTreeSet<String>, Error> {
        match table == source {
            true => Ok(BTreeSet::new()),
            false => self.namespaces_of(source, &self.unreadable(source)?),
        }
    }

    /// The namespaces of some rows; the empty one of those that have none.
    fn namespaces_of(&self, table: TableId, rows: &BooleanBuffer) -> Result<BTreeSet<String>, Error> {
        let namespaces = self.namespaces(table)?;
        Ok(rows.set_indices().map(|row| namespaces[row].clone().unwrap_or_default()).collect())
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
        let pair = key(left, row, scalar).zip(key(right, row, scalar));
        pair.and_then(|(a, b)| a.partial_cmp(&b)).is_some_and(|ordering| order.holds(ordering))
    };
    (0..left.len()).map(holds).collect()
}

/// A value that compares as its type does.
#[derive(PartialEq, PartialOrd)]
pub(crate) enum Key {
    Quantity(Quantity),
    Text(String),
    Number(f64),
    Int(i64),
    Boolean(bool),
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Quantity(value) => write!(f, "{value:?}"),
            Self::Text(text) => f.write_str(text),
            Self::Number(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Boolean(value) => write!(f, "{value}"),
        }
    }
}

/// The value of a row, if it has one.
pub(crate) fn key(column: &ArrayRef, row: usize, scalar: Scalar) -> Option<Key> {
    match (scalar, value_at(column, row)) {
        (Scalar::Quantity, Value::String(text)) => text.parse().ok().map(Key::Quantity),
        (Scalar::DateTime, Value::String(text)) => {
            text.parse::<jiff::Timestamp>().ok().map(|instant| Key::Int(instant.as_microsecond()))
        }
        (_, Value::String(text)) => Some(Key::Text(text)),
        (_, Value::Bool(value)) => Some(Key::Boolean(value)),
        (_, Value::Number(number)) => {
            number.as_i64().map(Key::Int).or_else(|| number.as_f64().map(Key::Number))
        }
        _ => None,
    }
}
