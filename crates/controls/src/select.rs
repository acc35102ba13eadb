//! Choosing controls by pattern.

use std::fmt;

use crate::Control;
use crate::problem::nearest;

/// A pattern that fits no control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPattern {
    /// The pattern as it was given.
    pub pattern: String,
    /// The control id or framework that was most likely meant.
    pub nearest: Option<String>,
}

impl fmt::Display for UnknownPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` fits no control", self.pattern)?;
        self.nearest.as_ref().map_or(Ok(()), |name| write!(f, "; did you mean `{name}`?"))
    }
}

impl std::error::Error for UnknownPattern {}

pub(crate) fn select<'c, S: AsRef<str>>(
    controls: &'c [Control],
    patterns: &[S],
) -> Result<Vec<&'c Control>, Vec<UnknownPattern>> {
    let patterns: Vec<Pattern<'_>> = patterns.iter().map(|pattern| Pattern::new(pattern.as_ref())).collect();
    let unknown: Vec<UnknownPattern> = patterns
        .iter()
        .filter(|pattern| !controls.iter().any(|control| pattern.fits(control)))
        .map(|pattern| pattern.unknown(controls))
        .collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let (without, with): (Vec<_>, Vec<_>) = patterns.iter().partition(|pattern| pattern.negated);
    let chosen = |control: &&Control| {
        (with.is_empty() || with.iter().any(|pattern| pattern.fits(control)))
            && !without.iter().any(|pattern| pattern.fits(control))
    };
    Ok(controls.iter().filter(chosen).collect())
}

struct Pattern<'p> {
    text: &'p str,
    negated: bool,
}

impl<'p> Pattern<'p> {
    fn new(pattern: &'p str) -> Self {
        let negated = pattern.starts_with('!');
        Self { text: pattern.strip_prefix('!').unwrap_or(pattern), negated }
    }

    fn fits(&self, control: &Control) -> bool {
        if let Some((framework, requirement)) = self.text.split_once(':') {
            let requirements = control.frameworks.get(framework);
            return requirements.is_some_and(|ids| ids.iter().any(|id| glob(requirement, id)));
        }
        if let Some((category, id)) = self.text.split_once('/') {
            return glob(category, &control.category) && (id.is_empty() || glob(id, control.id.as_str()));
        }
        glob(self.text, control.id.as_str())
            || control.former_ids.iter().any(|former| former.as_str() == self.text)
            || control.frameworks.contains_key(self.text)
    }

    fn unknown(&self, controls: &[Control]) -> UnknownPattern {
        let ids = controls.iter().map(|control| control.id.as_str());
        let frameworks = controls.iter().flat_map(|control| control.frameworks.keys().map(|id| id.as_str()));
        let nearest = nearest(self.text, ids.chain(frameworks)).map(str::to_owned);
        UnknownPattern { pattern: self.text.to_owned(), nearest }
    }
}

/// Whether `*` in the pattern can be filled so that it is the name. Names are short and patterns few, so
/// trying each place for a star is fast enough, and the last star alone ever needs another try.
fn glob(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut left) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn globs() {
        for (pattern, name) in
            [("a", "a"), ("*", ""), ("a*", "a"), ("a*c", "abc"), ("*b*", "abc"), ("a*b*c", "abbc")]
        {
            assert!(glob(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("a", "b"), ("a*a", "a"), ("*b", "abc"), ("a*b*c", "acb"), ("", "a")] {
            assert!(!glob(pattern, name), "{pattern} {name}");
        }
    }
}
