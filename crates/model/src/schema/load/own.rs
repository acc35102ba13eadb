//! What a user's own types may be.

use std::collections::{BTreeMap, BTreeSet};

use super::SCALARS;
use super::mistake::Wrong;
use crate::schema::{Source, TypeDef, is_built_in, root_field};

/// Names of the schema for editors, which stand beside those of types.
const EDITOR: &[&str] = &["Query", "JSON", "Long", "Operand", "Scope"];

/// Whether a user's type can be one beside those of the model.
pub(super) fn check(def: &TypeDef, known: &BTreeMap<String, TypeDef>, names: &Names) -> Result<(), Wrong> {
    let name = &def.name;
    let wrong = |message: String| Err(Wrong::new(name, message));
    let rename = format!("give it another name, and say `kind: \"{name}\"` in @asset");
    if let Some(other) = known.get(name) {
        let whose = if other.own { "there is a type" } else { "assay has a type" };
        return Err(Wrong::new(name, format!("{whose} of that name already")).help(rename));
    }
    if let Some(taken) = names.taken(name) {
        return Err(Wrong::new(name, taken).help(rename));
    }
    if def.derived.is_some() || def.fields.iter().any(|field| matches!(field.source, Source::Derived(_))) {
        return wrong("only assay's own types are derived: use @path, @defined or @alias".to_owned());
    }
    let is_asset = def.interfaces.iter().any(|interface| interface == "Asset");
    let Some(own) = &def.resource else {
        return match is_asset && !def.is_interface {
            true => wrong("an asset is read from a resource: add @asset(…)".to_owned()),
            false => Ok(()),
        };
    };
    if own.group.is_empty() || own.version.is_empty() || own.plural.is_empty() || own.plural == "*" {
        return wrong("@asset needs `group`, `version` and `resource`".to_owned());
    }
    if let Some(part) = [&own.group, &own.plural].into_iter().find(|part| !is_dns(part)) {
        return wrong(format!(
            "`{part}` is no name of a group or resource: they have lower-case letters, digits, `-` and `.`"
        ));
    }
    let groups = own.formerly.iter().map(|(group, _)| group).chain([&own.group]);
    if let Some(group) = groups.into_iter().find(|group| is_built_in(group)) {
        return wrong(format!("kinds of the group `{group}` have types of assay's own"));
    }
    if !is_asset {
        return wrong(format!("write `type {name} implements Asset @asset(…)`"));
    }
    Ok(())
}

/// Whether it is a name as the API's URLs have them, which is a name for a table's file, too.
pub(in crate::schema) fn is_dns(name: &str) -> bool {
    let within = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    name.bytes().all(within) && name.starts_with(|c: char| c.is_ascii_alphanumeric()) && !name.contains("..")
}

/// The names of types, and those that are made of them.
#[derive(Debug, Default)]
pub(in crate::schema) struct Names {
    types: BTreeSet<String>,
    /// The type of each root field.
    roots: BTreeMap<String, String>,
}

impl Names {
    pub(in crate::schema) fn of<'n>(types: impl Iterator<Item = &'n str>) -> Self {
        let mut names = Self::default();
        types.for_each(|name| names.add(name));
        names
    }

    pub(super) fn add(&mut self, name: &str) {
        self.types.insert(name.to_owned());
        self.roots.insert(root_field(name), name.to_owned());
    }

    /// The first of these names that nothing else has, else the last with a number; it is taken then.
    pub(in crate::schema) fn free<const N: usize>(&mut self, wanted: [String; N]) -> String {
        let is_free = |name: &String| !self.types.contains(name) && self.taken(name).is_none();
        let last = wanted.last().cloned().unwrap_or_default();
        let numbered = (2..u32::MAX).map(|number| format!("{last}{number}"));
        let name = wanted.into_iter().chain(numbered).find(is_free).unwrap_or(last);
        self.add(&name);
        name
    }

    /// What else has the name, or a name that would be made of it.
    fn taken(&self, name: &str) -> Option<String> {
        if SCALARS.iter().any(|(scalar, _)| *scalar == name) || EDITOR.contains(&name) {
            return Some("that is a word of the language".to_owned());
        }
        let of = ["ListFilter", "Filter"].iter().filter_map(|suffix| name.strip_suffix(suffix));
        if let Some(of) = of.into_iter().find(|of| self.types.contains(*of)) {
            return Some(format!("conditions on `{of}` are called so"));
        }
        let conditions = [format!("{name}Filter"), format!("{name}ListFilter")];
        if let Some(other) = conditions.iter().find(|conditions| self.types.contains(*conditions)) {
            return Some(format!("conditions on it would be called `{other}`, as a type is"));
        }
        let root = root_field(name);
        let other = self.roots.get(&root)?;
        Some(format!("its root field would be `{root}`, as that of `{other}` is"))
    }
}
