//! What is known of an object whose content could not be read.

use std::borrow::Cow;

use crate::json::{Fields, Json};
use crate::schema::{Computed, Field, Read, ScalarField, Source};

/// Texts that are kept of such an object, and of its metadata.
const KEPT: [&str; 2] = ["apiVersion", "kind"];
const OF_METADATA: [&str; 4] = ["name", "namespace", "uid", "generateName"];

/// What is kept of an unreadable object: the parts of its metadata that have the right type.
pub(super) fn identity<'j>(object: &Json<'j>) -> Json<'j> {
    let texts = |of: Option<&Json<'j>>, keys: &[&'static str]| {
        let fields = keys.iter().filter_map(|key| {
            let text = of?.get(key).filter(|value| value.as_str().is_some())?;
            Some((Cow::Borrowed(*key), text.clone()))
        });
        fields.collect::<Fields<'_>>()
    };
    let mut kept = texts(Some(object), &KEPT);
    kept.insert("metadata", texts(object.get("metadata"), &OF_METADATA));
    kept.into()
}

/// Whether an asset's field is known even where the asset's object could not be read.
pub fn is_identity(field: &Field) -> bool {
    match &field.source {
        Source::Scalar(ScalarField { read: Read::Path(path), .. }) => {
            let path = path.to_string();
            let of_metadata = path.strip_prefix("metadata.");
            KEPT.contains(&path.as_str()) || of_metadata.is_some_and(|key| OF_METADATA.contains(&key))
        }
        Source::Scalar(ScalarField { read: Read::Computed(computed), .. }) => {
            matches!(computed, Computed::Id | Computed::Name | Computed::Group | Computed::Unreadable)
        }
        Source::Derived(derived) => matches!(derived.by.as_str(), "cluster" | "uidOrId"),
        _ => false,
    }
}
