//! Objects → rows: what the SDL says is in a table is taken from the objects' JSON.

mod column;
mod value;

use std::collections::BTreeMap;

use arrow::array::{ArrayRef, Int64Builder, RecordBatch, StringBuilder};
use arrow::datatypes::SchemaRef;
use serde_json::Value;

use crate::canonical;
use crate::id::AssetId;
use crate::path::{WrongType, join};
use crate::schema::{Schema, Table, TableId};
use column::ColumnBuilder;

/// An object as it is to be kept: redacted, with the facts taken before redaction under `assayFacts`, and its
/// keys sorted.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its identity.
    pub id: AssetId,
    /// `namespace/name`, or the name alone: the order of rows.
    pub key: String,
    /// The group; empty for core.
    pub group: String,
    /// The namespace; empty if cluster-scoped.
    pub namespace: String,
    /// The name, or the prefix of a generated one followed by `*`.
    pub name: String,
    /// The digest of its content.
    pub content_hash: String,
    /// The object itself.
    pub json: Value,
}

impl Object {
    /// Takes an object with `apiVersion`, `kind` and a name; `None` without one of them.
    pub fn new(json: Value) -> Option<Self> {
        let json = canonical::sort_keys(json);
        let text =
            |path: &[&str]| path.iter().try_fold(&json, |value, key| value.get(*key)).and_then(Value::as_str);
        let api_version = text(&["apiVersion"])?;
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group).to_owned();
        let namespace = text(&["metadata", "namespace"]).unwrap_or_default().to_owned();
        let name = match text(&["metadata", "name"]) {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => format!("{}*", text(&["metadata", "generateName"]).filter(|prefix| !prefix.is_empty())?),
        };
        let id = AssetId::new(&group, text(&["kind"])?, &namespace, &name);
        let content_hash = canonical::content_hash(&json);
        Some(Self { id, key: key(&namespace, &name), group, namespace, name, content_hash, json })
    }

    /// An object as a snapshot kept it, with the id and name it was given then.
    pub fn stored(id: &str, namespace: &str, name: &str, json: Value) -> Self {
        let id = AssetId::from_stored(id);
        let group = match id.parts().0 {
            "core" => String::new(),
            group => group.to_owned(),
        };
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        let content_hash = canonical::content_hash(&json);
        Self { id, key: key(&namespace, &name), group, namespace, name, content_hash, json }
    }

    /// Gives it the identity that it has in another group, or by another name; the object itself stays as it is.
    pub fn identify(&mut self, group: &str, name: &str) {
        let kind = self.json.get("kind").and_then(Value::as_str).unwrap_or_default();
        self.id = AssetId::new(group, kind, &self.namespace, name);
        self.key = key(&self.namespace, name);
        self.group = group.to_owned();
        self.name = name.to_owned();
    }

    /// The group and version it is written in.
    pub fn api_version(&self) -> &str {
        self.json.get("apiVersion").and_then(Value::as_str).unwrap_or_default()
    }
}

/// What rows are sorted by.
fn key(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") }
}

/// What is known of a row besides its JSON.
struct Row<'r> {
    id: &'r str,
    type_name: &'r str,
    group: &'r str,
    namespace: &'r str,
    name: &'r str,
    content_hash: &'r str,
    unreadable: Option<&'r str>,
    list: &'r str,
}

/// Takes the rows of one asset type, its lists included.
pub struct Extractor<'s> {
    schema: &'s Schema,
    asset: TableId,
    tables: BTreeMap<usize, TableBuilder>,
}

struct TableBuilder {
    schema: SchemaRef,
    parent_id: StringBuilder,
    id: StringBuilder,
    index: Int64Builder,
    path: StringBuilder,
    columns: Vec<ColumnBuilder>,
    rows: usize,
}

impl<'s> Extractor<'s> {
    /// An extractor for the asset table of that id.
    pub fn new(schema: &'s Schema, asset: TableId) -> Self {
        let mut tables = BTreeMap::new();
        let mut open = vec![asset];
        while let Some(id) = open.pop() {
            tables.insert(id.index(), TableBuilder::new(schema.table(id)));
            open.extend(&schema.table(id).children);
        }
        Self { schema, asset, tables }
    }

    /// Adds an object's rows. One with a field of a wrong type is kept as unreadable: its identity alone,
    /// with the reason, which is returned too.
    pub fn push(&mut self, object: &Object) -> Option<WrongType> {
        if let Err(wrong) = self.check(self.asset, &object.json) {
            self.push_unreadable(object, &wrong.to_string());
            return Some(wrong);
        }
        let row = self.row(object, None);
        self.append(self.asset, &object.json, &row);
        self.append_lists(self.asset, &object.json, &row, &object.id, "");
        None
    }

    /// Adds an object of which no more is known than its identity, with the reason.
    pub fn push_unreadable(&mut self, object: &Object, reason: &str) {
        let row = self.row(object, Some(reason));
        self.append(self.asset, &identity(&object.json), &row);
    }

    fn row<'r>(&self, object: &'r Object, unreadable: Option<&'r str>) -> Row<'r>
    where
        's: 'r,
    {
        Row {
            id: object.id.as_str(),
            type_name: &self.schema.table(self.asset).type_name,
            group: &object.group,
            namespace: &object.namespace,
            name: &object.name,
            content_hash: &object.content_hash,
            unreadable,
            list: "",
        }
    }

    /// Rows of the asset table added since the last [`take`](Self::take).
    pub fn rows(&self) -> usize {
        self.tables.get(&self.asset.index()).map_or(0, |table| table.rows)
    }

    /// The rows added so far, by table; tables without any are there too.
    pub fn take(&mut self) -> Vec<(&'s str, RecordBatch)> {
        let schema = self.schema;
        let tables = self.tables.iter_mut();
        tables.map(|(index, table)| (schema.tables()[*index].name.as_str(), table.finish())).collect()
    }

    /// Whether every field has a type that Kubernetes gives it.
    fn check(&self, id: TableId, base: &Value) -> Result<(), WrongType> {
        let table = self.schema.table(id);
        for column in table.own_columns() {
            column::check(column, base)?;
        }
        for child in &table.children {
            for (list, entries) in lists(self.schema.table(*child), base)? {
                for (index, entry) in entries.iter().enumerate() {
                    let at = format!("{list}[{index}]");
                    if !entry.is_object() {
                        return Err(WrongType::new(at, "an object", entry));
                    }
                    self.check(*child, entry).map_err(|wrong| wrong.within(&at))?;
                }
            }
        }
        Ok(())
    }

    fn append(&mut self, id: TableId, base: &Value, row: &Row<'_>) {
        if let Some(table) = self.tables.get_mut(&id.index()) {
            table.append(self.schema.table(id), base, row);
        }
    }

    fn append_lists(&mut self, id: TableId, base: &Value, parent: &Row<'_>, parent_id: &AssetId, path: &str) {
        let schema = self.schema;
        for child in &schema.table(id).children {
            let table = schema.table(*child);
            let field = table.last_part();
            let mut keys: BTreeMap<String, usize> = BTreeMap::new();
            for (list, (at, entries)) in table.lists.iter().zip(lists(table, base).unwrap_or_default()) {
                for (index, entry) in entries.iter().enumerate() {
                    let key = entry_key(table, entry, index, &mut keys);
                    let entry_id = parent_id.child(field, &key);
                    let entry_path = join(path, &format!("{at}[{index}]"));
                    if let Some(builder) = self.tables.get_mut(&child.index()) {
                        builder.parent_id.append_value(parent.id);
                        builder.id.append_value(entry_id.as_str());
                        builder.index.append_value(i64::try_from(index).unwrap_or(i64::MAX));
                        builder.path.append_value(&entry_path);
                    }
                    let name = entry.get("name").and_then(Value::as_str).unwrap_or_default();
                    let row = Row {
                        id: entry_id.as_str(),
                        type_name: &table.type_name,
                        name,
                        list: &list.tag,
                        ..*parent
                    };
                    self.append(*child, entry, &row);
                    self.append_lists(*child, entry, &row, &entry_id, &entry_path);
                }
            }
        }
    }
}

/// The lists of a table's entries within their parent, with their paths.
fn lists<'v>(table: &Table, base: &'v Value) -> Result<Vec<(String, &'v [Value])>, WrongType> {
    let found = table.lists.iter().map(|list| {
        let entries = match list.path.get(base)? {
            None => &[],
            Some(Value::Array(entries)) => entries.as_slice(),
            Some(other) => return Err(WrongType::new(list.path.to_string(), "a list", other)),
        };
        Ok((list.path.to_string(), entries))
    });
    found.collect()
}

/// What identifies an entry: its key field, else its index; a repeated key gets its count.
fn entry_key(table: &Table, entry: &Value, index: usize, seen: &mut BTreeMap<String, usize>) -> String {
    let key = table.key.as_ref().and_then(|key| entry.get(key)).and_then(Value::as_str);
    let key = key.map_or_else(|| index.to_string(), str::to_owned);
    let count = seen.entry(key.clone()).or_default();
    *count += 1;
    if *count > 1 { format!("{key}~{count}") } else { key }
}

/// What is kept of an unreadable object: the parts of its metadata that have the right type.
fn identity(object: &Value) -> Value {
    let mut kept = serde_json::Map::new();
    for key in ["apiVersion", "kind"] {
        kept.extend(object.get(key).filter(|v| v.is_string()).map(|v| (key.to_owned(), v.clone())));
    }
    let mut metadata = serde_json::Map::new();
    for key in ["name", "namespace", "uid", "generateName"] {
        let value = object.get("metadata").and_then(|m| m.get(key)).filter(|v| v.is_string());
        metadata.extend(value.map(|v| (key.to_owned(), v.clone())));
    }
    kept.insert("metadata".to_owned(), Value::Object(metadata));
    Value::Object(kept)
}

impl TableBuilder {
    fn new(table: &Table) -> Self {
        Self {
            schema: table.arrow_schema(),
            parent_id: StringBuilder::new(),
            id: StringBuilder::new(),
            index: Int64Builder::new(),
            path: StringBuilder::new(),
            columns: table.own_columns().map(|column| ColumnBuilder::new(&column.kind)).collect(),
            rows: 0,
        }
    }

    fn append(&mut self, table: &Table, base: &Value, row: &Row<'_>) {
        for (builder, column) in self.columns.iter_mut().zip(table.own_columns()) {
            builder.append(&column.kind, Some(base), row);
        }
        self.rows += 1;
    }

    fn finish(&mut self) -> RecordBatch {
        self.rows = 0;
        let is_list = self.schema.fields().first().is_some_and(|field| field.name() == "parentId");
        let mut arrays: Vec<ArrayRef> = Vec::new();
        if is_list {
            arrays.push(std::sync::Arc::new(self.parent_id.finish()));
            arrays.push(std::sync::Arc::new(self.id.finish()));
            arrays.push(std::sync::Arc::new(self.index.finish()));
            arrays.push(std::sync::Arc::new(self.path.finish()));
        }
        arrays.extend(self.columns.iter_mut().map(ColumnBuilder::finish));
        RecordBatch::try_new(self.schema.clone(), arrays)
            .unwrap_or_else(|_| RecordBatch::new_empty(self.schema.clone()))
    }
}
