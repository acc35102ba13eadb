//! What is told of values that are dropped.

use std::borrow::Cow;
use std::collections::BTreeMap;

use assay_model::json::{Fields, Json};
use base64::Engine as _;

use super::text::Text;
use super::walk::{self, Place};
use super::{FACTS, mark};

/// Replaces the values of a Secret or ConfigMap by what is told of them.
pub(super) fn root(text: &Text, object: &mut Fields<'_>) {
    match object.get("kind").and_then(Json::as_str) {
        Some("Secret") => secret(object),
        Some("ConfigMap") => config_map(text, object),
        _ => {}
    }
}

/// Fields that a Secret or ConfigMap has besides its values.
const OWN: [&str; 6] = ["apiVersion", "kind", "metadata", "type", "immutable", FACTS];

/// Drops what a Secret or ConfigMap has under names that are none of its fields: values that were meant as others
/// (`stringdata`). The API server drops it, too.
pub(super) fn strays(object: &mut Fields<'_>) {
    let is = |field: &str, text: &str| object.get(field).and_then(Json::as_str) == Some(text);
    if is("apiVersion", "v1") && (is("kind", "Secret") || is("kind", "ConfigMap")) {
        object.retain(|key, _| OWN.contains(&key));
    }
}

/// The same for one within another object, if it has values or metadata: references have a kind too.
pub(super) fn nested(text: &Text, object: &mut Fields<'_>) {
    if ["data", "stringData", "binaryData"].iter().any(|key| object.contains_key(key)) {
        root(text, object);
    }
    if object.contains_key("metadata") {
        strays(object);
    }
}

/// Replaces values by a mark.
pub(super) fn blank(map: &mut Fields<'_>, what: &str) {
    for value in map.values_mut().filter(|value| !value.is_null()) {
        *value = mark(what).into();
    }
}

/// Drops the literal values of environment variables, and whatever else was meant as one.
pub(super) fn environment(text: &Text, env: &mut Json<'_>) {
    match env {
        Json::Array(entries) => entries.iter_mut().for_each(|entry| variable(text, entry)),
        // Not Kubernetes' own form, but that of some custom resources.
        Json::Object(map) => blank(map, "environment"),
        _ => {}
    }
}

fn variable(text: &Text, entry: &mut Json<'_>) {
    let Json::Object(variable) = entry else {
        // `[FOO=bar]` is of no use to Kubernetes, but was meant as a variable.
        *entry = mark("environment").into();
        return;
    };
    let taken = variable.remove("value");
    for (field, found) in variable.iter_mut() {
        match field {
            _ if found.is_null() => {}
            "name" => walk::any(text, "", found, &Place::default()),
            "valueFrom" => reference(text, found),
            // A variable has no other field: a value under a name that somebody mistyped (`vaule`).
            _ => *found = mark("environment").into(),
        }
    }
    let value = match taken {
        None | Some(Json::Null) => return,
        Some(Json::String(value)) if value.is_empty() => return,
        Some(Json::String(value)) => value,
        Some(other) => other.to_string().into(),
    };
    let name = variable.get("name").and_then(Json::as_str).unwrap_or_default();
    let mut facts = fact("literal", Json::Bool(true));
    if let Some(pattern) = text.credential(name, &value) {
        facts.insert("looksLikeCredential", pattern);
    }
    variable.insert(FACTS, facts);
}

/// What a reference to a value, or to a field of the pod, says.
const REFERENCE: [&str; 13] = [
    "apiVersion",
    "containerName",
    "divisor",
    "fieldPath",
    "group",
    "key",
    "kind",
    "name",
    "namespace",
    "optional",
    "path",
    "resource",
    "volumeName",
];

/// Drops what is no reference from where a variable's value comes from: it was meant as the value.
fn reference(text: &Text, source: &mut Json<'_>) {
    let Json::Object(source) = source else {
        *source = mark("environment").into();
        return;
    };
    for found in source.values_mut().filter(|found| !found.is_null()) {
        let Json::Object(of) = found else {
            *found = mark("environment").into();
            continue;
        };
        for (field, value) in of.iter_mut().filter(|(_, value)| !value.is_null()) {
            match REFERENCE.contains(&field) {
                true => walk::any(text, "", value, &Place::default()),
                false => *value = mark("environment").into(),
            }
        }
    }
}

fn secret(object: &mut Fields<'_>) {
    let data = object.remove("data");
    let string_data = object.remove("stringData");
    let mut entries = Entries::default();
    entries.add(data, |_, value| Some(size(decoded_size(value)?)));
    // As in the API server, these win.
    entries.add(string_data, |_, value| Some(size(value.len())));
    object.insert(FACTS, entries.into_facts());
}

fn config_map(text: &Text, object: &mut Fields<'_>) {
    let data = object.remove("data");
    let binary = object.remove("binaryData");
    let mut entries = Entries::default();
    entries.add(data, |key, value| {
        let mut facts = size(value.len());
        if let Some(pattern) = text.credential(key, value) {
            facts.insert("looksLikeCredential", pattern);
        }
        Some(facts)
    });
    entries.add(binary, |_, value| Some(size(decoded_size(value)?)));
    object.insert(FACTS, entries.into_facts());
}

/// Bytes of a base64 value, decoded as the API server does: line ends don't count.
fn decoded_size(value: &str) -> Option<usize> {
    let packed: String = value.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    base64::engine::general_purpose::STANDARD.decode(packed).ok().map(|bytes| bytes.len())
}

/// One thing that is told.
fn fact(name: &'static str, value: impl Into<Json<'static>>) -> Fields<'static> {
    [(name.into(), value.into())].into_iter().collect()
}

/// Bytes of a value.
fn size(bytes: usize) -> Fields<'static> {
    fact("size", Json::Number(bytes.into()))
}

/// The entries of a Secret or ConfigMap, by key.
#[derive(Default)]
struct Entries<'j> {
    facts: BTreeMap<Cow<'j, str>, Fields<'static>>,
    /// Data that is no map: the object is unreadable, and a fact of a wrong type makes it so.
    is_broken: bool,
}

impl<'j> Entries<'j> {
    fn add(&mut self, data: Option<Json<'j>>, facts: impl Fn(&str, &str) -> Option<Fields<'static>>) {
        match data {
            None | Some(Json::Null) => {}
            Some(Json::Object(map)) => {
                for (key, value) in map {
                    let known = match &value {
                        Json::String(value) => facts(&key, value),
                        Json::Null => facts(&key, ""),
                        _ => None,
                    };
                    self.facts.insert(key, known.unwrap_or_else(|| fact("size", "unreadable")));
                }
            }
            Some(_) => self.is_broken = true,
        }
    }

    fn into_facts(self) -> Fields<'j> {
        if self.is_broken {
            return fact("entries", "unreadable");
        }
        let entries = self.facts.into_iter().map(|(key, facts)| {
            let mut entry: Fields<'j> = facts;
            entry.insert("key", Json::String(key));
            entry.into()
        });
        [("entries".into(), Json::Array(entries.collect()))].into_iter().collect()
    }
}
