//! Random conditions on scalars and on lists of scalars.

use assay_model::schema::{Scalar, Schema, Source};

use super::condition::{object, word};
use super::query::Literal;
use super::values::{in_query, pattern, quoted};
use crate::random::Random;

/// Words of the object style with their suffixes, by what they are for.
const TEXT: [(&str, &str); 12] = [
    ("eq", ""),
    ("neq", "_NOT"),
    ("in", "_IN"),
    ("notIn", "_NOT_IN"),
    ("contains", "_CONTAINS"),
    ("startsWith", "_STARTS_WITH"),
    ("endsWith", "_ENDS_WITH"),
    ("matches", "_MATCHES"),
    ("lt", "_LT"),
    ("lte", "_LTE"),
    ("gt", "_GT"),
    ("gte", "_GTE"),
];
const ORDERED: [(&str, &str); 8] = [
    ("eq", ""),
    ("neq", "_NOT"),
    ("in", "_IN"),
    ("notIn", "_NOT_IN"),
    ("lt", "_LT"),
    ("lte", "_LTE"),
    ("gt", "_GT"),
    ("gte", "_GTE"),
];
const ORDERS: [&str; 4] = ["lt", "lte", "gt", "gte"];
const BOOLEAN: [(&str, &str); 2] = [("eq", ""), ("neq", "_NOT")];
const LIST: [(&str, &str); 6] = [
    ("eq", ""),
    ("neq", "_NOT"),
    ("includes", "_INCLUDES"),
    ("notIncludes", "_NOT_INCLUDES"),
    ("anyIn", ""),
    ("anyNotIn", ""),
];
/// Complements of text operators that the object style has no word for.
const NEGATED: [&str; 3] = ["_NOT_CONTAINS", "_NOT_STARTS_WITH", "_NOT_ENDS_WITH"];

/// A field that is asked for.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) schema: &'a Schema,
    /// The types of the row and of the objects on the way to the field; none where no other field is beside it.
    pub(super) place: &'a [&'a str],
    pub(super) name: &'a str,
    /// The field whose values it has.
    pub(super) value_of: &'a str,
    pub(super) scalar: Scalar,
    pub(super) list: bool,
    /// Whether some rows have it of others: comparing is where that tells.
    pub(super) is_lent: bool,
}

/// A condition on a field.
pub(super) fn on_scalar(random: &mut Random, asked: &Asked<'_>) -> (String, Literal) {
    let Asked { name, value_of, scalar, list, .. } = *asked;
    if let Some(special) = beyond(random, asked) {
        return special;
    }
    let is_text = matches!(scalar, Scalar::String | Scalar::IntOrString | Scalar::LabelSelector);
    let operators: &[(&str, &str)] = match scalar {
        _ if list => &LIST,
        Scalar::Boolean => &BOOLEAN,
        _ if is_text => &TEXT,
        _ => &ORDERED,
    };
    if is_text && !list && random.percent(8) {
        return (format!("{name}{}", random.one(&NEGATED)), word(in_query(random, value_of, Scalar::String)));
    }
    let operand = |random: &mut Random, operator: &str| operand(random, operator, value_of, scalar, list);
    let (operator, suffix) = *random.one(operators);
    if random.percent(40) && !matches!(operator, "anyIn" | "anyNotIn") {
        return (format!("{name}{suffix}"), operand(random, operator));
    }
    let mut words = vec![(operator.to_owned(), operand(random, operator))];
    let (second, _) = *random.one(operators);
    if second != operator && random.percent(15) {
        words.push((second.to_owned(), operand(random, second)));
    }
    let is_order = words.iter().any(|(word, _)| ORDERS.contains(&word.as_str()));
    if is_text && !list && !is_order && random.percent(15) {
        words.push(("caseInsensitive".to_owned(), word("true")));
    }
    (name.to_owned(), Literal::Object(words))
}

fn operand(random: &mut Random, operator: &str, value_of: &str, scalar: Scalar, list: bool) -> Literal {
    let of = if ORDERS.contains(&operator) { ordered(scalar) } else { scalar };
    let value = |random: &mut Random| {
        let value = word(in_query(random, value_of, of));
        value.or_variable(random)
    };
    let values = |random: &mut Random| Literal::List((0..random.below(3)).map(|_| value(random)).collect());
    let values = |random: &mut Random| {
        let values = values(random);
        values.or_variable(random)
    };
    match operator {
        "eq" | "neq" => match random.below(100) {
            0..20 => word("null"),
            20..28 if list || scalar == Scalar::String => word("\"\""),
            28..36 if list => Literal::List(Vec::new()),
            _ if list => values(random),
            _ => value(random),
        },
        "in" | "notIn" | "anyIn" | "anyNotIn" => values(random),
        "matches" => word(quoted(pattern(random))),
        "contains" | "startsWith" | "endsWith" => word(in_query(random, value_of, Scalar::String)),
        _ => value(random),
    }
}

/// What has an order: of numbers and names, the numbers.
fn ordered(scalar: Scalar) -> Scalar {
    if scalar == Scalar::IntOrString { Scalar::Int } else { scalar }
}

/// A condition that catalogues lack: another field, a duplicate, a named list.
fn beyond(random: &mut Random, asked: &Asked<'_>) -> Option<(String, Literal)> {
    let Asked { name, scalar, list, .. } = *asked;
    match random.below(if asked.is_lent { 36 } else { 100 }) {
        0..12 if !list => {
            let operators: &[(&str, &str)] = if scalar == Scalar::Boolean {
                &BOOLEAN
            } else {
                &[("eq", ""), ("neq", "_NOT"), ("lt", "_LT"), ("lte", "_LTE"), ("gt", "_GT"), ("gte", "_GTE")]
            };
            let operator = *random.one(operators);
            let others = comparable(asked, ORDERS.contains(&operator.0));
            let other = word(quoted(others.get(random.below(others.len().max(1)))?));
            Some(styled(random, name, operator, object("field", other)))
        }
        12..18 if !list && scalar != Scalar::Boolean && !matches!(asked.place, [] | ["KeyValue", ..]) => {
            let scope = word(quoted(random.pick(&["namespace", "cluster"])));
            Some(styled(random, name, ("duplicatedIn", "_DUPLICATED_IN"), scope))
        }
        18..26 if scalar != Scalar::Boolean => {
            let operators: &[(&str, &str)] = match scalar {
                _ if list => &LIST,
                Scalar::String | Scalar::IntOrString => &TEXT,
                _ => &ORDERED,
            };
            let (operator, suffix) = *random.one(operators);
            let of = if ORDERS.contains(&operator) { ordered(scalar) } else { scalar };
            let named = if operator == "matches" { "patterns" } else { super::lists::fitting(random, of) };
            let value = object("list", word(quoted(named)));
            // Only a list can be a list itself; what it is compared with in words may stand for any of its entries.
            if matches!(operator, "anyIn" | "anyNotIn") || !list && matches!(operator, "eq" | "neq") {
                return Some((name.to_owned(), object(operator, value)));
            }
            Some(styled(random, name, (operator, suffix), value))
        }
        _ => None,
    }
}

fn styled(
    random: &mut Random,
    name: &str,
    (operator, suffix): (&str, &str),
    value: Literal,
) -> (String, Literal) {
    if random.percent(40) {
        return (format!("{name}{suffix}"), value);
    }
    (name.to_owned(), object(operator, value))
}

/// Paths of the fields that a field compares with, or has an order with, as they are looked up from its place outwards.
fn comparable(asked: &Asked<'_>, is_order: bool) -> Vec<String> {
    let Asked { schema, place, .. } = *asked;
    let mut paths = Vec::new();
    for (depth, type_name) in place.iter().enumerate() {
        let nearer: Vec<_> = place[depth + 1..].iter().filter_map(|of| schema.get(of)).collect();
        for field in schema.get(type_name).into_iter().flat_map(|def| &def.fields) {
            let is_hidden = nearer.iter().any(|def| def.field(&field.name).is_some());
            if is_hidden {
                continue;
            }
            match &field.source {
                Source::Struct { of, .. } => {
                    let within = schema.get(of).into_iter().flat_map(|def| &def.fields);
                    let within = within.filter(|field| compares(&field.source, asked.scalar, is_order));
                    paths.extend(within.map(|inner| format!("{}.{}", field.name, inner.name)));
                }
                source if compares(source, asked.scalar, is_order) => paths.push(field.name.clone()),
                _ => {}
            }
        }
    }
    paths
}

fn compares(source: &Source, with: Scalar, is_order: bool) -> bool {
    let is_text = |scalar| matches!(scalar, Scalar::String | Scalar::IntOrString | Scalar::LabelSelector);
    let apart = |scalar: Scalar| is_order && [scalar, with].contains(&Scalar::IntOrString);
    let fits = |scalar: Scalar| scalar == with || is_text(scalar) && is_text(with) && !apart(scalar);
    match source {
        Source::Scalar(of) => !of.list && fits(of.scalar),
        Source::Derived(of) => !of.list && fits(of.scalar),
        _ => false,
    }
}
