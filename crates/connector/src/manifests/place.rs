//! Where an object belongs: its resource and its namespace.

use std::collections::BTreeMap;

use assay_model::schema::Schema;

use super::receive::{Held, Name, Scopes};
use crate::kinds::{self, ListedResource};

/// The namespace that kubectl puts objects into.
const DEFAULT: &str = "default";

/// An object's place.
pub(super) struct Placed {
    /// Its index among what is held.
    pub(super) index: usize,
    /// Its resource.
    pub(super) resource: ListedResource,
    /// The namespace it is in.
    pub(super) namespace: Option<String>,
    /// Its name; with a `*` after the prefix of a generated one.
    pub(super) name: String,
    /// Whether its name is generated.
    pub(super) is_generated: bool,
}

impl Placed {
    /// What rows are sorted by.
    pub(super) fn key(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// Places everything that is held.
pub(super) fn place(schema: &Schema, held: &[Held], scopes: &Scopes) -> Vec<Placed> {
    let known = kinds::modelled(schema);
    let mut placed: Vec<Placed> =
        held.iter().enumerate().map(|(index, held)| one(&known, scopes, index, held)).collect();
    unify_versions(&known, &mut placed);
    placed
}

fn one(known: &[ListedResource], scopes: &Scopes, index: usize, held: &Held) -> Placed {
    let (plural, namespaced) = resource(known, scopes, held);
    let namespace = match (namespaced, &held.namespace) {
        // The API server drops it.
        (Some(false), _) => None,
        (Some(true), None) => Some(DEFAULT.to_owned()),
        (_, namespace) => namespace.clone(),
    };
    let (name, is_generated) = match &held.name {
        Name::Given(name) => (name.clone(), false),
        Name::Generated(prefix) => (format!("{prefix}*"), true),
    };
    let resource = ListedResource {
        group: held.group.clone(),
        plural,
        version: held.version.clone(),
        kind: held.kind.clone(),
        namespaced,
    };
    Placed { index, resource, namespace, name, is_generated }
}

fn resource(known: &[ListedResource], scopes: &Scopes, held: &Held) -> (String, Option<bool>) {
    if let Some(known) = known.iter().find(|known| known.group == held.group && known.kind == held.kind) {
        return (known.plural.clone(), known.namespaced);
    }
    if let Some((plural, namespaced)) = kinds::built_in(&held.group, &held.kind) {
        return (plural.to_owned(), Some(namespaced));
    }
    match scopes.get(&(held.group.clone(), held.kind.clone())) {
        Some((plural, namespaced)) => (plural.clone(), Some(*namespaced)),
        None => (kinds::guess_plural(&held.kind), None),
    }
}

/// A kind without a type is one resource, whatever versions its objects are in; one with a type is read in its own
/// version only.
fn unify_versions(known: &[ListedResource], placed: &mut [Placed]) {
    let has_type = |resource: &ListedResource| known.iter().any(|known| known == resource);
    let mut chosen: BTreeMap<(String, String), ListedResource> = BTreeMap::new();
    for one in placed.iter().filter(|one| !has_type(&one.resource)) {
        let key = (one.resource.group.clone(), one.resource.plural.clone());
        let best = chosen.entry(key).or_insert_with(|| one.resource.clone());
        if one.resource > *best {
            *best = one.resource.clone();
        }
    }
    for one in placed.iter_mut().filter(|one| !has_type(&one.resource)) {
        let key = (one.resource.group.clone(), one.resource.plural.clone());
        if let Some(best) = chosen.get(&key) {
            one.resource = best.clone();
        }
    }
}
