//! JSON values of Kubernetes' types.

use serde_json::Value;

use crate::path::WrongType;
use crate::schema::Scalar;
use crate::selector;

/// Whether a value has the scalar's type.
pub(super) fn check(scalar: Scalar, value: &Value) -> Result<(), WrongType> {
    let (right, expected) = match scalar {
        Scalar::String => (value.is_string(), "a string"),
        Scalar::Int => (value.is_i64(), "an integer"),
        Scalar::Float => (value.is_number(), "a number"),
        Scalar::Boolean => (value.is_boolean(), "a boolean"),
        Scalar::Quantity => (value.is_string() || value.is_number(), "a quantity"),
        Scalar::IntOrString => (value.is_string() || value.is_i64(), "an integer or a string"),
        Scalar::DateTime => (micros(value).is_some(), "a time (RFC 3339)"),
        Scalar::LabelSelector => return selector::text(value).map(|_| ()),
    };
    if right { Ok(()) } else { Err(WrongType::new("", expected, value)) }
}

/// A value of a textual type as it is kept.
pub(super) fn text(scalar: Scalar, value: &Value) -> Option<String> {
    match (scalar, value) {
        (Scalar::LabelSelector, value) => selector::text(value).ok(),
        (_, Value::String(text)) => Some(text.clone()),
        (_, Value::Number(number)) => Some(number.to_string()),
        _ => None,
    }
}

/// Microseconds since 1970 of an RFC 3339 instant.
pub(super) fn micros(value: &Value) -> Option<i64> {
    value.as_str()?.parse::<jiff::Timestamp>().ok().map(|instant| instant.as_microsecond())
}
