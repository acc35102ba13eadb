//! YAML that people write for assay (front matter, exceptions), in which every key and value knows its place: what
//! serde's derive would give stops at the first mistake, and an author wants all of them.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_saphyr::{Location, Spanned};

/// A line and a column, in characters, each from 1.
pub type LineColumn = (u32, u32);

/// A key or value with its place in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its bytes.
    pub span: Range<usize>,
    /// Where it starts.
    pub at: LineColumn,
    /// What it is.
    pub value: Value,
}

/// What YAML 1.2 takes a node for.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing, or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Anything else that is no collection.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order written.
    Map(Vec<(Node, Node)>),
}

/// Why a text is no YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The byte it was noticed at.
    pub offset: usize,
    /// The same place, for people.
    pub at: LineColumn,
    /// What is wrong, in one line.
    pub message: String,
}

impl Node {
    /// Reads one document.
    pub fn read(text: &str) -> Result<Self, SyntaxError> {
        serde_saphyr::from_str::<Self>(text).map_err(|error| {
            let at = error.location().map_or((1, 1), |location| line_column(&location));
            let offset = error.location().and_then(|location| location.span().byte_offset());
            let offset = offset.map_or_else(|| offset_of(text, at), |offset| offset as usize).min(text.len());
            SyntaxError { offset, at, message: message(&error) }
        })
    }

    /// The text of a scalar that needs no quotes to be text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value without places; keys that are no text become empty.
    pub fn to_json(&self) -> serde_json::Value {
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

fn line_column(location: &Location) -> LineColumn {
    let one_based = |n: u64| u32::try_from(n).unwrap_or(u32::MAX).max(1);
    (one_based(location.line()), one_based(location.column()))
}

/// The byte of a line and column: some syntax errors know no other place.
fn offset_of(text: &str, (line, column): LineColumn) -> usize {
    let lines = text.split_inclusive('\n');
    let above = line as usize - 1;
    let before: usize = lines.clone().take(above).map(str::len).sum();
    let inside = lines.clone().nth(above).unwrap_or_default().chars();
    before + inside.take(column as usize - 1).map(char::len_utf8).sum::<usize>()
}

/// The error in one line, without the place and the library's own advice, which is for programmers.
fn message(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let line = text.lines().next().unwrap_or_default();
    let end = [" at line ", ", set DuplicateKeyPolicy"].iter().filter_map(|noise| line.find(noise)).min();
    line[..end.unwrap_or(line.len())].to_owned()
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        let span = spanned.referenced.span();
        let start = span.byte_offset().unwrap_or(0) as usize;
        let end = start + span.byte_len().unwrap_or(0) as usize;
        Ok(Self { span: start..end, at: line_column(&spanned.referenced), value: spanned.value })
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
