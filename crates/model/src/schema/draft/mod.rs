//! A draft of SDL for custom resources, from the OpenAPI schemas of their definitions. Whatever a definition says is
//! somebody else's text: the draft is SDL that loads all the same.

mod definition;
mod kind;
mod property;
mod text;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use super::load::Names;
use super::{Schema, is_built_in};
use definition::Definition;
use kind::Kind;
use text::plain;

/// A draft, and what it lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// SDL with a type for each kind.
    pub sdl: String,
    /// How many kinds it has.
    pub kinds: usize,
    /// Kinds without a type in it, each with the reason.
    pub left_out: Vec<String>,
}

/// Drafts types for the kinds that CustomResourceDefinitions define and the schema has none for, in the order of
/// groups and kinds.
pub fn draft(schema: &Schema, definitions: &[Value]) -> Draft {
    let mut left_out = Vec::new();
    let mut found = Vec::new();
    for definition in definitions {
        match Definition::read(definition) {
            Ok(definition) => found.push(definition),
            Err(reason) => left_out.push(reason),
        }
    }
    found.sort_by(|a, b| (&a.group, &a.kind).cmp(&(&b.group, &b.kind)));
    let mut names = Names::of(schema.types().map(|def| def.name.as_str()));
    let (mut sdl, mut kinds) = (String::new(), 0);
    let (mut seen, mut plurals) = (BTreeSet::new(), BTreeSet::new());
    for definition in &found {
        let why_not = match schema.typed(&definition.group, &definition.kind) {
            Some(def) => Some(format!("it has the type {}", def.name)),
            None if is_built_in(&definition.group) => Some("its group has types of assay's own".to_owned()),
            None if !seen.insert((&definition.group, &definition.kind)) => {
                Some("it is defined twice".to_owned())
            }
            None if !plurals.insert((&definition.group, &definition.plural)) => {
                Some(format!("another kind is called {}, too", definition.plural))
            }
            None => None,
        };
        if let Some(why) = why_not {
            left_out.push(format!("{}: {why}", definition.shown()));
            continue;
        }
        let separator = if kinds == 0 { "" } else { "\n" };
        let _ = write!(sdl, "{separator}{}", Kind::new(schema, definition, &mut names).sdl());
        kinds += 1;
    }
    left_out.sort();
    Draft { sdl, kinds, left_out: left_out.iter().map(|line| plain(line)).collect() }
}

#[cfg(test)]
mod tests;
