//! Tests of values → SQL. Each is true or false, also where the value is missing.

use assay_model::schema::Scalar;

use super::Unlowered;
use super::dialect::{Dialect, Function};
use super::pattern::portable;
use super::statement::age_column;
use crate::query::{Literal, Moment, Order, Test, TextTest};

/// Suffixes of quantities that are a power of ten.
const DECIMAL: [(&str, &str); 9] = [
    ("n", "e-9"),
    ("u", "e-6"),
    ("m", "e-3"),
    ("k", "e3"),
    ("M", "e6"),
    ("G", "e9"),
    ("T", "e12"),
    ("P", "e15"),
    ("E", "e18"),
];
/// Suffixes that are a power of two, with the factor and its digits.
const BINARY: [(&str, &str, usize); 6] = [
    ("Ki", "1024", 4),
    ("Mi", "1048576", 7),
    ("Gi", "1073741824", 10),
    ("Ti", "1099511627776", 13),
    ("Pi", "1125899906842624", 16),
    ("Ei", "1152921504606846976", 19),
];
const NUMBER: &str = "[\\x{2b}\\x{2d}]?(?:[0-9]+[\\x{2e}]?[0-9]*|[\\x{2e}][0-9]+)";

/// Whether a value passes.
pub(super) fn passes(
    dialect: Dialect,
    value: &str,
    scalar: Scalar,
    list: bool,
    test: &Test,
) -> Result<String, Unlowered> {
    let one = |literal: &Literal| spelled(dialect, literal);
    let all = |literals: &[Literal]| literals.iter().map(one).collect::<Vec<_>>();
    let compared = |order| comparable(dialect, value, scalar, order);
    let known = |condition: String| format!("coalesce({condition}, false)");
    Ok(match test {
        Test::Missing => format!("{value} IS NULL"),
        Test::Empty if list => format!("coalesce({} = 0, true)", dialect.length(value)),
        Test::Empty if is_text(scalar) => format!("coalesce({value} = '', true)"),
        Test::Empty => format!("{value} IS NULL"),
        Test::In(literals) if literals.is_empty() => "false".to_owned(),
        Test::In(literals) => match literals.as_slice() {
            [only] => known(format!("{} = {}", compared(Order::Eq), one(only))),
            _ => known(format!("{} IN ({})", compared(Order::Eq), all(literals).join(", "))),
        },
        Test::Compare(order, literal) => {
            known(format!("{} {} {}", compared(*order), sign(*order), one(literal)))
        }
        Test::Text(text) => known(on_text(dialect, value, text)?),
        Test::Includes(literal) => known(dialect.call(Function::ListContains, value, &one(literal))),
        Test::Elements(literals) if literals.is_empty() => known(format!("{} = 0", dialect.length(value))),
        Test::Elements(literals) => known(format!("{value} = {}", dialect.list(&all(literals)))),
        Test::AnyIn(literals) if literals.is_empty() => "false".to_owned(),
        Test::AnyIn(literals) => known(dialect.call(Function::Overlap, value, &dialect.list(&all(literals)))),
        Test::AnyNotIn(literals) if literals.is_empty() => known(format!("{} > 0", dialect.length(value))),
        Test::AnyNotIn(literals) => known(dialect.any_other(value, &all(literals))),
    })
}

/// What a test says of a value that is missing everywhere.
pub(super) fn on_missing(test: &Test) -> &'static str {
    if matches!(test, Test::Missing | Test::Empty) { "true" } else { "false" }
}

fn is_text(scalar: Scalar) -> bool {
    matches!(scalar, Scalar::String | Scalar::IntOrString | Scalar::LabelSelector | Scalar::Quantity)
}

fn on_text(dialect: Dialect, value: &str, test: &TextTest) -> Result<String, Unlowered> {
    let text = |text: &String| dialect.text(text);
    Ok(match test {
        TextTest::SameIgnoringCase(other) => format!("lower({value}) = {}", text(other)),
        TextTest::Contains(part) => dialect.call(Function::Contains, value, &text(part)),
        TextTest::StartsWith(start) => dialect.call(Function::StartsWith, value, &text(start)),
        TextTest::EndsWith(end) => dialect.call(Function::EndsWith, value, &text(end)),
        TextTest::Matches(regex) => {
            let pattern = portable(regex.as_str()).map_err(|why| {
                Unlowered::Unsupported(format!("the pattern `{}` cannot be lowered: {why}", regex.as_str()))
            })?;
            dialect.matches(value, &pattern)
        }
    })
}

/// How an order is written.
pub(super) fn sign(order: Order) -> &'static str {
    match order {
        Order::Eq => "=",
        Order::Lt => "<",
        Order::Lte => "<=",
        Order::Gt => ">",
        Order::Gte => ">=",
    }
}

/// A value as it is compared: an amount as an exact decimal, NULL where nobody can read it. Of numbers and names the
/// numbers have an order.
pub(super) fn comparable(dialect: Dialect, value: &str, scalar: Scalar, order: Order) -> String {
    if scalar == Scalar::IntOrString && order != Order::Eq {
        let is_number = dialect.matches(value, "\\A(?:0|\\x{2d}?[1-9][0-9]*)\\z");
        return format!("(CASE WHEN {is_number} THEN try_cast({value} AS BIGINT) END)");
    }
    if scalar != Scalar::Quantity {
        return value.to_owned();
    }
    let is = |suffix: &str| dialect.matches(value, &format!("\\A{NUMBER}{suffix}\\z"));
    let cast = |text: String, digits: usize| format!("try_cast({text} AS DECIMAL({digits}, 9))");
    let without = |suffix: &str| format!("substring({value}, 1, length({value}) - {})", suffix.len());
    let mut cases =
        vec![format!("WHEN {} THEN {}", is("(?:[eE][\\x{2b}\\x{2d}]?[0-9]+)?"), cast(value.to_owned(), 38))];
    cases.extend(DECIMAL.iter().map(|(suffix, exponent)| {
        format!("WHEN {} THEN {}", is(suffix), cast(format!("{} || '{exponent}'", without(suffix)), 38))
    }));
    // A product may have one digit more than its factors together, and an engine's decimals have 38.
    cases.extend(BINARY.iter().map(|(suffix, factor, digits)| {
        let number = cast(without(suffix), 37 - digits);
        format!(
            "WHEN {} THEN CAST({number} * CAST({factor} AS DECIMAL({digits}, 0)) AS DECIMAL(38, 9))",
            is(suffix)
        )
    }));
    format!("(CASE {} END)", cases.join("\n      "))
}

fn spelled(dialect: Dialect, literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => dialect.text(text),
        Literal::Int(number) => number.to_string(),
        Literal::Float(number) => format!("CAST({number} AS DOUBLE)"),
        Literal::Boolean(value) => value.to_string(),
        Literal::Time(Moment { age: Some(age), .. }) => dialect.column("r", &[age_column(age)]),
        Literal::Time(moment) => dialect.instant(moment.micros),
        // What is compared with one is a condition that the evaluator answers.
        Literal::Duration(duration) => dialect.text(&duration.to_string()),
        Literal::Quantity(quantity) => {
            let nanos = quantity.nanos();
            let (sign, nanos) = (if nanos < 0 { "-" } else { "" }, nanos.unsigned_abs());
            let (whole, fraction) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
            format!("CAST('{sign}{whole}.{fraction:09}' AS DECIMAL(38, 9))")
        }
    }
}
