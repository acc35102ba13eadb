//! Random filters: every operator in both styles, null in every place.

use assay_model::schema::{Field, Relation, Scalar, Schema, Source};

use super::query::{Literal, is_known};
use super::rng::Rng;
use super::values::{in_query, pattern, quoted};
use crate::reference::DERIVED;

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

fn word(text: impl Into<String>) -> Literal {
    Literal::Word(text.into())
}

fn object(key: impl Into<String>, value: Literal) -> Literal {
    Literal::Object(vec![(key.into(), value)])
}

/// A random filter on rows of a type.
pub(super) fn filter(rng: &mut Rng, schema: &Schema, type_name: &str, depth: usize) -> Literal {
    let mut entries: Vec<(String, Literal)> = Vec::new();
    for _ in 0..[0, 1, 1, 1, 1, 2, 2, 3][rng.below(8)] {
        let (key, value) = match rng.below(100) {
            0..20 if depth > 0 => logic(rng, schema, type_name, depth - 1),
            _ => match condition(rng, schema, type_name, depth) {
                Some(condition) => condition,
                None => continue,
            },
        };
        if entries.iter().all(|(known, _)| *known != key) {
            entries.push((key, value));
        }
    }
    Literal::Object(entries)
}

fn logic(rng: &mut Rng, schema: &Schema, type_name: &str, depth: usize) -> (String, Literal) {
    let key = *rng.one(&["AND", "OR", "NOT"]);
    let value = if key == "NOT" || rng.percent(20) {
        filter(rng, schema, type_name, depth)
    } else {
        Literal::List((0..rng.below(3)).map(|_| filter(rng, schema, type_name, depth)).collect())
    };
    (key.to_owned(), value)
}

/// A condition on a random field.
fn condition(rng: &mut Rng, schema: &Schema, type_name: &str, depth: usize) -> Option<(String, Literal)> {
    let def = schema.get(type_name)?;
    let asked = rng.one(&def.fields);
    let (field, narrowed) = target(schema, type_name, asked)?;
    let name = &asked.name;
    match &field.source {
        Source::Scalar(scalar) => Some(on_scalar(rng, name, &field.name, scalar.scalar, scalar.list)),
        Source::Derived(derived) if DERIVED.contains(&derived.by.as_str()) => {
            Some(on_scalar(rng, name, name, derived.scalar, derived.list))
        }
        Source::Defined { .. } => Some(on_scalar(rng, name, name, Scalar::Boolean, false)),
        Source::Count { .. } => Some(count(rng, name)),
        Source::Struct { .. } | Source::Relation(_) | Source::Map(_) if depth == 0 => None,
        Source::Struct { of, .. } => Some(on_struct(rng, schema, name, of, depth - 1)),
        Source::Relation(relation) if is_known(schema, relation) => {
            Some(on_relation(rng, schema, name, relation, depth - 1))
        }
        Source::Map(_) if !narrowed => {
            let entry = filter(rng, schema, "KeyValue", 1);
            Some(many(rng, name, entry))
        }
        _ => None,
    }
}

/// The field that is meant: an alias's own. Also whether it leads through another row.
fn target<'s>(schema: &'s Schema, type_name: &str, field: &'s Field) -> Option<(&'s Field, bool)> {
    let Source::Alias { of, .. } = &field.source else { return Some((field, false)) };
    let mut at = type_name;
    let mut through_row = false;
    for (index, name) in of.iter().enumerate() {
        let next = schema.get(at)?.field(name)?;
        if index + 1 == of.len() {
            let (target, deeper) = target(schema, at, next)?;
            // Through another row, only what a row without it would lack as a value is asked.
            let is_value = matches!(target.source, Source::Scalar(_));
            return (is_value || !through_row).then_some((target, through_row || deeper));
        }
        match &next.source {
            Source::Struct { of, .. } => at = of,
            Source::Relation(relation) => {
                at = &relation.to;
                through_row = true;
            }
            _ => return None,
        }
    }
    None
}

fn on_scalar(rng: &mut Rng, name: &str, value_of: &str, scalar: Scalar, list: bool) -> (String, Literal) {
    let is_text = matches!(scalar, Scalar::String | Scalar::IntOrString | Scalar::LabelSelector);
    let operators: &[(&str, &str)] = match scalar {
        _ if list => &LIST,
        Scalar::Boolean => &BOOLEAN,
        _ if is_text => &TEXT,
        _ => &ORDERED,
    };
    if is_text && !list && rng.percent(8) {
        return (format!("{name}{}", rng.one(&NEGATED)), word(in_query(rng, value_of, Scalar::String)));
    }
    let operand = |rng: &mut Rng, operator: &str| operand(rng, operator, value_of, scalar, list);
    let (operator, suffix) = *rng.one(operators);
    if rng.percent(40) && !matches!(operator, "anyIn" | "anyNotIn") {
        return (format!("{name}{suffix}"), operand(rng, operator));
    }
    let mut words = vec![(operator.to_owned(), operand(rng, operator))];
    let (second, _) = *rng.one(operators);
    if second != operator && rng.percent(15) {
        words.push((second.to_owned(), operand(rng, second)));
    }
    if is_text && !list && rng.percent(15) {
        words.push(("caseInsensitive".to_owned(), word("true")));
    }
    (name.to_owned(), Literal::Object(words))
}

fn operand(rng: &mut Rng, operator: &str, value_of: &str, scalar: Scalar, list: bool) -> Literal {
    let value = |rng: &mut Rng| word(in_query(rng, value_of, scalar));
    let values = |rng: &mut Rng| Literal::List((0..rng.below(3)).map(|_| value(rng)).collect());
    match operator {
        "eq" | "neq" => match rng.below(100) {
            0..20 => word("null"),
            20..28 if list || scalar == Scalar::String => word("\"\""),
            28..36 if list => Literal::List(Vec::new()),
            _ if list => values(rng),
            _ => value(rng),
        },
        "in" | "notIn" | "anyIn" | "anyNotIn" => values(rng),
        "matches" => word(quoted(pattern(rng))),
        "contains" | "startsWith" | "endsWith" => word(in_query(rng, value_of, Scalar::String)),
        _ => value(rng),
    }
}

fn on_struct(rng: &mut Rng, schema: &Schema, name: &str, of: &str, depth: usize) -> (String, Literal) {
    let null = || word("null");
    match rng.below(10) {
        0 => (name.to_owned(), null()),
        1 => (format!("{name}_NOT"), null()),
        2 => (name.to_owned(), object(*rng.one(&["eq", "neq"]), null())),
        3 => (format!("{name}_NOT"), filter(rng, schema, of, depth)),
        _ => (name.to_owned(), filter(rng, schema, of, depth)),
    }
}

fn on_relation(
    rng: &mut Rng,
    schema: &Schema,
    name: &str,
    relation: &Relation,
    depth: usize,
) -> (String, Literal) {
    let inner = filter(rng, schema, &relation.to, depth);
    if relation.many {
        return many(rng, name, inner);
    }
    match rng.below(10) {
        0 => (name.to_owned(), word("null")),
        1 => (format!("{name}_NOT"), word("null")),
        2 => (format!("{name}_NOT"), inner),
        3 => (format!("{name}_SOME"), inner),
        4 => (format!("{name}_NONE"), inner),
        _ => (name.to_owned(), inner),
    }
}

/// A quantifier over any number of rows.
fn many(rng: &mut Rng, name: &str, inner: Literal) -> (String, Literal) {
    let quantifiers = [("some", "_SOME"), ("none", "_NONE"), ("all", "_ALL"), ("single", "_SINGLE")];
    let (quantifier, suffix) = *rng.one(&quantifiers);
    let null = || word("null");
    match rng.below(16) {
        0 => (name.to_owned(), null()),
        1 => (format!("{name}_NOT"), null()),
        2 => (format!("{name}_SOME"), null()),
        3 => (format!("{name}_NONE"), null()),
        4 => (name.to_owned(), object(*rng.one(&["some", "none"]), null())),
        5 => (name.to_owned(), Literal::List(Vec::new())),
        6 => (name.to_owned(), object("count", compare(rng))),
        7 => (name.to_owned(), inner),
        8 => (format!("{name}_NOT"), inner),
        9..12 => (format!("{name}{suffix}"), inner),
        12 => {
            let quantified = vec![(quantifier.to_owned(), inner), ("count".to_owned(), compare(rng))];
            (name.to_owned(), Literal::Object(quantified))
        }
        _ => (name.to_owned(), object(quantifier, inner)),
    }
}

fn compare(rng: &mut Rng) -> Literal {
    let operator = *rng.one(&["eq", "neq", "lt", "lte", "gt", "gte"]);
    object(operator, word(rng.below(3).to_string()))
}

/// A condition on a number of rows.
fn count(rng: &mut Rng, name: &str) -> (String, Literal) {
    if rng.percent(50) {
        return (name.to_owned(), compare(rng));
    }
    let suffix = *rng.one(&["", "_NOT", "_LT", "_LTE", "_GT", "_GTE"]);
    (format!("{name}{suffix}"), word(rng.below(3).to_string()))
}
