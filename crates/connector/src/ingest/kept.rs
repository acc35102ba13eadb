//! Objects as they are kept.

use assay_model::rows::Object;
use serde_json::Value;

use crate::redact::Redacted;

/// An object that may be written: only redaction makes one.
pub(crate) struct Kept {
    object: Object,
    /// Its JSON as it is written.
    text: String,
}

impl Kept {
    /// Takes a redacted object; none without apiVersion, kind or name.
    pub(crate) fn new(object: Redacted) -> Option<Self> {
        Object::new(object.into_value()).map(Self::of)
    }

    /// Takes an object that assay itself made.
    pub(crate) fn ours(object: Value) -> Option<Self> {
        Object::new(object).map(Self::of)
    }

    fn of(object: Object) -> Self {
        Self { text: object.json.to_string(), object }
    }

    /// The object, with its identity.
    pub(crate) fn object(&self) -> &Object {
        &self.object
    }

    /// The object's JSON.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Gives it the identity that it has in this group and by this name; the object itself stays as it is.
    pub(crate) fn identify(&mut self, group: &str, name: &str) {
        self.object.identify(group, name);
    }

    /// Gives it the identity that it has in this group, by its own name.
    pub(crate) fn in_group(mut self, group: &str) -> Self {
        if self.object.group != group {
            let name = self.object.name.clone();
            self.object.identify(group, &name);
        }
        self
    }
}

/// A redacted object as text, a fifth of the memory.
pub(crate) struct Packed(Box<str>);

impl Packed {
    /// Packs it.
    pub(crate) fn new(object: Redacted) -> Self {
        Self(object.into_value().to_string().into_boxed_str())
    }

    /// Unpacks it, with the namespace it turned out to be in.
    pub(crate) fn unpack(&self, namespace: Option<&str>) -> Option<Kept> {
        // Manifests nest less deeply than this parser goes, so that what was written reads back.
        let mut json: Value = serde_json::from_str(&self.0).ok()?;
        let metadata = json.get_mut("metadata").and_then(Value::as_object_mut)?;
        match namespace {
            Some(namespace) => metadata.insert("namespace".to_owned(), namespace.into()),
            None => metadata.remove("namespace"),
        };
        Object::new(json).map(Kept::of)
    }
}
