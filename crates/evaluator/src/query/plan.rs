//! Resolved → plan: the same question with nothing in it twice and nothing that says nothing, so that what checks
//! have in common is written alike and answered once.

use super::{Filter, Picked, Query, Set, What};

/// The plan of a query: it yields the same.
pub fn plan(query: Query) -> Query {
    let mut query = query;
    for root in &mut query.roots {
        root.filter = simplified(std::mem::replace(&mut root.filter, Filter::everything()));
        plan_fields(&mut root.selected.fields);
    }
    query
}

fn plan_fields(fields: &mut [Picked]) {
    for picked in fields {
        match &mut picked.what {
            What::Struct(fields) => plan_fields(fields),
            What::Holds(filter) => take(filter),
            What::Related { set, filter, selected, .. } => {
                narrow(set);
                take(filter);
                plan_fields(&mut selected.fields);
            }
            What::Count(set) => narrow(set),
            What::Value(_) | What::Object(_) => {}
        }
    }
}

fn narrow(set: &mut Set) {
    if let Some(filter) = &mut set.narrow {
        take(filter);
    }
}

fn take(filter: &mut Filter) {
    *filter = simplified(std::mem::replace(filter, Filter::everything()));
}

/// The filter without what says nothing: it holds, fails and is unknown for the same rows.
pub fn simplified(filter: Filter) -> Filter {
    match filter {
        Filter::And(filters) => junction(filters, true),
        Filter::Or(filters) => junction(filters, false),
        Filter::Not(filter) => simplified(*filter).negate(),
        Filter::Related { mut set, quantifier, filter } => {
            narrow(&mut set);
            Filter::Related { set, quantifier, filter: Box::new(simplified(*filter)) }
        }
        other => other,
    }
}

/// All of the filters, or one of them.
fn junction(filters: Vec<Filter>, all: bool) -> Filter {
    let mut kept: Vec<(String, Filter)> = Vec::new();
    for filter in filters.into_iter().map(simplified) {
        let parts = match (filter, all) {
            (Filter::And(parts), true) | (Filter::Or(parts), false) => parts,
            // Everything makes any of them hold, nothing makes all of them fail.
            (Filter::And(parts), false) if parts.is_empty() => return Filter::And(parts),
            (Filter::Or(parts), true) if parts.is_empty() => return Filter::Or(parts),
            (other, _) => vec![other],
        };
        for part in parts {
            let text = format!("{part:?}");
            if !kept.iter().any(|(known, _)| *known == text) {
                kept.push((text, part));
            }
        }
    }
    let mut kept: Vec<Filter> = kept.into_iter().map(|(_, filter)| filter).collect();
    match (kept.pop(), kept.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            kept.extend(last);
            if all { Filter::And(kept) } else { Filter::Or(kept) }
        }
    }
}
