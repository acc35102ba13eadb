//! The canonical form of an object: one text for one content, whatever order its keys came in.

use std::io::{self, BufWriter, Write};

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// What the API server keeps in `metadata` for itself: it differs between two clusters with one content.
const KEPT_BY_SERVER: [&str; 6] =
    ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink"];

/// The object with all keys sorted.
pub fn sort_keys(mut value: Value) -> Value {
    sort(&mut value);
    value
}

fn sort(value: &mut Value) {
    match value {
        Value::Object(map) => {
            // Sorting indexes a map anew, which most need not be.
            if !map.keys().is_sorted() {
                map.sort_keys();
            }
            map.values_mut().for_each(sort);
        }
        Value::Array(values) => values.iter_mut().for_each(sort),
        _ => {}
    }
}

/// SHA-256, in hexadecimal, of a sorted object's content: without status, gathered rules, and what the API
/// server keeps.
pub fn content_hash(object: &Value) -> String {
    // An object's keys are text, so it is always JSON.
    digest_of(&Content(object)).unwrap_or_default()
}

/// SHA-256, in hexadecimal, of a value's JSON, which is never in memory as a whole. Fails if it has no JSON.
pub fn digest_of(value: &impl Serialize) -> serde_json::Result<String> {
    let mut hash = BufWriter::new(Hashing(Sha256::new()));
    serde_json::to_writer(&mut hash, value)?;
    let Hashing(hash) = hash.into_inner().map_err(|error| serde_json::Error::io(error.into_error()))?;
    Ok(hex(&hash.finalize()))
}

/// An object's content, serialized without a copy of it.
struct Content<'o>(&'o Value);

impl Serialize for Content<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let object = self.0.as_object();
        // The rules of an aggregated role are gathered from others by a controller: state, not content.
        let aggregated = self.0.get("aggregationRule").is_some_and(|rule| !rule.is_null());
        let is_content = |key: &str| key != "status" && !(key == "rules" && aggregated);
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in object.into_iter().flatten().filter(|(key, _)| is_content(key)) {
            match value {
                Value::Object(metadata) if key == "metadata" => {
                    map.serialize_entry(key, &Metadata(metadata))?
                }
                _ => map.serialize_entry(key, value)?,
            }
        }
        map.end()
    }
}

/// The part of an object's metadata that is content.
struct Metadata<'o>(&'o Map<String, Value>);

impl Serialize for Metadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().filter(|(key, _)| !KEPT_BY_SERVER.contains(&key.as_str())))
    }
}

/// Digests what is written.
struct Hashing(Sha256);

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
