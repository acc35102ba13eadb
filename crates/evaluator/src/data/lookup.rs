//! Indexes of a table's rows, for relations.

use std::collections::HashMap;
use std::ops::Range;

use arrow::array::{Array, MapArray, StringArray};
use assay_model::schema::TableId;

use super::edges::index;
use super::{Data, columns};
use crate::Error;

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

    /// Where a row's labels are among all.
    fn range(&self, row: usize) -> Range<usize> {
        let Some(map) = self.map.as_ref().filter(|map| !map.is_null(row)) else { return 0..0 };
        let at = |offset: i32| usize::try_from(offset).unwrap_or_default();
        at(map.value_offsets()[row])..at(map.value_offsets()[row + 1])
    }
}

impl Labels {
    /// Whether any row has a label with such a key.
    pub(super) fn any_key(&self, is: impl Fn(&str) -> bool) -> bool {
        self.keys.iter().flatten().any(is)
    }
}

impl Data<'_> {
    /// Labels in a map column.
    pub(super) fn labels(&self, table: TableId, path: &[String]) -> Result<Labels, Error> {
        let column = self.column(table, path)?;
        let map = column.as_any().downcast_ref::<MapArray>().cloned();
        let part = |take: fn(&MapArray) -> &arrow::array::ArrayRef| {
            map.as_ref().map_or_else(
                || StringArray::from(Vec::<&str>::new()),
                |map| columns::texts(take(map).clone()),
            )
        };
        Ok(Labels { keys: part(MapArray::keys), values: part(MapArray::values), map: map.clone() })
    }

    /// The namespace of each row's asset.
    pub(crate) fn namespaces(&self, table: TableId) -> Result<Vec<Option<String>>, Error> {
        let asset = self.schema.asset_table(table);
        let own = self.text(asset, "namespace")?;
        let rows = self.asset_rows(table)?;
        let rows = rows.iter().map(|row| *row as usize);
        Ok(rows.map(|row| (!own.is_null(row)).then(|| own.value(row).to_owned())).collect())
    }

    /// Rows of an asset table by namespace; cluster-scoped ones by the empty name.
    pub(super) fn by_namespace(&self, table: TableId) -> Result<HashMap<String, Vec<u32>>, Error> {
        let mut rows: HashMap<String, Vec<u32>> = HashMap::new();
        for (row, namespace) in self.namespaces(table)?.into_iter().enumerate() {
            rows.entry(namespace.unwrap_or_default()).or_default().push(index(row));
        }
        Ok(rows)
    }

    /// Rows of an asset table by namespace and name.
    pub(super) fn by_name(&self, table: TableId) -> Result<HashMap<(String, String), u32>, Error> {
        let names = self.text(table, "name")?;
        let namespaces = self.namespaces(table)?;
        let keys = namespaces.into_iter().enumerate().filter(|(row, _)| !names.is_null(*row));
        Ok(keys
            .map(|(row, ns)| ((ns.unwrap_or_default(), names.value(row).to_owned()), index(row)))
            .collect())
    }
}
