//! JSON values of Kubernetes' types.

use std::borrow::Cow;

use crate::json::Json;
use crate::path::WrongType;
use crate::schema::Scalar;
use crate::selector;

/// Whether a value has the scalar's type.
pub(super) fn check(scalar: Scalar, value: &Json<'_>) -> Result<(), WrongType> {
    let (right, expected) = match scalar {
        Scalar::String => (is_string(value), "a string"),
        Scalar::Int => (is_int(value), "an integer"),
        Scalar::Float => (is_number(value), "a number"),
        Scalar::Boolean => (value.as_bool().is_some(), "a boolean"),
        Scalar::Quantity => (is_string(value) || is_number(value), "a quantity"),
        Scalar::Duration => (is_string(value), "a duration"),
        Scalar::IntOrString => (is_string(value) || is_int(value), "an integer or a string"),
        Scalar::DateTime => (micros(value).is_some(), "a time (RFC 3339)"),
        Scalar::LabelSelector => return selector::text(value).map(|_| ()),
    };
    if right { Ok(()) } else { Err(WrongType::new("", expected, value)) }
}

/// A value of a textual type as it is kept.
pub(super) fn text<'v>(scalar: Scalar, value: &'v Json<'_>) -> Option<Cow<'v, str>> {
    match (scalar, value) {
        (Scalar::LabelSelector, value) => selector::text(value).ok().map(Cow::Owned),
        (_, Json::String(text)) => Some(Cow::Borrowed(text)),
        (_, Json::Number(number)) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}

/// Microseconds since 1970 of an RFC 3339 instant.
pub(super) fn micros(value: &Json<'_>) -> Option<i64> {
    value.as_str()?.parse::<jiff::Timestamp>().ok().map(|instant| instant.as_microsecond())
}

fn is_string(value: &Json<'_>) -> bool {
    value.as_str().is_some()
}

fn is_int(value: &Json<'_>) -> bool {
    value.as_i64().is_some()
}

fn is_number(value: &Json<'_>) -> bool {
    matches!(value, Json::Number(_))
}
