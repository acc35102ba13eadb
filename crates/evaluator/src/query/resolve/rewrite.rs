//! Filters in the object style: what the suffix style says, said with words.

use apollo_compiler::ast::Value;
use apollo_compiler::{Name, Node};
use assay_model::schema::{Field, Source};

use super::super::layout::Written;
use super::alias::Target;
use super::operator::{self, Operator};
use super::{Place, Resolver};

/// What kind of field a key is about.
enum Kind {
    Scalar,
    /// A number of related rows: an integer for editors, too.
    Count,
    Struct(Place),
    /// A relation to many, or a map, to rows of this type.
    Many(String),
    One(String),
}

/// The entries of one object in the making.
#[derive(Default)]
struct Entries(Vec<(String, Written)>);

impl Entries {
    /// Adds a word to a field's object; what the object has already goes beside it.
    fn word(&mut self, field: &str, word: &str, value: Written) {
        let known = self.0.iter_mut().find(|(key, _)| key == field).map(|(_, value)| value);
        match known {
            None => self.0.push((field.to_owned(), Written::object(word, value))),
            // Beside a flag a word would mean something else.
            Some(Written::Object(words))
                if !words.iter().any(|(known, _)| known == word || known == "caseInsensitive") =>
            {
                words.push((word.to_owned(), value));
            }
            Some(_) => self.beside(Written::object(field, Written::object(word, value))),
        }
    }

    /// Adds a key; a second one of that name goes beside it.
    fn key(&mut self, key: &str, value: Written) {
        if self.0.iter().any(|(known, _)| known == key) {
            self.beside(Written::object(key, value));
        } else {
            self.0.push((key.to_owned(), value));
        }
    }

    fn not(&mut self, filter: Written) {
        self.key("NOT", filter);
    }

    fn beside(&mut self, filter: Written) {
        match self.0.iter_mut().find(|(key, _)| key == "AND") {
            Some((_, Written::List(filters))) => filters.push(filter),
            _ => self.0.push(("AND".to_owned(), Written::List(vec![filter]))),
        }
    }
}

impl Resolver<'_> {
    /// A filter that resolves, in the object style.
    pub(super) fn rewrite(&mut self, place: &Place, value: &Node<Value>) -> Written {
        match value.as_ref() {
            Value::Object(entries) => {
                let mut written = Entries::default();
                entries.iter().for_each(|(key, value)| self.rewrite_entry(place, key, value, &mut written));
                Written::Object(written.0)
            }
            Value::List(values) => match values.as_slice() {
                [only] => self.rewrite(place, only),
                _ => Written::object("AND", self.rewrite_all(place, value)),
            },
            _ => as_written(value),
        }
    }

    /// The entries of AND and OR; a single object becomes a list of one.
    fn rewrite_all(&mut self, place: &Place, value: &Node<Value>) -> Written {
        Written::List(match value.as_ref() {
            Value::List(values) => values.iter().map(|value| self.rewrite(place, value)).collect(),
            Value::Variable(_) => return as_written(value),
            _ => vec![self.rewrite(place, value)],
        })
    }

    fn rewrite_entry(&mut self, place: &Place, key: &Name, value: &Node<Value>, written: &mut Entries) {
        match key.as_str() {
            "AND" | "OR" => {
                let all = self.rewrite_all(place, value);
                match (key.as_str(), all) {
                    ("AND", Written::List(filters)) if written.0.iter().any(|(key, _)| key == "AND") => {
                        filters.into_iter().for_each(|filter| written.beside(filter));
                    }
                    (key, all) => written.key(key, all),
                }
                return;
            }
            "NOT" => {
                let filter = self.rewrite(place, value);
                return written.not(filter);
            }
            _ => {}
        }
        let exact = self.field(place, key).map(|field| (field, Operator::Is, false));
        let split = || operator::split(key).collect::<Vec<_>>();
        let found = exact.or_else(|| {
            split().into_iter().find_map(|(name, operator, negated)| {
                self.field(place, name).map(|field| (field, operator, negated))
            })
        });
        let Some((field, operator, negated)) = found else {
            // The object's own JSON.
            self.operands(value);
            return written.key(key, as_written(value));
        };
        match self.kind(place, &field) {
            Kind::Scalar => {
                if operator != Operator::DuplicatedIn {
                    self.operands(value);
                }
                rewrite_scalar(&field.name, operator, negated, value, written);
            }
            Kind::Count => rewrite_scalar(&field.name, operator, negated, value, written),
            Kind::Struct(within) => self.rewrite_struct(&field.name, &within, negated, value, written),
            Kind::Many(to) => self.rewrite_many(&field.name, &to, operator, negated, value, written),
            Kind::One(to) => self.rewrite_one(&field.name, &to, operator, negated, value, written),
        }
    }

    fn kind(&mut self, place: &Place, field: &Field) -> Kind {
        match &field.source {
            Source::Alias { of, .. } => match self.follow(place, of) {
                Some(Target { place, field, .. }) => self.kind(&place, &field),
                None => Kind::Scalar,
            },
            Source::Struct { of, .. } => Kind::Struct(place.within(&field.name, of)),
            Source::Map(_) => Kind::Many("KeyValue".to_owned()),
            Source::Relation(relation) if relation.many => Kind::Many(relation.to.clone()),
            Source::Relation(relation) => Kind::One(relation.to.clone()),
            Source::Count { .. } => Kind::Count,
            _ => Kind::Scalar,
        }
    }

    fn rewrite_struct(
        &mut self,
        field: &str,
        within: &Place,
        negated: bool,
        value: &Node<Value>,
        written: &mut Entries,
    ) {
        let (inner, negated) = match value.as_object() {
            Some([(word, value)]) if word == "eq" && value.is_null() => (as_written(value), negated),
            Some([(word, value)]) if word == "neq" && value.is_null() => (as_written(value), !negated),
            Some(_) => (self.rewrite(within, value), negated),
            None => (as_written(value), negated),
        };
        if negated { written.not(Written::object(field, inner)) } else { written.key(field, inner) }
    }

    fn rewrite_many(
        &mut self,
        field: &str,
        to: &str,
        operator: Operator,
        negated: bool,
        value: &Node<Value>,
        written: &mut Entries,
    ) {
        let empty = || Written::Object(Vec::new());
        let nothing = value.is_null() || value.as_list().is_some_and(<[_]>::is_empty);
        match (operator, value.as_object()) {
            (Operator::Is, Some(words))
                if !words.is_empty()
                    && words.iter().all(|(word, _)| operator::For::Relation.quantifies(word)) =>
            {
                let mut inner = Entries::default();
                for (word, value) in words {
                    match operator::word(word) {
                        Some((operator, _)) => {
                            self.rewrite_many(field, to, operator, false, value, &mut inner)
                        }
                        None => inner.word(field, word, as_written(value)),
                    }
                }
                if negated {
                    written.not(Written::Object(inner.0));
                } else {
                    for (key, value) in inner.0 {
                        match value {
                            Written::Object(words) if key == field => {
                                words.into_iter().for_each(|(word, value)| written.word(field, &word, value));
                            }
                            value => written.key(&key, value),
                        }
                    }
                }
            }
            (Operator::Is | Operator::Some, _) if nothing && negated => written.word(field, "some", empty()),
            (Operator::Is | Operator::Some, _) if nothing => written.key(field, Written::Word("null".into())),
            (Operator::None, _) if nothing => written.word(field, "some", empty()),
            (Operator::Count, _) => written.word(field, "count", as_written(value)),
            _ => {
                let word = match operator {
                    Operator::Is if negated => "none",
                    Operator::None => "none",
                    Operator::All => "all",
                    Operator::Single => "single",
                    _ => "some",
                };
                let filter = self.rewrite(&Place::row(to), value);
                written.word(field, word, filter);
            }
        }
    }

    fn rewrite_one(
        &mut self,
        field: &str,
        to: &str,
        operator: Operator,
        negated: bool,
        value: &Node<Value>,
        written: &mut Entries,
    ) {
        let state = match operator {
            Operator::Given => Some("given"),
            Operator::Found => Some("found"),
            Operator::Dangling => Some("dangling"),
            _ => None,
        };
        if let Some(word) = state {
            return written.word(field, word, as_written(value));
        }
        let states = |words: &[(Name, Node<Value>)]| {
            !words.is_empty() && words.iter().all(|(word, _)| operator::For::Reference.quantifies(word))
        };
        let filter = match value.as_object() {
            Some(words) if !states(words) => self.rewrite(&Place::row(to), value),
            _ => as_written(value),
        };
        if negated != (operator == Operator::None) {
            written.not(Written::object(field, filter));
        } else {
            written.key(field, filter);
        }
    }
}

fn rewrite_scalar(
    field: &str,
    operator: Operator,
    negated: bool,
    value: &Node<Value>,
    written: &mut Entries,
) {
    let value = match value.as_object() {
        Some(words) if operator == Operator::Is && !matches!(words, [(key, _)] if key == "field") => {
            if negated {
                written.not(Written::object(field, as_written(value)));
            } else if words.iter().any(|(word, value)| operator::is_flag(word, value)) {
                // The flag is about its neighbours alone.
                written.key(field, as_written(value));
            } else {
                words.iter().for_each(|(word, value)| written.word(field, word, as_written(value)));
            }
            return;
        }
        _ => as_written(value),
    };
    match operator::said(operator, negated) {
        Some(word) => written.word(field, word, value),
        None => {
            let word = operator::said(operator, false).unwrap_or("eq");
            written.not(Written::object(field, Written::object(word, value)));
        }
    }
}

/// A value as it stands.
pub(super) fn as_written(value: &Node<Value>) -> Written {
    match value.as_ref() {
        Value::List(values) => Written::List(values.iter().map(as_written).collect()),
        Value::Object(entries) => {
            Written::Object(entries.iter().map(|(key, value)| (key.to_string(), as_written(value))).collect())
        }
        Value::String(text) => Written::Word(quoted(text)),
        other => Written::Word(other.serialize().no_indent().to_string()),
    }
}

/// A string in GraphQL's own escapes, on one line.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}
