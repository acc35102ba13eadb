//! Objects as they are kept.

use assay_model::{
    canonical::{self, Written},
    json::Json,
    rows::Object,
};

use crate::redact::Redacted;

/// An object that may be written: only redaction makes one.
pub(crate) struct Kept<'j>(Object<'j>);

impl<'j> Kept<'j> {
    /// Takes a redacted object; none without apiVersion, kind or name.
    pub(crate) fn new(object: Redacted<'j>) -> Option<Self> {
        Object::new(object.into_json()).map(Self)
    }

    /// Takes an object that assay itself made.
    pub(crate) fn ours(object: Json<'j>) -> Option<Self> {
        Object::new(object).map(Self)
    }

    /// The object, with its identity.
    pub(crate) fn object(&self) -> &Object<'j> {
        &self.0
    }

    /// Gives it the identity that it has in this group and by this name; the object itself stays as it is.
    pub(crate) fn identify(&mut self, group: &str, name: &str) {
        self.0.identify(group, name);
    }

    /// Gives it the identity that it has in this group, by its own name.
    pub(crate) fn in_group(mut self, group: &str) -> Self {
        if self.0.group != group {
            let name = self.0.name.clone();
            self.0.identify(group, &name);
        }
        self
    }
}

/// An object that was read.
pub(crate) struct Taken<'j> {
    pub(crate) kept: Kept<'j>,
    /// Why no more of it can be read than what it is called, if that is so.
    pub(crate) unreadable: Option<String>,
}

impl<'j> From<Kept<'j>> for Taken<'j> {
    fn from(kept: Kept<'j>) -> Self {
        Self { kept, unreadable: None }
    }
}

/// Objects that are unpacked at a time.
pub(crate) const UNPACKED: usize = 1_024;

/// A redacted object as text, a fifth of the memory, and the digest of its content.
pub(crate) struct Packed {
    text: Box<str>,
    content_hash: Box<str>,
}

impl Packed {
    /// Packs an object.
    pub(crate) fn new(object: Redacted<'_>) -> Self {
        Self::of(canonical::write(&object.into_json()))
    }

    fn of(Written { text, content_hash }: Written) -> Self {
        Self { text: text.into_boxed_str(), content_hash: content_hash.into_boxed_str() }
    }

    /// Its bytes.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// Unpacks it, with the namespace it turned out to be in.
    pub(crate) fn unpack<'p>(&'p self, namespace: Option<&'p str>) -> Option<Kept<'p>> {
        let mut json = self.json()?;
        let metadata = json.as_object_mut()?.get_mut("metadata")?.as_object_mut()?;
        let own = metadata.get("namespace");
        match namespace {
            None if own.is_none() => return self.unchanged(json),
            Some(namespace) if own.and_then(Json::as_str) == Some(namespace) => return self.unchanged(json),
            Some(namespace) => metadata.insert("namespace", namespace),
            None => _ = metadata.remove("namespace"),
        }
        Kept::ours(json)
    }

    /// Unpacks it as it was.
    pub(crate) fn unpack_as_is(&self) -> Option<Kept<'_>> {
        self.unchanged(self.json()?)
    }

    fn unchanged<'p>(&self, json: Json<'p>) -> Option<Kept<'p>> {
        let (text, content_hash) = (self.text.to_string(), self.content_hash.to_string());
        Object::as_written(json, Written { text, content_hash }).map(Kept)
    }

    /// What was written reads back: it nests no more deeply than when it was read.
    fn json(&self) -> Option<Json<'_>> {
        Json::parse(&self.text).ok()
    }
}

impl From<Kept<'_>> for Packed {
    fn from(Kept(Object { text, content_hash, .. }): Kept<'_>) -> Self {
        Self::of(Written { text, content_hash })
    }
}
