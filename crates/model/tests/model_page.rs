//! `docs/model.md`: every type, field and relation, as the SDL declares them.
//!
//! `UPDATE_DOCS=1 cargo test -p assay-model --test model_page` writes it again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use std::fmt::Write as _;
use std::path::Path;

use assay_model::schema::{
    Computed, Field, Read, Relation, Resource, Scalar, Schema, Source, TypeDef, Via, root_field,
};

const HEAD: &str = "\
# The asset model

Generated from `crates/model/schema/*.graphql`; `UPDATE_DOCS=1 cargo test -p assay-model --test model_page` writes it
again.

A check asks for assets by the root field of their type, and for their fields by name. *Read at* is the place in the
object: of an asset from the object's root, of an entry or a struct from its own beginning; where there are several,
the first that has a value counts. A relation is told by how it is found. What has no place is made of other fields, or
derived from several objects at evaluation.
";

#[test]
fn the_page_is_current() {
    let schema = Schema::built_in().unwrap();
    let page = page(&schema);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/model.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "docs/model.md is not of this model: see the head of this test");
}

#[test]
fn everything_is_described() {
    let schema = Schema::built_in().unwrap();
    let mut silent = Vec::new();
    for def in schema.types() {
        if def.description.is_empty() {
            silent.push(def.name.clone());
        }
        let fields = own_fields(&schema, def).filter(|field| field.deprecated.is_none());
        for field in fields.filter(|field| field.description.is_empty()) {
            let inherited = def.interfaces.iter().filter_map(|name| schema.get(name)?.field(&field.name));
            if inherited.count() == 0 {
                silent.push(format!("{}.{}", def.name, field.name));
            }
        }
    }
    assert!(silent.is_empty(), "without a description: {}", silent.join(", "));
}

fn page(schema: &Schema) -> String {
    let mut page = HEAD.to_owned();
    let is_entry = |def: &&TypeDef| def.resource.is_none() && !def.is_interface && !def.is_asset();
    let assets = schema.types().filter(|def| def.is_asset() && !def.is_interface);
    section(&mut page, schema, "Assets", assets);
    section(&mut page, schema, "Interfaces", schema.types().filter(|def| def.is_interface));
    section(&mut page, schema, "Entries and structs", schema.types().filter(is_entry));
    page
}

fn section<'s>(page: &mut String, schema: &Schema, title: &str, types: impl Iterator<Item = &'s TypeDef>) {
    writeln!(page, "\n## {title}").unwrap();
    for def in types {
        writeln!(page, "\n### {}\n\n{}", def.name, def.description).unwrap();
        if let Some(line) = origin(def) {
            writeln!(page, "\n{line}").unwrap();
        }
        let names: Vec<String> =
            def.interfaces.iter().map(|name| format!("[{name}](#{})", name.to_lowercase())).collect();
        if !names.is_empty() {
            writeln!(page, "\nHas the fields of {}.", names.join(" and ")).unwrap();
        }
        let fields: Vec<&Field> = own_fields(schema, def).collect();
        if fields.is_empty() {
            continue;
        }
        writeln!(page, "\n| field | type | read at | meaning |\n|---|---|---|---|").unwrap();
        for field in fields {
            let described = meaning(schema, def, field);
            let read = read_at(field);
            writeln!(page, "| `{}` | {} | {read} | {described} |", field.name, type_of(field)).unwrap();
        }
    }
}

/// The fields that a type declares itself.
fn own_fields<'d>(schema: &Schema, def: &'d TypeDef) -> impl Iterator<Item = &'d Field> {
    let interfaces: Vec<TypeDef> =
        def.interfaces.iter().filter_map(|name| schema.get(name).cloned()).collect();
    def.fields.iter().filter(move |field| {
        let same = |other: &Field| format!("{other:?}") == format!("{field:?}");
        !interfaces.iter().any(|interface| interface.field(&field.name).is_some_and(same))
    })
}

fn origin(def: &TypeDef) -> Option<String> {
    let root = format!("Root field `{}`", root_field(&def.name));
    let Some(own) = &def.resource else {
        return match &def.derived {
            Some(_) => Some("Derived at evaluation: no snapshot holds it.".to_owned()),
            None => def.is_asset().then(|| format!("{root}.")),
        };
    };
    if own.plural == "*" {
        return Some(format!("{root}; table `{}`.", own.table()));
    }
    let mut line = format!("{root}; `{}`, table `{}`", api_path(own), own.table());
    if own.kind != def.name {
        write!(line, "; kind `{}`", own.kind).unwrap();
    }
    let formerly: Vec<String> =
        own.formerly.iter().map(|(group, version)| format!("`{}`", join(group, version))).collect();
    if !formerly.is_empty() {
        write!(line, "; also read in {}", formerly.join(", ")).unwrap();
    }
    if own.excluded {
        line.push_str("; left out unless asked for");
    }
    Some(line + ".")
}

/// The path of a list of all of them.
fn api_path(own: &Resource) -> String {
    let root = if own.group.is_empty() { "/api" } else { "/apis" };
    format!("{root}/{}/{}", own.api_version(), own.plural)
}

fn join(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

fn meaning(schema: &Schema, def: &TypeDef, field: &Field) -> String {
    let inherited = def.interfaces.iter().filter_map(|name| schema.get(name)?.field(&field.name));
    let mut description = inherited.map(|field| field.description.clone()).chain([field.description.clone()]);
    let description = description.rfind(|text| !text.is_empty()).unwrap_or_default();
    let deprecated = field.deprecated.as_ref().map(|instead| format!("For existing checks: {instead}."));
    let texts: Vec<String> =
        [description].into_iter().chain(deprecated).filter(|text| !text.is_empty()).collect();
    texts.join(" ").replace('|', "\\|").replace('\n', " ")
}

fn type_of(field: &Field) -> String {
    let listed = |name: &str, many: bool| if many { format!("\\[{name}\\]") } else { name.to_owned() };
    let link = |name: &str, many: bool| listed(&format!("[{name}](#{})", name.to_lowercase()), many);
    match &field.source {
        Source::Scalar(scalar) => listed(scalar_name(scalar.scalar), scalar.list),
        Source::Derived(derived) => listed(scalar_name(derived.scalar), derived.list),
        Source::Map(_) => link("KeyValue", true),
        Source::Struct { of, .. } => link(of, false),
        Source::Relation(relation) => link(&relation.to, relation.many),
        Source::Defined { .. } => "Boolean".to_owned(),
        Source::Count { .. } => "Int".to_owned(),
        Source::Alias { .. } => String::new(),
    }
}

fn scalar_name(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::String => "String",
        Scalar::Int => "Int",
        Scalar::Float => "Float",
        Scalar::Boolean => "Boolean",
        Scalar::Quantity => "Quantity",
        Scalar::Duration => "Duration",
        Scalar::DateTime => "DateTime",
        Scalar::IntOrString => "IntOrString",
        Scalar::LabelSelector => "LabelSelector",
    }
}

fn read_at(field: &Field) -> String {
    let code = |text: String| if text.is_empty() { "itself".to_owned() } else { format!("`{text}`") };
    match &field.source {
        Source::Scalar(scalar) => match &scalar.read {
            Read::Path(path) => code(path.all().replace('|', "\\|")),
            Read::Computed(Computed::Missing) => "never".to_owned(),
            Read::Computed(_) => "computed".to_owned(),
        },
        Source::Map(path) | Source::Struct { path: Some(path), .. } => code(path.all().replace('|', "\\|")),
        Source::Struct { path: None, .. } => "itself".to_owned(),
        Source::Alias { of, .. } => format!("same as `{}`", of.join(".")),
        Source::Defined { filter } => format!("`{}`", filter.replace('|', "\\|")),
        Source::Count { of, .. } => format!("number of `{of}`"),
        Source::Derived(_) => "derived".to_owned(),
        Source::Relation(relation) => found(relation),
    }
}

/// How a relation is found.
fn found(relation: &Relation) -> String {
    match &relation.via {
        Via::Children { lists, .. } => {
            let paths: Vec<String> = lists.iter().map(|list| format!("`{}[]`", list.path)).collect();
            paths.join(", ")
        }
        Via::Parent => "what it belongs to".to_owned(),
        Via::Members { cluster_scoped: true, .. } => "in no namespace".to_owned(),
        Via::Members { .. } => "in the namespace".to_owned(),
        Via::Refers { name, when, .. } => match when {
            Some((field, values)) => {
                let values: Vec<&str> =
                    values.iter().map(|value| if value.is_empty() { "missing" } else { value }).collect();
                format!("named by `{name}`, if `{field}` is {}", values.join(" or "))
            }
            None => format!("named by `{name}`"),
        },
        Via::Inverse { of } => format!("whose `{}` it is", of.join(".")),
        Via::Selects { selector } => format!("selected by `{selector}`"),
        Via::Owner => "controlling owner".to_owned(),
        Via::Derived { .. } => "derived".to_owned(),
    }
}
