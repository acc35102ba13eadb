//! A mistake in a control or framework file, with its place, for the command line to render.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// One mistake in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, as the user would name it; below this crate for a built-in one.
    pub path: String,
    /// The whole file, which `span` is in; empty if it could not be read.
    pub text: Arc<str>,
    /// Bytes of `text`.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    /// The line and column (both from 1, in characters) where the problem starts.
    pub fn position(&self) -> (usize, usize) {
        let before = self.text.get(..self.span.start).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.position();
        write!(f, "{}:{line}:{column}: {}", self.path, self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, " ({help})"))
    }
}

/// All mistakes of all files; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index > 0 { "\n" } else { "" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Gathers the mistakes of one file.
pub(crate) struct Mistakes {
    path: String,
    text: Arc<str>,
    found: Vec<Problem>,
}

impl Mistakes {
    pub(crate) fn new(path: impl Into<String>, text: Arc<str>) -> Self {
        Self { path: path.into(), text, found: Vec::new() }
    }

    pub(crate) fn add(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.push(span, message.into(), None);
    }

    pub(crate) fn add_with_help(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(span, message.into(), Some(help.into()));
    }

    /// A mistyped name: the help is the nearest of the known ones, or all of them.
    pub(crate) fn add_unknown(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        name: &str,
        known: &[&str],
    ) {
        self.push(span, message.into(), nearest_or_all(name, known));
    }

    fn push(&mut self, span: Range<usize>, message: String, help: Option<String>) {
        self.found.push(Problem { path: self.path.clone(), text: self.text.clone(), span, message, help });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The mistakes in the order of the file.
    pub(crate) fn into_problems(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|problem| (problem.span.start, problem.span.end));
        self.found
    }
}

/// "did you mean …?" if a known name is near, else the known names, if they are few enough to read.
pub(crate) fn nearest_or_all(name: &str, known: &[&str]) -> Option<String> {
    if let Some(near) = nearest(name, known.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let readable = (1..=16).contains(&known.len());
    readable.then(|| format!("known: {}", known.join(", ")))
}

/// The known name that a mistyped one most likely stands for.
pub(crate) fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let name = name.to_lowercase();
    known
        .map(|candidate| (strsim::damerau_levenshtein(&name, &candidate.to_lowercase()), candidate))
        // A third of the name may be wrong; below three letters nothing is near.
        .filter(|(distance, candidate)| *distance <= candidate.chars().count() / 3)
        .min()
        .map(|(_, candidate)| candidate)
}
