//! Which rows have a value that another asset of the type has, too.

use std::collections::HashMap;
use std::hash::Hash;

use arrow::buffer::BooleanBuffer;
use assay_model::schema::{Scalar, TableId};

use crate::Error;
use crate::compare::key;
use crate::data::Data;
use crate::mask::Mask;
use crate::query::Scope;

/// The namespace a value counts in; none where it counts in the whole cluster. What has no namespace is in the empty
/// one.
type Within = Option<String>;

/// An asset: its table and row.
type Asset = (TableId, u32);

/// For each key, the one asset that has it; none once there are two.
struct Owners<K>(HashMap<K, Option<Asset>>);

impl<K: Eq + Hash> Owners<K> {
    fn new() -> Self {
        Self(HashMap::new())
    }

    fn add(&mut self, key: K, asset: Asset) {
        let owner = self.0.entry(key).or_insert(Some(asset));
        if *owner != Some(asset) {
            *owner = None;
        }
    }

    /// Adds the assets of some rows.
    fn add_rows(&mut self, places: &[(K, Asset)], rows: &BooleanBuffer)
    where
        K: Clone,
    {
        rows.set_indices().for_each(|row| self.add(places[row].0.clone(), places[row].1));
    }

    /// Whether an asset besides this one has a key.
    fn others(&self, key: &K, asset: Asset) -> bool {
        self.0.get(key).is_some_and(|owner| *owner != Some(asset))
    }
}

impl Data<'_> {
    /// Which rows have a value that another asset of the type has, too. Another may have it where the field is
    /// unknown, in what could not be collected, and among the entries of objects that could not be read: there a row
    /// is surely a duplicate, or it is unknown whether it is one.
    pub(crate) fn duplicated(
        &self,
        table: TableId,
        of: &str,
        path: &[String],
        scalar: Scalar,
        scope: Scope,
    ) -> Result<Mask, Error> {
        let (mut known, mut open) = (Owners::new(), Owners::new());
        let mut sources = Vec::new();
        for other in self.schema.tables_of(of) {
            let places = self.places(other, scope)?;
            open.add_rows(&places, &self.unknown(other, path)?);
            for ((within, asset), value) in places.into_iter().zip(self.texts_of(other, path, scalar)?) {
                value.into_iter().for_each(|value| known.add((within.clone(), value), asset));
            }
            for source in self.sources(other) {
                sources.push(source);
                // An object that could not be read is there; what its lists hold, or is derived from it, is not.
                if source != other {
                    open.add_rows(&self.places(source, scope)?, &self.unreadable(source)?);
                }
            }
        }
        let (mut sure, mut maybe) = (Vec::new(), Vec::new());
        let values = self.texts_of(table, path, scalar)?;
        for ((within, asset), value) in self.places(table, scope)?.into_iter().zip(values) {
            let lacks = |source: &TableId| self.gaps.lacks(*source, &[], within.as_deref());
            let is_open = value.is_some() && (open.others(&within, asset) || sources.iter().any(lacks));
            let twice = value.is_some_and(|value| known.others(&(within, value), asset));
            sure.push(twice);
            maybe.push(twice || is_open);
        }
        Ok(Mask::new(sure.into_iter().collect(), maybe.into_iter().collect()))
    }

    /// Where each row's value counts, and the asset it is a value of.
    fn places(&self, table: TableId, scope: Scope) -> Result<Vec<(Within, Asset)>, Error> {
        let asset = self.schema.asset_table(table);
        let rows = self.asset_rows(table)?;
        let place = |(namespace, row): (Option<&str>, &u32)| {
            ((scope == Scope::Namespace).then(|| namespace.unwrap_or_default().to_owned()), (asset, *row))
        };
        Ok(self.namespaces(table)?.iter().zip(rows.iter()).map(place).collect())
    }

    /// Each row's value in a form that is equal for equal ones; none where it is missing or empty.
    fn texts_of(
        &self,
        table: TableId,
        path: &[String],
        scalar: Scalar,
    ) -> Result<Vec<Option<String>>, Error> {
        let values = self.values(table, path)?;
        let text = |row| key(&values, row, scalar).map(|key| key.to_string());
        Ok((0..values.len()).map(|row| text(row).filter(|text| !text.is_empty())).collect())
    }
}
