//! Tests of JSON values whose type no model declares. What is compared decides how:
//!
//! | written | equals |
//! |---|---|
//! | text | that text; a number or boolean that is written so |
//! | a number | that number; text that is a number of the same value |
//! | true, false | that boolean; the text `true` or `false` |
//! | a duration such as `-P90D` | a time in RFC 3339, at that instant |
//!
//! What was taken out of the object before it was kept, altogether or in a part of a text, may be any value.
//!
//! For order, text is compared as instants if both are such, else as quantities if both are, else letter by
//! letter. A list is tested by each of its entries, but where the operator is one for lists.

use std::cmp::Ordering;

use assay_model::duration::Duration;
use assay_model::quantity::Quantity;
use assay_model::redacted;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::query::{Literal, Test, TextTest};

/// Whether something surely holds, and whether it may.
type Bounds = (bool, bool);

/// What keys lead to in an object, of which something may have been taken out before it was kept.
#[derive(Debug, Default)]
pub(crate) struct Reached<'v> {
    /// The values. A null is missing.
    pub(crate) values: Vec<&'v Value>,
    /// Whether there is a value besides, that was taken out. None that is empty is.
    pub(crate) is_removed: bool,
    /// Whether there may be one.
    may_be_removed: bool,
}

impl<'v> Reached<'v> {
    /// What these keys lead to, through lists to each of their entries.
    pub(crate) fn of(object: &'v Value, keys: &[String]) -> Self {
        let mut reached = Self::default();
        reached.walk(object, keys);
        reached
    }

    fn walk(&mut self, value: &'v Value, keys: &[String]) {
        match (value, keys.split_first()) {
            (Value::Null, _) => {}
            (_, None) => self.values.push(value),
            (Value::Array(entries), Some(_)) => entries.iter().for_each(|entry| self.walk(entry, keys)),
            (Value::Object(fields), Some((key, rest))) => match fields.get(key) {
                Some(value) if key == "managedFields" => self.walk_managed(value, rest),
                Some(value) => self.walk(value, rest),
                // No trace is left of these.
                None if redacted::COPIES.contains(&key.as_str()) => self.may_be_removed = true,
                None => self.look_for_facts(fields.get(redacted::FACTS), key, rest),
            },
            // What stood here may have had such a field.
            (text, Some(_)) => self.may_be_removed |= is_marked(text),
        }
    }

    /// Of who wrote which field, the fields are not kept.
    fn walk_managed(&mut self, entries: &'v Value, keys: &[String]) {
        let is_kept = |key: &String| redacted::MANAGED.contains(&key.as_str());
        self.may_be_removed |= keys.first().is_some_and(|key| !is_kept(key));
        self.walk(entries, keys);
    }

    /// What the facts about an object's removed values say of a field that it doesn't have.
    fn look_for_facts(&mut self, facts: Option<&Value>, field: &str, below: &[String]) {
        let Some(facts) = facts else { return };
        match field {
            "value" => self.is_removed |= facts.get("literal") == Some(&Value::Bool(true)),
            "data" | "stringData" | "binaryData" => {
                let is_it =
                    |entry: &Value| below.first().is_none_or(|key| entry.get("key") == Some(&json!(key)));
                // Facts don't say which of the three fields an entry was in.
                self.may_be_removed |= match facts.get("entries") {
                    Some(Value::Array(entries)) => entries.iter().any(is_it),
                    entries => entries.is_some(),
                };
            }
            _ => {}
        }
    }

    /// Whether one of the values passes; for what is missing or empty, whether all are.
    pub(crate) fn passes(&self, test: &Test) -> Bounds {
        let Self { values, is_removed, may_be_removed } = self;
        let all = |are: bool| (are && !is_removed && !may_be_removed, are && !is_removed);
        match test {
            Test::Missing => all(values.is_empty()),
            Test::Empty => all(values.iter().all(|value| is_empty(value))),
            _ => {
                let (sure, maybe) = any(values.iter().copied(), |value| one(value, test));
                (sure, maybe || *is_removed || *may_be_removed)
            }
        }
    }
}

/// Whether something passes for one of these, surely or maybe.
fn any<T>(these: impl IntoIterator<Item = T>, passes: impl Fn(T) -> Bounds) -> Bounds {
    these.into_iter().map(passes).fold((false, false), |any, one| (any.0 || one.0, any.1 || one.1))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(entries) => entries.is_empty(),
        _ => false,
    }
}

/// Whether something was taken out of a text: what it was may be anything.
fn is_marked(value: &Value) -> bool {
    value.as_str().is_some_and(|text| redacted::patterns(text).next().is_some())
}

/// Whether what is left of a text that something was taken out of passes for certain: a part of it that is there.
fn is_left(text: &str, test: &TextTest) -> bool {
    let left = redacted::without_marks(text);
    match test {
        TextTest::Contains(_) | TextTest::StartsWith(_) | TextTest::EndsWith(_) => test.passes(&left),
        TextTest::SameIgnoringCase(_) | TextTest::Matches(_) => false,
    }
}

fn one(value: &Value, test: &Test) -> Bounds {
    let is = |entry: &Value, wanted: &Literal| {
        let (equals, is_marked) = (equals(entry, wanted), is_marked(entry));
        (equals && !is_marked, equals || is_marked)
    };
    let among = |entry: &Value, wanted: &[Literal]| any(wanted, |wanted| is(entry, wanted));
    match (test, value) {
        (Test::Includes(wanted), Value::Array(entries)) => any(entries, |entry| is(entry, wanted)),
        (Test::AnyIn(wanted), Value::Array(entries)) => any(entries, |entry| among(entry, wanted)),
        (Test::AnyNotIn(wanted), Value::Array(entries)) => any(entries, |entry| {
            let (sure, maybe) = among(entry, wanted);
            (!maybe, !sure)
        }),
        (Test::Elements(wanted), Value::Array(entries)) if entries.len() == wanted.len() => {
            let each = entries.iter().zip(wanted).map(|(entry, wanted)| is(entry, wanted));
            each.fold((true, true), |all, one| (all.0 && one.0, all.1 && one.1))
        }
        (Test::Includes(_) | Test::AnyIn(_) | Test::AnyNotIn(_) | Test::Elements(_), _) => (false, false),
        (_, Value::Array(entries)) => any(entries, |entry| one(entry, test)),
        (Test::In(wanted), _) => among(value, wanted),
        (Test::Compare(..), _) if is_marked(value) => (false, true),
        (Test::Compare(order, wanted), _) => {
            let holds = compare(value, wanted).is_some_and(|found| order.holds(found));
            (holds, holds)
        }
        (Test::Text(test), Value::String(text)) if is_marked(value) => (is_left(text, test), true),
        (Test::Text(test), _) => {
            let holds = text_of(value).is_some_and(|text| test.passes(&text));
            (holds, holds)
        }
        (Test::Missing | Test::Empty, _) => (false, false),
    }
}

fn equals(value: &Value, wanted: &Literal) -> bool {
    match wanted {
        Literal::Text(wanted) => text_of(value).is_some_and(|text| text == *wanted),
        _ => compare(value, wanted).is_some_and(Ordering::is_eq),
    }
}

fn compare(value: &Value, wanted: &Literal) -> Option<Ordering> {
    match wanted {
        Literal::Text(wanted) => compare_texts(&text_of(value)?, wanted),
        Literal::Int(wanted) => match integer(value) {
            Some(found) => Some(found.cmp(wanted)),
            None => compare_numbers(value, &wanted.to_string()),
        },
        Literal::Float(wanted) => compare_numbers(value, &wanted.to_string()),
        Literal::Boolean(wanted) => match (value, text_of(value)?.parse::<bool>()) {
            (Value::Bool(_) | Value::String(_), Ok(found)) => Some(found.cmp(wanted)),
            _ => None,
        },
        Literal::Time(wanted) => {
            let instant = value.as_str()?.parse::<Timestamp>().ok()?;
            Some(instant.as_microsecond().cmp(&wanted.micros))
        }
        Literal::Duration(wanted) => Some(value.as_str()?.parse::<Duration>().ok()?.cmp(wanted)),
        Literal::Quantity(wanted) => Some(text_of(value)?.parse::<Quantity>().ok()?.cmp(wanted)),
    }
}

fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// A number, or text that is one or is a quantity, beside a number.
fn compare_numbers(value: &Value, wanted: &str) -> Option<Ordering> {
    let text = text_of(value).filter(|_| !value.is_boolean())?;
    match (text.parse::<f64>(), wanted.parse::<f64>()) {
        (Ok(found), Ok(wanted)) => found.partial_cmp(&wanted),
        _ => Some(text.parse::<Quantity>().ok()?.cmp(&wanted.parse().ok()?)),
    }
}

fn compare_texts(found: &str, wanted: &str) -> Option<Ordering> {
    if let (Ok(found), Ok(wanted)) = (found.parse::<Timestamp>(), wanted.parse::<Timestamp>()) {
        return Some(found.cmp(&wanted));
    }
    if let (Ok(found), Ok(wanted)) = (found.parse::<Quantity>(), wanted.parse::<Quantity>()) {
        return Some(found.cmp(&wanted));
    }
    Some(found.cmp(wanted))
}

/// A scalar as text.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}
