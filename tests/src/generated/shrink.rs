//! Smaller cases that still fail.

use serde_json::Value;

use super::objects::Cluster;
use super::query::{Literal, Query, Selection, Style};

/// Tries smaller clusters and queries as long as one still fails. `fails` is given what the first one was given.
pub fn shrink(
    cluster: &Cluster,
    query: &Query,
    fails: &dyn Fn(&Cluster, &Query) -> bool,
) -> (Cluster, Query) {
    let (mut cluster, mut query) = (cluster.clone(), query.clone());
    loop {
        if let Some(smaller) = queries(&query).into_iter().find(|smaller| fails(&cluster, smaller)) {
            query = smaller;
        } else if let Some(smaller) = clusters(&cluster).into_iter().find(|smaller| fails(smaller, &query)) {
            cluster = smaller;
        } else {
            return (cluster, query);
        }
    }
}

fn queries(query: &Query) -> Vec<Query> {
    let mut smaller: Vec<Query> = Vec::new();
    let of = |roots| Query { roots, braces: true };
    for (index, root) in query.roots.iter().enumerate() {
        if query.roots.len() > 1 {
            smaller.push(of(without(&query.roots, index)));
        }
        smaller.extend(selections(root).into_iter().map(|root| of(with(&query.roots, index, root))));
    }
    smaller
}

fn selections(selection: &Selection) -> Vec<Selection> {
    let mut smaller = Vec::new();
    if let Some(filter) = &selection.filter {
        smaller.push(Selection { filter: None, ..selection.clone() });
        let filters = literals(filter).into_iter();
        smaller.extend(filters.map(|filter| Selection { filter: Some(filter), ..selection.clone() }));
    }
    if selection.style != Style::Plain {
        smaller.push(Selection { style: Style::Plain, ..selection.clone() });
    }
    if !selection.below.is_empty() {
        smaller.push(Selection { below: Vec::new(), fragment: true, ..selection.clone() });
    }
    for (index, below) in selection.below.iter().enumerate() {
        let inner = selections(below).into_iter();
        smaller.extend(
            inner.map(|one| Selection { below: with(&selection.below, index, one), ..selection.clone() }),
        );
    }
    smaller
}

/// A literal with a part less. What comes of it may be no query: that fails no comparison.
fn literals(literal: &Literal) -> Vec<Literal> {
    match literal {
        Literal::Object(entries) => {
            let mut smaller: Vec<Literal> =
                (0..entries.len()).map(|index| Literal::Object(without(entries, index))).collect();
            for (index, (key, value)) in entries.iter().enumerate() {
                let values = literals(value).into_iter();
                smaller.extend(values.map(|v| Literal::Object(with(entries, index, (key.clone(), v)))));
            }
            if let [(key, inner @ Literal::Object(_))] = entries.as_slice()
                && key == "NOT"
            {
                smaller.push(inner.clone());
            }
            smaller
        }
        Literal::List(values) => {
            let mut smaller: Vec<Literal> =
                (0..values.len()).map(|index| Literal::List(without(values, index))).collect();
            for (index, value) in values.iter().enumerate() {
                let inner = literals(value).into_iter();
                smaller.extend(inner.map(|one| Literal::List(with(values, index, one))));
            }
            smaller
        }
        Literal::Word(_) => Vec::new(),
        Literal::Variable(_, value) => vec![value.as_ref().clone()],
    }
}

fn clusters(cluster: &Cluster) -> Vec<Cluster> {
    let objects = &cluster.objects;
    let mut smaller: Vec<Cluster> = (0..objects.len())
        .map(|index| Cluster { objects: without(objects, index), ..cluster.clone() })
        .collect();
    smaller.extend(
        (0..cluster.gaps.len())
            .map(|index| Cluster { gaps: without(&cluster.gaps, index), ..cluster.clone() }),
    );
    if !cluster.scope.is_empty() {
        smaller.push(Cluster { scope: Vec::new(), ..cluster.clone() });
    }
    for (index, object) in objects.iter().enumerate() {
        let parts = values(object).into_iter().filter(|part| {
            part["kind"].is_string() && part["apiVersion"].is_string() && part["metadata"]["name"].is_string()
        });
        smaller.extend(parts.map(|part| Cluster { objects: with(objects, index, part), ..cluster.clone() }));
    }
    smaller
}

/// A value with a part less.
fn values(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(fields) => {
            let mut smaller = Vec::new();
            for (key, inner) in fields {
                let mut less = fields.clone();
                less.shift_remove(key);
                smaller.push(Value::Object(less));
                smaller.extend(values(inner).into_iter().map(|inner| {
                    let mut changed = fields.clone();
                    changed.insert(key.clone(), inner);
                    Value::Object(changed)
                }));
            }
            smaller
        }
        Value::Array(entries) => {
            let mut smaller: Vec<Value> =
                (0..entries.len()).map(|index| Value::Array(without(entries, index))).collect();
            for (index, entry) in entries.iter().enumerate() {
                let inner = values(entry).into_iter();
                smaller.extend(inner.map(|one| Value::Array(with(entries, index, one))));
            }
            smaller
        }
        _ => Vec::new(),
    }
}

fn without<T: Clone>(list: &[T], index: usize) -> Vec<T> {
    let mut list = list.to_vec();
    list.remove(index);
    list
}

fn with<T: Clone>(list: &[T], index: usize, one: T) -> Vec<T> {
    let mut list = list.to_vec();
    list[index] = one;
    list
}
