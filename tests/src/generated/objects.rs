//! A random cluster: objects with random content for every column of the model, and gaps in what could be read.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use assay_model::coverage::ReadStatus;
use assay_model::rows::{Extractor, Object};
use assay_model::schema::{
    Column, ColumnKind, Read, Resource, Scalar, Schema, Table, TableId, TypeDef, split_api_version,
};
use assay_snapshot::{
    Cluster as Identity, ClusterName, Collection, Consistency, ResourceRead, Scope, Snapshot, SnapshotWriter,
    Store, Tool,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::values::{NAMESPACES, in_object, text};
use crate::random::Random;

/// What a snapshot is made from.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// Its objects.
    pub objects: Vec<Value>,
    /// Kinds that could not be read: group, resource, kind, and the namespace, if in one only.
    pub gaps: Vec<(String, String, String, Option<String>)>,
    /// The only namespaces that were to be read; all if there is none.
    pub scope: Vec<String>,
    /// Whether it stands for manifests, where no controller has filled anything in.
    pub of_manifests: bool,
}

/// The user's own type.
const OWN: &str = "Gizmo";

/// Kinds without a type of their own.
const OTHERS: [(&str, &str, bool); 3] = [
    ("example.com/v1", "Widget", true),
    ("crd.antrea.io/v1beta1", "NetworkPolicy", true),
    ("crd.antrea.io/v1beta1", "ClusterNetworkPolicy", false),
];

impl Cluster {
    /// A random one, of some kinds of the model.
    pub fn random(random: &mut Random, schema: &Schema) -> Self {
        let kinds = Kinds::random(random, schema);
        Self::of_kinds(random, schema, &kinds)
    }

    /// A random one of these kinds. Another of them has some objects of the same names.
    pub fn of_kinds(random: &mut Random, schema: &Schema, Kinds(kinds): &Kinds) -> Self {
        let types = types(schema);
        let mut objects = BTreeMap::new();
        for kind in kinds {
            for _ in 0..random.below(5) {
                let object = object(random, schema, types[*kind].0.name.as_str());
                objects.insert(key(&object), object);
            }
        }
        let mut gaps = Vec::new();
        let absent = random.below(types.len());
        for kind in kinds.iter().chain(&[absent]) {
            if !random.percent(30) {
                continue;
            }
            let (_, resource) = types[*kind];
            let (name, plural) = match resource.plural.as_str() {
                "*" => ("Gadget", "gadgets"),
                plural => (resource.kind.as_str(), plural),
            };
            let namespace = (resource.namespaced && random.percent(50)).then(|| text(random, "namespace"));
            // What could not be listed has no objects.
            objects.retain(|_, object: &mut Value| {
                let there = object["metadata"]["namespace"].as_str();
                object["kind"] != name
                    || group(object) != resource.group
                    || namespace.is_some() && namespace != there
            });
            let of = (resource.group.clone(), plural.to_owned(), name.to_owned());
            gaps.push((of.0, of.1, of.2, namespace.map(str::to_owned)));
        }
        let of_manifests = random.percent(40);
        let scope = if random.percent(20) { random.some(&NAMESPACES, 1, 2) } else { Vec::new() };
        let scope: Vec<String> = scope.into_iter().map(str::to_owned).collect();
        objects.retain(|_, object| {
            let namespace = object["metadata"]["namespace"].as_str();
            scope.is_empty() || namespace.is_none_or(|name| scope.iter().any(|only| only == name))
        });
        Self { objects: objects.into_values().collect(), gaps, scope, of_manifests }
    }

    /// The objects of a snapshot, as a cluster in which everything could be read.
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut objects = Vec::new();
        for table in snapshot.tables().filter(|table| table.starts_with("objects/")) {
            let batch = snapshot.read(table, None).unwrap();
            let texts =
                batch.column_by_name("object").unwrap().as_any().downcast_ref::<StringArray>().unwrap();
            objects.extend(texts.iter().flatten().map(|text| serde_json::from_str(text).unwrap()));
        }
        Self { objects, gaps: Vec::new(), scope: Vec::new(), of_manifests: false }
    }

    /// Writes it as the only snapshot of a store: only the tables that have rows.
    pub fn write(&self, schema: &Schema, store: &Path) -> Snapshot {
        self.write_at(schema, store, "random", "2026-02-01T00:00:00Z".parse().unwrap())
    }

    /// The same as a snapshot of this name and time.
    pub fn write_at(&self, schema: &Schema, store: &Path, name: &str, started: Timestamp) -> Snapshot {
        let store = Store::open(store).unwrap();
        self.write_into(schema, store.begin(&ClusterName::new(name).unwrap(), started).unwrap(), started)
    }

    /// The same with all tables.
    pub fn write_whole(&self, schema: &Schema, store: &Path, name: &str, started: Timestamp) -> Snapshot {
        let store = Store::open(store).unwrap();
        let mut writer = store.begin(&ClusterName::new(name).unwrap(), started).unwrap();
        for table in schema.tables().iter().filter(|table| table.derived.is_none()) {
            writer.declare(&table.name, &table.arrow_schema()).unwrap();
        }
        self.write_into(schema, writer, started)
    }

    fn write_into(&self, schema: &Schema, mut writer: SnapshotWriter, started: Timestamp) -> Snapshot {
        let mut tables: BTreeMap<TableId, Vec<Object<'_>>> = BTreeMap::new();
        for object in &self.objects {
            let object = Object::new(object.clone().into()).expect("an object with a kind and a name");
            let kind = object.kind();
            let def = schema.asset_of(&object.group, kind).expect("a type for every kind");
            tables.entry(schema.tables_of(&def.name)[0]).or_default().push(object);
        }
        for (table, mut objects) in tables {
            objects.sort_by(|a, b| a.key.cmp(&b.key).then_with(|| a.id.cmp(&b.id)));
            let mut extractor = Extractor::new(schema, table);
            for object in &objects {
                extractor.push(object);
            }
            for (table, batch) in extractor.take().unwrap() {
                writer.append(table, &batch).unwrap();
            }
            for (name, objects) in kept(&schema.table(table).name, &objects) {
                writer.append(&name, &objects).unwrap();
            }
        }
        // Every snapshot has this table: it tells engines which snapshots there are.
        let told: [(&str, ArrayRef); 1] = [("resource", Arc::new(StringArray::from(vec!["pods"])))];
        writer.append("collection", &RecordBatch::try_from_iter(told).unwrap()).unwrap();
        writer.finish(self.collection(started)).unwrap()
    }

    fn collection(&self, started: Timestamp) -> Collection {
        let resources = self.gaps.iter().map(|(group, plural, kind, namespace)| ResourceRead {
            group: group.clone(),
            version: "v1".to_owned(),
            resource: plural.clone(),
            kind: kind.clone(),
            namespace: namespace.clone(),
            status: ReadStatus::Forbidden,
            http_code: Some(403),
            message: None,
            revision: None,
            pages: 0,
            count: 0,
            audit_ids: Vec::new(),
        });
        let unpinned = Consistency::Unpinned { reason: "random".to_owned() };
        Collection {
            cluster: Identity::default(),
            collector: Default::default(),
            finished: started + Duration::from_secs(1),
            server_time: None,
            scope: Scope { namespaces: self.scope.clone(), ..Scope::default() },
            consistency: if self.of_manifests { Consistency::Manifests } else { unpinned },
            resources: resources.collect(),
            redaction: None,
            inputs: Vec::new(),
            tool: Tool { name: "test".to_owned(), version: "0".to_owned(), digest: None },
            notes: Vec::new(),
        }
    }
}

/// The objects themselves, in a table for each resource.
fn kept(table: &str, objects: &[Object<'_>]) -> Vec<(String, RecordBatch)> {
    let mut resources: BTreeMap<String, Vec<&Object<'_>>> = BTreeMap::new();
    for object in objects {
        let kind = object.kind();
        let is_other = OTHERS
            .iter()
            .any(|(version, other, _)| *other == kind && split_api_version(version).0 == object.group);
        let name =
            if is_other { format!("{}s.{}", kind.to_lowercase(), object.group) } else { table.to_owned() };
        resources.entry(format!("objects/{name}")).or_default().push(object);
    }
    let texts = |of: &dyn Fn(&Object<'_>) -> Option<String>, objects: &[&Object<'_>]| -> ArrayRef {
        Arc::new(objects.iter().map(|object| of(object)).collect::<StringArray>())
    };
    let batch = |objects: Vec<&Object<'_>>| {
        let columns: [(&str, ArrayRef); 4] = [
            ("id", texts(&|object| Some(object.id.as_str().to_owned()), &objects)),
            (
                "namespace",
                texts(&|object| Some(object.namespace.clone()).filter(|name| !name.is_empty()), &objects),
            ),
            ("name", texts(&|object| Some(object.name.clone()), &objects)),
            ("object", texts(&|object| Some(object.text.clone()), &objects)),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    };
    resources.into_iter().map(|(name, objects)| (name, batch(objects))).collect()
}

fn group(object: &Value) -> &str {
    split_api_version(object["apiVersion"].as_str().unwrap_or_default()).0
}

fn key(object: &Value) -> String {
    format!(
        "{}/{}/{}/{}",
        group(object),
        object["kind"],
        object["metadata"]["namespace"],
        object["metadata"]["name"]
    )
}

/// The types of objects.
fn types(schema: &Schema) -> Vec<(&TypeDef, &Resource)> {
    schema.assets().filter(|(def, _)| def.name != "Cluster").collect()
}

/// Some kinds, and kinds that their relations lead to.
pub struct Kinds(Vec<usize>);

impl Kinds {
    /// Random ones.
    pub fn random(random: &mut Random, schema: &Schema) -> Self {
        let types = types(schema);
        let mut kinds: Vec<usize> = (0..3).map(|_| random.below(types.len())).collect();
        if random.percent(15) {
            kinds.extend(types.iter().position(|(def, _)| def.name == OWN));
        }
        for index in 0..kinds.len() {
            let leads_to = |to: &usize| leads_to(schema, types[kinds[index]].0, &types[*to].0.name);
            let related: Vec<usize> = (0..types.len()).filter(leads_to).collect();
            kinds.extend(random.part(&related, 40));
        }
        kinds.sort_unstable();
        kinds.dedup();
        Self(kinds)
    }
}

fn leads_to(schema: &Schema, from: &TypeDef, to: &str) -> bool {
    let text = format!("{:?}", from.fields);
    let named =
        |name: &str| text.contains(&format!("to: \"{name}\"")) || text.contains(&format!("of: \"{name}\""));
    named(to)
        || schema.get(to).is_some_and(|def| def.interfaces.iter().any(|name| name != "Asset" && named(name)))
}

fn object(random: &mut Random, schema: &Schema, type_name: &str) -> Value {
    let def = schema.get(type_name).expect("a type");
    let resource = def.resource.as_ref().expect("an asset type");
    let table = schema.table(schema.tables_of(type_name)[0]);
    let (api_version, kind, namespaced) = match resource.plural.as_str() {
        "*" => *random.one(&OTHERS),
        _ => ("", resource.kind.as_str(), resource.namespaced),
    };
    let own = if resource.group.is_empty() { "v1".to_owned() } else { format!("{}/v1", resource.group) };
    let mut object = json!({"metadata": {"name": text(random, "name")}});
    fill(random, schema, table, &mut object);
    object["apiVersion"] = if api_version.is_empty() { own.into() } else { api_version.into() };
    object["kind"] = kind.into();
    if random.percent(12) {
        // A wrong type makes the whole object unreadable.
        object["metadata"]["creationTimestamp"] = json!({});
    }
    let metadata = object["metadata"].as_object_mut().expect("metadata");
    metadata.remove("namespace");
    if namespaced {
        metadata.insert("namespace".to_owned(), (*random.one(&NAMESPACES)).into());
    }
    object
}

/// Gives random values to the columns of a row, and random entries to its lists.
fn fill(random: &mut Random, schema: &Schema, table: &Table, base: &mut Value) {
    columns(random, table.own_columns(), base);
    for child in &table.children {
        let child = schema.table(*child);
        let list = random.one(&child.lists).path.to_string();
        if !random.percent(60) || list.contains('/') {
            continue;
        }
        let mut entries = Vec::new();
        for number in 0..random.below(3) {
            let mut entry = json!({});
            fill(random, schema, child, &mut entry);
            if let Some(key) = &child.key {
                entry[key] = ["a", "b"][number].into();
            }
            entries.push(entry);
        }
        set(base, &list, entries.into());
    }
}

fn columns<'c>(random: &mut Random, columns_of: impl Iterator<Item = &'c Column>, base: &mut Value) {
    for column in columns_of {
        match &column.kind {
            ColumnKind::Scalar(field) => {
                let Read::Path(path) = &field.read else { continue };
                let value = |random: &mut Random| match field.list {
                    true => {
                        (0..random.below(3)).map(|_| in_object(random, &column.name, field.scalar)).collect()
                    }
                    false => in_object(random, &column.name, field.scalar),
                };
                match random.below(100) {
                    0..50 => set(base, &path.to_string(), value(random)),
                    50..53 => set(base, &path.to_string(), Value::Null),
                    _ => {}
                }
            }
            ColumnKind::Map(path) if random.percent(60) => {
                let keys = random.part(&["a", "b"], 60).into_iter();
                let map: Map<_, _> =
                    keys.map(|key| (key.to_owned(), in_object(random, "value", Scalar::String))).collect();
                set(base, &path.to_string(), map.into());
            }
            ColumnKind::Struct(path, inner) if random.percent(60) => {
                let mut value = json!({});
                columns(random, inner.iter(), &mut value);
                set(base, &path.to_string(), value);
            }
            _ => {}
        }
    }
}

/// Sets a value, making the objects on the way. What is below the path already stays.
fn set(base: &mut Value, path: &str, value: Value) {
    if path.contains('/') {
        return;
    }
    if path.is_empty() {
        if let (Value::Object(base), Value::Object(more)) = (base, value) {
            base.extend(more);
        }
        return;
    }
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    let (name, pick) = step.split_once('[').unwrap_or((step, ""));
    let Some(object) = base.as_object_mut() else { return };
    let mut next = object.entry(name.to_owned()).or_insert_with(|| json!({}));
    if let Some((key, wanted)) = pick.trim_end_matches(']').split_once('=') {
        let wanted: Value = serde_json::from_str(wanted).unwrap_or_else(|_| wanted.into());
        *next = json!([{ key: wanted }]);
        next = &mut next[0];
    }
    if !rest.is_empty() {
        return set(next, rest, value);
    }
    match (next, value) {
        (Value::Object(there), Value::Object(more)) => there.extend(more),
        (there, value) => *there = value,
    }
}
