//! SDL text → [`Schema`].

mod derived;

use std::collections::BTreeMap;

use apollo_compiler::ast::{self, Definition, DirectiveList, Document, FieldDefinition, Value};

use super::{
    Computed, Derived, Field, ListPath, Read, Relation, Resource, Scalar, ScalarField, Schema, Source,
    TypeDef, Via, table,
};
use crate::path::Path;

/// What is wrong with the SDL, and in which file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {message}")]
pub struct LoadError {
    /// The file's name.
    pub file: String,
    /// What is wrong.
    pub message: String,
}

/// Reads all files as one schema.
pub(super) fn load(files: &[(&str, &str)]) -> Result<Schema, LoadError> {
    let mut types = BTreeMap::new();
    for (file, text) in files {
        let fail = |message: String| LoadError { file: (*file).to_owned(), message };
        let document = Document::parse(*text, *file).map_err(|errors| fail(errors.errors.to_string()))?;
        for definition in &document.definitions {
            if let Some(def) = type_def(definition).map_err(fail)? {
                types.insert(def.name.clone(), def);
            }
        }
    }
    let known = types.keys().cloned().collect::<Vec<_>>();
    inherit(&mut types);
    check_references(&types, &known)?;
    derived::check(&types)?;
    table::build(types)
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

/// Every type that a field leads to has to be declared.
fn check_references(types: &BTreeMap<String, TypeDef>, known: &[String]) -> Result<(), LoadError> {
    for def in types.values() {
        for field in &def.fields {
            let to = match &field.source {
                Source::Struct { of, .. } => of,
                Source::Relation(relation) => &relation.to,
                _ => continue,
            };
            if !known.contains(to) {
                let message = format!("{}.{}: no type `{to}` is declared", def.name, field.name);
                return Err(LoadError { file: "schema".to_owned(), message });
            }
        }
    }
    Ok(())
}

fn type_def(definition: &Definition) -> Result<Option<TypeDef>, String> {
    let (name, description, interfaces, directives, fields, is_interface) = match definition {
        Definition::ObjectTypeDefinition(def) => {
            (&def.name, &def.description, &def.implements_interfaces, &def.directives, &def.fields, false)
        }
        Definition::InterfaceTypeDefinition(def) => {
            (&def.name, &def.description, &def.implements_interfaces, &def.directives, &def.fields, true)
        }
        _ => return Ok(None),
    };
    let fields = fields
        .iter()
        .map(|field| field_def(field).map_err(|message| format!("{name}.{}: {message}", field.name)))
        .collect::<Result<_, _>>()?;
    Ok(Some(TypeDef {
        name: name.to_string(),
        description: text(description),
        interfaces: interfaces.iter().map(ToString::to_string).collect(),
        is_interface,
        resource: resource(directives),
        derived: derived::rows(directives)?,
        fields,
    }))
}

fn resource(directives: &DirectiveList) -> Option<Resource> {
    let asset = directives.get("asset")?;
    Some(Resource {
        group: argument(asset, "group").unwrap_or_default(),
        version: argument(asset, "version").unwrap_or_default(),
        plural: argument(asset, "resource").unwrap_or_default(),
        namespaced: asset
            .specified_argument_by_name("scope")
            .is_none_or(|scope| scope.as_enum().is_none_or(|scope| scope != "CLUSTER")),
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
    Ok(match (scalar(of_type), of_type) {
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
                cluster_scoped: directive
                    .specified_argument_by_name("clusterScoped")
                    .and_then(|value| value.to_bool())
                    .unwrap_or(false),
            },
            "refers" => Via::Refers {
                name: need("name")?,
                namespace: get("namespace"),
                when: get("kind").zip(get("whenKind")),
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

fn lists(directive: &ast::Directive, field: &FieldDefinition) -> Result<Vec<ListPath>, String> {
    let mut lists = strings(directive, "lists");
    if lists.is_empty() {
        lists.push(field.name.to_string());
    }
    Ok(lists
        .iter()
        .map(|list| {
            let (path, tag) = list.split_once('=').unwrap_or((list, ""));
            ListPath { path: Path::parse(path), tag: tag.to_owned() }
        })
        .collect())
}

fn scalar(name: &str) -> Option<Scalar> {
    Some(match name {
        "String" | "ID" => Scalar::String,
        "Int" => Scalar::Int,
        "Float" => Scalar::Float,
        "Boolean" => Scalar::Boolean,
        "Quantity" => Scalar::Quantity,
        "DateTime" => Scalar::DateTime,
        "IntOrString" => Scalar::IntOrString,
        "LabelSelector" => Scalar::LabelSelector,
        _ => return None,
    })
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
mod tests {
    use super::*;

    #[test]
    fn the_built_in_schema_loads() {
        let schema = Schema::built_in().unwrap();
        assert!(schema.get("Pod").unwrap().field("hostNetwork").is_some());
        assert_eq!(schema.tables_of("Workload").len(), 8);
        assert!(schema.tables_of("Container").len() == 8);
    }

    #[test]
    fn a_mistake_names_file_type_and_field() {
        let error = load(&[("x.graphql", "type A { b: [B!]! }")]).unwrap_err();
        assert_eq!(error.to_string(), "x.graphql: A.b: a list of objects needs a relation directive");
        let error = load(&[("x.graphql", "type A { b: B }")]).unwrap_err();
        assert_eq!(error.to_string(), "schema: A.b: no type `B` is declared");
    }
}
