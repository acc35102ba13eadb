//! Takes everything out of an object that may be secret, before anything is written: values of Secrets, ConfigMaps and
//! environment variables altogether; elsewhere what looks like a credential by its name or by itself. What checks need
//! to know of such a value is taken first, and left under `assayFacts`.
//!
//! It errs on the side of taking too much: a field that is gone by mistake costs a line of evidence, one that stays by
//! mistake costs a password.

mod annotations;
mod args;
mod facts;
mod names;
mod rules;
mod text;
mod walk;

#[cfg(test)]
mod tests;

use assay_model::json::Json;
use assay_model::redacted::{FACTS, mark};
use assay_snapshot::Digest;

use crate::error::CollectError;

/// An object without secrets. Only [`Redactor::redact`] makes one.
#[derive(Debug, Clone)]
pub(crate) struct Redacted<'j>(Json<'j>);

impl<'j> Redacted<'j> {
    /// The object.
    pub(crate) fn into_json(self) -> Json<'j> {
        self.0
    }
}

/// The rules, ready for use.
pub(crate) struct Redactor {
    text: text::Text,
}

impl Redactor {
    /// Prepares the rules.
    pub(crate) fn new() -> Result<Self, CollectError> {
        let text = text::Text::new().map_err(|error| CollectError::Internal(error.to_string()))?;
        Ok(Self { text })
    }

    /// The SHA-256 of the rules: two snapshots with the same were redacted alike.
    pub(crate) fn digest() -> Digest {
        Digest::of(rules::as_text().as_bytes())
    }

    /// Takes out what may be secret.
    pub(crate) fn redact<'j>(&self, mut object: Json<'j>) -> Redacted<'j> {
        walk::object(&self.text, &mut object);
        Redacted(object)
    }
}
