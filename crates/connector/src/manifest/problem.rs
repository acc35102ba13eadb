//! What is wrong with a manifest, and where.

use std::{fmt, sync::Arc};

/// A place in a file. Both count from 1; columns count Unicode characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl Position {
    /// The first character of a file.
    pub const START: Self = Self { line: 1, column: 1 };

    /// The place after `text`, which starts here and is UTF-8.
    pub(super) fn after(self, text: &[u8]) -> Self {
        let Some(end) = text.iter().rposition(|byte| *byte == b'\n') else {
            return Self { column: self.column.saturating_add(characters(text)), ..self };
        };
        let lines = count(text[..=end].iter().filter(|byte| **byte == b'\n'));
        let column = 1_u32.saturating_add(characters(&text[end + 1..]));
        Self { line: self.line.saturating_add(lines), column }
    }
}

/// How many characters there are. What goes on with one counts no more.
fn characters(text: &[u8]) -> u32 {
    count(text.iter().filter(|byte| !matches!(byte, 0x80..=0xBF)))
}

fn count<I>(counted: impl Iterator<Item = I>) -> u32 {
    u32::try_from(counted.count()).unwrap_or(u32::MAX)
}

impl Default for Position {
    fn default() -> Self {
        Self::START
    }
}

/// One thing to tell the user about a file. The message names keys, never values: a value may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as the user wrote its path.
    pub file: Arc<str>,
    /// The place; absent where the file as a whole is meant.
    pub position: Option<Position>,
    /// What is wrong and what to do about it.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(Position { line, column }) => write!(f, "{}:{line}:{column}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

/// How many errors are told before the rest are counted.
const MAX_ERRORS: usize = 20;

/// Problems in the order in which they were met: the first ones in full, the rest counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    kept: Vec<Problem>,
    limit: usize,
    dropped: usize,
}

impl Problems {
    pub(super) fn with_limit(limit: usize) -> Self {
        Self { kept: Vec::new(), limit, dropped: 0 }
    }

    /// None yet, of those that let a reading fail.
    pub(crate) fn of_errors() -> Self {
        Self::with_limit(MAX_ERRORS)
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        if self.kept.len() < self.limit {
            self.kept.push(problem);
        } else {
            self.dropped += 1;
        }
    }

    /// Counts those that someone else dropped, of whom there are none unless more came than are kept.
    pub(super) fn add_dropped(&mut self, count: usize) {
        self.dropped += count;
    }

    /// The problems kept.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.kept.iter()
    }

    pub(super) fn count(&self) -> usize {
        self.kept.len() + self.dropped
    }

    /// How many more there are than [`Self::iter`] gives.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.kept.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        if self.dropped > 0 {
            write!(f, "\nand {} more", self.dropped)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A problem of a document, before anyone says which file the document is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) position: Option<Position>,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn at(position: Position, message: impl Into<String>) -> Self {
        Self { position: Some(position), message: message.into() }
    }

    pub(super) fn of_file(message: impl Into<String>) -> Self {
        Self { position: None, message: message.into() }
    }

    pub(super) fn in_file(self, file: &Arc<str>) -> Problem {
        Problem { file: Arc::clone(file), position: self.position, message: self.message }
    }
}
