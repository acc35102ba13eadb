//! Rows of a snapshot whose tables are not those of the model: an older assay wrote them, or one with other types of
//! the user's own. Its objects hold what its tables lack, so the rows are taken from them again.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, BooleanArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch};
use assay_model::json::Json;
use assay_model::rows::{Extractor, Object};
use assay_model::schema::{Resource, TableId, is_built_in, split_api_version};

use super::objects::object_tables;
use super::{Data, Held, columns};
use crate::Error;
use crate::texts::plain_batch;

impl Data<'_> {
    /// The rows of a table as the model has it: those that are stored, else those of the kept objects.
    pub(super) fn stored(&self, id: TableId) -> Result<Held, Error> {
        let asset = self.schema.asset_table(id);
        let table = self.schema.table(id);
        if !self.is_stored(asset)? {
            let extracted = self.extracted.get(asset, || self.extract(asset).map(Arc::new))?;
            let batch = extracted.get(&id).cloned();
            let batch = batch.unwrap_or_else(|| RecordBatch::new_empty(table.arrow_schema()));
            return Ok(Held::InMemory(Arc::new(batch)));
        }
        let rows = self.snapshot.rows(&table.name).unwrap_or_default();
        if !self.is_generic_table(id) {
            return Ok(Held::InFile { rows: usize::try_from(rows).unwrap_or(usize::MAX) });
        }
        let batch = columns::conform(&self.snapshot.read(&table.name, None)?, &table.arrow_schema())?;
        let batch = self.without_typed(batch)?;
        let rows = concat_batches(batch.schema_ref(), [&batch].into_iter().chain(&self.untyped(id)?))?;
        Ok(Held::InMemory(Arc::new(rows)))
    }

    /// All rows of a table, with all columns that the model has.
    pub fn table(&self, id: TableId) -> Result<Arc<RecordBatch>, Error> {
        let table = self.schema.table(id);
        Ok(match self.held(id)? {
            Held::InMemory(batch) => plain_batch(&batch, &table.arrow_schema())?.into(),
            Held::InFile { rows: 0 } => Arc::new(RecordBatch::new_empty(table.arrow_schema())),
            Held::InFile { .. } => {
                Arc::new(columns::conform(&self.snapshot.read(&table.name, None)?, &table.arrow_schema())?)
            }
        })
    }

    /// Whether the rows of a table are just those that the snapshot has under its name: another engine can read them
    /// there.
    ///
    /// # Errors
    /// What the snapshot has cannot be read.
    pub fn stores(&self, id: TableId) -> Result<bool, Error> {
        let table = self.schema.table(id);
        let is_there = table.derived.is_none() && self.snapshot.has(&table.name);
        if !is_there || !self.is_stored(self.schema.asset_table(id))? {
            return Ok(false);
        }
        if !self.is_generic_table(id) {
            return Ok(true);
        }
        let stored = self.snapshot.read(&table.name, Some(&["group", "kind"]))?;
        Ok(self.without_typed(stored)?.num_rows() as u64
            == self.snapshot.rows(&table.name).unwrap_or_default()
            && self.untyped(id)?.is_empty())
    }

    /// Whether the snapshot has all tables of an asset, with all columns that the model has.
    fn is_stored(&self, asset: TableId) -> Result<bool, Error> {
        self.is_stored.get(asset, || self.has_all_columns(asset))
    }

    fn has_all_columns(&self, asset: TableId) -> Result<bool, Error> {
        // A kind without objects has no tables for the lists within them, and its columns are never asked for.
        if self.snapshot.rows(&self.schema.table(asset).name) == Some(0) {
            return Ok(true);
        }
        let mut open = vec![asset];
        while let Some(id) = open.pop() {
            let table = self.schema.table(id);
            let has_all = self.snapshot.has(&table.name)
                && columns::has_all(&*self.snapshot.schema(&table.name)?, &table.arrow_schema());
            if !has_all {
                return Ok(false);
            }
            open.extend(&table.children);
        }
        Ok(true)
    }

    /// The rows of all tables of an asset type, from its kept objects.
    fn extract(&self, asset: TableId) -> Result<HashMap<TableId, RecordBatch>, Error> {
        if self.is_generic_table(asset) {
            let mut extractor = Extractor::new(self.schema, asset);
            self.extract_generic(&mut extractor)?;
            return self.named(&mut extractor);
        }
        let table = self.schema.table(asset);
        let own = self.schema.get(&table.type_name).and_then(|def| def.resource.as_ref());
        let objects = own.map(|own| self.objects_of(own)).transpose()?.unwrap_or_default();
        let stored = self.snapshot.rows(&table.name).unwrap_or_default();
        if stored > objects.len() as u64 {
            return Err(Error::Objects { table: table.name.clone(), stored, kept: objects.len() });
        }
        if objects.is_empty() {
            // Most types of the model are in no snapshot, and builders of all their columns take time and memory.
            return Ok(HashMap::new());
        }
        let mut extractor = Extractor::new(self.schema, asset);
        for (own, object) in own.iter().flat_map(|own| objects.iter().map(move |object| (own, object))) {
            push(&mut extractor, own, object);
        }
        self.named(&mut extractor)
    }

    fn named(&self, extractor: &mut Extractor<'_>) -> Result<HashMap<TableId, RecordBatch>, Error> {
        let tables = extractor.take()?.into_iter();
        Ok(tables.filter_map(|(name, batch)| Some((self.schema.table_named(name)?, batch))).collect())
    }

    /// All kept objects of a resource, in the order of rows, from wherever the snapshot's assay put them.
    fn objects_of(&self, own: &Resource) -> Result<Vec<Object<'static>>, Error> {
        let mut objects = Vec::new();
        for table in object_tables(own, self.snapshot).iter().filter(|table| self.snapshot.has(table)) {
            self.each_object(table, &mut |mut object| {
                if object.kind() == own.kind {
                    let name = object.name.clone();
                    object.identify(&own.group, &name);
                    objects.push(object.into_owned());
                }
                Ok(())
            })?;
        }
        objects.sort_by(|a, b| a.place().cmp(&b.place()));
        objects.dedup_by(|a, b| a.id == b.id);
        Ok(objects)
    }

    fn each_object(
        &self,
        table: &str,
        call: &mut dyn FnMut(Object<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for batch in self.snapshot.batches(table, None)? {
            let batch = batch?;
            let text = |column: &str| columns::texts_of(&batch, column);
            let (ids, namespaces, names, objects) =
                (text("id"), text("namespace"), text("name"), text("object"));
            for row in 0..batch.num_rows() {
                let json = Json::parse(objects.value(row)).map_err(|error| Error::Object {
                    table: table.to_owned(),
                    id: ids.value(row).to_owned(),
                    reason: error.to_string(),
                })?;
                let namespace = if namespaces.is_null(row) { "" } else { namespaces.value(row) };
                call(Object::stored(ids.value(row), namespace, names.value(row), json))?;
            }
        }
        Ok(())
    }

    /// The rows of generic assets, from all objects that have no type of their own.
    fn extract_generic(&self, extractor: &mut Extractor<'_>) -> Result<(), Error> {
        let is_of_type = |table: &str| self.schema.table_named(table).is_some();
        for table in self.snapshot.tables().filter_map(|table| table.strip_prefix("objects/")) {
            if is_of_type(table) {
                continue;
            }
            self.each_object(&format!("objects/{table}"), &mut |object| {
                if self.is_generic(&object.group, object.kind())? {
                    extractor.push(&object);
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Whether objects of a kind are generic assets. Where the kind's own table is stored, those that aren't in it are:
    /// they are of a version that nobody reads.
    fn is_generic(&self, group: &str, kind: &str) -> Result<bool, Error> {
        let typed = self.schema.typed(group, kind);
        match typed.and_then(|def| self.schema.tables_of(&def.name).first().copied()) {
            Some(table) => self.is_stored(table),
            None => Ok(true),
        }
    }

    /// Generic assets, less those that have a type of their own by now.
    fn without_typed(&self, batch: RecordBatch) -> Result<RecordBatch, Error> {
        let (groups, kinds) = (columns::texts_of(&batch, "group"), columns::texts_of(&batch, "kind"));
        let mut keep = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            let group = if groups.is_null(row) { "" } else { groups.value(row) };
            keep.push(self.is_generic(group, kinds.value(row))?);
        }
        Ok(filter_record_batch(&batch, &BooleanArray::from(keep))?)
    }

    /// Objects that had a type when the snapshot was written and have none now, as generic assets.
    fn untyped(&self, others: TableId) -> Result<Vec<RecordBatch>, Error> {
        let mut extractor = Extractor::new(self.schema, others);
        for read in &self.snapshot.manifest.collection.resources {
            let table = super::resource_name(&read.resource, &read.group);
            let had_type = !is_built_in(&read.group) && self.snapshot.has(&table);
            if had_type && self.schema.typed(&read.group, &read.kind).is_none() {
                self.each_object(&format!("objects/{table}"), &mut |object| {
                    extractor.push(&object);
                    Ok(())
                })?;
            }
        }
        Ok(extractor
            .take()?
            .into_iter()
            .map(|(_, batch)| batch)
            .filter(|batch| batch.num_rows() > 0)
            .collect())
    }
}

fn push(extractor: &mut Extractor<'_>, own: &Resource, object: &Object<'_>) {
    let (group, version) = split_api_version(object.api_version());
    if own.reads(group, version) {
        extractor.push(object);
    } else {
        let reason = format!(
            "it is of version {}, which is not read: {} would be",
            object.api_version(),
            own.api_version()
        );
        extractor.push_unreadable(object, &reason);
    }
}
