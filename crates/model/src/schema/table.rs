//! The tables that types are kept in: one for each asset type, one for each list of objects within it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field as ArrowField, Fields, Schema as ArrowSchema, SchemaRef, TimeUnit};

use super::load::Wrong;
use super::{
    Computed, DerivedRows, Field, ListPath, Read, Scalar, ScalarField, Source, TypeDef, Via, root_field,
};
use crate::path::Path;

/// Names of files have 255 bytes; the rest is for the ending, and for temporary names.
pub(super) const LONGEST: usize = 200;

/// Which table of a [`Schema`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableId(usize);

impl TableId {
    /// Its place in [`Schema::tables`].
    pub fn index(self) -> usize {
        self.0
    }
}

/// A table: the rows of one asset type, or of one list within it.
#[derive(Debug)]
pub struct Table {
    /// The file's name without `.parquet`: the API resource (`pods`), then the lists (`pods.containers`).
    pub name: String,
    /// The type of its rows.
    pub type_name: String,
    /// The table whose rows these belong to, for lists.
    pub parent: Option<TableId>,
    /// The field of the parent's row that leads here, dotted within structs.
    pub field: String,
    /// Where the entries are, from the parent's row.
    pub lists: Vec<ListPath>,
    /// The entry's field that identifies it.
    pub key: Option<String>,
    /// The tables of lists within these rows.
    pub children: Vec<TableId>,
    /// The columns, after the base columns of lists.
    pub columns: Vec<Column>,
    /// What makes its rows, where no snapshot holds them.
    pub derived: Option<DerivedRows>,
}

/// The columns that every table of a list starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// The id of the row it belongs to.
    ParentId,
    /// Its own id: the parent's, then `#field/key`.
    Id,
    /// Its index in its list, from 0.
    Index,
    /// Where it stands in the object: `spec.containers[1]`.
    Path,
}

impl Base {
    /// All, in order.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::ParentId, "parentId"), (Self::Id, "id"), (Self::Index, "index"), (Self::Path, "path")];
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// The field's name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
}

/// What a column holds.
#[derive(Debug, Clone)]
pub enum ColumnKind {
    /// A scalar or a list of scalars.
    Scalar(ScalarField),
    /// A map of strings.
    Map(Path),
    /// A struct.
    Struct(Path, Vec<Column>),
}

impl Table {
    /// The Arrow schema of its record batches.
    pub fn arrow_schema(&self) -> SchemaRef {
        let base = if self.parent.is_some() { &Base::ALL[..] } else { &[] };
        let base = base.iter().map(|(base, name)| {
            let data_type = if *base == Base::Index { DataType::Int64 } else { DataType::Utf8 };
            Arc::new(ArrowField::new(*name, data_type, false))
        });
        let own = self.own_columns().map(|column| Arc::new(arrow_field(column)));
        Arc::new(ArrowSchema::new(base.chain(own).collect::<Fields>()))
    }

    /// The columns besides the base columns of lists.
    pub fn own_columns(&self) -> impl Iterator<Item = &Column> {
        let is_list = self.parent.is_some();
        self.columns
            .iter()
            .filter(move |column| !(is_list && Base::ALL.iter().any(|(_, n)| *n == column.name)))
    }

    /// What its name has after its parent's: what its entries' ids are made of.
    pub fn last_part(&self) -> &str {
        last(&self.name)
    }

    /// Whether its rows are entries of a list.
    pub fn is_list(&self) -> bool {
        self.parent.is_some()
    }
}

fn arrow_field(column: &Column) -> ArrowField {
    ArrowField::new(&column.name, data_type(&column.kind), true)
}

/// The Arrow type of a column.
pub(crate) fn data_type(kind: &ColumnKind) -> DataType {
    match kind {
        ColumnKind::Scalar(field) if field.list => {
            DataType::List(Arc::new(ArrowField::new("item", scalar_type(field.scalar), true)))
        }
        ColumnKind::Scalar(field) => scalar_type(field.scalar),
        ColumnKind::Map(_) => map_type(),
        ColumnKind::Struct(_, columns) => {
            DataType::Struct(columns.iter().map(|c| Arc::new(arrow_field(c))).collect())
        }
    }
}

fn scalar_type(scalar: Scalar) -> DataType {
    match scalar {
        Scalar::Int => DataType::Int64,
        Scalar::Float => DataType::Float64,
        Scalar::Boolean => DataType::Boolean,
        Scalar::DateTime => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Scalar::String
        | Scalar::Quantity
        | Scalar::Duration
        | Scalar::IntOrString
        | Scalar::LabelSelector => DataType::Utf8,
    }
}

fn map_type() -> DataType {
    let entries = Fields::from(vec![
        ArrowField::new("key", DataType::Utf8, false),
        ArrowField::new("value", DataType::Utf8, true),
    ]);
    DataType::Map(Arc::new(ArrowField::new("entries", DataType::Struct(entries), false)), false)
}

/// All tables, and what leads to them.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) all: Vec<Table>,
    pub(super) by_name: BTreeMap<String, TableId>,
    /// The tables that hold rows of each type and interface.
    pub(super) by_type: BTreeMap<String, Vec<TableId>>,
    /// The type of each group and kind, by every group that its objects are read in.
    pub(super) kinds: BTreeMap<(String, String), String>,
    /// The type of each root field.
    pub(super) roots: BTreeMap<String, String>,
}

/// Lays out the tables of all types.
pub(super) fn build(types: &BTreeMap<String, TypeDef>) -> Result<Tables, Wrong> {
    endless(types)?;
    let kinds = kinds(types)?;
    let mut builder = Builder { types, tables: Vec::new() };
    for def in types.values() {
        if let Some(resource) = &def.resource {
            builder.table(resource.table(), def, None);
        } else if def.derived.is_some() {
            builder.table(format!("derived/{}", root_field(&def.name)), def, None);
        }
    }
    let all = builder.tables;
    let mut by_name = BTreeMap::new();
    for (index, table) in all.iter().enumerate() {
        if let Some(column) = table.columns.iter().find(|column| table.is_list() && is_base(column)) {
            let message =
                "an entry's own id, index or place has that name: give the field another, with @path";
            return Err(Wrong::new(format!("{}.{}", table.type_name, column.name), message));
        }
        if table.name.len() > LONGEST {
            return Err(Wrong::new(&table.type_name, "its table's name is too long: nest its lists less"));
        }
        if by_name.insert(table.name.clone(), TableId(index)).is_some() {
            let message = format!("another table is named `{}` already", table.name);
            return Err(Wrong::new(&table.type_name, message));
        }
    }
    let by_type = by_type(types, &all);
    let rooted = types.values().filter(|def| def.is_asset());
    let roots = rooted.map(|def| (root_field(&def.name), def.name.clone())).collect();
    Ok(Tables { all, by_name, by_type, kinds, roots })
}

/// Whether a column would be read from the object, and is called as one that every list's table starts with.
fn is_base(column: &Column) -> bool {
    let computed =
        matches!(&column.kind, ColumnKind::Scalar(field) if matches!(field.read, Read::Computed(_)));
    !computed && Base::ALL.iter().any(|(_, name)| *name == column.name)
}

/// The tables of each type, and of each interface that the type of their rows implements.
fn by_type(types: &BTreeMap<String, TypeDef>, tables: &[Table]) -> BTreeMap<String, Vec<TableId>> {
    let mut by_type: BTreeMap<String, Vec<TableId>> = BTreeMap::new();
    for (index, table) in tables.iter().enumerate() {
        let interfaces = types.get(&table.type_name).map(|def| def.interfaces.as_slice()).unwrap_or_default();
        let interfaces = interfaces.iter().filter(|_| table.derived.is_none());
        for name in interfaces.chain([&table.type_name]) {
            by_type.entry(name.clone()).or_default().push(TableId(index));
        }
    }
    by_type
}

/// The type of each group and kind that objects may come in.
fn kinds(types: &BTreeMap<String, TypeDef>) -> Result<BTreeMap<(String, String), String>, Wrong> {
    let mut kinds = BTreeMap::new();
    for (def, resource) in types.values().filter_map(|def| Some((def, def.resource.as_ref()?))) {
        let groups: BTreeSet<&String> =
            resource.formerly.iter().map(|(group, _)| group).chain([&resource.group]).collect();
        for group in groups {
            let kind = (group.clone(), resource.kind.clone());
            if let Some(other) = kinds.insert(kind, def.name.clone()) {
                // The later one of two is the user's, if one is.
                let (own, other) = if types.get(&other).is_some_and(|def| def.own) {
                    (&other, &def.name)
                } else {
                    (&def.name, &other)
                };
                let kind = &resource.kind;
                let message = format!("it would be read from {kind} of {group}, as {other} is");
                return Err(Wrong::new(own, message));
            }
        }
    }
    Ok(kinds)
}

/// A type that holds itself, as a struct or a list, would have no end of columns or tables.
fn endless(types: &BTreeMap<String, TypeDef>) -> Result<(), Wrong> {
    let mut done = BTreeSet::new();
    types.values().try_for_each(|def| descend(types, def, &mut Vec::new(), &mut done))
}

fn descend<'t>(
    types: &'t BTreeMap<String, TypeDef>,
    def: &'t TypeDef,
    above: &mut Vec<&'t str>,
    done: &mut BTreeSet<&'t str>,
) -> Result<(), Wrong> {
    if above.contains(&def.name.as_str()) {
        return Err(Wrong::new(&def.name, "it is within itself, without an end"));
    }
    if done.contains(def.name.as_str()) {
        return Ok(());
    }
    above.push(&def.name);
    for within in def.fields.iter().filter_map(within).filter_map(|name| types.get(name)) {
        descend(types, within, above, done)?;
    }
    above.pop();
    done.insert(&def.name);
    Ok(())
}

/// The type of what a field holds within its own object.
fn within(field: &Field) -> Option<&String> {
    match &field.source {
        Source::Struct { of, path: Some(_) } => Some(of),
        Source::Relation(relation) => matches!(relation.via, Via::Children { .. }).then_some(&relation.to),
        _ => None,
    }
}

/// The one column of a struct that holds lists alone: Parquet has no structs without columns, and whether the object
/// is there at all is the struct's to tell.
fn nothing() -> Column {
    let read = Read::Computed(Computed::Missing);
    Column {
        name: "_".to_owned(),
        kind: ColumnKind::Scalar(ScalarField { scalar: Scalar::String, list: false, read }),
    }
}

struct Builder<'t> {
    types: &'t BTreeMap<String, TypeDef>,
    tables: Vec<Table>,
}

/// A list found while laying out a row.
struct List<'t> {
    parent: TableId,
    field: String,
    of: &'t TypeDef,
    lists: Vec<ListPath>,
    key: Option<String>,
}

impl List<'_> {
    /// What its table is called after its parent's: the field's own name, but for two of one name in different
    /// structs of a row.
    fn name_among(&self, all: &[List<'_>]) -> String {
        let last = last(&self.field);
        match all.iter().filter(|other| last == self::last(&other.field)).count() {
            1 => last.to_owned(),
            _ => self.field.replace('.', "-"),
        }
    }
}

/// The last name of a dotted path.
fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or_default()
}

impl<'t> Builder<'t> {
    fn table(&mut self, name: String, def: &'t TypeDef, list: Option<&List<'t>>) -> TableId {
        let id = TableId(self.tables.len());
        self.tables.push(Table {
            name: name.clone(),
            type_name: def.name.clone(),
            parent: list.map(|list| list.parent),
            field: list.map(|list| list.field.clone()).unwrap_or_default(),
            lists: list.map(|list| list.lists.clone()).unwrap_or_default(),
            key: list.and_then(|list| list.key.clone()),
            children: Vec::new(),
            columns: Vec::new(),
            derived: def.derived.clone(),
        });
        let mut found = Vec::new();
        let columns = self.columns(id, def, "", &Path::default(), &mut found);
        let mut children = Vec::new();
        for list in &found {
            let part = list.name_among(&found);
            children.push(self.table(format!("{name}.{part}"), list.of, Some(list)));
        }
        let table = &mut self.tables[id.0];
        table.columns = columns;
        table.children = children;
        id
    }

    /// The columns of a type; lists of objects on the way go to `found`, with their paths from the row.
    fn columns(
        &self,
        id: TableId,
        def: &'t TypeDef,
        prefix: &str,
        base: &Path,
        found: &mut Vec<List<'t>>,
    ) -> Vec<Column> {
        let mut columns = Vec::new();
        for field in &def.fields {
            let dotted =
                if prefix.is_empty() { field.name.clone() } else { format!("{prefix}.{}", field.name) };
            let kind = match &field.source {
                Source::Scalar(scalar) => ColumnKind::Scalar(scalar.clone()),
                Source::Map(path) => ColumnKind::Map(path.clone()),
                Source::Struct { of, path: Some(path) } => {
                    let Some(of) = self.types.get(of) else { continue };
                    let mut inner = self.columns(id, of, &dotted, &base.then(path), found);
                    if inner.is_empty() {
                        inner.push(nothing());
                    }
                    ColumnKind::Struct(path.clone(), inner)
                }
                Source::Relation(relation) => {
                    if let (Via::Children { lists, key }, Some(of)) =
                        (&relation.via, self.types.get(&relation.to))
                    {
                        let lists = lists
                            .iter()
                            .map(|list| ListPath::new(base.then(&list.path), &list.tag))
                            .collect();
                        found.push(List { parent: id, field: dotted, of, lists, key: key.clone() });
                    }
                    continue;
                }
                _ => continue,
            };
            columns.push(Column { name: field.name.clone(), kind });
        }
        columns
    }
}
