//! Conditions in plain English.

use jiff::Timestamp;

use super::{Filter, Literal, Moment, Order, Quantifier, Scope, Set, Test, TextTest};

/// What a condition says of one row, without what it says of related rows.
pub fn say(filter: &Filter) -> String {
    match filter {
        Filter::And(filters) if filters.is_empty() => "anything".to_owned(),
        Filter::Or(filters) if filters.is_empty() => "nothing".to_owned(),
        Filter::And(_) => "all of these hold".to_owned(),
        Filter::Or(_) => "one of these holds".to_owned(),
        Filter::Not(_) => "this does not hold".to_owned(),
        Filter::Present(path) => format!("`{}` is given", path.join(".")),
        Filter::Test { path, test, .. } => format!("`{}` {}", path.join("."), say_test(test)),
        Filter::Fields { path, order, other, .. } => {
            format!("`{}` is {} `{}`", path.join("."), say_order(*order), other.join("."))
        }
        Filter::Duplicated { path, scope, .. } => {
            let place = match scope {
                Scope::Namespace => "of its namespace",
                Scope::Cluster => "of the cluster",
            };
            format!("another asset {place} has the same `{}`", path.join("."))
        }
        Filter::Given(path) => format!("`{}` names something", path.join(".")),
        Filter::Object { path, test } => format!("the object's `{}` {}", path.join("."), say_test(test)),
        Filter::Related { set, quantifier, filter } => say_related(set, *quantifier, filter),
    }
}

fn say_related(set: &Set, quantifier: Quantifier, filter: &Filter) -> String {
    let any = matches!(filter, Filter::And(filters) if filters.is_empty());
    let (path, of) = (set.path.join("."), if set.to == "KeyValue" { "entry" } else { set.to.as_str() });
    let which = if any { String::new() } else { " for which".to_owned() };
    match quantifier {
        Quantifier::Some if any => format!("there is a {of} in `{path}`"),
        Quantifier::Some => format!("there is a {of} in `{path}`{which}"),
        Quantifier::All => format!("there is a {of} in `{path}`, and for each of them"),
        Quantifier::Single => format!("there is exactly one {of} in `{path}`{which}"),
        Quantifier::Count(order, number) => {
            format!("the number of `{path}`{which} is {} {number}", say_order(order))
        }
    }
}

fn say_order(order: Order) -> &'static str {
    match order {
        Order::Eq => "equal to",
        Order::Lt => "less than",
        Order::Lte => "at most",
        Order::Gt => "more than",
        Order::Gte => "at least",
    }
}

fn say_test(test: &Test) -> String {
    match test {
        Test::Missing => "is missing".to_owned(),
        Test::Empty => "is missing or empty".to_owned(),
        Test::In(literals) => match literals.as_slice() {
            [only] => format!("is {}", say_literal(only)),
            _ => format!("is one of {}", say_all(literals)),
        },
        Test::Compare(order, literal) => format!("is {} {}", say_order(*order), say_literal(literal)),
        Test::Text(text) => say_text(text),
        Test::Includes(literal) => format!("includes {}", say_literal(literal)),
        Test::Elements(literals) => format!("is just [{}]", say_all(literals)),
        Test::AnyIn(literals) => format!("includes one of {}", say_all(literals)),
        Test::AnyNotIn(literals) => format!("includes something else than {}", say_all(literals)),
    }
}

fn say_text(test: &TextTest) -> String {
    match test {
        TextTest::SameIgnoringCase(text) => format!("is {text:?}, whatever the case"),
        TextTest::Contains(text) => format!("contains {text:?}"),
        TextTest::StartsWith(text) => format!("starts with {text:?}"),
        TextTest::EndsWith(text) => format!("ends with {text:?}"),
        TextTest::Matches(regex) => {
            let pattern = regex.as_str();
            let inner = pattern.strip_prefix("\\A(?:").and_then(|rest| rest.strip_suffix(")\\z"));
            format!("matches {}", inner.unwrap_or(pattern))
        }
    }
}

fn say_all(literals: &[Literal]) -> String {
    literals.iter().map(say_literal).collect::<Vec<_>>().join(", ")
}

/// A literal as a reader would write it.
pub fn say_literal(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => format!("{text:?}"),
        Literal::Int(number) => number.to_string(),
        Literal::Float(number) => number.to_string(),
        Literal::Boolean(value) => value.to_string(),
        Literal::Quantity(quantity) => quantity.to_string(),
        Literal::Duration(duration) => duration.to_string(),
        Literal::Time(Moment { micros, .. }) => {
            Timestamp::from_microsecond(*micros).map_or_else(|_| micros.to_string(), |at| at.to_string())
        }
    }
}
