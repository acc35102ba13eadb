//! The fields of an object in a catalogue's file. What has another form than it should is told with its place.

use std::cell::RefCell;
use std::collections::BTreeMap;

use assay_model::nearest::mistyped;
use serde_json::{Map, Value};

/// What is told of a file's fields.
#[derive(Default)]
pub(super) struct Told {
    pub(super) notes: Vec<String>,
    /// How often a field that nothing is made of has a value, by what it is of and its name; and in which file first.
    pub(super) left_out: BTreeMap<(&'static str, String), (usize, String)>,
}

/// An object of a file, and where it stands in it.
pub(super) struct Fields<'v> {
    map: &'v Map<String, Value>,
    file: &'v str,
    /// With the sign that parts it from a field's name: `rules[0].`.
    place: String,
    told: &'v RefCell<Told>,
}

impl<'v> Fields<'v> {
    /// The object at a place, which is empty for the file's own.
    pub(super) fn new(
        map: &'v Map<String, Value>,
        (file, place): (&'v str, &str),
        told: &'v RefCell<Told>,
    ) -> Self {
        let place = if place.is_empty() { String::new() } else { format!("{place}.") };
        Self { map, file, place, told }
    }

    /// Tells something of a field.
    pub(super) fn note(&self, key: &str, told: &str) {
        self.told.borrow_mut().notes.push(format!("{}: {}{key}: {told}", self.file, self.place));
    }

    /// Tells which fields are left out: all but these. One that is one of these but for a letter is told with its
    /// place, since it was meant to say something.
    pub(super) fn are_all_of(&self, what: &'static str, known: &[&str]) {
        let is_blank = |value: &Value| {
            let is_empty = value.as_array().map(Vec::is_empty).or(value.as_object().map(Map::is_empty));
            value.is_null() || value == "" || is_empty == Some(true)
        };
        let others =
            self.map.iter().filter(|(key, value)| !known.contains(&key.as_str()) && !is_blank(value));
        for (key, _) in others {
            let free = known.iter().copied().filter(|known| !self.map.contains_key(*known));
            if let Some(near) = mistyped(key, free) {
                self.note(key, &format!("it is left out: did you mean `{near}`?"));
            } else {
                let mut told = self.told.borrow_mut();
                let (times, _) =
                    told.left_out.entry((what, key.clone())).or_insert_with(|| (0, self.file.to_owned()));
                *times += 1;
            }
        }
    }

    /// Whether there is such a field.
    pub(super) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// A field that has a value.
    pub(super) fn value(&self, key: &str) -> Option<&'v Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// A text that is not blank.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        match self.value(key)? {
            Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
            _ => {
                self.note(key, "it is no text, and is left out");
                None
            }
        }
    }

    /// A list of texts, or the one text.
    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for (index, value) in self.list(key) {
            match value {
                Value::String(text) => texts.push(text.clone()),
                _ => self.note(&format!("{key}[{index}]"), "it is no text, and is left out"),
            }
        }
        texts
    }

    /// True or false.
    pub(super) fn flag(&self, key: &str, otherwise: bool) -> bool {
        let Some(value) = self.value(key) else { return otherwise };
        if let Some(flag) = value.as_bool() {
            return flag;
        }
        let flag = value.as_str().and_then(|text| text.trim().to_lowercase().parse().ok());
        let taken = flag.unwrap_or(otherwise);
        self.note(key, &format!("it is neither true nor false, and is taken for {taken}"));
        taken
    }

    /// The entries of a list with their indices; a text is a list of one.
    pub(super) fn list(&self, key: &str) -> Vec<(usize, &'v Value)> {
        match self.value(key) {
            Some(Value::Array(values)) => values.iter().enumerate().collect(),
            Some(text @ Value::String(_)) => vec![(0, text)],
            Some(_) => {
                self.note(key, "it is no list, and is left out");
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// An entry of a list as an object.
    pub(super) fn within(&self, key: &str, index: usize, value: &'v Value) -> Option<Self> {
        let place = format!("{key}[{index}]");
        let Some(map) = value.as_object() else {
            self.note(&place, "it is no object, and is left out");
            return None;
        };
        Some(Self::new(map, (self.file, &format!("{}{place}", self.place)), self.told))
    }

    /// The entries of a list that are objects.
    pub(super) fn objects(&self, key: &str) -> impl Iterator<Item = Self> {
        self.list(key).into_iter().filter_map(move |(index, value)| self.within(key, index, value))
    }
}
