//! What a user's own types may be.

use std::collections::BTreeMap;

use crate::schema::{Source, TypeDef, is_built_in};

/// Whether a user's type can be one beside those of the model.
pub(super) fn check(def: &TypeDef, known: &BTreeMap<String, TypeDef>) -> Result<(), String> {
    let name = &def.name;
    if known.contains_key(name) {
        return Err(format!(
            "{name}: there is a type of that name: give this one another, and say `kind: \"{name}\"` in @asset"
        ));
    }
    if def.derived.is_some() || def.fields.iter().any(|field| matches!(field.source, Source::Derived(_))) {
        return Err(format!("{name}: only assay's own types are derived: use @path, @defined or @alias"));
    }
    let Some(own) = &def.resource else { return Ok(()) };
    if own.group.is_empty() || own.version.is_empty() || own.plural.is_empty() {
        return Err(format!("{name}: @asset needs `group`, `version` and `resource`"));
    }
    let groups = own.formerly.iter().map(|(group, _)| group).chain([&own.group]);
    if let Some(group) = groups.into_iter().find(|group| is_built_in(group)) {
        return Err(format!("{name}: kinds of the group `{group}` have types of assay's own"));
    }
    if !def.interfaces.iter().any(|interface| interface == "Asset") {
        return Err(format!("{name}: write `type {name} implements Asset @asset(…)`"));
    }
    Ok(())
}
