//! The canonical form of an object: one text for one content, whatever order its keys came in.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::json::{Fields, Json};

/// What the API server keeps in `metadata` for itself: it differs between two clusters with one content.
const KEPT_BY_SERVER: [&str; 6] =
    ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink"];

/// An object, written.
#[derive(Debug, Clone)]
pub struct Written {
    /// Its JSON, whole.
    pub text: String,
    /// SHA-256, in hexadecimal, of the JSON of its content: without status, gathered rules, and what the API server
    /// keeps.
    pub content_hash: String,
}

/// Writes an object; of what is none there is nothing to write.
pub fn write(object: &Json<'_>) -> Written {
    let mut writing = Writing::new();
    // The rules of an aggregated role are gathered from others by a controller: state, not content.
    let aggregated = object.get("aggregationRule").is_some_and(|rule| !rule.is_null());
    writing.begin();
    for (key, value) in object.as_object().map(Fields::iter).into_iter().flatten() {
        match value {
            Json::Object(metadata) if key == "metadata" => writing.metadata(metadata),
            _ => writing.field(key, value, key != "status" && !(key == "rules" && aggregated)),
        }
    }
    writing.end();
    Written {
        // It is made of texts.
        text: String::from_utf8(writing.text).unwrap_or_default(),
        content_hash: hex(&Sha256::digest(&writing.content)),
    }
}

/// Bytes that most objects fit into.
const OBJECT_BYTES: usize = 4 << 10;

/// An object that is being written, and what of it is content.
struct Writing {
    text: Vec<u8>,
    content: Vec<u8>,
}

impl Writing {
    fn new() -> Self {
        Self { text: Vec::with_capacity(OBJECT_BYTES), content: Vec::with_capacity(OBJECT_BYTES) }
    }

    fn begin(&mut self) {
        self.text.push(b'{');
        self.content.push(b'{');
    }

    fn end(&mut self) {
        self.text.push(b'}');
        self.content.push(b'}');
    }

    fn metadata(&mut self, metadata: &Fields<'_>) {
        for text in [&mut self.text, &mut self.content] {
            comma(text);
            text.extend_from_slice(br#""metadata":"#);
        }
        self.begin();
        for (key, value) in metadata.iter() {
            self.field(key, value, !KEPT_BY_SERVER.contains(&key));
        }
        self.end();
    }

    fn field(&mut self, key: &str, value: &Json<'_>, is_content: bool) {
        comma(&mut self.text);
        let start = self.text.len();
        // A vector takes everything, and JSON has everything that there is in it.
        let _ = serde_json::to_writer(&mut self.text, key);
        self.text.push(b':');
        let _ = serde_json::to_writer(&mut self.text, value);
        if is_content {
            comma(&mut self.content);
            self.content.extend_from_slice(&self.text[start..]);
        }
    }
}

/// Parts a field from the one before, if there is one.
fn comma(text: &mut Vec<u8>) {
    if text.last() != Some(&b'{') {
        text.push(b',');
    }
}

/// SHA-256, in hexadecimal, of a value's JSON, which is never in memory as a whole. Fails if it has no JSON.
pub fn digest_of(value: &impl Serialize) -> serde_json::Result<String> {
    let mut hash = BufWriter::new(Hashing(Sha256::new()));
    serde_json::to_writer(&mut hash, value)?;
    let Hashing(hash) = hash.into_inner().map_err(|error| serde_json::Error::io(error.into_error()))?;
    Ok(hex(&hash.finalize()))
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
    use serde_json::{Value, json};

    fn content_hash(object: Value) -> String {
        write(&object.into()).content_hash
    }

    #[test]
    fn the_hash_is_of_the_content_alone() {
        let one =
            json!({"metadata": {"name": "a", "uid": "1"}, "spec": {"x": 1, "y": 2}, "status": {"n": 1}});
        let other = json!({"spec": {"y": 2, "x": 1}, "metadata": {"uid": "2", "name": "a"}});
        assert_eq!(content_hash(one), content_hash(other));
        let changed = json!({"metadata": {"name": "a"}, "spec": {"x": 1, "y": 3}});
        assert_ne!(
            content_hash(json!({"metadata": {"name": "a"}, "spec": {"x": 1, "y": 2}})),
            content_hash(changed)
        );
    }

    #[test]
    fn the_text_is_all_and_the_hash_that_of_the_contents_text() {
        let object = json!({"aggregationRule": {}, "kind": "K", "rules": [{"x": "\n"}], "status": {},
            "metadata": {"uid": "u", "labels": {}, "name": "n"}});
        let written = write(&object.clone().into());
        assert_eq!(written.text, Json::from(object).to_string());
        let content = br#"{"aggregationRule":{},"kind":"K","metadata":{"labels":{},"name":"n"}}"#;
        assert_eq!(written.content_hash, hex(&Sha256::digest(content)));
        assert_eq!(write(&Json::Null).text, "{}");
    }
}
