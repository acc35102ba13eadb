//! What is told of values that are dropped.

use std::collections::BTreeMap;

use base64::Engine as _;
use serde_json::{Map, Value, json};

use super::{FACTS, mark, text::Text};

/// Replaces the values of a Secret or ConfigMap by what is told of them.
pub(super) fn root(text: &Text, object: &mut Map<String, Value>) {
    match object.get("kind").and_then(Value::as_str) {
        Some("Secret") => secret(object),
        Some("ConfigMap") => config_map(text, object),
        _ => {}
    }
}

/// The same for one within another object, if it has values: references have a kind too.
pub(super) fn nested(text: &Text, object: &mut Map<String, Value>) {
    if ["data", "stringData", "binaryData"].iter().any(|key| object.contains_key(*key)) {
        root(text, object);
    }
}

/// Replaces values by a mark.
pub(super) fn blank(map: &mut Map<String, Value>, what: &str) {
    for value in map.values_mut().filter(|value| !value.is_null()) {
        *value = mark(what).into();
    }
}

/// Drops the literal values of environment variables.
pub(super) fn environment(text: &Text, env: &mut Value) {
    match env {
        Value::Array(entries) => entries.iter_mut().for_each(|entry| variable(text, entry)),
        // Not Kubernetes' own form, but that of some custom resources.
        Value::Object(map) => blank(map, "environment"),
        _ => {}
    }
}

fn variable(text: &Text, entry: &mut Value) {
    let Value::Object(variable) = entry else {
        // `[FOO=bar]` is of no use to Kubernetes, but was meant as a variable.
        *entry = mark("environment").into();
        return;
    };
    let value = match variable.shift_remove("value") {
        None | Some(Value::Null) => return,
        Some(Value::String(value)) if value.is_empty() => return,
        Some(Value::String(value)) => value,
        Some(other) => other.to_string(),
    };
    let name = variable.get("name").and_then(Value::as_str).unwrap_or_default();
    let mut facts = json!({"literal": true});
    if let Some(pattern) = text.credential(name, &value) {
        facts["looksLikeCredential"] = pattern.into();
    }
    variable.insert(FACTS.to_owned(), facts);
}

fn secret(object: &mut Map<String, Value>) {
    let data = object.shift_remove("data");
    let string_data = object.shift_remove("stringData");
    let mut entries = Entries::default();
    entries.add(data, |_, value| Some(json!({"size": decoded_size(value)?})));
    // As in the API server, these win.
    entries.add(string_data, |_, value| Some(json!({"size": value.len()})));
    object.insert(FACTS.to_owned(), entries.into_facts());
}

fn config_map(text: &Text, object: &mut Map<String, Value>) {
    let data = object.shift_remove("data");
    let binary = object.shift_remove("binaryData");
    let mut entries = Entries::default();
    entries.add(data, |key, value| {
        let mut facts = json!({"size": value.len()});
        if let Some(pattern) = text.credential(key, value) {
            facts["looksLikeCredential"] = pattern.into();
        }
        Some(facts)
    });
    entries.add(binary, |_, value| Some(json!({"size": decoded_size(value)?})));
    object.insert(FACTS.to_owned(), entries.into_facts());
}

/// Bytes of a base64 value, decoded as the API server does: line ends don't count.
fn decoded_size(value: &str) -> Option<usize> {
    let packed: String = value.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    base64::engine::general_purpose::STANDARD.decode(packed).ok().map(|bytes| bytes.len())
}

/// The entries of a Secret or ConfigMap, by key.
#[derive(Default)]
struct Entries {
    facts: BTreeMap<String, Value>,
    /// Data that is no map: the object is unreadable, and a fact of a wrong type makes it so.
    is_broken: bool,
}

impl Entries {
    fn add(&mut self, data: Option<Value>, facts: impl Fn(&str, &str) -> Option<Value>) {
        match data {
            None | Some(Value::Null) => {}
            Some(Value::Object(map)) => {
                for (key, value) in map {
                    let known = match &value {
                        Value::String(value) => facts(&key, value),
                        Value::Null => facts(&key, ""),
                        _ => None,
                    };
                    self.facts.insert(key, known.unwrap_or_else(|| json!({"size": "unreadable"})));
                }
            }
            Some(_) => self.is_broken = true,
        }
    }

    fn into_facts(self) -> Value {
        if self.is_broken {
            return json!({"entries": "unreadable"});
        }
        let entries = self.facts.into_iter().map(|(key, mut facts)| {
            facts["key"] = key.into();
            facts
        });
        json!({"entries": entries.collect::<Vec<_>>()})
    }
}
