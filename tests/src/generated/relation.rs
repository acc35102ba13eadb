//! Random conditions on relations: quantifiers, counts, and what a reference may be.

use assay_model::schema::{Relation, Schema, Via};

use super::condition::{filter, object, word};
use super::query::Literal;
use crate::random::Random;

pub(super) fn on_relation(
    random: &mut Random,
    schema: &Schema,
    name: &str,
    relation: &Relation,
    depth: usize,
) -> (String, Literal) {
    let inner = filter(random, schema, &[&relation.to], depth);
    if relation.many {
        return many(random, name, inner);
    }
    if matches!(relation.via, Via::Refers { .. } | Via::Owner) && random.percent(25) {
        return state(random, name);
    }
    match random.below(10) {
        0 => (name.to_owned(), word("null")),
        1 => (format!("{name}_NOT"), word("null")),
        2 => (format!("{name}_NOT"), inner),
        3 => (format!("{name}_SOME"), inner),
        4 => (format!("{name}_NONE"), inner),
        _ => (name.to_owned(), inner),
    }
}

/// Whether a reference is given, found, or given and not found.
fn state(random: &mut Random, name: &str) -> (String, Literal) {
    let answer = |random: &mut Random| word(random.percent(70).to_string());
    if random.percent(30) {
        return (format!("{name}{}", random.one(&["_GIVEN", "_FOUND", "_DANGLING"])), answer(random));
    }
    let words = random.some(&["given", "found", "dangling"], 1, 1).into_iter();
    (name.to_owned(), Literal::Object(words.map(|state| (state.to_owned(), answer(random))).collect()))
}

/// A quantifier over any number of rows.
pub(super) fn many(random: &mut Random, name: &str, inner: Literal) -> (String, Literal) {
    let quantifiers = [("some", "_SOME"), ("none", "_NONE"), ("all", "_ALL"), ("single", "_SINGLE")];
    let (quantifier, suffix) = *random.one(&quantifiers);
    let null = || word("null");
    match random.below(16) {
        0 => (name.to_owned(), null()),
        1 => (format!("{name}_NOT"), null()),
        2 => (format!("{name}_SOME"), null()),
        3 => (format!("{name}_NONE"), null()),
        4 => (name.to_owned(), object(*random.one(&["some", "none"]), null())),
        5 => (name.to_owned(), Literal::List(Vec::new())),
        6 => (name.to_owned(), object("count", compare(random))),
        7 => (name.to_owned(), inner),
        8 => (format!("{name}_NOT"), inner),
        9..12 => (format!("{name}{suffix}"), inner),
        12 => {
            let quantified = vec![(quantifier.to_owned(), inner), ("count".to_owned(), compare(random))];
            (name.to_owned(), Literal::Object(quantified))
        }
        _ => (name.to_owned(), object(quantifier, inner)),
    }
}

fn compare(random: &mut Random) -> Literal {
    let operator = *random.one(&["eq", "neq", "lt", "lte", "gt", "gte"]);
    object(operator, word(random.below(3).to_string()))
}

/// A condition on a number of rows.
pub(super) fn count(random: &mut Random, name: &str) -> (String, Literal) {
    if random.percent(50) {
        return (name.to_owned(), compare(random));
    }
    let suffix = *random.one(&["", "_NOT", "_LT", "_LTE", "_GT", "_GTE"]);
    (format!("{name}{suffix}"), word(random.below(3).to_string()))
}
