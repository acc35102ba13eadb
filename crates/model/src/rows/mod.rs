//! Objects → rows: what the SDL says is in a table is taken from the objects' JSON.

mod column;
mod identity;
mod value;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::canonical::{self, Written};
use crate::id::AssetId;
use crate::json::Json;
use crate::path::WrongType;
use crate::schema::{Column, ListPath, Schema, Table, TableId};
use arrow::array::{ArrayRef, Int64Builder, RecordBatch, StringBuilder};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use column::ColumnBuilder;
use identity::identity;

pub use identity::is_identity;

/// An object as it is to be kept: redacted, with the facts taken before redaction under `assayFacts`.
#[derive(Debug, Clone)]
pub struct Object<'j> {
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
    /// Its JSON as it is kept.
    pub text: String,
    /// The object itself.
    pub json: Json<'j>,
}

impl<'j> Object<'j> {
    /// Takes an object with `apiVersion`, `kind` and a name; `None` without one of them.
    pub fn new(json: Json<'j>) -> Option<Self> {
        let written = canonical::write(&json);
        Self::as_written(json, written)
    }

    /// The same, of an object that was written before and did not change.
    pub fn as_written(json: Json<'j>, written: Written) -> Option<Self> {
        let text = |path: &[&str]| json.at(path).and_then(Json::as_str);
        let api_version = text(&["apiVersion"])?;
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group).to_owned();
        let namespace = text(&["metadata", "namespace"]).unwrap_or_default().to_owned();
        let name = match text(&["metadata", "name"]) {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => format!("{}*", text(&["metadata", "generateName"]).filter(|prefix| !prefix.is_empty())?),
        };
        let id = AssetId::new(&group, text(&["kind"])?, &namespace, &name);
        let Written { text, content_hash } = written;
        Some(Self { id, key: key(&namespace, &name), group, namespace, name, content_hash, text, json })
    }

    /// An object as a snapshot kept it, with the id and name it was given then.
    pub fn stored(id: &str, namespace: &str, name: &str, json: Json<'j>) -> Self {
        let id = AssetId::from_stored(id);
        let group = match id.parts().0 {
            "core" => String::new(),
            group => group.to_owned(),
        };
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        let Written { text, content_hash } = canonical::write(&json);
        Self { id, key: key(&namespace, &name), group, namespace, name, content_hash, text, json }
    }

    /// Gives it the identity that it has in another group, or by another name; the object itself stays as it is.
    pub fn identify(&mut self, group: &str, name: &str) {
        self.id = AssetId::new(group, self.kind(), &self.namespace, name);
        self.key = key(&self.namespace, name);
        self.group = group.to_owned();
        self.name = name.to_owned();
    }

    /// The same, of texts of its own.
    pub fn into_owned(self) -> Object<'static> {
        let Self { id, key, group, namespace, name, content_hash, text, json } = self;
        Object { id, key, group, namespace, name, content_hash, text, json: json.into_owned() }
    }

    /// What rows are sorted by: the key, then the id.
    pub fn place(&self) -> (&str, &str) {
        (&self.key, self.id.as_str())
    }

    /// What kind it says it is of.
    pub fn kind(&self) -> &str {
        self.json.get("kind").and_then(Json::as_str).unwrap_or_default()
    }

    /// The group and version it is written in.
    pub fn api_version(&self) -> &str {
        self.json.get("apiVersion").and_then(Json::as_str).unwrap_or_default()
    }
}

/// What rows are sorted by.
fn key(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") }
}

/// Bytes for a dot, brackets and the index that most entries have.
const INDEX_BYTES: usize = 6;

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
    tables: BTreeMap<usize, TableBuilder<'s>>,
}

struct TableBuilder<'s> {
    schema: SchemaRef,
    parent_id: StringBuilder,
    id: StringBuilder,
    index: Int64Builder,
    path: StringBuilder,
    columns: Vec<(&'s Column, ColumnBuilder)>,
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
    pub fn push(&mut self, object: &Object<'_>) -> Option<WrongType> {
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
    pub fn push_unreadable(&mut self, object: &Object<'_>, reason: &str) {
        let row = self.row(object, Some(reason));
        self.append(self.asset, &identity(&object.json), &row);
    }

    fn row<'r>(&self, object: &'r Object<'_>, unreadable: Option<&'r str>) -> Row<'r>
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

    /// The rows added so far, by table; tables without any are there too.
    ///
    /// # Errors
    /// The columns don't fit each other, which would be a mistake of ours.
    pub fn take(&mut self) -> Result<Vec<(&'s str, RecordBatch)>, ArrowError> {
        let schema = self.schema;
        let tables = self.tables.iter_mut();
        tables.map(|(index, table)| Ok((schema.tables()[*index].name.as_str(), table.finish()?))).collect()
    }

    /// Whether every field has a type that Kubernetes gives it.
    fn check(&self, id: TableId, base: &Json<'_>) -> Result<(), WrongType> {
        for (column, _) in self.tables.get(&id.index()).into_iter().flat_map(|table| &table.columns) {
            column::check(column, base)?;
        }
        for child in &self.schema.table(id).children {
            for list in &self.schema.table(*child).lists {
                for (index, entry) in entries(list, base)?.iter().enumerate() {
                    let at = || format!("{}[{index}]", list.path);
                    if entry.as_object().is_none() {
                        return Err(WrongType::new(at(), "an object", entry));
                    }
                    self.check(*child, entry).map_err(|wrong| wrong.within(&at()))?;
                }
            }
        }
        Ok(())
    }

    fn append(&mut self, id: TableId, base: &Json<'_>, row: &Row<'_>) {
        if let Some(table) = self.tables.get_mut(&id.index()) {
            table.append(base, row);
        }
    }

    fn append_lists(
        &mut self,
        id: TableId,
        base: &Json<'_>,
        parent: &Row<'_>,
        parent_id: &AssetId,
        path: &str,
    ) {
        let schema = self.schema;
        for child in &schema.table(id).children {
            let table = schema.table(*child);
            let field = table.last_part();
            let mut keys = BTreeMap::new();
            for list in &table.lists {
                for (index, entry) in entries(list, base).unwrap_or_default().iter().enumerate() {
                    let key = entry_key(table, entry, index, &mut keys);
                    let entry_id = parent_id.child(field, &key);
                    let entry_path = place(path, list, index);
                    if let Some(builder) = self.tables.get_mut(&child.index()) {
                        builder.parent_id.append_value(parent.id);
                        builder.id.append_value(entry_id.as_str());
                        builder.index.append_value(i64::try_from(index).unwrap_or(i64::MAX));
                        builder.path.append_value(&entry_path);
                    }
                    let name = entry.get("name").and_then(Json::as_str).unwrap_or_default();
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

/// Where an entry stands in the object, by where its parent does.
fn place(above: &str, list: &ListPath, index: usize) -> String {
    let mut place = String::with_capacity(above.len() + list.text.len() + INDEX_BYTES);
    place.push_str(above);
    if !above.is_empty() {
        place.push('.');
    }
    place.push_str(&list.text);
    // A string takes everything.
    let _ = write!(place, "[{index}]");
    place
}

/// The entries of a list within their parent.
fn entries<'v, 'j>(list: &ListPath, base: &'v Json<'j>) -> Result<&'v [Json<'j>], WrongType> {
    match list.path.get(base)? {
        None => Ok(&[]),
        Some(Json::Array(entries)) => Ok(entries.as_slice()),
        Some(other) => Err(WrongType::new(list.path.to_string(), "a list", other)),
    }
}

/// What identifies an entry: its key field, else its index; a repeated key gets its count.
fn entry_key<'v>(
    table: &Table,
    entry: &'v Json<'_>,
    index: usize,
    seen: &mut BTreeMap<Cow<'v, str>, usize>,
) -> Cow<'v, str> {
    let key = table.key.as_ref().and_then(|key| entry.get(key)).and_then(Json::as_str);
    let key = key.map_or_else(|| Cow::Owned(index.to_string()), Cow::Borrowed);
    let count = seen.entry(key.clone()).or_default();
    *count += 1;
    if *count > 1 { Cow::Owned(format!("{key}~{count}")) } else { key }
}

impl<'s> TableBuilder<'s> {
    fn new(table: &'s Table) -> Self {
        Self {
            schema: table.arrow_schema(),
            parent_id: StringBuilder::new(),
            id: StringBuilder::new(),
            index: Int64Builder::new(),
            path: StringBuilder::new(),
            columns: table.own_columns().map(|column| (column, ColumnBuilder::new(&column.kind))).collect(),
        }
    }

    fn append(&mut self, base: &Json<'_>, row: &Row<'_>) {
        for (column, builder) in &mut self.columns {
            builder.append(&column.kind, base, row);
        }
    }

    fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let is_list = self.schema.fields().first().is_some_and(|field| field.name() == "parentId");
        let mut arrays: Vec<ArrayRef> = Vec::new();
        if is_list {
            arrays.push(std::sync::Arc::new(self.parent_id.finish()));
            arrays.push(std::sync::Arc::new(self.id.finish()));
            arrays.push(std::sync::Arc::new(self.index.finish()));
            arrays.push(std::sync::Arc::new(self.path.finish()));
        }
        for (_, builder) in &mut self.columns {
            arrays.push(builder.finish()?);
        }
        RecordBatch::try_new(self.schema.clone(), arrays)
    }
}
