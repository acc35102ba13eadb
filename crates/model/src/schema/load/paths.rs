//! The fields that relations, aliases and counts name.

use std::collections::BTreeMap;

use super::mistake::{Places, Wrong};
use crate::nearest::nearest;
use crate::schema::{Field, Relation, Source, TypeDef, Via};

/// What the last field of a path has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Value,
    Relation,
    Entries,
    Any,
}

/// Mistakes in the paths of fields that types declare themselves.
pub(super) fn check(types: &BTreeMap<String, TypeDef>, places: &Places) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for def in types.values() {
        for field in def.fields.iter().filter(|field| places.declares(&def.name, &field.name)) {
            for (from, path, end) in paths(def, field) {
                let from = types.get(from).unwrap_or(def);
                let about = format!("{}.{}", def.name, field.name);
                wrong.extend(lookup(types, from, &path, end).err().map(|(message, help)| {
                    let wrong = Wrong::new(about, message);
                    if help.is_empty() { wrong } else { wrong.help(help) }
                }));
            }
        }
    }
    wrong
}

/// The paths that a field names: the type they start from, the names, what stands at the end.
fn paths<'d>(def: &'d TypeDef, field: &'d Field) -> Vec<(&'d str, Vec<&'d str>, End)> {
    let own = |path: &'d str, end| (def.name.as_str(), path.split('.').collect(), end);
    match &field.source {
        Source::Alias { of, .. } => {
            vec![(def.name.as_str(), of.iter().map(String::as_str).collect(), End::Any)]
        }
        Source::Count { of, .. } => vec![own(of, End::Entries)],
        Source::Relation(Relation { to, via, .. }) => match via {
            Via::Refers { name, namespace, when, .. } => {
                let fields = [Some(name), namespace.as_ref(), when.as_ref().map(|(field, _)| field)];
                fields.into_iter().flatten().map(|path| own(path, End::Value)).collect()
            }
            Via::Selects { selector } => vec![own(selector, End::Value)],
            Via::Inverse { of } => vec![(to, of.iter().map(String::as_str).collect(), End::Relation)],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Follows a path; what is wrong with it, and advice, if it leads nowhere.
fn lookup(
    types: &BTreeMap<String, TypeDef>,
    from: &TypeDef,
    path: &[&str],
    end: End,
) -> Result<(), (String, String)> {
    let mut at = from;
    for (index, name) in path.iter().enumerate() {
        let Some(field) = at.field(name) else {
            let known = at.fields.iter().filter(|field| field.deprecated.is_none());
            let help = nearest(name, known.map(|field| field.name.as_str()));
            return Err((format!("`{}` has no field `{name}`", at.name), help));
        };
        if index + 1 == path.len() {
            return if ends(field, end) { Ok(()) } else { Err((not(&path.join("."), end), String::new())) };
        }
        let within = match &field.source {
            Source::Struct { of, .. } => types.get(of),
            Source::Relation(relation) if end == End::Any => types.get(&relation.to),
            _ => None,
        };
        at = within.ok_or_else(|| (format!("`{name}` has no fields of its own"), String::new()))?;
    }
    Ok(())
}

fn ends(field: &Field, end: End) -> bool {
    match end {
        End::Any => true,
        End::Value => matches!(field.source, Source::Scalar(_) | Source::Derived(_)),
        End::Relation => matches!(field.source, Source::Relation(_)),
        End::Entries => matches!(field.source, Source::Relation(_) | Source::Map(_)),
    }
}

fn not(path: &str, end: End) -> String {
    let what = match end {
        End::Value => "is no value: name a field with text or a selector",
        End::Relation => "is no relation",
        End::Entries | End::Any => "is no list or relation",
    };
    format!("`{path}` {what}")
}
