//! How many of the rows that a relation leads to satisfy a filter, and what a reference may be.

use apollo_compiler::ast::Value as Syntax;

use super::filter::Condition;
use super::truth::{Bounds, Truth};

/// What is asked of a reference's state, if that is asked.
pub(super) fn states(condition: Condition<'_>) -> Option<Vec<(&str, bool)>> {
    let state = |word: &str| ["given", "found", "dangling"].contains(&word);
    match (condition.word, condition.value) {
        (word, Syntax::Boolean(wanted)) if state(word) => Some(vec![(word, *wanted)]),
        ("", Syntax::Object(words)) if !words.is_empty() && words.iter().all(|(word, _)| state(word)) => {
            words.iter().map(|(word, wanted)| Some((word.as_str(), wanted.to_bool()?))).collect()
        }
        _ => None,
    }
}

/// A quantifier over related rows, given whether each is one of them and what a filter says of each.
pub(super) fn quantified(
    many: bool,
    more: bool,
    members: &[Truth],
    holds: &dyn Fn(&Syntax) -> Vec<Truth>,
    condition: Condition<'_>,
) -> Truth {
    let everything = Syntax::Object(Vec::new());
    let both = |filter: &Syntax| {
        let pairs = members.iter().zip(holds(filter));
        Bounds::of(&pairs.map(|(member, holds)| member.and(holds)).collect::<Vec<_>>(), more)
    };
    let some = |filter: &Syntax| both(filter).satisfy(1, |n| n > 0);
    let is_word = |word: &str| ["some", "none", "all", "single", "count"].contains(&word);
    match (condition.word, condition.value) {
        ("", Syntax::Object(words))
            if many && !words.is_empty() && words.iter().all(|(word, _)| is_word(word)) =>
        {
            Truth::all(words.iter().map(|(word, value)| {
                quantified(many, more, members, holds, Condition { word, value, ignoring_case: false })
            }))
        }
        ("" | "some", Syntax::Null) => !some(&everything),
        ("", Syntax::List(list)) if list.is_empty() => !some(&everything),
        ("none", Syntax::Null) => some(&everything),
        ("" | "some", filter) => some(filter),
        ("none", filter) => !some(filter),
        ("all", filter) => {
            let fits = members.iter().zip(holds(filter)).map(|(member, holds)| (!*member).or(holds));
            let each = Truth::all(fits).and(if more { Truth::Unknown } else { Truth::True });
            some(&everything).and(each)
        }
        ("single", filter) => both(filter).satisfy(1, |n| n == 1),
        ("count", Syntax::Object(words)) => {
            let bounds = both(&everything);
            Truth::all(words.iter().map(|(word, value)| compared(bounds, word, value)))
        }
        (word, value) => panic!("{word}: {value} is no quantifier"),
    }
}

/// How a number of rows compares.
pub(super) fn compared(bounds: Bounds, word: &str, value: &Syntax) -> Truth {
    if let (Syntax::Object(words), "") = (value, word) {
        return Truth::all(words.iter().map(|(word, value)| compared(bounds, word, value)));
    }
    let Syntax::Int(number) = value else { panic!("{value} is no count") };
    let wanted: i64 = number.as_str().parse().expect("a count");
    let holds = |n: usize| {
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        match word {
            "" | "eq" => n == wanted,
            "neq" => n != wanted,
            "lt" => n < wanted,
            "lte" => n <= wanted,
            "gt" => n > wanted,
            "gte" => n >= wanted,
            word => panic!("{word} compares no counts"),
        }
    };
    bounds.satisfy(usize::try_from(wanted.max(0)).unwrap_or_default() + 1, holds)
}
