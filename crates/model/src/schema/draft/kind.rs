//! The types of one kind: the asset's own, and those of objects and lists within it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::definition::Definition;
use super::property::Shape;
use super::text::{camel, pascal, plain, quoted, sentence, step};
use crate::schema::load::Names;
use crate::schema::table::{Base, LONGEST};
use crate::schema::{Schema, TypeDef};

/// What the language has its own meaning for.
const WORDS: &[&str] = &[
    "AND", "OR", "NOT", "object", "eq", "neq", "some", "none", "all", "single", "count", "given", "found",
    "dangling",
];

/// Values of an enumeration beyond this are not listed.
const VALUES: usize = 20;

/// Objects within objects beyond this have no types: no definition that a server takes is deeper.
const DEPTH: usize = 40;

/// The types of a kind, as they are drafted.
pub(super) struct Kind<'d> {
    definition: &'d Definition<'d>,
    names: &'d mut Names,
    /// The fields of every asset.
    inherited: BTreeSet<&'d str>,
    name: String,
    /// SDL of the types within it, in the order they are met.
    within: Vec<String>,
    /// The name of each such type by what it holds: the same object in two places is one type.
    by_body: BTreeMap<(bool, String), String>,
}

/// Where a type's properties stand.
struct Place<'p> {
    /// The type's name.
    name: &'p str,
    /// Its path in the object.
    path: String,
    /// Whether it is a list's entry.
    entry: bool,
    /// How long the name of the table is that has its rows.
    table: usize,
    depth: usize,
}

impl<'d> Kind<'d> {
    pub(super) fn new(schema: &'d Schema, definition: &'d Definition<'d>, names: &'d mut Names) -> Self {
        let asset = schema.get("Asset").map(|def: &TypeDef| def.fields.as_slice()).unwrap_or_default();
        let inherited = asset.iter().map(|field| field.name.as_str()).collect();
        let group = definition.group.split('.').next().unwrap_or_default();
        let (kind, group, whole) = (pascal(&definition.kind), pascal(group), pascal(&definition.group));
        let name = names.free([kind.clone(), format!("{group}{kind}"), format!("{whole}{kind}")]);
        Self { definition, names, inherited, name, within: Vec::new(), by_body: BTreeMap::new() }
    }

    /// The SDL of all its types, the asset's first.
    pub(super) fn sdl(mut self) -> String {
        let definition = self.definition;
        let place = Place {
            name: &self.name.clone(),
            path: String::new(),
            entry: false,
            table: definition.plural.len() + 1 + definition.group.len(),
            depth: 0,
        };
        let mut properties = definition.schema["properties"].as_object().cloned().unwrap_or_default();
        properties.retain(|name, _| !["apiVersion", "kind", "metadata"].contains(&name.as_str()));
        let body = self.body(&place, &properties);
        let head = format!("type {} implements Asset {}", self.name, asset(&self.name, definition));
        // An asset without fields of its own has those of every asset.
        let body = if body.fields == 0 {
            format!(" {{\n{}  id: ID! @computed(by: \"id\")\n}}\n", body.text)
        } else {
            format!(" {{\n{}}}\n", body.text)
        };
        format!("{}{head}{body}{}", described("", definition.schema), self.within.concat())
    }

    fn body(&mut self, place: &Place<'_>, properties: &Map<String, Value>) -> Body {
        let mut body = Body { text: String::new(), fields: 0 };
        let mut used = BTreeSet::new();
        for (key, property) in properties {
            let path = if place.path.is_empty() { key.clone() } else { format!("{}.{key}", place.path) };
            let name = self.field_name(place, key, &used);
            match self.field(place, &name, key, &path, property) {
                Some(field) => {
                    let _ = writeln!(body.text, "{}  {name}: {field}", described("  ", property));
                    body.fields += 1;
                    used.insert(name);
                }
                None => {
                    let path = quoted(&plain(&path));
                    let _ = writeln!(
                        body.text,
                        "  # Of no fixed shape, but within reach: object: {{path: {path}}}"
                    );
                }
            }
        }
        body
    }

    /// The type and the directives of a field; none for what has no column.
    fn field(
        &mut self,
        place: &Place<'_>,
        name: &str,
        key: &str,
        path: &str,
        property: &Value,
    ) -> Option<String> {
        let step = step(key)?;
        let read = if name == key { String::new() } else { format!(" @path(json: {})", quoted(&step)) };
        let type_name = format!("{}{}", place.name, pascal(key));
        match Shape::of(property) {
            Shape::Free => None,
            Shape::Scalar(scalar) => Some(format!("{scalar}{read}")),
            Shape::Scalars(scalar) => Some(format!("[{scalar}!]{read}")),
            Shape::Map => Some(format!("[KeyValue!]!{read}")),
            Shape::Struct(properties) => {
                let inner =
                    Place { name: &type_name, path: path.to_owned(), depth: place.depth + 1, ..*place };
                Some(format!("{}{read}", self.object(&inner, properties, property)?))
            }
            Shape::Entries(properties, items, identity) => {
                let table = place.table + 1 + name.len();
                let inner = Place {
                    name: &type_name,
                    path: path.to_owned(),
                    entry: true,
                    table,
                    depth: place.depth + 1,
                };
                let of = (table <= LONGEST).then(|| self.object(&inner, properties, items)).flatten()?;
                let identity = identity.map(|key| format!(", key: {}", quoted(key))).unwrap_or_default();
                Some(format!("[{of}!]! @children(lists: [{}]{identity})", quoted(&step)))
            }
        }
    }

    /// The type of an object within; none if nothing in it has a column.
    fn object(
        &mut self,
        place: &Place<'_>,
        properties: &Map<String, Value>,
        property: &Value,
    ) -> Option<String> {
        if place.depth > DEPTH {
            return None;
        }
        let at = self.within.len();
        let body = self.body(place, properties);
        if body.fields == 0 {
            return None;
        }
        let known = (place.entry, body.text.clone());
        if let Some(name) = self.by_body.get(&known) {
            return Some(name.clone());
        }
        let name = self.names.free([place.name.to_owned()]);
        let text = format!("{}type {name} {{\n{}}}\n", described("", property), body.text);
        self.within.insert(at, text);
        self.by_body.insert(known, name.clone());
        Some(name)
    }

    /// A property's name as a field's, that nothing else is called by. It becomes a column's, and to SQL engines
    /// `URL` and `url` are one column: DuckDB renames the second, and Spark can't tell which is meant.
    fn field_name(&self, place: &Place<'_>, key: &str, used: &BTreeSet<String>) -> String {
        let is_taken = |name: &str| {
            let is_same = |other: &str| other.eq_ignore_ascii_case(name);
            used.iter().any(|other| is_same(other))
                || WORDS.contains(&name)
                || place.depth == 0 && self.inherited.iter().any(|other| is_same(other))
                || place.entry && Base::ALL.iter().any(|(_, base)| is_same(base))
        };
        let mut name = camel(key);
        while is_taken(&name) {
            name.push('_');
        }
        name
    }
}

/// The fields of a type, with what is said of those that are none.
struct Body {
    text: String,
    fields: usize,
}

fn asset(name: &str, definition: &Definition<'_>) -> String {
    let mut text = format!(
        "@asset(group: {}, version: {}, resource: {}",
        quoted(&definition.group),
        quoted(&definition.version),
        quoted(&definition.plural)
    );
    if definition.kind != name {
        let _ = write!(text, ", kind: {}", quoted(&definition.kind));
    }
    if !definition.namespaced {
        text.push_str(", scope: CLUSTER");
    }
    let alike: Vec<String> =
        definition.alike.iter().map(|version| quoted(&format!("{}/{version}", definition.group))).collect();
    if !alike.is_empty() {
        let _ = write!(text, ", formerly: [{}]", alike.join(", "));
    }
    text + ")"
}

/// The description of a schema as a line of SDL, with the values of an enumeration.
fn described(indent: &str, schema: &Value) -> String {
    let mut text = sentence(schema["description"].as_str().unwrap_or_default());
    let values = schema["enum"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut shown: Vec<String> = values
        .iter()
        .take(VALUES)
        .filter_map(Value::as_str)
        .filter(|value| !value.is_empty())
        .map(plain)
        .collect();
    if !shown.is_empty() {
        if values.len() > VALUES {
            shown.push("…".to_owned());
        }
        let separator = match text.chars().last() {
            None => "",
            Some('.' | '!' | '?' | ':' | '…') => " ",
            Some(_) => ". ",
        };
        let _ = write!(text, "{separator}One of {}.", sentence(&shown.join(", ")));
    }
    if text.is_empty() { text } else { format!("{indent}{}\n", quoted(&text)) }
}
