//! The asset model as declared in `schema/*.graphql`: types, fields and what relates to what.

mod draft;
mod load;
mod names;
mod resource;
mod table;

use std::collections::BTreeMap;

use crate::path::Path;

pub use draft::{Draft, draft};
use load::Places;
pub use load::{LoadError, Mistake};
pub use names::root_field;
pub use resource::{Resource, is_built_in, split_api_version};
use table::Tables;
pub(crate) use table::data_type;
pub use table::{Base, Column, ColumnKind, Table, TableId};

/// The SDL that ships with assay: (file name, text).
const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/schema_files.rs"));

/// All types, and the tables that hold their rows.
#[derive(Debug)]
pub struct Schema {
    types: BTreeMap<String, TypeDef>,
    tables: Tables,
    sources: Vec<(String, String)>,
    places: Places,
    /// The type of what the model has no type for.
    generic: Option<String>,
}

/// An asset type, an entry of a list, a struct or an interface.
#[derive(Debug, Clone)]
pub struct TypeDef {
    /// The name; an asset type's is the Kubernetes kind, unless two groups have that kind.
    pub name: String,
    /// What it is, in a sentence.
    pub description: String,
    /// The interfaces it implements, in the order written.
    pub interfaces: Vec<String>,
    /// Whether it is an interface.
    pub is_interface: bool,
    /// The API resource it is listed from, for asset types.
    pub resource: Option<Resource>,
    /// What makes its rows, for types that no snapshot holds.
    pub derived: Option<DerivedRows>,
    /// Its own fields and those of its interfaces, in the order declared.
    pub fields: Vec<Field>,
    /// Whether a user declared it, beside those of the model.
    pub own: bool,
}

/// One field of a type.
#[derive(Debug, Clone)]
pub struct Field {
    /// Kubernetes' own name, or a catalogue's.
    pub name: String,
    /// What it means.
    pub description: String,
    /// What to use instead, for names kept for existing catalogues.
    pub deprecated: Option<String>,
    /// Where its value comes from.
    pub source: Source,
}

/// Where the value of a field comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// A scalar, or a list of scalars.
    Scalar(ScalarField),
    /// A map of strings: a relation to its entries, with `key` and `value`.
    Map(Path),
    /// A nested object. Without a path it is the asset itself, seen as another type.
    Struct {
        /// The type of the nested object.
        of: String,
        /// Where it is read.
        path: Option<Path>,
    },
    /// Other assets or entries.
    Relation(Relation),
    /// Another name for a field, possibly in a related asset, possibly narrowed by a filter.
    Alias {
        /// The field's path from this type.
        of: Vec<String>,
        /// The filter's text, for aliases of relations.
        filter: Option<String>,
    },
    /// A boolean: whether the filter holds.
    Defined {
        /// The filter's text.
        filter: String,
    },
    /// How many related things satisfy the filter.
    Count {
        /// The relation's field.
        of: String,
        /// The filter's text; none counts all.
        filter: Option<String>,
    },
    /// A fact that is computed from several tables at evaluation.
    Derived(Derived),
}

/// A scalar field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScalarField {
    /// The type of the value, or of each element.
    pub scalar: Scalar,
    /// Whether it is a list.
    pub list: bool,
    /// Where it is read.
    pub read: Read,
}

/// Where a scalar is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// From the object.
    Path(Path),
    /// From what is known of the row.
    Computed(Computed),
}

/// Values that are made of the whole object, or of the entry's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Computed {
    /// The asset's id.
    Id,
    /// `metadata.name`, or `metadata.generateName` followed by `*`.
    Name,
    /// The digest of the object's content.
    ContentHash,
    /// Why the object could not be read.
    Unreadable,
    /// The API group.
    Group,
    /// The name of the type.
    Type,
    /// Which list the entry stands in, for entries of several lists.
    List,
    /// The namespace of the asset the entry belongs to.
    ParentNamespace,
    /// The one key, besides `name`, that is set.
    Key,
    /// Nothing: a catalogue's field that Kubernetes has no value for.
    Missing,
}

/// A scalar, or a list of scalars, that a derivation of the evaluator computes from several tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// The derivation's name.
    pub by: String,
    /// The types whose tables it reads besides the row's own.
    pub reads: Vec<String>,
    /// The type of the value, or of each element.
    pub scalar: Scalar,
    /// Whether it is a list.
    pub list: bool,
}

/// Where the rows of a table come from that no snapshot holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivedRows {
    /// The derivation's name.
    pub by: String,
    /// The types whose tables decide which rows there are.
    pub reads: Vec<String>,
}

/// The types of scalars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// Text; also ids and enumerations.
    String,
    /// A 64-bit integer.
    Int,
    /// A 64-bit float.
    Float,
    /// True or false.
    Boolean,
    /// An amount (`500m`, `1Gi`), compared by value.
    Quantity,
    /// A span of time (`1h30m`), compared by length.
    Duration,
    /// An instant, in microseconds since 1970 UTC.
    DateTime,
    /// A number or a name, kept as text.
    IntOrString,
    /// A label selector in kubectl's form.
    LabelSelector,
}

/// A relation to other assets or entries.
#[derive(Debug, Clone, PartialEq)]
pub struct Relation {
    /// The type it leads to: an asset type, an interface or an entry.
    pub to: String,
    /// Whether it leads to any number, or to at most one.
    pub many: bool,
    /// How it is found.
    pub via: Via,
}

/// How a relation is found.
#[derive(Debug, Clone, PartialEq)]
pub enum Via {
    /// Entries of lists within the asset.
    Children {
        /// The lists, in order.
        lists: Vec<ListPath>,
        /// The entry's field that identifies it.
        key: Option<String>,
    },
    /// The row that an entry belongs to.
    Parent,
    /// Assets in this namespace.
    Members {
        /// group/Kind to keep; empty keeps all.
        kinds: Vec<String>,
        /// Take those without a namespace instead.
        cluster_scoped: bool,
    },
    /// An asset, or an entry of another list of the same asset, by name. All are field names of this type, dotted within structs.
    Refers {
        /// The field with the name.
        name: String,
        /// The field with the namespace; else the asset's own.
        namespace: Option<String>,
        /// The reference holds only where this field has one of these values; the empty one is a missing value.
        when: Option<(String, Vec<String>)>,
        /// The name meant where none is given.
        default: Option<String>,
    },
    /// The other type's relation, read backwards.
    Inverse {
        /// Its field path.
        of: Vec<String>,
    },
    /// Assets whose labels satisfy the selector in this field.
    Selects {
        /// The field with the selector.
        selector: String,
    },
    /// The controlling owner.
    Owner,
    /// As a derivation of the evaluator computes it.
    Derived {
        /// The derivation's name.
        by: String,
        /// The types whose tables it reads besides those that its rows are derived from.
        reads: Vec<String>,
    },
}

/// A list of objects within an asset, and the word for being in it.
#[derive(Debug, Clone, PartialEq)]
pub struct ListPath {
    /// Where the list is.
    pub path: Path,
    /// The same in words, which the place of each entry begins with.
    pub(crate) text: String,
    /// What the entry's `list` is; empty where there is one list only.
    pub tag: String,
}

impl ListPath {
    pub(crate) fn new(path: Path, tag: &str) -> Self {
        Self { text: path.to_string(), path, tag: tag.to_owned() }
    }
}

impl Schema {
    /// The built-in model.
    pub fn built_in() -> Result<Self, LoadError> {
        Self::with_files(&[])
    }

    /// The built-in model, and a user's own types beside it: (file name, SDL).
    ///
    /// # Errors
    /// All mistakes that one reading finds, each with its file, line and column.
    pub fn with_files(files: &[(String, String)]) -> Result<Self, LoadError> {
        let own = files.iter().map(|(file, text)| (file.as_str(), text.as_str()));
        let all: Vec<(&str, &str)> = BUILT_IN.iter().copied().chain(own).collect();
        load::load(&all, BUILT_IN.len())
    }

    fn of(
        types: BTreeMap<String, TypeDef>,
        tables: Tables,
        sources: Vec<(String, String)>,
        places: Places,
    ) -> Self {
        let is_generic = |def: &&TypeDef| def.resource.as_ref().is_some_and(|own| own.plural == "*");
        let generic = types.values().find(is_generic).map(|def| def.name.clone());
        Self { types, tables, sources, places, generic }
    }

    /// A mistake in a type, or in a field (`Type.field`), with its place in the files.
    pub fn mistake(&self, about: &str, message: &str, help: Option<String>) -> Mistake {
        let wrong = load::Wrong::new(about, message);
        self.places.place(&self.sources, help.into_iter().fold(wrong, load::Wrong::help))
    }

    /// The SDL it was read from: (file name, text), the built-in files first.
    pub fn sources(&self) -> &[(String, String)] {
        &self.sources
    }

    /// The type of that name.
    pub fn get(&self, name: &str) -> Option<&TypeDef> {
        self.types.get(name)
    }

    /// All types, by name.
    pub fn types(&self) -> impl Iterator<Item = &TypeDef> {
        self.types.values()
    }

    /// The fields that a query may begin with, each with its type's name.
    pub fn roots(&self) -> &BTreeMap<String, String> {
        &self.tables.roots
    }

    /// The asset types that are listed from the API, by resource.
    pub fn assets(&self) -> impl Iterator<Item = (&TypeDef, &Resource)> {
        self.types.values().filter_map(|def| def.resource.as_ref().map(|resource| (def, resource)))
    }

    /// The asset type of this group and kind; the generic one if it has none of its own.
    pub fn asset_of(&self, group: &str, kind: &str) -> Option<&TypeDef> {
        self.typed(group, kind).or_else(|| self.generic())
    }

    /// The type that this group and kind have of their own.
    pub fn typed(&self, group: &str, kind: &str) -> Option<&TypeDef> {
        self.types.get(self.tables.kinds.get(&(group.to_owned(), kind.to_owned()))?)
    }

    /// The type of everything that has no type of its own.
    pub fn generic(&self) -> Option<&TypeDef> {
        self.get(self.generic.as_ref()?)
    }

    /// All tables, derived ones included.
    pub fn tables(&self) -> &[Table] {
        &self.tables.all
    }

    /// A table by its id.
    pub fn table(&self, id: TableId) -> &Table {
        &self.tables.all[id.index()]
    }

    /// A table by its name.
    pub fn table_named(&self, name: &str) -> Option<TableId> {
        self.tables.by_name.get(name).copied()
    }

    /// The tables that a snapshot holds.
    pub fn stored_tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.all.iter().filter(|table| table.derived.is_none())
    }

    /// The tables that hold rows of a type: one for an asset type, one a parent for entries, all
    /// implementors' for an interface, but for those whose rows are derived.
    pub fn tables_of(&self, type_name: &str) -> Vec<TableId> {
        self.tables.by_type.get(type_name).cloned().unwrap_or_default()
    }

    /// Whether a table holds rows of a kind that every cluster has.
    pub fn is_built_in(&self, table: &Table) -> bool {
        let mut asset = table;
        while let Some(parent) = asset.parent {
            asset = self.table(parent);
        }
        let def = self.types.get(&asset.type_name);
        def.and_then(|def| def.resource.as_ref()).is_none_or(Resource::is_built_in)
    }

    /// The table of the asset that rows of this table belong to: itself, for an asset's.
    pub fn asset_table(&self, id: TableId) -> TableId {
        match self.table(id).parent {
            Some(parent) => self.asset_table(parent),
            None => id,
        }
    }
}

impl TypeDef {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether it is that type or implements that interface.
    pub fn implements(&self, interface: &str) -> bool {
        self.name == interface || self.interfaces.iter().any(|name| name == interface)
    }

    /// Whether its rows are evidence of their own: objects and containers.
    pub fn is_asset(&self) -> bool {
        self.implements("Asset")
    }
}
