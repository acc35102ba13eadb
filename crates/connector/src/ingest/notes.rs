//! What a reader of the snapshot should know.

/// How many notes are kept before the rest are counted.
const MAX: usize = 200;

/// Notes in the order they were made. They name places, never values.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    lines: Vec<String>,
    dropped: usize,
}

impl Notes {
    /// Adds one.
    pub(crate) fn push(&mut self, note: impl Into<String>) {
        if self.lines.len() < MAX {
            self.lines.push(note.into());
        } else {
            self.dropped += 1;
        }
    }

    /// Counts notes that someone else dropped.
    pub(crate) fn dropped(&mut self, count: usize) {
        self.dropped += count;
    }

    /// All of them, and how many more there were.
    pub(crate) fn into_lines(self) -> Vec<String> {
        let mut lines = self.lines;
        if self.dropped > 0 {
            lines.push(format!("And {} more notes of this sort.", self.dropped));
        }
        lines
    }
}
