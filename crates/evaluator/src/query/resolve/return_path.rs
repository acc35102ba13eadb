//! A result that stands elsewhere than the fragment: at a dot path of the query's own selections.

use assay_model::schema::{Schema, TypeDef};

use super::super::{Picked, Root, Selected, What};

/// Moves the result to the path, whose first name is a root's.
pub(super) fn apply(schema: &Schema, roots: &mut [Root], names: &[&str], path: &str) -> Result<(), String> {
    let mut keys = path.split('.');
    let first = keys.next().unwrap_or_default();
    let keys: Vec<&str> = keys.collect();
    let mut found = false;
    for (root, name) in roots.iter_mut().zip(names) {
        clear(&mut root.selected);
        if *name == first {
            found |= mark(schema, &root.type_name, &mut root.selected, &keys);
        }
    }
    if found { Ok(()) } else { Err(format!("the query selects no assets at its return path `{path}`")) }
}

fn clear(selected: &mut Selected) {
    selected.fragment = false;
    clear_fields(&mut selected.fields);
}

fn clear_fields(fields: &mut [Picked]) {
    for picked in fields {
        match &mut picked.what {
            What::Struct(fields) => clear_fields(fields),
            What::Related { selected, .. } => clear(selected),
            _ => {}
        }
    }
}

fn mark(schema: &Schema, type_name: &str, selected: &mut Selected, keys: &[&str]) -> bool {
    if keys.is_empty() {
        selected.fragment = schema.get(type_name).is_some_and(TypeDef::is_asset);
        return selected.fragment;
    }
    mark_in(schema, &mut selected.fields, keys)
}

fn mark_in(schema: &Schema, fields: &mut [Picked], keys: &[&str]) -> bool {
    let Some((first, rest)) = keys.split_first() else { return false };
    let mut found = false;
    for picked in fields.iter_mut().filter(|picked| picked.name == *first) {
        found |= match &mut picked.what {
            What::Struct(fields) => mark_in(schema, fields, rest),
            What::Related { set, selected, .. } => mark(schema, &set.to.clone(), selected, rest),
            _ => false,
        };
    }
    found
}
