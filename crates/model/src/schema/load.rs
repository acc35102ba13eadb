//! SDL text → [`Schema`].

mod derived;
mod mistake;
mod own;
mod paths;
mod scopes;
mod words;

use std::collections::BTreeMap;

use apollo_compiler::ast::{self, Definition, DirectiveList, Document, FieldDefinition, Value};

use super::{
    Computed, Derived, Field, ListPath, Read, Relation, Resource, Scalar, ScalarField, Schema, Source,
    TypeDef, Via, split_api_version, table,
};
use crate::cores::side_by_side;
use crate::path::Path;

pub use mistake::{LoadError, Mistake};
pub(super) use mistake::{Places, Wrong};
pub(super) use own::{Names, is_dns};
use words::Words;

/// A file of SDL.
struct File<'f> {
    name: &'f str,
    text: &'f str,
    document: Document,
}

/// Reads all files as one schema. Those after the built-in ones are a user's own.
pub(super) fn load(files: &[(&str, &str)], built_in: usize) -> Result<Schema, LoadError> {
    let files = parse(files)?;
    let words = Words::of(&files);
    let mut mistakes = Vec::new();
    for (index, file) in files.iter().enumerate() {
        mistakes.extend(words.check(file, index >= built_in));
    }
    sound(mistakes)?;
    let sources: Vec<(String, String)> =
        files.iter().map(|file| (file.name.to_owned(), file.text.to_owned())).collect();
    let places = Places::of(&files);
    let (types, wrong) = types(&files, built_in);
    let all = |wrong: Vec<Wrong>| sound(wrong.into_iter().map(|one| places.place(&sources, one)).collect());
    all(wrong)?;
    match finish(types, &places) {
        Ok((types, tables)) => Ok(Schema::of(types, tables, sources, places)),
        Err(wrong) => Err(all(wrong).err().unwrap_or(LoadError(Vec::new()))),
    }
}

/// The mistakes, if there are any.
fn sound(mistakes: Vec<Mistake>) -> Result<(), LoadError> {
    if mistakes.is_empty() { Ok(()) } else { Err(LoadError(mistakes)) }
}

fn parse<'f>(files: &[(&'f str, &'f str)]) -> Result<Vec<File<'f>>, LoadError> {
    let documents = side_by_side(files, 1, |(name, text)| Document::parse(*text, *name));
    let (mut parsed, mut mistakes) = (Vec::new(), Vec::new());
    for ((name, text), document) in files.iter().zip(documents) {
        match document {
            Ok(document) => parsed.push(File { name, text, document }),
            Err(with) => mistakes.extend(with.errors.iter().map(|error| {
                let start = error.line_column_range().map_or((1, 1), |at| (at.start.line, at.start.column));
                let span = mistake::word(text, start);
                Mistake::at((name, text), span, Wrong::here(error.error.to_string()))
            })),
        }
    }
    sound(mistakes).map(|()| parsed)
}

/// The types that files declare, as far as each is right by itself, and what is wrong with the others.
fn types(files: &[File<'_>], built_in: usize) -> (BTreeMap<String, TypeDef>, Vec<Wrong>) {
    let (mut types, mut wrong, mut names) = (BTreeMap::new(), Vec::new(), Names::default());
    for (index, file) in files.iter().enumerate() {
        for definition in &file.document.definitions {
            let Some(mut def) = type_def(definition, &mut wrong) else { continue };
            def.own = index >= built_in;
            if def.own {
                wrong.extend(own::check(&def, &types, &names).err());
            }
            names.add(&def.name);
            types.insert(def.name.clone(), def);
        }
    }
    (types, wrong)
}

type Finished = (BTreeMap<String, TypeDef>, table::Tables);

fn finish(mut types: BTreeMap<String, TypeDef>, places: &Places) -> Result<Finished, Vec<Wrong>> {
    inherit(&mut types);
    let wrong = paths::check(&types, places);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let one = |wrong| vec![wrong];
    derived::check(&types).map_err(one)?;
    let tables = table::build(&types).map_err(one)?;
    // The model's own are right, as a test with a type beside them shows.
    let has_own = types.values().any(|def| def.own);
    let wrong = if has_own { scopes::check(&types, &tables) } else { Vec::new() };
    if wrong.is_empty() { Ok((types, tables)) } else { Err(wrong) }
}

/// Gives each type the fields of its interfaces that it doesn't declare itself, and the interfaces' own.
fn inherit(types: &mut BTreeMap<String, TypeDef>) {
    let interfaces: BTreeMap<String, Vec<Field>> = types
        .values()
        .filter(|def| def.is_interface)
        .map(|def| (def.name.clone(), def.fields.clone()))
        .collect();
    for def in types.values_mut() {
        let mut inherited = Vec::new();
        for field in def.interfaces.iter().filter_map(|name| interfaces.get(name)).flatten() {
            if !def.fields.iter().chain(&inherited).any(|own| own.name == field.name) {
                inherited.push(field.clone());
            }
        }
        inherited.append(&mut def.fields);
        def.fields = inherited;
    }
}

/// The type that a definition is; what is wrong with its fields is added.
fn type_def(definition: &Definition, wrong: &mut Vec<Wrong>) -> Option<TypeDef> {
    let (name, description, interfaces, directives, fields, is_interface) = match definition {
        Definition::ObjectTypeDefinition(def) => {
            (&def.name, &def.description, &def.implements_interfaces, &def.directives, &def.fields, false)
        }
        Definition::InterfaceTypeDefinition(def) => {
            (&def.name, &def.description, &def.implements_interfaces, &def.directives, &def.fields, true)
        }
        _ => return None,
    };
    let mut known: Vec<Field> = Vec::new();
    for field in fields {
        let about = format!("{name}.{}", field.name);
        match field_def(field) {
            Ok(def) if known.iter().any(|other| other.name == def.name) => {
                wrong.push(Wrong::new(about, "it is declared twice"));
            }
            Ok(def) => known.push(def),
            Err(message) => wrong.push(Wrong::new(about, message)),
        }
    }
    Some(TypeDef {
        name: name.to_string(),
        description: text(description),
        interfaces: interfaces.iter().map(ToString::to_string).collect(),
        is_interface,
        resource: resource(name, directives),
        derived: derived::rows(directives),
        fields: known,
        own: false,
    })
}

fn resource(name: &str, directives: &DirectiveList) -> Option<Resource> {
    let asset = directives.get("asset")?;
    let formerly = strings(asset, "formerly");
    let formerly = formerly.iter().map(|version| split_api_version(version));
    Some(Resource {
        group: argument(asset, "group").unwrap_or_default(),
        version: argument(asset, "version").unwrap_or_default(),
        plural: argument(asset, "resource").unwrap_or_default(),
        kind: argument(asset, "kind").unwrap_or_else(|| name.to_owned()),
        namespaced: asset
            .specified_argument_by_name("scope")
            .is_none_or(|scope| scope.as_enum().is_none_or(|scope| scope != "CLUSTER")),
        formerly: formerly.map(|(group, version)| (group.to_owned(), version.to_owned())).collect(),
        excluded: flag(asset, "excluded"),
    })
}

fn field_def(field: &FieldDefinition) -> Result<Field, String> {
    let deprecated = field.directives.get("deprecated").and_then(|d| argument(d, "reason"));
    Ok(Field {
        name: field.name.to_string(),
        description: text(&field.description),
        deprecated,
        source: source(field)?,
    })
}

fn source(field: &FieldDefinition) -> Result<Source, String> {
    let of_type = field.ty.inner_named_type().as_str();
    if let Some(source) = directive_source(field, of_type)? {
        return Ok(source);
    }
    let path = match field.directives.get("path") {
        Some(directive) => Path::parse(&argument(directive, "json").ok_or("@path needs `json`")?),
        None => Path::parse(&field.name.as_str().replace('.', "\\.")),
    };
    let is_listed = |scalar| !matches!(scalar, Scalar::Boolean | Scalar::Float | Scalar::DateTime);
    Ok(match (scalar(of_type), of_type) {
        (Some(scalar), _) if field.ty.is_list() && !is_listed(scalar) => {
            return Err("lists are of text or of whole numbers".into());
        }
        (Some(scalar), _) => {
            Source::Scalar(ScalarField { scalar, list: field.ty.is_list(), read: Read::Path(path) })
        }
        (None, "KeyValue") => Source::Map(path),
        (None, _) if field.ty.is_list() => return Err("a list of objects needs a relation directive".into()),
        (None, of) => Source::Struct { of: of.to_owned(), path: Some(path) },
    })
}

fn directive_source(field: &FieldDefinition, of_type: &str) -> Result<Option<Source>, String> {
    for directive in &field.directives.0 {
        let get = |name: &str| argument(directive, name);
        let need = |name: &str| get(name).ok_or(format!("@{} needs `{name}`", directive.name));
        let via = match directive.name.as_str() {
            "computed" => {
                let scalar = scalar(of_type).ok_or("only scalars are computed")?;
                let read = Read::Computed(computed(&need("by")?)?);
                return Ok(Some(Source::Scalar(ScalarField { scalar, list: field.ty.is_list(), read })));
            }
            "derived" => match scalar(of_type) {
                Some(scalar) => {
                    let (by, reads) = (need("by")?, strings(directive, "reads"));
                    return Ok(Some(Source::Derived(Derived {
                        by,
                        reads,
                        scalar,
                        list: field.ty.is_list(),
                    })));
                }
                None => Via::Derived { by: need("by")?, reads: strings(directive, "reads") },
            },
            "same" => return Ok(Some(Source::Struct { of: of_type.to_owned(), path: None })),
            "alias" => return Ok(Some(Source::Alias { of: dotted(&need("of")?), filter: get("where") })),
            "defined" => return Ok(Some(Source::Defined { filter: need("as")? })),
            "count" => return Ok(Some(Source::Count { of: need("of")?, filter: get("where") })),
            "children" => Via::Children { lists: lists(directive, field)?, key: get("key") },
            "parent" => Via::Parent,
            "members" => Via::Members {
                kinds: strings(directive, "kinds"),
                cluster_scoped: flag(directive, "clusterScoped"),
            },
            "refers" => Via::Refers {
                name: need("name")?,
                namespace: get("namespace"),
                when: when(get("kind"), get("whenKind"))?,
                default: get("default"),
            },
            "inverse" => Via::Inverse { of: dotted(&need("of")?) },
            "selects" => Via::Selects { selector: need("selector")? },
            "owner" => Via::Owner,
            "path" | "deprecated" => continue,
            other => return Err(format!("@{other} is no directive of the model")),
        };
        let relation = Relation { to: of_type.to_owned(), many: field.ty.is_list(), via };
        return Ok(Some(Source::Relation(relation)));
    }
    Ok(None)
}

/// The field that decides whether there is a reference, and the values with which there is.
fn when(
    field: Option<String>,
    values: Option<String>,
) -> Result<Option<(String, Vec<String>)>, &'static str> {
    match (field, values) {
        (Some(field), Some(values)) => Ok(Some((field, values.split('|').map(str::to_owned).collect()))),
        (None, None) => Ok(None),
        _ => Err("`kind` and `whenKind` of @refers belong together"),
    }
}

fn lists(directive: &ast::Directive, field: &FieldDefinition) -> Result<Vec<ListPath>, String> {
    let mut lists = strings(directive, "lists");
    if lists.is_empty() {
        lists.push(field.name.to_string());
    }
    Ok(lists
        .iter()
        .map(|list| {
            let (path, tag) = list.split_once('=').unwrap_or((list, ""));
            ListPath::new(Path::parse(path), tag)
        })
        .collect())
}

/// The names of scalars.
const SCALARS: &[(&str, Scalar)] = &[
    ("String", Scalar::String),
    ("ID", Scalar::String),
    ("Int", Scalar::Int),
    ("Float", Scalar::Float),
    ("Boolean", Scalar::Boolean),
    ("Quantity", Scalar::Quantity),
    ("Duration", Scalar::Duration),
    ("DateTime", Scalar::DateTime),
    ("IntOrString", Scalar::IntOrString),
    ("LabelSelector", Scalar::LabelSelector),
];

fn scalar(name: &str) -> Option<Scalar> {
    SCALARS.iter().find(|(known, _)| *known == name).map(|(_, scalar)| *scalar)
}

fn computed(by: &str) -> Result<Computed, String> {
    Ok(match by {
        "id" => Computed::Id,
        "name" => Computed::Name,
        "contentHash" => Computed::ContentHash,
        "unreadable" => Computed::Unreadable,
        "group" => Computed::Group,
        "type" => Computed::Type,
        "list" => Computed::List,
        "parentNamespace" => Computed::ParentNamespace,
        "key" => Computed::Key,
        "missing" => Computed::Missing,
        other => return Err(format!("nothing computes `{other}`")),
    })
}

fn argument(directive: &ast::Directive, name: &str) -> Option<String> {
    directive.specified_argument_by_name(name).and_then(|value| value.as_str()).map(str::to_owned)
}

fn flag(directive: &ast::Directive, name: &str) -> bool {
    directive.specified_argument_by_name(name).and_then(|value| value.to_bool()).unwrap_or(false)
}

fn strings(directive: &ast::Directive, name: &str) -> Vec<String> {
    match directive.specified_argument_by_name(name).map(|value| value.as_ref()) {
        Some(Value::List(values)) => values.iter().filter_map(|v| v.as_str()).map(str::to_owned).collect(),
        Some(value) => value.as_str().map(str::to_owned).into_iter().collect(),
        None => Vec::new(),
    }
}

fn dotted(path: &str) -> Vec<String> {
    path.split('.').map(str::to_owned).collect()
}

fn text(description: &Option<apollo_compiler::Node<str>>) -> String {
    description.as_ref().map(|text| text.as_str().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
