//! Other people's text within SDL.

use crate::visible::is_hidden;

/// A description longer than this is cut.
const LONGEST: usize = 240;

/// The text without line breaks and without characters that a terminal or an editor would obey or hide.
pub(super) fn plain(text: &str) -> String {
    let words: Vec<String> = text
        .split(char::is_whitespace)
        .map(|word| word.chars().filter(|c| !is_hidden(*c)).collect())
        .collect();
    words.into_iter().filter(|word: &String| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The first sentence, as one line.
pub(super) fn sentence(text: &str) -> String {
    let text = plain(text);
    let end = text.find(". ").map_or(text.len(), |at| at + 1);
    let sentence = &text[..end];
    match sentence.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", sentence[..at].trim_end()),
        None => sentence.to_owned(),
    }
}

/// A string of GraphQL: JSON's escapes are all among its own.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A name in camel case, with nothing but letters, digits and underscores: `ephemeral-storage` is `ephemeralStorage`.
pub(super) fn camel(name: &str) -> String {
    let mut camel = String::new();
    let mut upper = false;
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() && c != '_' {
            upper = !camel.is_empty();
        } else if std::mem::take(&mut upper) {
            camel.push(c.to_ascii_uppercase());
        } else {
            camel.push(c);
        }
    }
    // Names with two underscores at the beginning are GraphQL's own.
    let camel = camel.trim_start_matches('_');
    match camel.chars().next() {
        None => "field".to_owned(),
        Some(c) if c.is_ascii_digit() => format!("_{camel}"),
        Some(_) => camel.to_owned(),
    }
}

/// The same with a capital at the beginning, as types have.
pub(super) fn pascal(name: &str) -> String {
    let camel = camel(name);
    let mut chars = camel.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

/// A key as a step of a path; none if no path can name it.
pub(super) fn step(key: &str) -> Option<String> {
    let is_sign = |c: char| matches!(c, '|' | '[' | ']' | '=') || c.is_whitespace();
    if key.is_empty() || key.contains(is_sign) {
        return None;
    }
    Some(key.replace('\\', "\\\\").replace('.', "\\."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_graphqls() {
        for (name, expected) in [
            ("hostNetwork", "hostNetwork"),
            ("ephemeral-storage", "ephemeralStorage"),
            ("kubernetes.io/os", "kubernetesIoOs"),
            ("$ref", "ref"),
            ("__typename", "typename"),
            ("2fa", "_2fa"),
            ("a_b", "a_b"),
            ("", "field"),
            ("ä-ö", "field"),
        ] {
            assert_eq!(camel(name), expected);
        }
        assert_eq!(
            (pascal("targets").as_str(), pascal("-x").as_str(), pascal("2fa").as_str()),
            ("Targets", "X", "_2fa")
        );
    }

    #[test]
    fn text_stays_in_its_line() {
        assert_eq!(plain("a\n\"\"\" }\r\n# b\u{202e}\u{1b}[2Jc\t"), "a \"\"\" } # b[2Jc");
        assert_eq!(sentence("One thing. Another."), "One thing.");
        assert_eq!(sentence(&"x".repeat(300)).chars().count(), LONGEST + 1);
        assert_eq!(quoted("a\"\\b"), r#""a\"\\b""#);
    }

    #[test]
    fn keys_are_steps_of_paths() {
        assert_eq!(step("a.b/c\\").unwrap(), "a\\.b/c\\\\");
        assert!(["", "a[0]", "a|b", "a=b", "a b"].iter().all(|key| step(key).is_none()));
    }
}
