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
    let mut placed: Vec<Placed> =
        held.iter().enumerate().map(|(index, held)| one(schema, scopes, index, held)).collect();
    unify_versions(schema, &mut placed);
    placed
}

fn one(schema: &Schema, scopes: &Scopes, index: usize, held: &Held) -> Placed {
    let resource = resource(schema, scopes, held);
    let namespace = match (resource.namespaced, &held.namespace) {
        // The API server drops it.
        (Some(false), _) => None,
        (Some(true), None) => Some(DEFAULT.to_owned()),
        (_, namespace) => namespace.clone(),
    };
    let (name, is_generated) = match &held.name {
        Name::Given(name) => (name.clone(), false),
        Name::Generated(prefix) => (format!("{prefix}*"), true),
    };
    Placed { index, resource, namespace, name, is_generated }
}

/// The resource of an object: its type's own, whichever of its versions the object is written in.
fn resource(schema: &Schema, scopes: &Scopes, held: &Held) -> ListedResource {
    let typed = schema.typed(&held.group, &held.kind).and_then(|def| def.resource.as_ref());
    if let Some(own) = typed.filter(|own| own.reads(&held.group, &held.version)) {
        return ListedResource::modelled(own);
    }
    let (plural, namespaced) = match typed {
        Some(own) => (own.plural.clone(), Some(own.namespaced)),
        None => untyped(scopes, held),
    };
    ListedResource {
        group: held.group.clone(),
        plural,
        version: held.version.clone(),
        kind: held.kind.clone(),
        namespaced,
        home: held.group.clone(),
    }
}

fn untyped(scopes: &Scopes, held: &Held) -> (String, Option<bool>) {
    if let Some((plural, namespaced)) = kinds::built_in(&held.group, &held.kind) {
        return (plural.to_owned(), Some(namespaced));
    }
    match scopes.get(&(held.group.clone(), held.kind.clone())) {
        Some((plural, namespaced)) => (plural.clone(), Some(*namespaced)),
        None => (kinds::guess_plural(&held.kind), None),
    }
}

/// A kind without a type is one resource, whatever versions its objects are in.
fn unify_versions(schema: &Schema, placed: &mut [Placed]) {
    let has_type = |resource: &ListedResource| resource.model(schema).is_some();
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
