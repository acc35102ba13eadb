//! Untrusted text, made safe to look at: what is invisible or reorders its surroundings is written out.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde_json::Value;

/// The text with control, bidirectional and invisible characters as `\u{202e}`.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    escape(text, is_hidden)
}

/// As [`visible`], but keeps line ends and tabs, for text that is shown as a block.
pub(crate) fn visible_block(text: &str) -> Cow<'_, str> {
    escape(text, |c| is_hidden(c) && c != '\n' && c != '\t')
}

/// Whether a reader would not see the character as it is.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

fn escape(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if hidden(c) {
            escaped.extend(c.escape_unicode());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

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
    fn what_hides_is_shown() {
        assert_eq!(visible("a\u{202e}b\n"), "a\\u{202e}b\\u{a}");
        assert_eq!(visible_block("a\u{1b}[0m\n\t"), "a\\u{1b}[0m\n\t");
        assert!(matches!(visible("Zoë/名前"), Cow::Borrowed(_)));
    }

    #[test]
    fn clipping_counts_characters() {
        assert_eq!(clip("éééé", 4), "éééé");
        assert_eq!(clip("ééééé", 4), "ééé…");
    }
}
