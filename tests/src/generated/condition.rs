//! Random filters: every kind of field in both styles, null in every place.

use assay_model::schema::{Field, Scalar, Schema, Source};

use super::object::on_object;
use super::query::Literal;
use super::relation::{count, many, on_relation};
use super::scalar::{Asked, on_scalar};
use crate::random::Random;

pub(super) fn word(text: impl Into<String>) -> Literal {
    Literal::Word(text.into())
}

pub(super) fn object(key: impl Into<String>, value: Literal) -> Literal {
    Literal::Object(vec![(key.into(), value)])
}

/// A random filter on rows of a type, or, if several are given, on an object of the last type within objects of the
/// others within a row of the first.
pub(super) fn filter(random: &mut Random, schema: &Schema, place: &[&str], depth: usize) -> Literal {
    let mut entries: Vec<(String, Literal)> = Vec::new();
    for _ in 0..[0, 1, 1, 1, 1, 2, 2, 3][random.below(8)] {
        let (key, value) = match random.below(100) {
            0..20 if depth > 0 => logic(random, schema, place, depth - 1),
            _ => match condition(random, schema, place, depth) {
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

fn logic(random: &mut Random, schema: &Schema, place: &[&str], depth: usize) -> (String, Literal) {
    let key = *random.one(&["AND", "OR", "NOT"]);
    let value = if key == "NOT" || random.percent(20) {
        filter(random, schema, place, depth)
    } else {
        Literal::List((0..random.below(3)).map(|_| filter(random, schema, place, depth)).collect())
    };
    (key.to_owned(), value)
}

/// A condition on a random field.
fn condition(
    random: &mut Random,
    schema: &Schema,
    place: &[&str],
    depth: usize,
) -> Option<(String, Literal)> {
    let type_name = place[place.len() - 1];
    let def = schema.get(type_name)?;
    if place.len() == 1 && random.percent(6) {
        return on_object(random, schema, type_name);
    }
    let lent = lent(schema, type_name);
    let asked =
        if random.percent(35) && !lent.is_empty() { random.pick(&lent) } else { random.one(&def.fields) };
    let (field, over) = target(schema, type_name, asked)?;
    let name = &asked.name;
    // Only what is a field of the type itself compares with another.
    let beside = if matches!(asked.source, Source::Alias { .. }) { &[] } else { place };
    let over = over.as_ref().map(|row| [*row]);
    let row = over.as_ref().map_or(place, |row| row.as_slice());
    let is_lent = lent.iter().any(|field| field.name == asked.name);
    let scalar =
        |scalar, list| Asked { schema, place: beside, name, value_of: &field.name, scalar, list, is_lent };
    match &field.source {
        Source::Scalar(of) => Some(on_scalar(random, &scalar(of.scalar, of.list))),
        Source::Derived(of) => Some(on_scalar(random, &scalar(of.scalar, of.list))),
        Source::Defined { .. } => {
            Some(on_scalar(random, &Asked { place: &[], ..scalar(Scalar::Boolean, false) }))
        }
        Source::Count { .. } => Some(count(random, name)),
        Source::Struct { .. } | Source::Relation(_) | Source::Map(_) if depth == 0 => None,
        Source::Struct { of, .. } => {
            Some(on_struct(random, schema, name, &[row, &[of.as_str()]].concat(), depth - 1))
        }
        Source::Relation(relation) => Some(on_relation(random, schema, name, relation, depth - 1)),
        Source::Map(_) => {
            let entry = filter(random, schema, &["KeyValue"], 1);
            Some(many(random, name, entry))
        }
        Source::Alias { .. } => None,
    }
}

/// The fields of an interface that some of its types have of other rows.
fn lent<'s>(schema: &'s Schema, type_name: &str) -> Vec<&'s Field> {
    let is_alias = |field: &Field| matches!(field.source, Source::Alias { .. });
    let implementing: Vec<_> =
        schema.types().filter(|def| def.name != type_name && def.implements(type_name)).collect();
    let is_lent = |field: &&Field| {
        !is_alias(field) && implementing.iter().any(|def| def.field(&field.name).is_some_and(is_alias))
    };
    schema.get(type_name).into_iter().flat_map(|def| &def.fields).filter(is_lent).collect()
}

/// The field that is meant: an alias's own. Also the type of the row that has it, if that is another one.
fn target<'s>(
    schema: &'s Schema,
    type_name: &'s str,
    field: &'s Field,
) -> Option<(&'s Field, Option<&'s str>)> {
    let Source::Alias { of, .. } = &field.source else { return Some((field, None)) };
    let (mut at, mut over) = (type_name, None);
    for (index, name) in of.iter().enumerate() {
        let next = schema.get(at)?.field(name)?;
        if index + 1 == of.len() {
            let (target, deeper) = target(schema, at, next)?;
            return Some((target, deeper.or(over)));
        }
        match &next.source {
            Source::Struct { of, .. } => at = of,
            Source::Relation(relation) => {
                at = &relation.to;
                over = Some(at);
            }
            _ => return None,
        }
    }
    None
}

fn on_struct(
    random: &mut Random,
    schema: &Schema,
    name: &str,
    place: &[&str],
    depth: usize,
) -> (String, Literal) {
    let null = || word("null");
    match random.below(10) {
        0 => (name.to_owned(), null()),
        1 => (format!("{name}_NOT"), null()),
        2 => (name.to_owned(), object(*random.one(&["eq", "neq"]), null())),
        3 => (format!("{name}_NOT"), filter(random, schema, place, depth)),
        _ => (name.to_owned(), filter(random, schema, place, depth)),
    }
}
