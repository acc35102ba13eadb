//! Values written in a query → values of the field's type.

use apollo_compiler::Node;
use apollo_compiler::ast::{FloatValue, IntValue, Value};
use assay_model::schema::Scalar;
use jiff::Timestamp;

use super::super::{Literal, Moment, time_or_day};

/// The value, if it is of the type; else what was expected.
pub(super) fn literal(scalar: Scalar, value: &Node<Value>, as_of: Timestamp) -> Result<Literal, String> {
    match (scalar, value.as_ref()) {
        (Scalar::Int, Value::Int(number)) => {
            number.as_str().parse().map(Literal::Int).map_err(|_| "a 64-bit integer".to_owned())
        }
        (Scalar::Float, value) => value.to_f64().map(Literal::Float).ok_or_else(|| expected(scalar)),
        (Scalar::Boolean, Value::Boolean(value)) => Ok(Literal::Boolean(*value)),
        (Scalar::Quantity, Value::String(text)) => text.parse().map(Literal::Quantity),
        (Scalar::Quantity, Value::Int(number)) => number.as_str().parse().map(Literal::Quantity),
        (Scalar::Quantity, Value::Float(number)) => number.as_str().parse().map(Literal::Quantity),
        (Scalar::Duration, Value::String(text)) => text.parse().map(Literal::Duration),
        (Scalar::DateTime, Value::String(text)) => instant(text, as_of).map(Literal::Time),
        (Scalar::IntOrString, Value::Int(number)) => Ok(Literal::Text(number.as_str().to_owned())),
        (Scalar::String | Scalar::IntOrString | Scalar::LabelSelector, Value::String(text)) => {
            Ok(Literal::Text(text.clone()))
        }
        // An enumeration's value may be written without quotes.
        (Scalar::String, Value::Enum(name)) => Ok(Literal::Text(name.to_string())),
        _ => Err(expected(scalar)),
    }
}

/// An entry of a named list, which is text, as the type would be written.
pub(super) fn entry(scalar: Scalar, entry: &Node<Value>) -> Node<Value> {
    let Some(text) = entry.as_str() else { return entry.clone() };
    let typed = match (scalar, text) {
        (Scalar::Boolean, "true") => Value::Boolean(true),
        (Scalar::Boolean, "false") => Value::Boolean(false),
        (Scalar::Int, _) => match text.parse::<i64>() {
            Ok(number) => Value::Int(IntValue::new_parsed(&number.to_string())),
            Err(_) => return entry.clone(),
        },
        (Scalar::Float, _) => match text.parse::<f64>() {
            Ok(number) => Value::Float(FloatValue::from(number)),
            Err(_) => return entry.clone(),
        },
        _ => return entry.clone(),
    };
    entry.same_location(typed)
}

/// A value in the type it is written in; a duration stands for the instant it leads to.
pub(super) fn untyped(value: &Node<Value>, as_of: Timestamp) -> Option<Literal> {
    Some(match value.as_ref() {
        Value::Boolean(value) => Literal::Boolean(*value),
        Value::Int(number) => match number.as_str().parse() {
            Ok(number) => Literal::Int(number),
            Err(_) => Literal::Float(value.to_f64()?),
        },
        Value::Float(_) => Literal::Float(value.to_f64()?),
        Value::String(text) if text.starts_with("-P") || text.starts_with("+P") => {
            instant(text, as_of).map_or_else(|_| Literal::Text(text.clone()), Literal::Time)
        }
        Value::String(text) => Literal::Text(text.clone()),
        Value::Enum(name) => Literal::Text(name.to_string()),
        _ => return None,
    })
}

/// What a value of the type looks like.
pub(super) fn expected(scalar: Scalar) -> String {
    match scalar {
        Scalar::String => "a string",
        Scalar::Int => "an integer",
        Scalar::Float => "a number",
        Scalar::Boolean => "true or false",
        Scalar::Quantity => "a quantity such as \"500m\" or \"1Gi\"",
        Scalar::Duration => "a duration such as \"30s\" or \"1h30m\"",
        Scalar::DateTime => "a time such as \"2026-01-31T00:00:00Z\" or \"-P90D\"",
        Scalar::IntOrString => "an integer or a string",
        Scalar::LabelSelector => "a label selector such as \"app=web\"",
    }
    .to_owned()
}

/// An instant, a day, or a duration before the audit's as-of time.
fn instant(text: &str, as_of: Timestamp) -> Result<Moment, String> {
    if let Some(instant) = time_or_day(text) {
        return Ok(instant.as_microsecond().into());
    }
    // Other spellings of a duration do not say in which direction it leads.
    if !text.trim_start_matches(['-', '+']).starts_with('P') {
        return Err(expected(Scalar::DateTime));
    }
    Moment::after(text, as_of).ok_or_else(|| expected(Scalar::DateTime))
}
