//! A snapshot's rows as JSON, and what could not be collected.

use std::collections::BTreeMap;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, MapArray, NullArray, StringArray,
    StructArray, TimestampMicrosecondArray,
};
use arrow::record_batch::RecordBatch;
use assay_controls::Lists;
use assay_evaluator::data::Data;
use assay_model::schema::{Schema, Table, TableId};
use assay_snapshot::{Consistency, Snapshot};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// Everything a snapshot holds.
pub struct World<'s> {
    pub(super) schema: &'s Schema,
    /// What no snapshot holds and the dialect does not describe: derived rows, facts and relations.
    pub(super) derived: &'s Data<'s>,
    pub(super) lists: &'s Lists,
    pub(super) rows: Vec<Row>,
    /// The objects themselves, by id.
    pub(super) objects: BTreeMap<String, Value>,
    pub(super) gaps: Vec<Gap>,
    /// The only namespaces that were to be read; all if there is none.
    pub(super) scope: Vec<String>,
    pub(super) of_manifests: bool,
    pub(super) cluster: String,
    pub(super) as_of: Timestamp,
}

/// A row: an object, an entry of one of its lists, or one that is derived.
pub(super) struct Row {
    /// Its table.
    pub(super) table: TableId,
    /// Which row of the table it is.
    pub(super) number: usize,
    /// The field of its parent that leads to it; empty for an object.
    pub(super) field: String,
    pub(super) type_name: String,
    pub(super) id: String,
    /// The row it is an entry of.
    pub(super) parent: Option<usize>,
    /// The object it belongs to: itself, for one.
    pub(super) asset: usize,
    pub(super) values: Value,
}

/// A kind, or its objects in one namespace, that could not be read.
pub(super) struct Gap {
    pub(super) group: String,
    pub(super) kind: String,
    pub(super) namespace: Option<String>,
}

impl<'s> World<'s> {
    /// Reads all rows of a snapshot, and takes what is derived from the evaluator.
    pub fn read(derived: &'s Data<'s>, lists: &'s Lists) -> Self {
        let (schema, snapshot) = (derived.schema, derived.snapshot);
        let mut world = Self {
            schema,
            derived,
            lists,
            rows: Vec::new(),
            objects: objects(snapshot),
            gaps: Vec::new(),
            scope: snapshot.manifest.collection.scope.namespaces.clone(),
            of_manifests: matches!(snapshot.manifest.collection.consistency, Consistency::Manifests),
            cluster: snapshot.manifest.cluster_name.as_str().to_owned(),
            as_of: snapshot.manifest.started,
        };
        // Tables of lists come after those of their parents.
        for table in schema.tables() {
            if snapshot.has(&table.name) {
                world.push_all(table, &snapshot.read(&table.name, None).expect("a whole snapshot"));
            } else if table.derived.is_some() {
                let id = schema.table_named(&table.name).expect("a table of the model");
                world.push_all(table, &derived.table(id).expect("a whole snapshot"));
            }
        }
        for read in &snapshot.manifest.collection.resources {
            if !read.status.is_complete() {
                let (group, kind) = (read.group.clone(), read.kind.clone());
                world.gaps.push(Gap { group, kind, namespace: read.namespace.clone() });
            }
        }
        world
    }

    fn push_all(&mut self, table: &Table, batch: &RecordBatch) {
        let parents = table.parent.map(|parent| self.ids_of(parent)).unwrap_or_default();
        for number in 0..batch.num_rows() {
            let names = batch.schema();
            let columns = names.fields().iter().zip(batch.columns());
            let values = columns.map(|(field, column)| (field.name().clone(), json(column, number)));
            self.push(table, number, values.collect(), &parents);
        }
    }

    pub(super) fn ids_of(&self, table: TableId) -> BTreeMap<String, usize> {
        let rows = self.rows.iter().enumerate().filter(|(_, row)| row.table == table);
        rows.map(|(index, row)| (row.id.clone(), index)).collect()
    }

    fn push(
        &mut self,
        table: &Table,
        number: usize,
        values: Map<String, Value>,
        parents: &BTreeMap<String, usize>,
    ) {
        let text = |name: &str| values.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let parent = table.parent.map(|_| parents[&text("parentId")]);
        let asset = parent.map_or(self.rows.len(), |parent| self.rows[parent].asset);
        self.rows.push(Row {
            table: self.schema.table_named(&table.name).expect("a table of the model"),
            number,
            field: table.field.clone(),
            type_name: table.type_name.clone(),
            id: text("id"),
            parent,
            asset,
            values: Value::Object(values),
        });
    }

    /// The rows of a type, or of all types that implement an interface and are not derived.
    pub(super) fn of_type(&self, type_name: &str) -> Vec<usize> {
        let is_derived = |row: &Row| self.schema.table(row.table).derived.is_some();
        let is = |row: &Row| match row.type_name == type_name {
            true => true,
            false => self.implements(&row.type_name, type_name) && !is_derived(row),
        };
        (0..self.rows.len()).filter(|row| is(&self.rows[*row])).collect()
    }

    pub(super) fn implements(&self, type_name: &str, wanted: &str) -> bool {
        type_name == wanted || self.schema.get(type_name).is_some_and(|def| def.implements(wanted))
    }

    /// The types of objects whose rows, or whose lists' entries, are of a type, or from which such rows are derived.
    pub(super) fn asset_types(&self, type_name: &str) -> Vec<&'s str> {
        if let Some(derived) = self.schema.get(type_name).and_then(|def| def.derived.as_ref()) {
            return derived.reads.iter().flat_map(|of| self.asset_types(of)).collect();
        }
        let tables = self.schema.tables_of(type_name).into_iter();
        let assets = tables.map(|table| self.schema.table(self.schema.asset_table(table)));
        assets.map(|table| table.type_name.as_str()).collect()
    }

    /// Whether objects of a type may be missing from a namespace (`Some("")`: from those without a namespace), or
    /// from anywhere: they could not be read, or were not to be. `kinds` (group/Kind), if any, are all that count.
    pub(super) fn lacks(&self, type_name: &str, kinds: &[String], namespace: Option<&str>) -> bool {
        let resource = self.schema.get(type_name).and_then(|def| def.resource.as_ref());
        let may_be_out = resource.is_some_and(|own| own.namespaced || own.plural == "*");
        let is_in = |name: &str| name.is_empty() || self.scope.iter().any(|only| only == name);
        let is_out = may_be_out && !self.scope.is_empty() && !namespace.is_some_and(is_in);
        is_out || self.unread(type_name, kinds, namespace)
    }

    /// The same, of what was to be read.
    pub(super) fn unread(&self, type_name: &str, kinds: &[String], namespace: Option<&str>) -> bool {
        self.gaps.iter().any(|gap| {
            let of = self.schema.asset_of(&gap.group, &gap.kind).map(|def| def.name.as_str());
            let may_be = |kind: &String| {
                let group = kind.split('/').next().unwrap_or_default();
                *kind == format!("{}/{}", gap.group, gap.kind)
                    || gap.kind == "*" && (gap.group == "*" || gap.group == group)
            };
            let counts = kinds.is_empty() || kinds.iter().any(may_be);
            let there = match (&gap.namespace, namespace) {
                (Some(gap), Some(namespace)) => gap == namespace,
                _ => true,
            };
            of == Some(type_name) && counts && there
        })
    }

    /// The namespace of a row's object.
    pub(super) fn namespace(&self, row: usize) -> Option<&str> {
        self.rows[self.rows[row].asset].values["namespace"].as_str()
    }

    /// Whether the content of a row's object could not be read.
    pub(super) fn is_unreadable(&self, row: usize) -> bool {
        !self.rows[self.rows[row].asset].values["unreadable"].is_null()
    }
}

/// The objects of a snapshot, by id.
fn objects(snapshot: &Snapshot) -> BTreeMap<String, Value> {
    let mut objects = BTreeMap::new();
    for table in snapshot.tables().filter(|table| table.starts_with("objects/")) {
        let batch = snapshot.read(table, None).expect("a whole snapshot");
        let column = |name: &str| batch.column_by_name(name).expect("a column of objects").clone();
        let (ids, texts) = (column("id"), column("object"));
        for row in 0..batch.num_rows() {
            let text = |column| json(column, row).as_str().unwrap_or_default().to_owned();
            objects.insert(text(&ids), serde_json::from_str(&text(&texts)).expect("an object"));
        }
    }
    objects
}

/// A value of a column. Instants are microseconds since 1970, maps are objects.
pub(super) fn json(column: &ArrayRef, row: usize) -> Value {
    let any = column.as_any();
    if column.is_null(row) || any.is::<NullArray>() {
        Value::Null
    } else if let Some(texts) = any.downcast_ref::<StringArray>() {
        texts.value(row).into()
    } else if let Some(booleans) = any.downcast_ref::<BooleanArray>() {
        booleans.value(row).into()
    } else if let Some(numbers) = any.downcast_ref::<Int64Array>() {
        numbers.value(row).into()
    } else if let Some(numbers) = any.downcast_ref::<Float64Array>() {
        numbers.value(row).into()
    } else if let Some(times) = any.downcast_ref::<TimestampMicrosecondArray>() {
        times.value(row).into()
    } else if let Some(lists) = any.downcast_ref::<ListArray>() {
        let values = lists.value(row);
        (0..values.len()).map(|at| json(&values, at)).collect()
    } else if let Some(maps) = any.downcast_ref::<MapArray>() {
        let entries = maps.value(row);
        let key = |at| json(entries.column(0), at).as_str().unwrap_or_default().to_owned();
        Value::Object((0..entries.len()).map(|at| (key(at), json(entries.column(1), at))).collect())
    } else if let Some(structs) = any.downcast_ref::<StructArray>() {
        let fields = structs.fields().iter().zip(structs.columns());
        Value::Object(fields.map(|(field, column)| (field.name().clone(), json(column, row))).collect())
    } else {
        panic!("no table has a column of type {}", column.data_type())
    }
}
