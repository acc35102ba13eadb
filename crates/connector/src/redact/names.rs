//! Names that tell that their value is a credential.

use std::sync::OnceLock;

use super::rules::{STRONG, STRONG_WORDS, WEAK};

/// Which kind of credential a literal value under this name is, if it is one.
pub(super) fn credential(name: &str, value: &str) -> Option<&'static str> {
    // Nearly every name tells nothing, and then the value need not be looked at.
    match told(name)? {
        _ if !is_literal(value) || is_path(value) => None,
        (label, Told::Surely) => Some(label),
        (label, Told::Maybe) => (!is_like_a_name(value)).then_some(label),
    }
}

/// How sure a name is of what it tells.
enum Told {
    /// Any literal value is a credential.
    Surely,
    /// One that is like the name of something is not.
    Maybe,
}

/// What a name tells of its value.
fn told(name: &str) -> Option<(&'static str, Told)> {
    if !may_tell(name) {
        return None;
    }
    let words = words(name);
    let joined = words.concat();
    let ends = |list: &[(&str, &'static str)]| {
        list.iter().find(|(end, _)| joined.ends_with(end)).map(|(_, label)| *label)
    };
    let last = words.last().map(String::as_str).unwrap_or_default();
    let is_last = |(word, _): &&(&str, &str)| *word == last;
    let strong = ends(STRONG).or_else(|| STRONG_WORDS.iter().find(is_last).map(|(_, label)| *label));
    strong.map(|label| (label, Told::Surely)).or_else(|| ends(WEAK).map(|label| (label, Told::Maybe)))
}

/// Whether a name ends in a word that tells: a glance that rules out most names, and no word of any that tells.
fn may_tell(name: &str) -> bool {
    if !name.is_ascii() {
        return true;
    }
    let name = name.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
    let ends_in = |word: &str| {
        let mut letters = name.bytes().rev().filter(u8::is_ascii_alphanumeric);
        word.bytes().rev().all(|byte| letters.next().is_some_and(|own| own.eq_ignore_ascii_case(&byte)))
    };
    let Some(last) = name.bytes().next_back() else { return false };
    words_by_end()[usize::from(last.to_ascii_lowercase() - b'a')].iter().any(|word| ends_in(word))
}

/// The words that tell, by their last letter.
fn words_by_end() -> &'static [Vec<&'static str>; 26] {
    static WORDS: OnceLock<[Vec<&str>; 26]> = OnceLock::new();
    WORDS.get_or_init(|| {
        let mut words = [const { Vec::new() }; 26];
        for (word, _) in [STRONG, STRONG_WORDS, WEAK].into_iter().flatten() {
            let end = word.bytes().next_back().unwrap_or(b'a');
            words[usize::from(end.to_ascii_lowercase().saturating_sub(b'a')).min(25)].push(*word);
        }
        words
    })
}

/// Whether some name in a text that gives it a value may tell: what ends before a sign of assignment.
pub(super) fn may_assign(text: &str) -> bool {
    let is_around = |c: char| c.is_whitespace() || matches!(c, '\\' | '"' | '\'');
    text.match_indices(['=', ':']).any(|(end, _)| {
        let before = text[..end].trim_end_matches(is_around);
        before
            .rsplit(|c: char| !(c.is_ascii_alphanumeric() || "_./-".contains(c)))
            .next()
            .is_some_and(may_tell)
    })
}

/// Whether a value is meant as it stands: no reference, placeholder or switch.
pub(super) fn is_literal(value: &str) -> bool {
    let value = value.trim();
    let refers = ["$(", "${", "{{", "[redacted", "%(", "ref+", "vault:", "env:", "secretref:", "file:"];
    let lower = value.to_ascii_lowercase();
    !(value.is_empty()
        || refers.iter().any(|start| lower.starts_with(start))
        || value.strip_prefix('$').is_some_and(is_variable)
        || value.strip_prefix('<').is_some_and(|rest| !is_bracketed(rest))
        || ["true", "false", "yes", "no", "none", "null", "nil", "~", "|", "|-", ">", ">-"]
            .contains(&lower.as_str())
        || ["string", "object", "array", "integer", "boolean", "number"].contains(&lower.as_str())
        || value.chars().all(|c| "*xX.-".contains(c)))
}

/// Whether a name behind `$` may be a variable's: `PASSWORD_2`, `http_authorization`.
fn is_variable(name: &str) -> bool {
    let is_of = |letters: fn(&u8) -> bool| name.bytes().all(|b| b == b'_' || letters(&b));
    is_of(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) || is_of(u8::is_ascii_lowercase)
}

/// Whether `<…>` holds more than words, as no placeholder does: `<hunter2>`.
fn is_bracketed(rest: &str) -> bool {
    rest.strip_suffix('>').is_some_and(|within| {
        within.bytes().any(|b| b.is_ascii_digit()) && within.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

/// A path is of words: of 64 passwords in base64 one begins with `/`.
fn is_path(value: &str) -> bool {
    let is_random = |part: &str| {
        let has = |is: fn(&u8) -> bool| part.bytes().any(|b| is(&b));
        part.len() >= 16
            && has(u8::is_ascii_digit)
            && has(u8::is_ascii_uppercase)
            && has(u8::is_ascii_lowercase)
            && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    ["/", "./", "../", "~/"].iter().any(|start| value.starts_with(start))
        && !value.contains(char::is_whitespace)
        && !value.contains(['+', '='])
        && !value.split('/').any(is_random)
}

/// Whether a value may be the name of an object or of a key: `db-credentials`, `tls.key`, `webhook`.
fn is_like_a_name(value: &str) -> bool {
    let is_name_byte = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let is_split = value.contains(['-', '.']);
    value.bytes().all(is_name_byte) && if is_split { digits * 3 < value.len() } else { digits == 0 }
}

/// The words of a name in lower case, without a number at its end: `dbApiKey2` is db, api, key.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let chars: Vec<char> = name.chars().collect();
    for (index, c) in chars.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| chars.get(index));
        let after = chars.get(index + 1);
        let begins = c.is_uppercase()
            && before.is_some_and(|b| {
                b.is_lowercase() || b.is_uppercase() && after.is_some_and(|a| a.is_lowercase())
            });
        if begins || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    if let Some(last) = words.last_mut() {
        last.truncate(last.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_words() {
        for (name, expected) in [
            ("dbApiKey2", "db api key"),
            ("AWS_SECRET_ACCESS_KEY", "aws secret access key"),
            ("APIKey", "api key"),
            ("example.com/api-token", "example com api token"),
            ("--db-password", "db password"),
            ("PASSWORD_2", "password"),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
    }
}
