//! Annotations: some hold a whole object.

use assay_model::json::{Fields, Json};
use assay_model::redacted::{COPIES, COPY};
use base64::Engine as _;

use super::mark;
use super::text::Text;
use super::walk::{self, Place};

/// Fields of which an object has one.
const OBJECT: &[&str] = &["kind", "apiVersion", "spec", "data", "stringData"];

/// Takes out copies of objects and credentials.
pub(super) fn redact(text: &Text, annotations: &mut Fields<'_>) {
    annotations.retain(|key, _| !COPIES.contains(&key));
    for value in annotations.values_mut().filter(|value| value.as_str().is_some_and(is_copy)) {
        *value = mark(COPY).into();
    }
    for (key, value) in annotations.iter_mut() {
        let name = key.rsplit('/').next().unwrap_or_default();
        // A manifest may have more than texts here, which the API server would not take.
        walk::any(text, name, value, &Place::default());
    }
}

/// Whether a value holds an object: as JSON, as YAML, or as either of them packed.
fn is_copy(value: &str) -> bool {
    let value = value.trim();
    // What base64 makes of the first bytes of gzip.
    value.starts_with("H4sI") || is_json(value) || is_yaml(value) || is_base64(value)
}

fn is_json(value: &str) -> bool {
    if !value.starts_with(['{', '[']) {
        return false;
    }
    match Json::parse(value) {
        Ok(Json::Object(map)) => is_object(&map),
        Ok(Json::Array(entries)) => entries.iter().any(|entry| entry.as_object().is_some_and(is_object)),
        // Broken, or too deep to be read: it may still be what it looks like.
        Ok(_) | Err(_) => value.contains("\"apiVersion\""),
    }
}

fn is_object(map: &Fields<'_>) -> bool {
    OBJECT.iter().any(|key| map.contains_key(key))
}

fn is_yaml(value: &str) -> bool {
    let has = |start: &str| value.lines().any(|line| line.starts_with(start));
    has("apiVersion:") && has("kind:")
}

fn is_base64(value: &str) -> bool {
    // What base64 makes of `{"`.
    value.starts_with("eyJ")
        && base64::engine::general_purpose::STANDARD
            .decode(value)
            .is_ok_and(|bytes| std::str::from_utf8(&bytes).is_ok_and(is_json))
}
