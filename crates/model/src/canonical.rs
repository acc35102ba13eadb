//! The canonical form of an object: one text for one content, whatever order its keys came in.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// What the API server keeps in `metadata` for itself: it differs between two clusters with one content.
const KEPT_BY_SERVER: [&str; 6] =
    ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink"];

/// The object with all keys sorted.
pub fn sort_keys(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().collect();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(entries.into_iter().map(|(key, value)| (key, sort_keys(value))).collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(sort_keys).collect()),
        other => other,
    }
}

/// SHA-256, in hexadecimal, of a sorted object's content: without status, gathered rules, and what the API
/// server keeps.
pub fn content_hash(object: &Value) -> String {
    let mut content: Map<String, Value> = Map::new();
    // The rules of an aggregated role are gathered from others by a controller: state, not content.
    let aggregated = object.get("aggregationRule").is_some_and(|rule| !rule.is_null());
    for (key, value) in object.as_object().into_iter().flatten() {
        match (key.as_str(), value) {
            ("status", _) => {}
            ("rules", _) if aggregated => {}
            ("metadata", Value::Object(metadata)) => {
                let kept = metadata.iter().filter(|(key, _)| !KEPT_BY_SERVER.contains(&key.as_str()));
                content.insert(key.clone(), kept.map(|(k, v)| (k.clone(), v.clone())).collect());
            }
            _ => {
                content.insert(key.clone(), value.clone());
            }
        }
    }
    hex(&Sha256::digest(Value::Object(content).to_string()))
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]])
        .map(char::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_hash_is_of_the_content_alone() {
        let one =
            json!({"metadata": {"name": "a", "uid": "1"}, "spec": {"x": 1, "y": 2}, "status": {"n": 1}});
        let other = json!({"spec": {"y": 2, "x": 1}, "metadata": {"uid": "2", "name": "a"}});
        assert_eq!(content_hash(&sort_keys(one)), content_hash(&sort_keys(other)));
        let changed = json!({"metadata": {"name": "a"}, "spec": {"x": 1, "y": 3}});
        assert_ne!(
            content_hash(&json!({"metadata": {"name": "a"}, "spec": {"x": 1, "y": 2}})),
            content_hash(&changed)
        );
    }
}
