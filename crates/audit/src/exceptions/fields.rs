//! The reading of a mapping by known keys, and the mistakes found on the way.

use assay_model::yaml::{LineColumn, Node, Value};

use super::ExceptionProblem;

pub(super) struct Mistakes<'p> {
    pub(super) path: &'p str,
    pub(super) problems: Vec<ExceptionProblem>,
}

impl Mistakes<'_> {
    pub(super) fn add(&mut self, (line, column): LineColumn, message: impl Into<String>) {
        self.problems.push(ExceptionProblem {
            path: self.path.to_owned(),
            line,
            column,
            message: message.into(),
        });
    }
}

/// The entries of a mapping, taken one known key at a time; what is left at the end is unknown.
pub(super) struct Fields<'m, 'p> {
    pub(super) entries: Vec<(Node, Node)>,
    pub(super) at: LineColumn,
    pub(super) known: &'static str,
    pub(super) mistakes: &'m mut Mistakes<'p>,
}

impl<'m, 'p> Fields<'m, 'p> {
    pub(super) fn of(node: Node, what: &str, known: &'static str, mistakes: &'m mut Mistakes<'p>) -> Self {
        let at = node.at;
        let entries = match node.value {
            Value::Map(entries) if !entries.is_empty() => entries,
            _ => {
                mistakes.add(at, format!("{what} is a mapping, and not empty: its keys are {known}"));
                Vec::new()
            }
        };
        Self { entries, at, known, mistakes }
    }

    /// Where the key's value is, or else the mapping.
    pub(super) fn place(&self, key: &str) -> LineColumn {
        let entry = self.entries.iter().find(|(k, _)| k.as_text() == Some(key));
        entry.map_or(self.at, |(_, value)| value.at)
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Node> {
        let index = self.entries.iter().position(|(k, _)| k.as_text() == Some(key))?;
        Some(self.entries.remove(index).1)
    }

    pub(super) fn missing(&mut self, key: &str, help: &str) {
        self.mistakes.add(self.at, format!("`{key}` is missing: {help}"));
    }

    /// A text that must be there and say something.
    pub(super) fn require(&mut self, key: &str, help: &str) -> Option<String> {
        match self.take(key) {
            None => {
                self.missing(key, help);
                None
            }
            Some(node)
                if matches!(node.value, Value::Null)
                    || node.as_text().is_some_and(|t| t.trim().is_empty()) =>
            {
                self.mistakes.add(node.at, format!("`{key}` is empty: {help}"));
                None
            }
            Some(node) => self.text(key, &node),
        }
    }

    pub(super) fn text(&mut self, key: &str, node: &Node) -> Option<String> {
        match &node.value {
            Value::Text(text) if !text.trim().is_empty() => return Some(text.trim().to_owned()),
            Value::Bool(_) | Value::Number(_) => {
                self.mistakes.add(node.at, format!("`{key}` is text: put it in quotes"))
            }
            Value::Text(_) | Value::Null => {
                self.mistakes.add(node.at, format!("`{key}` is empty: fill it in, or leave it out"));
            }
            Value::List(_) | Value::Map(_) => {
                self.mistakes.add(node.at, format!("`{key}` is text: write one value"))
            }
        }
        None
    }

    pub(super) fn list(&mut self, key: &str, node: Node) -> Vec<Node> {
        match node.value {
            Value::List(list) => list,
            Value::Null => Vec::new(),
            _ => {
                self.mistakes.add(node.at, format!("`{key}` is a list: write each entry after a `-`"));
                Vec::new()
            }
        }
    }

    /// A list of texts that holds one at least: an empty one would select nothing, or be taken for all.
    pub(super) fn filled(&mut self, key: &str, node: Node) -> Vec<String> {
        let at = node.at;
        if matches!(&node.value, Value::Null) || matches!(&node.value, Value::List(list) if list.is_empty()) {
            self.mistakes.add(at, format!("`{key}` is empty: fill it in, or leave it out"));
            return Vec::new();
        }
        self.list(key, node).iter().filter_map(|node| self.text(key, node)).collect()
    }

    pub(super) fn texts(&mut self, key: &str) -> Vec<String> {
        self.take(key).map(|node| self.filled(key, node)).unwrap_or_default()
    }

    /// Reports the keys that nobody took.
    pub(super) fn finish(self) {
        for (key, _) in &self.entries {
            let name = key.as_text().unwrap_or_default();
            self.mistakes.add(key.at, format!("unknown key `{name}`: the keys here are {}", self.known));
        }
    }
}
