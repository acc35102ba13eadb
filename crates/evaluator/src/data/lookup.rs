//! Indexes of a table's rows, for relations.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, MapArray, StringArray};
use assay_model::schema::TableId;

use super::edges::index;
use super::{Data, columns};
use crate::Error;
use crate::texts::Texts;

/// Labels of a table's rows.
pub(super) struct Labels {
    map: Option<MapArray>,
    keys: StringArray,
    values: StringArray,
}

impl Labels {
    /// All labels of a row.
    pub(super) fn of(&self, row: usize) -> impl Iterator<Item = (&str, &str)> {
        self.range(row).map(|at| (self.keys.value(at), self.values.value(at)))
    }

    /// The value of a label of a row.
    pub(super) fn get(&self, row: usize, key: &str) -> Option<&str> {
        self.range(row).find(|at| self.keys.value(*at) == key).map(|at| self.values.value(at))
    }

    /// Whether any row has a label with such a key.
    pub(super) fn any_key(&self, is: impl Fn(&str) -> bool) -> bool {
        self.keys.iter().flatten().any(is)
    }

    /// Where a row's labels are among all.
    fn range(&self, row: usize) -> Range<usize> {
        let Some(map) = self.map.as_ref().filter(|map| !map.is_null(row)) else { return 0..0 };
        let at = |offset: i32| usize::try_from(offset).unwrap_or_default();
        at(map.value_offsets()[row])..at(map.value_offsets()[row + 1])
    }
}

/// The namespaces that the assets of a table's rows are in.
pub(crate) struct Namespaces {
    /// Of the assets.
    own: Texts,
    /// Each row's asset.
    rows: Arc<Vec<u32>>,
}

impl Namespaces {
    /// That of a row; none if its asset is in none.
    pub(crate) fn of(&self, row: usize) -> Option<&str> {
        let asset = *self.rows.get(row)? as usize;
        (!self.own.is_null(asset)).then(|| self.own.value(asset))
    }

    /// Those of all rows, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        (0..self.rows.len()).map(|row| self.of(row))
    }
}

/// Rows of an asset table by namespace, empty for cluster-scoped ones, and name.
#[derive(Default)]
pub(super) struct ByName(HashMap<String, HashMap<String, u32>>);

impl ByName {
    pub(super) fn get(&self, namespace: &str, name: &str) -> Option<u32> {
        self.0.get(namespace)?.get(name).copied()
    }
}

impl Data<'_> {
    /// Labels in a map column.
    pub(super) fn labels(&self, table: TableId, path: &[String]) -> Result<Labels, Error> {
        let column = self.column(table, path)?;
        let map = column.as_any().downcast_ref::<MapArray>().cloned();
        let part = |take: fn(&MapArray) -> &arrow::array::ArrayRef| {
            map.as_ref()
                .map_or_else(|| StringArray::from(Vec::<&str>::new()), |map| columns::strings(take(map)))
        };
        Ok(Labels { keys: part(MapArray::keys), values: part(MapArray::values), map: map.clone() })
    }

    /// The namespace of each row's asset.
    pub(crate) fn namespaces(&self, table: TableId) -> Result<Namespaces, Error> {
        let own = self.text(self.schema.asset_table(table), "namespace")?;
        Ok(Namespaces { own, rows: self.asset_rows(table)? })
    }

    /// Rows of an asset table by namespace; cluster-scoped ones by the empty name.
    pub(super) fn by_namespace(&self, table: TableId) -> Result<HashMap<String, Vec<u32>>, Error> {
        let mut rows: HashMap<String, Vec<u32>> = HashMap::new();
        for (row, namespace) in self.namespaces(table)?.iter().enumerate() {
            let namespace = namespace.unwrap_or_default();
            match rows.get_mut(namespace) {
                Some(rows) => rows.push(index(row)),
                None => _ = rows.insert(namespace.to_owned(), vec![index(row)]),
            }
        }
        Ok(rows)
    }

    /// Rows of an asset table by namespace and name: many relations lead to the same tables.
    pub(super) fn by_name(&self, table: TableId) -> Result<Arc<ByName>, Error> {
        self.by_name.get(table, || {
            let names = self.text(table, "name")?;
            let mut rows = ByName::default();
            for (namespace, named) in self.by_namespace(table)? {
                let named = named.into_iter().filter(|row| !names.is_null(*row as usize));
                rows.0.insert(
                    namespace,
                    named.map(|row| (names.value(row as usize).to_owned(), row)).collect(),
                );
            }
            Ok(Arc::new(rows))
        })
    }
}
