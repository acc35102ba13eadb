//! Through an object, whatever its kind: pod specs stand in custom resources too, and manifests in manifests.

use assay_model::json::{Fields, Json};
use assay_model::redacted::MANAGED;

use super::{FACTS, annotations, args, facts, mark, names, text::Text};

/// Maps that select or are selected by: their keys name nothing secret, and a value that changes selects another.
const LABELS: &[&str] = &["labels", "matchLabels", "selector", "nodeSelector"];

/// Keys that say nothing: their value is what the key above says.
const VALUE: &[&str] = &["value", "literal", "plaintext", "default"];

/// Redacts a whole object.
pub(super) fn object(text: &Text, object: &mut Json<'_>) {
    let Json::Object(map) = object else { return };
    strip_facts_of_others(map);
    facts::root(text, map);
    facts::strays(map);
    entries(text, "", map, &Place::default());
}

/// What is known of the place from what is above it.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    /// Within a kind that ends in Secret, whose data may be plain.
    in_secret: bool,
}

/// Facts are ours: an object that brings its own would answer for itself.
fn strip_facts_of_others(map: &mut Fields<'_>) {
    map.remove(FACTS);
    for value in map.values_mut() {
        strip(value);
    }
}

fn strip(value: &mut Json<'_>) {
    match value {
        Json::Object(map) => strip_facts_of_others(map),
        Json::Array(entries) => entries.iter_mut().for_each(strip),
        _ => {}
    }
}

fn entries(text: &Text, above: &str, map: &mut Fields<'_>, place: &Place) {
    facts::nested(text, map);
    let kind = map.get("kind").and_then(Json::as_str).unwrap_or_default();
    let place = Place { in_secret: place.in_secret || kind.ends_with("Secret") };
    named_value(text, map);
    args::container(text, map);
    for (key, value) in map.iter_mut() {
        match (key, &mut *value) {
            (FACTS, _) => {}
            ("annotations", Json::Object(map)) => annotations::redact(text, map),
            ("managedFields", Json::Array(entries)) => entries.iter_mut().for_each(managed),
            ("data" | "stringData", Json::Object(map)) if place.in_secret => facts::blank(map, "secret"),
            // Not what a Secret has, but what was meant for one.
            ("data" | "stringData", found @ Json::String(_)) if place.in_secret => {
                *found = mark("secret").into()
            }
            ("data" | "stringData", Json::Array(list)) if place.in_secret => {
                list.iter_mut()
                    .filter(|one| one.as_str().is_some())
                    .for_each(|one| *one = mark("secret").into());
                elements(text, key, list, &place);
            }
            ("env", env @ Json::Array(_)) => facts::environment(text, env),
            // What charts and operators call theirs: envVars, extraEnv.
            (key, env @ Json::Array(_)) if is_environment(key, env) => facts::environment(text, env),
            // Not of a schema that describes a variable called env.
            ("env", env @ Json::Object(_)) if above != "properties" => facts::environment(text, env),
            (key, Json::Object(map)) if LABELS.contains(&key) => labels(text, map, &place),
            (key, value @ (Json::Object(_) | Json::Array(_))) => any(text, key, value, &place),
            (key, value) => {
                let name = if VALUE.contains(&key) { above } else { key };
                scalar(text, name, value);
            }
        }
    }
}

/// Whatever stands under a name.
pub(super) fn any(text: &Text, key: &str, value: &mut Json<'_>, place: &Place) {
    match value {
        Json::Object(map) => entries(text, key, map, place),
        Json::Array(list) => elements(text, key, list, place),
        value => scalar(text, key, value),
    }
}

fn elements(text: &Text, key: &str, list: &mut [Json<'_>], place: &Place) {
    // A list of passwords is called passwords.
    let singular = key.strip_suffix('s').unwrap_or(key);
    for element in list {
        match element {
            Json::Object(map) => entries(text, singular, map, place),
            Json::Array(list) => elements(text, key, list, place),
            value => scalar(text, singular, value),
        }
    }
}

/// A value that its name gives away goes altogether; else what it has of credentials.
fn scalar(text: &Text, name: &str, value: &mut Json<'_>) {
    let clean = match value {
        Json::String(found) => names::credential(name, found)
            .map(mark)
            .or_else(|| within(text, found))
            .or_else(|| text.clean(found)),
        Json::Number(found) => {
            names::credential(name, &found.to_string()).filter(|pattern| *pattern == "password").map(mark)
        }
        _ => None,
    };
    if let Some(clean) = clean {
        *value = clean.into();
    }
}

/// JSON in a text, without what goes elsewhere too; none if nothing does, or it is no JSON.
fn within(text: &Text, found: &str) -> Option<String> {
    if !found.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let whole = Json::parse(found).ok()?;
    let mut clean = whole.clone();
    match &mut clean {
        Json::Object(map) => entries(text, "", map, &Place::default()),
        Json::Array(list) => elements(text, "", list, &Place::default()),
        _ => {}
    }
    (clean != whole).then(|| clean.to_string())
}

/// Whether a list is one of variables: what it is called, and that each has a name and a value.
fn is_environment(key: &str, list: &Json<'_>) -> bool {
    let is_variable = |entry: &Json<'_>| {
        let has = |key| entry.get(key).is_some();
        has("name") && (has("value") || has("valueFrom"))
    };
    key.as_bytes().windows(3).any(|part| part.eq_ignore_ascii_case(b"env"))
        && list.as_array().is_some_and(|entries| !entries.is_empty() && entries.iter().all(is_variable))
}

/// `{name: Authorization, value: …}`: a header, a parameter.
fn named_value(text: &Text, map: &mut Fields<'_>) {
    if !map.contains_key("value") {
        return;
    }
    let name = ["name", "key"].iter().find_map(|key| map.get(key).and_then(Json::as_str));
    let Some(name) = name.map(str::to_owned) else { return };
    if let Some(value) = map.get_mut("value") {
        scalar(text, &name, value);
    }
}

fn labels(text: &Text, map: &mut Fields<'_>, place: &Place) {
    for (key, value) in map.iter_mut() {
        match value {
            // A selector may be structured: matchLabels and matchExpressions.
            Json::Object(map) if LABELS.contains(&key) => labels(text, map, place),
            Json::Object(_) | Json::Array(_) => any(text, key, value, place),
            value => scalar(text, "", value),
        }
    }
}

fn managed(entry: &mut Json<'_>) {
    if let Json::Object(entry) = entry {
        entry.retain(|key, _| MANAGED.contains(&key));
    }
}
