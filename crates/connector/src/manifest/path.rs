//! Field paths: `spec.containers[1].securityContext`, `metadata.annotations["example.com/owner"]`.

use std::{borrow::Cow, fmt::Write as _};

/// One step of a field path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Into a mapping.
    Key(Cow<'a, str>),
    /// Into a list, from 0.
    Index(usize),
}

/// Appends a mapping's key to a path in display form.
pub(super) fn push_key(path: &mut String, key: &str) {
    if is_bare(key) {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
    } else {
        path.push('[');
        // A text has JSON.
        path.push_str(&serde_json::to_string(key).unwrap_or_default());
        path.push(']');
    }
}

/// Appends a list's index to a path in display form.
pub(super) fn push_index(path: &mut String, index: usize) {
    // Writing to a String cannot fail.
    let _ = write!(path, "[{index}]");
}

/// The steps of a path in display form, up to the first part that is not one.
pub(super) fn parse(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while let Some((step, after)) = next_step(rest) {
        steps.push(step);
        rest = after;
    }
    steps
}

fn is_bare(key: &str) -> bool {
    !key.is_empty()
        && !key.contains(|c: char| matches!(c, '.' | '[' | ']' | '"') || c.is_whitespace() || c.is_control())
}

fn next_step(rest: &str) -> Option<(Step<'_>, &str)> {
    if let Some(bracketed) = rest.strip_prefix('[') {
        return quoted(bracketed).or_else(|| index(bracketed));
    }
    let bare = rest.strip_prefix('.').unwrap_or(rest);
    let end = bare.find(['.', '[']).unwrap_or(bare.len());
    let (key, after) = bare.split_at(end);
    (!key.is_empty()).then_some((Step::Key(Cow::Borrowed(key)), after))
}

fn index(bracketed: &str) -> Option<(Step<'_>, &str)> {
    let (digits, after) = bracketed.split_once(']')?;
    Some((Step::Index(digits.parse().ok()?), after))
}

fn quoted(bracketed: &str) -> Option<(Step<'_>, &str)> {
    let mut strings = serde_json::Deserializer::from_str(bracketed).into_iter::<String>();
    let key = strings.next()?.ok()?;
    let after = bracketed.get(strings.byte_offset()..)?.strip_prefix(']')?;
    Some((Step::Key(Cow::Owned(key)), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_form_reads_back() {
        for keys in [&["spec", "a.b/c", "x"][..], &["", "a\"]", " "], &["é", "[0]"]] {
            let mut path = String::new();
            for key in keys {
                push_key(&mut path, key);
                push_index(&mut path, 7);
            }
            let expected: Vec<_> =
                keys.iter().flat_map(|key| [Step::Key(Cow::Borrowed(*key)), Step::Index(7)]).collect();
            assert_eq!(parse(&path), expected, "{path}");
        }
    }

    #[test]
    fn stops_at_what_is_no_path() {
        assert_eq!(parse("a[x].b"), [Step::Key("a".into())]);
        assert_eq!(parse(""), []);
        assert_eq!(parse("a..b"), [Step::Key("a".into())]);
    }
}
