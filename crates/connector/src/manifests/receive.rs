//! From documents to objects as they will be kept, as small as they get.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc};

use assay_model::{
    json::Json,
    schema::{Resource, Schema, split_api_version},
};

use crate::{
    defaults,
    ingest::Packed,
    kinds,
    manifest::{self, Document, Except, Input, Position, Positions, Problem, Problems, ReadError},
    redact::Redactor,
};

/// What the manifests of all inputs hold.
pub(super) struct Received {
    /// Their objects, in the order of the inputs.
    pub(super) held: Vec<Held>,
    /// What custom resource definitions among them say of their kinds, by group and kind.
    pub(super) scopes: Scopes,
    /// The files, and what the reader noted.
    pub(super) sources: manifest::Sources,
    /// What could not be read.
    pub(super) errors: Option<Problems>,
    /// What else there is to note, with its place.
    pub(super) notes: Vec<((Arc<str>, Position), String)>,
}

/// The plural and scope of custom kinds.
pub(super) type Scopes = BTreeMap<(String, String), (String, bool)>;

/// An object of a manifest.
pub(super) struct Held {
    /// The file it is from.
    pub(super) file: Arc<str>,
    /// Where its fields stand.
    pub(super) positions: Positions,
    /// Its group; empty for core.
    pub(super) group: String,
    /// Its version.
    pub(super) version: String,
    /// Its kind.
    pub(super) kind: String,
    /// Its namespace, if it says one.
    pub(super) namespace: Option<String>,
    /// Its name.
    pub(super) name: Name,
    /// The object itself.
    pub(super) packed: Packed,
}

/// What an object is called.
pub(super) enum Name {
    /// So.
    Given(String),
    /// So, followed by what the API server makes up.
    Generated(String),
}

/// Reads all inputs, but for some of what is in folders.
pub(super) fn receive(
    schema: &Schema,
    (inputs, except): (&[Input], Except<'_>),
    redactor: &Redactor,
) -> Received {
    let (mut held, mut scopes, mut notes) = (Vec::new(), Scopes::new(), Vec::new());
    let mut mistakes = Vec::new();
    let make = |document: Document<'_>| One::new(schema, redactor, document);
    let sources = manifest::read_except::<_, Infallible>(inputs, except, &make, &mut |one| {
        held.extend(one.held);
        scopes.extend(one.scope);
        notes.extend(one.note);
        mistakes.extend(one.mistake);
        Ok(())
    });
    let (sources, mut errors) = match sources {
        Ok(sources) => (sources, None),
        Err(ReadError::Manifests { errors, sources }) => (*sources, Some(errors)),
        Err(ReadError::Sink(never)) => match never {},
    };
    for mistake in mistakes {
        errors.get_or_insert_with(Problems::of_errors).push(mistake);
    }
    Received { held, scopes, sources, notes, errors }
}

/// What a document comes to.
struct One {
    /// None if it is not taken.
    held: Option<Held>,
    /// What it says of a custom kind.
    scope: Option<((String, String), (String, bool))>,
    note: Option<((Arc<str>, Position), String)>,
    /// Why it can't be what it says.
    mistake: Option<Problem>,
}

impl One {
    fn new(schema: &Schema, redactor: &Redactor, document: Document<'_>) -> Self {
        let scope = scope(&document.object);
        if is_of_assay(&document.object) {
            let note = "skipped: objects of the group `assay` are made by assay itself".to_owned();
            let place = (document.file, document.positions.get("apiVersion"));
            return Self { held: None, scope, note: Some((place, note)), mistake: None };
        }
        let mistake = mistake(schema, &document);
        let held = if mistake.is_none() { hold(schema, redactor, document) } else { None };
        Self { held, scope, note: None, mistake }
    }
}

/// Refused as kubectl refuses it: no check would examine it.
fn mistake(schema: &Schema, document: &Document<'_>) -> Option<Problem> {
    let text = |field: &str| document.object.get(field).and_then(Json::as_str);
    let message = kinds::mistake(schema, text("apiVersion")?, text("kind")?)?;
    let position = Some(document.positions.get("kind"));
    Some(Problem { file: document.file.clone(), position, message })
}

fn is_of_assay(object: &Json<'_>) -> bool {
    let api_version = object.get("apiVersion").and_then(Json::as_str).unwrap_or_default();
    split_api_version(api_version).0 == "assay"
}

fn hold(schema: &Schema, redactor: &Redactor, document: Document<'_>) -> Option<Held> {
    let Document { file, mut object, positions } = document;
    let api_version = object.get("apiVersion")?.as_str()?;
    let (group, version) = split_api_version(api_version);
    let (group, version) = (group.to_owned(), version.to_owned());
    let kind = object.get("kind")?.as_str()?.to_owned();
    // Versions differ in names and places of fields, hardly in defaults.
    let typed = schema.typed(&group, &kind).and_then(|def| def.resource.as_ref());
    let current = typed.filter(|own| own.reads(&group, &version)).map(Resource::api_version);
    let current = current.unwrap_or_else(|| api_version.to_owned());
    let metadata = |field: &str| {
        let text = object.at(&["metadata", field]).and_then(Json::as_str);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let namespace = metadata("namespace");
    let name = match metadata("name") {
        Some(name) => Name::Given(name),
        None => Name::Generated(metadata("generateName")?),
    };
    defaults::apply(&mut object, &current, &kind);
    let packed = Packed::new(redactor.redact(object));
    Some(Held { file, positions, group, version, kind, namespace, name, packed })
}

/// The plural and scope that a custom resource definition gives its kind.
fn scope(object: &Json<'_>) -> Option<((String, String), (String, bool))> {
    if object.get("kind").and_then(Json::as_str) != Some("CustomResourceDefinition") {
        return None;
    }
    let text = |path: &[&str]| object.at(path).and_then(Json::as_str).map(str::to_owned);
    let kind = (text(&["spec", "group"])?, text(&["spec", "names", "kind"])?);
    Some((kind, (text(&["spec", "names", "plural"])?, text(&["spec", "scope"])? == "Namespaced")))
}
