//! Credentials within a text.

use std::sync::OnceLock;

use regex::{Captures, Match, Regex, RegexSet};

use super::{
    mark, names,
    rules::{ASSIGNMENTS, Also, OPTIONS, PAIRS, PATTERNS},
};

/// Bytes that each of the patterns needs.
pub(super) const SHORTEST: usize = 7;

/// The patterns. Those of a set are compiled alone when the set first says that they fit: in most inputs none does, and
/// compiling takes longer than they do.
pub(super) struct Text {
    /// All patterns at once: most texts match none.
    any: RegexSet,
    patterns: Vec<Lazy>,
    assignments: Vec<Regex>,
    pairs: Vec<Lazy>,
    /// All options at once: most command lines have none.
    any_option: RegexSet,
    options: Vec<Lazy>,
}

/// A regular expression that is compiled when it is first needed.
struct Lazy(&'static str, OnceLock<Option<Regex>>);

impl Lazy {
    fn new(pattern: &'static str) -> Self {
        Self(pattern, OnceLock::new())
    }

    /// None if it is no regular expression, which a test rules out.
    fn get(&self) -> Option<&Regex> {
        self.1.get_or_init(|| Regex::new(self.0).ok()).as_ref()
    }
}

/// A secret within a text: where, and what it looks like.
struct Found {
    start: usize,
    end: usize,
    pattern: &'static str,
}

impl Found {
    /// The same in a text that has so many bytes before this one.
    fn behind(self, bytes: usize) -> Self {
        Self { start: self.start + bytes, end: self.end + bytes, ..self }
    }
}

impl Text {
    pub(super) fn new() -> Result<Self, regex::Error> {
        Ok(Self {
            any: RegexSet::new(PATTERNS.iter().map(|pattern| pattern.regex))?,
            patterns: PATTERNS.iter().map(|pattern| Lazy::new(pattern.regex)).collect(),
            assignments: ASSIGNMENTS.iter().map(|regex| Regex::new(regex)).collect::<Result<_, _>>()?,
            pairs: PAIRS.iter().map(|(_, regex)| Lazy::new(regex)).collect(),
            any_option: RegexSet::new(OPTIONS.iter().map(|(_, regex)| *regex))?,
            options: OPTIONS.iter().map(|(_, regex)| Lazy::new(regex)).collect(),
        })
    }

    /// The pattern of the first credential in a value that stands under this name.
    pub(super) fn credential(&self, name: &str, value: &str) -> Option<&'static str> {
        let first = |found: Vec<Found>| found.into_iter().next().map(|found| found.pattern);
        first(self.by_look(value))
            .or_else(|| names::credential(name, value))
            .or_else(|| first(self.assigned(value)))
            .or_else(|| first(self.given(value)))
    }

    /// The text without credentials; none if it has none. It may be a command line, or have some: scripts stand in many
    /// fields.
    pub(super) fn clean(&self, text: &str) -> Option<String> {
        let mut found = self.by_look(text);
        if !is_word(text) {
            found.extend(self.assigned(text));
            found.extend(self.given(text));
        }
        replaced(text, found)
    }

    fn by_look(&self, text: &str) -> Vec<Found> {
        let mut found = Vec::new();
        if text.len() < SHORTEST || !self.any.is_match(text) {
            return found;
        }
        for index in self.any.matches(text) {
            let regex = self.patterns.get(index).and_then(Lazy::get);
            let (Some(regex), Some(pattern)) = (regex, PATTERNS.get(index)) else { continue };
            for captures in regex.captures_iter(text) {
                let Some(secret) = captures.name("s").or_else(|| captures.get(0)) else { continue };
                let value = secret.as_str();
                let fits = match pattern.also {
                    Also::Nothing => true,
                    Also::Literal => names::is_literal(value),
                    Also::Digit => names::is_literal(value) && value.bytes().any(|b| b.is_ascii_digit()),
                };
                if fits {
                    found.push(Found { start: secret.start(), end: secret.end(), pattern: pattern.name });
                }
            }
        }
        found
    }

    fn assigned(&self, text: &str) -> Vec<Found> {
        let mut found = Vec::new();
        self.find_assigned(text, 0, true, &mut found);
        for ((word, _), regex) in PAIRS.iter().zip(&self.pairs) {
            let Some(regex) = text.contains(word).then(|| regex.get()).flatten() else { continue };
            found.extend(regex.captures_iter(text).filter_map(|captures| named(&captures)));
        }
        found
    }

    /// `nested` is whether to look into values for assignments, as in `--set=password=x`: once, so that the time stays
    /// linear in the text's length.
    fn find_assigned(&self, text: &str, offset: usize, nested: bool, into: &mut Vec<Found>) {
        if !names::may_assign(text) {
            return;
        }
        for captures in self.assignments.iter().flat_map(|regex| regex.captures_iter(text)) {
            match (named(&captures), value(&captures)) {
                (Some(found), _) => into.push(found.behind(offset)),
                (None, Some(value)) if nested => {
                    self.find_assigned(value.as_str(), offset + value.start(), false, into);
                }
                _ => {}
            }
        }
    }

    /// What command lines give to options.
    fn given(&self, text: &str) -> Vec<Found> {
        let mut found = Vec::new();
        self.find_given(text, 0, true, &mut found);
        found
    }

    /// `nested` is whether to look into values for command lines, as in `sh -c 'app --password x'`: once, as above.
    fn find_given(&self, text: &str, offset: usize, nested: bool, into: &mut Vec<Found>) {
        // Most texts are prose, or times and images.
        let may_be_command = || [" -", "\t-", "echo ", "mc "].iter().any(|part| text.contains(part));
        if !has_space(text) || !may_be_command() || !self.any_option.is_match(text) {
            return;
        }
        for ((name, _), regex) in OPTIONS.iter().zip(&self.options) {
            let Some(regex) = regex.get() else { continue };
            for captures in regex.captures_iter(text) {
                match (option(name, &captures), value(&captures)) {
                    (Some(found), _) => into.push(found.behind(offset)),
                    (None, Some(value)) if nested => {
                        self.find_given(value.as_str(), offset + value.start(), false, into);
                    }
                    _ => {}
                }
            }
        }
    }
}

/// Whether nothing in a text can be given a value, as in most.
fn is_word(text: &str) -> bool {
    // Without an early end, so that many bytes are looked at at once.
    !text.bytes().fold(false, |found, byte| found | matches!(byte, b' ' | b'\t' | b'\n' | b':' | b'='))
}

/// Whether a text has more than one word.
fn has_space(text: &str) -> bool {
    text.bytes().fold(false, |found, byte| found | matches!(byte, b' ' | b'\t'))
}

/// The value that a match has.
fn value<'t>(captures: &Captures<'t>) -> Option<Match<'t>> {
    ["s", "t", "u"].iter().find_map(|group| captures.name(group))
}

/// A value that its name gives away.
fn named(captures: &Captures<'_>) -> Option<Found> {
    let (key, value) = (captures.name("k").or_else(|| captures.name("l"))?, value(captures)?);
    let pattern = names::credential(key.as_str(), value.as_str())?;
    Some(Found { start: value.start(), end: value.end(), pattern })
}

fn option(name: &'static str, captures: &Captures<'_>) -> Option<Found> {
    if captures.name("k").is_some() {
        return named(captures);
    }
    let value = value(captures).filter(|value| names::is_literal(value.as_str()))?;
    Some(Found { start: value.start(), end: value.end(), pattern: name })
}

/// The text with marks in the place of what was found, the longer of two that overlap.
fn replaced(text: &str, mut found: Vec<Found>) -> Option<String> {
    if found.is_empty() {
        return None;
    }
    found.sort_by_key(|found| (found.start, std::cmp::Reverse(found.end)));
    let mut clean = String::with_capacity(text.len());
    let mut end = 0;
    for secret in found {
        if secret.end <= end {
            continue;
        }
        if secret.start >= end {
            clean.push_str(text.get(end..secret.start).unwrap_or_default());
            clean.push_str(&mark(secret.pattern));
        }
        end = secret.end;
    }
    clean.push_str(text.get(end..).unwrap_or_default());
    Some(clean)
}
