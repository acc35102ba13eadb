//! What a condition says of one value.

use std::cmp::Ordering;

use apollo_compiler::ast::Value as Syntax;
use assay_model::quantity::Quantity;
use assay_model::schema::Scalar;
use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use regex::RegexBuilder;
use serde_json::Value;

/// A word of the object style; none asks for the value itself.
#[derive(Clone, Copy)]
pub(super) struct Operator<'o> {
    pub(super) word: &'o str,
    pub(super) ignoring_case: bool,
}

/// A value that compares with others of its type.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
enum Known {
    Text(String),
    Number(f64),
    Whole(i64),
    Boolean(bool),
    Amount(Quantity),
    /// Seconds.
    Span(f64),
}

/// Whether a value, which is null where it is missing, passes.
pub(super) fn passes(
    value: &Value,
    scalar: Scalar,
    list: bool,
    operator: Operator<'_>,
    operand: &Syntax,
    as_of: Timestamp,
) -> bool {
    match (operator.word, operand) {
        ("", Syntax::Null) => return value.is_null(),
        ("", Syntax::String(text)) if text.is_empty() => {
            return value.is_null()
                || *value == Value::String(String::new())
                || *value == Value::Array(vec![]);
        }
        ("", Syntax::List(elements)) if elements.is_empty() => {
            return value.is_null() || *value == Value::Array(vec![]);
        }
        _ => {}
    }
    if value.is_null() {
        return false;
    }
    let literal = |syntax: &Syntax| literal(syntax, scalar, as_of);
    let literals = || match operand {
        Syntax::List(operands) => operands.iter().map(|one| literal(one)).collect(),
        one => vec![literal(one)],
    };
    if list {
        let elements = value.as_array().expect("a list");
        let elements: Vec<Option<Known>> = elements.iter().map(|element| known(element, scalar)).collect();
        let is_among =
            |element: &Option<Known>| element.as_ref().is_some_and(|element| literals().contains(element));
        return match operator.word {
            "" => elements == literals().into_iter().map(Some).collect::<Vec<_>>(),
            "includes" => elements.contains(&Some(literal(operand))),
            "anyIn" => elements.iter().any(is_among),
            "anyNotIn" => elements.iter().any(|element| !is_among(element)),
            word => panic!("{word} is for no list"),
        };
    }
    let Some(found) = known(value, scalar) else { return false };
    match operator.word {
        "" | "in" if operator.ignoring_case => {
            literals().iter().any(|literal| folded(literal) == folded(&found))
        }
        "" | "in" => literals().contains(&found),
        "lt" | "lte" | "gt" | "gte" => {
            let pair = ordered(found, scalar).zip(ordered(literal(operand), scalar));
            let ordering = pair.and_then(|(found, wanted)| found.partial_cmp(&wanted));
            ordering.is_some_and(|ordering| is_so(ordering, operator.word))
        }
        word => is_text(word, operator.ignoring_case, &found, operand),
    }
}

/// A value that has an order: a number, where there may be names instead.
fn ordered(known: Known, scalar: Scalar) -> Option<Known> {
    match known {
        Known::Text(text) if scalar == Scalar::IntOrString => {
            let number = text.parse().ok().filter(|number: &i64| number.to_string() == text);
            number.map(Known::Whole)
        }
        other => Some(other),
    }
}

/// A value that is there, and is one of its type that compares so.
fn comparable(value: &Value, scalar: Scalar, word: &str) -> Option<Known> {
    let known = known(value, scalar).filter(|_| !value.is_null())?;
    if word.is_empty() { Some(known) } else { ordered(known, scalar) }
}

/// Whether a value is there, and is one of its type that compares so.
pub(super) fn is_given(value: &Value, scalar: Scalar, word: &str) -> bool {
    comparable(value, scalar, word).is_some()
}

/// Whether two values of a type compare so.
pub(super) fn compares(left: &Value, right: &Value, scalar: Scalar, word: &str) -> bool {
    let both = comparable(left, scalar, word).zip(comparable(right, scalar, word));
    let ordering = both.and_then(|(left, right)| left.partial_cmp(&right));
    ordering.is_some_and(|ordering| is_so(ordering, word))
}

/// Whether an ordering is what a word asks for.
pub(super) fn is_so(ordering: Ordering, word: &str) -> bool {
    match word {
        "" => ordering.is_eq(),
        "lt" => ordering.is_lt(),
        "lte" => ordering.is_le(),
        "gt" => ordering.is_gt(),
        "gte" => ordering.is_ge(),
        word => panic!("{word} compares nothing"),
    }
}

fn is_text(word: &str, ignoring_case: bool, found: &Known, operand: &Syntax) -> bool {
    let (Known::Text(found), Syntax::String(operand)) = (found, operand) else {
        panic!("{word} is for text");
    };
    if word == "matches" {
        let whole = format!("^(?:{operand})$");
        let pattern = RegexBuilder::new(&whole).case_insensitive(ignoring_case).build();
        return pattern.expect("a regular expression").is_match(found);
    }
    let case = |text: &str| if ignoring_case { text.to_lowercase() } else { text.to_owned() };
    let (found, operand) = (case(found), case(operand));
    match word {
        "contains" => found.contains(&operand),
        "startsWith" => found.starts_with(&operand),
        "endsWith" => found.ends_with(&operand),
        word => panic!("{word} is no operator"),
    }
}

fn folded(known: &Known) -> Option<String> {
    if let Known::Text(text) = known { Some(text.to_lowercase()) } else { None }
}

/// A value of a row. An amount that nobody can read equals nothing.
fn known(value: &Value, scalar: Scalar) -> Option<Known> {
    match (scalar, value) {
        (Scalar::Quantity, Value::String(text)) => text.parse().ok().map(Known::Amount),
        (Scalar::Duration, Value::String(text)) => span(text).map(Known::Span),
        (Scalar::Float, value) => value.as_f64().map(Known::Number),
        (_, Value::String(text)) => Some(Known::Text(text.clone())),
        (_, Value::Bool(value)) => Some(Known::Boolean(*value)),
        (_, value) => value.as_i64().map(Known::Whole),
    }
}

/// A value as a query writes it.
fn literal(syntax: &Syntax, scalar: Scalar, as_of: Timestamp) -> Known {
    match (scalar, syntax) {
        (Scalar::Quantity, Syntax::String(text)) => Known::Amount(text.parse().expect("a quantity")),
        (Scalar::Quantity, Syntax::Int(number)) => {
            Known::Amount(number.as_str().parse().expect("a quantity"))
        }
        (Scalar::Duration, Syntax::String(text)) => Known::Span(span(text).expect("a duration")),
        (Scalar::DateTime, Syntax::String(text)) => Known::Whole(instant(text, as_of).as_microsecond()),
        (Scalar::Float, number) => Known::Number(number.to_f64().expect("a number")),
        (Scalar::IntOrString, Syntax::Int(number)) => Known::Text(number.as_str().to_owned()),
        (_, Syntax::String(text)) => Known::Text(text.clone()),
        (_, Syntax::Enum(name)) => Known::Text(name.to_string()),
        (_, Syntax::Boolean(value)) => Known::Boolean(*value),
        (_, Syntax::Int(number)) => Known::Whole(number.as_str().parse().expect("an integer")),
        (scalar, syntax) => panic!("{syntax} is no {scalar:?}"),
    }
}

/// The seconds of a span such as `1h30m`; none of another text.
fn span(text: &str) -> Option<f64> {
    let (mut seconds, mut number) = (0.0, String::new());
    if text == "0" {
        return Some(seconds);
    }
    for c in text.chars() {
        let unit = match c {
            'h' => 3600.0,
            'm' => 60.0,
            's' => 1.0,
            c => {
                number.push(c);
                continue;
            }
        };
        seconds += number.parse::<f64>().ok()? * unit;
        number.clear();
    }
    (number.is_empty() && !text.is_empty()).then_some(seconds)
}

/// A moment, the beginning of a day, or a duration from the audit's time.
pub(super) fn instant(text: &str, as_of: Timestamp) -> Timestamp {
    if let Ok(moment) = text.parse() {
        return moment;
    }
    if let Ok(day) = text.parse::<Date>() {
        return day.to_zoned(TimeZone::UTC).expect("a day").timestamp();
    }
    let span: Span = text.parse().expect("a duration");
    as_of.to_zoned(TimeZone::UTC).checked_add(span).expect("a moment").timestamp()
}
