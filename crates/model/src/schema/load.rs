//! SDL text → [`Schema`].

mod derived;
mod mistake;
mod own;

use std::collections::BTreeMap;

use apollo_compiler::ast::{self, Definition, DirectiveList, Document, FieldDefinition, Value};

use super::{
    Computed, Derived, Field, ListPath, Read, Relation, Resource, Scalar, ScalarField, Schema, Source,
    TypeDef, Via, split_api_version, table,
};
use crate::path::Path;

pub use mistake::LoadError;
use mistake::Places;

/// Reads all files as one schema. Those after the built-in ones are a user's own.
pub(super) fn load(files: &[(&str, &str)], built_in: usize) -> Result<Schema, LoadError> {
    let mut types = BTreeMap::new();
    let mut places = Places::default();
    for (index, (file, text)) in files.iter().enumerate() {
        let fail = |line, message| LoadError { file: (*file).to_owned(), line, message };
        let document = Document::parse(*text, *file).map_err(|with| {
            let first = with.errors.iter().next();
            let line =
                first.as_ref().and_then(|error| error.line_column_range()).map_or(1, |at| at.start.line);
            let message = first.map(|error| error.error.to_string()).unwrap_or_default();
            fail(line, message)
        })?;
        places.learn(file, text, &document);
        for definition in &document.definitions {
            let at = definition.location().map_or(0, |span| span.offset());
            let located = |message| places.place(fail(0, message));
            let def = type_def(definition).map_err(located)?;
            let Some(mut def) = def else { continue };
            def.own = index >= built_in;
            if def.own {
                let fail = |message| fail(mistake::line(text, at), message);
                own::check(&def, &types).map_err(fail)?;
            }
            types.insert(def.name.clone(), def);
        }
    }
    let sources = files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
    finish(types, sources).map_err(|mistake| places.place(mistake))
}

fn finish(mut types: BTreeMap<String, TypeDef>, sources: Vec<(String, String)>) -> Result<Schema, LoadError> {
    inherit(&mut types);
    check_references(&types)?;
    derived::check(&types)?;
    table::build(types, sources)
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
fn check_references(types: &BTreeMap<String, TypeDef>) -> Result<(), LoadError> {
    for def in types.values() {
        for field in &def.fields {
            let to = match &field.source {
                Source::Struct { of, .. } => of,
                Source::Relation(relation) => &relation.to,
                _ => continue,
            };
            if !types.contains_key(to) {
                let message = format!("{}.{}: no type `{to}` is declared", def.name, field.name);
                return Err(LoadError::of_model(message));
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
        resource: resource(name, directives),
        derived: derived::rows(directives).map_err(|message| format!("{name}: {message}"))?,
        fields,
        own: false,
    }))
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
                cluster_scoped: flag(directive, "clusterScoped"),
            },
            "refers" => Via::Refers {
                name: need("name")?,
                namespace: get("namespace"),
                when: get("kind")
                    .zip(get("whenKind"))
                    .map(|(field, values)| (field, values.split('|').map(str::to_owned).collect())),
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
mod tests {
    use super::*;

    #[test]
    fn the_built_in_schema_loads() {
        let schema = Schema::built_in().unwrap();
        assert!(schema.get("Pod").unwrap().field("hostNetwork").is_some());
        assert_eq!(schema.tables_of("Workload").len(), 11);
        assert_eq!(schema.tables_of("Container").len(), 11);
    }

    #[test]
    fn a_mistake_names_file_type_and_field() {
        let mistake = |text: &str| load(&[("x.graphql", text)], 1).unwrap_err().to_string();
        assert_eq!(
            mistake("type A {\n  b: [B!]!\n}"),
            "x.graphql:2: A.b: a list of objects needs a relation directive"
        );
        assert_eq!(mistake("type A {\n\n  b: B\n}"), "x.graphql:3: A.b: no type `B` is declared");
        assert_eq!(mistake("type A {\n  a: A }"), "x.graphql:1: A: it is within itself, without an end");
        assert!(
            mistake("type A {\n  b Int }").starts_with("x.graphql:2: "),
            "{}",
            mistake("type A {\n  b Int }")
        );
    }

    #[test]
    fn a_users_type_stands_beside_those_of_the_model() {
        let own = |text: &str| Schema::with_files(&[("own.graphql".to_owned(), text.to_owned())]);
        let schema = own(
            "type Widget implements Asset @asset(group: \"example.com\", version: \"v1\", resource: \"widgets\") {\n  \
             size: Int @path(json: \"spec.size\") }",
        );
        let schema = schema.unwrap();
        assert!(schema.table_named("widgets.example.com").is_some());
        assert_eq!(schema.typed("example.com", "Widget").unwrap().name, "Widget");
        let asset = "@asset(group: \"example.com\", version: \"v1\", resource: \"pods\")";
        for (text, expected) in [
            (
                format!("\ntype Pod implements Asset {asset} {{ a: Int }}"),
                "own.graphql:2: Pod: there is a type of that name: give this one another, and say `kind: \"Pod\"` in @asset",
            ),
            (
                format!("type Own {asset} {{ a: Int }}"),
                "own.graphql:1: Own: write `type Own implements Asset @asset(…)`",
            ),
            (
                "type Own implements Asset @asset(group: \"apps\", version: \"v1\", resource: \"deployments\", kind: \"Deployment\") { a: Int }".into(),
                "own.graphql:1: Own: kinds of the group `apps` have types of assay's own",
            ),
            (
                "type Own implements Asset @asset(group: \"cert-manager.io\", version: \"v1\", resource: \"certificates\", kind: \"Certificate\") { a: Int }".into(),
                "own.graphql:1: Own: it would be read from Certificate of cert-manager.io, as Certificate is",
            ),
            ("type Own { a: Int @derived(by: \"x\") }".into(), "own.graphql:1: Own: only assay's own types are derived: use @path, @defined or @alias"),
        ] {
            assert_eq!(own(&text).unwrap_err().to_string(), expected, "{text}");
        }
    }
}
