//! Untrusted text, as reports show it.

use std::borrow::Cow;
use std::fmt::Write as _;

pub(crate) use assay_model::visible::{visible, visible_block};
use serde_json::Value;

/// At most `limit` characters, with a mark where the rest was left out.
pub(crate) fn clip(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        None => Cow::Borrowed(text),
        Some(_) => {
            let end = text.char_indices().nth(limit.saturating_sub(1)).map_or(0, |(at, _)| at);
            Cow::Owned(format!("{}…", &text[..end]))
        }
    }
}

/// A field's value as readers know it: JSON, and `missing` in place of null.
pub(crate) fn value(value: &Value, limit: usize) -> String {
    match value {
        Value::Null => "missing".to_owned(),
        other => clip(&visible(&other.to_string()), limit).into_owned(),
    }
}

/// `Kind namespace/name`, or `Kind name` of what is in no namespace.
pub(crate) fn asset(asset: &assay_audit::finding::AssetRef) -> String {
    let mut text = String::new();
    let _ = match &asset.namespace {
        Some(namespace) => write!(text, "{} {namespace}/{}", asset.kind, asset.name),
        None => write!(text, "{} {}", asset.kind, asset.name),
    };
    visible(&text).into_owned()
}

/// `1 asset`, `2 assets`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clipping_counts_characters() {
        assert_eq!(clip("éééé", 4), "éééé");
        assert_eq!(clip("ééééé", 4), "ééé…");
    }
}
