//! YAML in which every key and value knows its place, and the reading of a mapping by known keys: what serde's
//! derive would give stops at the first mistake, and a control's author wants all of them.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_saphyr::Spanned;

use crate::problem::Mistakes;

/// A key or value with its place in the file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// Reads `text[range]`; spans are in `text`. A syntax error is reported and gives nothing.
    pub(crate) fn read(text: &str, range: Range<usize>, mistakes: &mut Mistakes) -> Option<Self> {
        let source = text.get(range.clone())?;
        match serde_saphyr::from_str::<Self>(source) {
            Ok(mut node) => {
                node.shift(range.start);
                Some(node)
            }
            Err(error) => {
                let at = range.start + place(source, &error);
                mistakes.add(at..at, message(&error));
                None
            }
        }
    }

    fn shift(&mut self, by: usize) {
        self.span = self.span.start + by..self.span.end + by;
        match &mut self.value {
            Value::List(list) => list.iter_mut().for_each(|node| node.shift(by)),
            Value::Map(entries) => entries.iter_mut().for_each(|(key, value)| {
                key.shift(by);
                value.shift(by);
            }),
            _ => {}
        }
    }

    /// The text of a scalar that needs no quotes to be text.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Number(value) => serde_json::Value::Number(value.clone()),
            Value::Text(value) => value.as_str().into(),
            Value::List(list) => list.iter().map(Self::to_json).collect(),
            Value::Map(entries) => entries
                .iter()
                .map(|(key, value)| (key.as_text().unwrap_or_default().to_owned(), value.to_json()))
                .collect(),
        }
    }
}

/// The byte that an error is at: syntax errors know line and column (in characters) only.
fn place(source: &str, error: &serde_saphyr::Error) -> usize {
    let Some(location) = error.location() else { return 0 };
    if let Some(offset) = location.span().byte_offset() {
        return (offset as usize).min(source.len());
    }
    let lines = source.split_inclusive('\n');
    let line = (location.line() as usize).saturating_sub(1);
    let before: usize = lines.clone().take(line).map(str::len).sum();
    let inside = lines.clone().nth(line).unwrap_or_default().chars();
    before + inside.take((location.column() as usize).saturating_sub(1)).map(char::len_utf8).sum::<usize>()
}

/// The error in one line, without the place (which counts from the front matter) and the library's own advice.
fn message(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let line = text.lines().next().unwrap_or_default();
    let end = [" at line ", ", set DuplicateKeyPolicy"].iter().filter_map(|noise| line.find(noise)).min();
    line[..end.unwrap_or(line.len())].to_owned()
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

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        let span = spanned.referenced.span();
        let start = span.byte_offset().unwrap_or(0) as usize;
        Ok(Self { span: start..start + span.byte_len().unwrap_or(0) as usize, value: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(node) = seq.next_element()? {
            list.push(node);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Value::Map(entries))
    }
}
