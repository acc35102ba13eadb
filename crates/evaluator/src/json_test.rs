//! Tests of JSON values whose type no model declares. What is compared decides how:
//!
//! | written | equals |
//! |---|---|
//! | text | that text; a number or boolean that is written so |
//! | a number | that number; text that is a number of the same value |
//! | true, false | that boolean; the text `true` or `false` |
//! | a duration such as `-P90D` | a time in RFC 3339, at that instant |
//!
//! For order, text is compared as instants if both are such, else as quantities if both are, else letter by
//! letter. A list is tested by each of its entries, but where the operator is one for lists.

use std::cmp::Ordering;

use assay_model::quantity::Quantity;
use jiff::Timestamp;
use serde_json::Value;

use crate::query::{Literal, Test};

/// The values that keys lead to, through lists to each of their entries. A null is missing.
pub(crate) fn reach<'v>(value: &'v Value, keys: &[String]) -> Vec<&'v Value> {
    match (value, keys.split_first()) {
        (Value::Null, _) => Vec::new(),
        (_, None) => vec![value],
        (Value::Array(entries), Some(_)) => entries.iter().flat_map(|entry| reach(entry, keys)).collect(),
        (Value::Object(fields), Some((key, rest))) => {
            fields.get(key).map(|value| reach(value, rest)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// Whether one of the values reached passes; for what is missing or empty, whether all are.
pub(crate) fn passes(reached: &[&Value], test: &Test) -> bool {
    match test {
        Test::Missing => reached.is_empty(),
        Test::Empty => reached.iter().all(|value| is_empty(value)),
        _ => reached.iter().any(|value| one(value, test)),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(entries) => entries.is_empty(),
        _ => false,
    }
}

fn one(value: &Value, test: &Test) -> bool {
    let among = |entry: &Value, wanted: &[Literal]| wanted.iter().any(|wanted| equals(entry, wanted));
    match (test, value) {
        (Test::Includes(wanted), Value::Array(entries)) => entries.iter().any(|entry| equals(entry, wanted)),
        (Test::AnyIn(wanted), Value::Array(entries)) => entries.iter().any(|entry| among(entry, wanted)),
        (Test::AnyNotIn(wanted), Value::Array(entries)) => entries.iter().any(|entry| !among(entry, wanted)),
        (Test::Elements(wanted), Value::Array(entries)) => {
            entries.len() == wanted.len() && entries.iter().zip(wanted).all(|(e, wanted)| equals(e, wanted))
        }
        (Test::Includes(_) | Test::AnyIn(_) | Test::AnyNotIn(_) | Test::Elements(_), _) => false,
        (_, Value::Array(entries)) => entries.iter().any(|entry| one(entry, test)),
        (Test::In(wanted), _) => among(value, wanted),
        (Test::Compare(order, wanted), _) => compare(value, wanted).is_some_and(|found| order.holds(found)),
        (Test::Text(test), _) => text_of(value).is_some_and(|text| test.passes(&text)),
        (Test::Missing | Test::Empty, _) => false,
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
