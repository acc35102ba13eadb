//! Paths into an object's JSON, as the SDL writes them.

use std::fmt;

use crate::json::Json;

/// A dot path: `spec.template`, `metadata.ownerReferences[controller=true].name`, `metadata.labels.a\.b`. Where a
/// field moved between versions, paths are tried one after the other: `service.name | serviceName`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Path {
    steps: Vec<Step>,
    otherwise: Option<Box<Path>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// The value at a key of an object.
    Key(String),
    /// The first entry of a list whose `key` is `value`.
    Pick { key: String, value: String },
}

/// A value that has not the type the path or the field needs. It names the place, never the value: the
/// value may be secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: expected {expected}, found {found}")]
pub struct WrongType {
    /// The field's path within the object.
    pub field: String,
    /// What Kubernetes has there.
    pub expected: &'static str,
    /// What was found.
    pub found: &'static str,
}

impl WrongType {
    /// The mistake of finding `value` where `expected` belongs.
    pub fn new(field: impl Into<String>, expected: &'static str, value: &Json<'_>) -> Self {
        Self { field: field.into(), expected, found: value.type_name() }
    }

    /// The same mistake, seen from outside `prefix`.
    pub fn within(mut self, prefix: &str) -> Self {
        self.field = join(prefix, &self.field);
        self
    }
}

/// Two paths, one within the other, as one.
pub fn join(outer: &str, inner: &str) -> String {
    match (outer.is_empty(), inner.is_empty()) {
        (true, _) => inner.to_owned(),
        (_, true) => outer.to_owned(),
        _ if inner.starts_with('[') => format!("{outer}{inner}"),
        _ => format!("{outer}.{inner}"),
    }
}

impl Path {
    /// Reads a path as the SDL writes it; `\.` is a dot within a key.
    pub fn parse(text: &str) -> Self {
        match text.split_once('|') {
            Some((first, rest)) => {
                Self { otherwise: Some(Box::new(Self::parse(rest.trim()))), ..Self::parse_one(first.trim()) }
            }
            None => Self::parse_one(text),
        }
    }

    fn parse_one(text: &str) -> Self {
        let mut steps = Vec::new();
        for part in split(text) {
            match part.split_once('[') {
                Some((key, pick)) => {
                    steps.push(Step::Key(key.to_owned()));
                    let (key, value) = pick.trim_end_matches(']').split_once('=').unwrap_or((pick, ""));
                    steps.push(Step::Pick { key: key.to_owned(), value: value.to_owned() });
                }
                None => steps.push(Step::Key(part)),
            }
        }
        Self { steps, otherwise: None }
    }

    /// The value there, if there is one. A null is missing, as Kubernetes reads it.
    pub fn get<'v, 'j>(&self, base: &'v Json<'j>) -> Result<Option<&'v Json<'j>>, WrongType> {
        match (self.get_first(base)?, &self.otherwise) {
            (None, Some(otherwise)) => otherwise.get(base),
            (found, _) => Ok(found),
        }
    }

    fn get_first<'v, 'j>(&self, base: &'v Json<'j>) -> Result<Option<&'v Json<'j>>, WrongType> {
        let mut value = base;
        for (index, step) in self.steps.iter().enumerate() {
            let wrong = |expected| WrongType::new(self.upto(index), expected, value);
            let next = match step {
                Step::Key(key) => value.as_object().ok_or_else(|| wrong("an object"))?.get(key),
                Step::Pick { key, value: wanted } => {
                    let entries = value.as_array().ok_or_else(|| wrong("a list"))?;
                    entries.iter().find(|entry| entry.get(key).is_some_and(|found| is(found, wanted)))
                }
            };
            match next {
                None | Some(Json::Null) => return Ok(None),
                Some(found) => value = found,
            }
        }
        Ok(if value.is_null() { None } else { Some(value) })
    }

    /// This path, then the other, each in all its alternatives.
    pub fn then(&self, other: &Self) -> Self {
        let mut all = Vec::new();
        for first in self.alternatives() {
            all.extend(other.alternatives().map(|second| [&first.steps[..], &second.steps[..]].concat()));
        }
        let chain = all
            .into_iter()
            .rev()
            .fold(None, |otherwise, steps| Some(Self { steps, otherwise: otherwise.map(Box::new) }));
        chain.unwrap_or_default()
    }

    /// All its alternatives, as the SDL writes them but for the escapes.
    pub fn all(&self) -> String {
        self.alternatives().map(ToString::to_string).collect::<Vec<_>>().join(" | ")
    }

    /// The paths that are tried, in order, each without the ones after it considered.
    fn alternatives(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |path| path.otherwise.as_deref())
    }

    fn upto(&self, end: usize) -> String {
        Self { steps: self.steps[..end].to_vec(), otherwise: None }.to_string()
    }
}

/// The first of its alternatives: what today's version has.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            match step {
                Step::Key(key) if index == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Pick { key, value } => write!(f, "[{key}={value}]")?,
            }
        }
        Ok(())
    }
}

fn split(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => part.extend(chars.next()),
            '.' => parts.push(std::mem::take(&mut part)),
            c => part.push(c),
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

fn is(found: &Json<'_>, wanted: &str) -> bool {
    match found {
        Json::Bool(found) => wanted == if *found { "true" } else { "false" },
        Json::String(found) => found == wanted,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_keys_picks_and_escapes() {
        let object = Json::from(json!({"metadata": {
            "ownerReferences": [{"name": "a"}, {"name": "b", "controller": true}],
            "labels": {"a.b/c": "d", "n": null},
        }}));
        let get = |path: &str| Path::parse(path).get(&object).unwrap().cloned();
        assert_eq!(get("metadata.ownerReferences[controller=true].name"), Some("b".into()));
        assert_eq!(get("metadata.labels.a\\.b/c"), Some("d".into()));
        assert_eq!(get("metadata.labels.n"), None);
        assert_eq!(get("spec.nothing"), None);
        assert_eq!(get(""), Some(object.clone()));
    }

    #[test]
    fn a_field_that_moved_is_read_at_either_place() {
        let path = Path::parse("backend").then(&Path::parse("service.name | serviceName"));
        let get = |object: serde_json::Value| path.get(&object.into()).unwrap().cloned();
        assert_eq!(get(json!({"backend": {"service": {"name": "a"}}})), Some("a".into()));
        assert_eq!(get(json!({"backend": {"serviceName": "b"}})), Some("b".into()));
        assert_eq!(get(json!({"backend": {}})), None);
        assert_eq!(path.to_string(), "backend.service.name");
    }

    #[test]
    fn a_wrong_type_on_the_way_names_the_place() {
        let object = json!({"spec": {"template": "x"}});
        let wrong = Path::parse("spec.template.spec").get(&object.into()).unwrap_err();
        assert_eq!(wrong.to_string(), "spec.template: expected an object, found a string");
    }
}
