//! The objects themselves, for what no type of the model has a field for.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{Array, StringArray};
use assay_model::schema::{Resource, TableId};
use assay_snapshot::Snapshot;
use serde_json::Value;

use super::identity::Identity;
use super::{Data, resource_name};
use crate::Error;

/// The objects of an asset table, as text.
pub(crate) struct Objects {
    texts: Vec<StringArray>,
    by_id: HashMap<String, (usize, usize)>,
}

impl Objects {
    fn get(&self, id: &str) -> Option<&str> {
        self.by_id.get(id).map(|(table, row)| self.texts[*table].value(*row))
    }
}

impl Data<'_> {
    /// Prepares to read the JSON of a table's rows.
    pub(crate) fn json_of(&self, table: TableId) -> Result<RowsJson, Error> {
        let asset = self.schema.asset_table(table);
        Ok(RowsJson {
            objects: self.objects(asset)?,
            ids: self.ids(asset)?,
            assets: self.asset_rows(table)?,
            rows: self.identity(table)?,
            last: None,
        })
    }

    fn objects(&self, asset: TableId) -> Result<Arc<Objects>, Error> {
        self.objects.get(asset, || {
            let mut objects = Objects { texts: Vec::new(), by_id: HashMap::new() };
            for name in self.object_tables(asset) {
                let batch = self.snapshot.read(&name, Some(&["id", "object"]))?;
                let text =
                    |column: &str| batch.column_by_name(column)?.as_any().downcast_ref::<StringArray>();
                let (Some(ids), Some(texts)) = (text("id"), text("object")) else { continue };
                let index = objects.texts.len();
                objects.by_id.extend((0..ids.len()).map(|row| (ids.value(row).to_owned(), (index, row))));
                objects.texts.push(texts.clone());
            }
            Ok(Arc::new(objects))
        })
    }

    /// The snapshot's tables of an asset table's objects; generic assets have one for each resource.
    fn object_tables(&self, asset: TableId) -> Vec<String> {
        let own = self.schema.get(&self.schema.table(asset).type_name).and_then(|def| def.resource.as_ref());
        let own = own.map(|own| object_tables(own, self.snapshot)).unwrap_or_default();
        let is_generic = self.is_generic_table(asset);
        let typed = |name: &str| self.schema.table_named(name).is_some();
        let tables = self.snapshot.tables().filter(|name| match name.strip_prefix("objects/") {
            Some(resource) if is_generic => !typed(resource),
            _ => own.contains(*name),
        });
        tables.map(str::to_owned).collect()
    }
}

/// The tables that may hold a resource's objects: those of today, and those of a snapshot that was made before the
/// resource had a type. Of manifests, such a one knew the kind alone, and guessed the plural.
pub(super) fn object_tables(own: &Resource, snapshot: &Snapshot) -> BTreeSet<String> {
    let groups = own.formerly.iter().map(|(group, _)| group.as_str()).chain([own.group.as_str()]);
    let groups: BTreeSet<&str> = groups.collect();
    let reads = &snapshot.manifest.collection.resources;
    let of_kind = reads.iter().filter(|read| read.kind == own.kind && groups.contains(read.group.as_str()));
    let as_read = of_kind.map(|read| (read.resource.as_str(), read.group.as_str()));
    let in_groups = groups.iter().map(|group| (own.plural.as_str(), *group));
    let names = in_groups.chain(as_read).map(|(plural, group)| resource_name(plural, group));
    names.chain([own.table()]).map(|name| format!("objects/{name}")).collect()
}

/// The JSON of a table's rows. Entries of one object follow each other, and it is parsed once for them.
pub(crate) struct RowsJson {
    objects: Arc<Objects>,
    ids: StringArray,
    assets: Arc<Vec<u32>>,
    rows: Arc<Identity>,
    last: Option<(u32, Value)>,
}

impl RowsJson {
    /// The JSON of a row: of its object, or of the entry of it that the row is. `None` if the snapshot lacks it.
    pub(crate) fn at(&mut self, row: usize) -> Option<&Value> {
        let asset = *self.assets.get(row)?;
        if self.last.as_ref().is_none_or(|(last, _)| *last != asset) {
            let text = self.objects.get(self.ids.value(asset as usize))?;
            self.last = Some((asset, serde_json::from_str(text).ok()?));
        }
        let (_, object) = self.last.as_ref()?;
        entry(object, self.rows.path(row))
    }
}

/// What stands at a place such as `spec.containers[1]`.
fn entry<'o>(object: &'o Value, path: &str) -> Option<&'o Value> {
    let mut steps = path.split(['.', '[']).filter(|step| !step.is_empty());
    steps.try_fold(object, |value, step| match step.strip_suffix(']') {
        Some(index) => value.as_array()?.get(index.parse::<usize>().ok()?),
        None => value.as_object()?.get(step),
    })
}
