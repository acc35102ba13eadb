//! The YAML of controls and frameworks: a mapping is read by known keys, and every mistake is told.

use std::ops::Range;

use assay_model::yaml::{Node, Value};

use crate::problem::Mistakes;

/// Reads `text[range]`; spans are in `text`. A syntax error is reported and gives nothing.
pub(crate) fn read(text: &str, range: Range<usize>, mistakes: &mut Mistakes) -> Option<Node> {
    match Node::read(text.get(range.clone())?) {
        Ok(mut node) => {
            shift(&mut node, range.start);
            Some(node)
        }
        Err(error) => {
            let at = range.start + error.offset;
            mistakes.add(at..at, error.message);
            None
        }
    }
}

fn shift(node: &mut Node, by: usize) {
    node.span = node.span.start + by..node.span.end + by;
    match &mut node.value {
        Value::List(list) => list.iter_mut().for_each(|node| shift(node, by)),
        Value::Map(entries) => entries.iter_mut().for_each(|(key, value)| {
            shift(key, by);
            shift(value, by);
        }),
        _ => {}
    }
}

/// The entries of a mapping, taken one known key at a time; what is left at the end is unknown.
pub(crate) struct Fields<'m> {
    entries: Vec<(Node, Node)>,
    /// Where a missing key is reported.
    place: Range<usize>,
    known: Vec<&'static str>,
    pub(crate) mistakes: &'m mut Mistakes,
}

impl<'m> Fields<'m> {
    pub(crate) fn new(node: Node, place: Range<usize>, mistakes: &'m mut Mistakes) -> Self {
        let entries = match node.value {
            Value::Map(entries) => entries,
            _ => {
                mistakes.add(node.span, "a mapping of keys to values is needed here");
                Vec::new()
            }
        };
        Self { entries, place, known: Vec::new(), mistakes }
    }

    pub(crate) fn take(&mut self, key: &'static str) -> Option<Node> {
        self.known.push(key);
        let index = self.entries.iter().position(|(k, _)| k.as_text() == Some(key))?;
        Some(self.entries.remove(index).1)
    }

    pub(crate) fn require(&mut self, key: &'static str) -> Option<Node> {
        let node = self.take(key);
        if node.is_none() {
            self.mistakes.add(self.place.clone(), format!("`{key}` is missing"));
        }
        node
    }

    /// A non-empty text, with its place.
    pub(crate) fn text(&mut self, key: &'static str) -> Option<(String, Range<usize>)> {
        let node = self.require(key)?;
        self.as_text(&format!("`{key}`"), node)
    }

    /// `true` or `false`; false where the key is missing. With the value's place.
    pub(crate) fn flag(&mut self, key: &'static str) -> Option<Range<usize>> {
        let node = self.take(key)?;
        match node.value {
            Value::Bool(set) => set.then_some(node.span),
            _ => {
                self.mistakes.add(node.span, format!("`{key}` is true or false"));
                None
            }
        }
    }

    /// A list of texts, with their places; empty where the key is missing.
    pub(crate) fn texts(&mut self, key: &'static str) -> Vec<(String, Range<usize>)> {
        let node = self.take(key);
        self.list(key, node).into_iter().filter_map(|node| self.as_text(&format!("`{key}`"), node)).collect()
    }

    /// The entries of a list.
    pub(crate) fn list(&mut self, key: &str, node: Option<Node>) -> Vec<Node> {
        match node {
            None => Vec::new(),
            Some(Node { value: Value::List(list), .. }) => list,
            Some(node) => {
                self.mistakes.add(node.span, format!("`{key}` is a list"));
                Vec::new()
            }
        }
    }

    /// The entries of a mapping whose keys are anyone's; empty where the key is missing.
    pub(crate) fn map(&mut self, key: &'static str) -> Vec<(Node, Node)> {
        match self.take(key) {
            None => Vec::new(),
            Some(Node { value: Value::Map(entries), .. }) => entries,
            Some(node) => {
                self.mistakes.add(node.span, format!("`{key}` is a mapping"));
                Vec::new()
            }
        }
    }

    pub(crate) fn as_text(&mut self, key: &str, node: Node) -> Option<(String, Range<usize>)> {
        match node.value {
            Value::Text(text) if !text.trim().is_empty() => Some((text, node.span)),
            Value::Number(_) | Value::Bool(_) => {
                self.mistakes.add_with_help(node.span, format!("{key} is text"), "put it in quotes");
                None
            }
            _ => {
                self.mistakes.add(node.span, format!("{key} is text, and not empty"));
                None
            }
        }
    }

    /// Reports the keys that nobody took.
    pub(crate) fn finish(self) {
        for (key, _) in self.entries {
            let name = key.as_text().unwrap_or_default();
            self.mistakes.add_unknown(key.span.clone(), format!("unknown key `{name}`"), name, &self.known);
        }
    }
}
