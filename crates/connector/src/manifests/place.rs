//! Where an object belongs: its resource and its namespace.

use std::collections::BTreeMap;
use std::sync::Arc;

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
    pub(super) resource: Arc<ListedResource>,
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
    let resources = resources(schema, scopes, held);
    let placed = held.iter().enumerate().filter_map(|(index, held)| {
        let resource = Arc::clone(resources.get(&Kind::of(held))?);
        Some(one(resource, index, held))
    });
    placed.collect()
}

fn one(resource: Arc<ListedResource>, index: usize, held: &Held) -> Placed {
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

/// What an object says of its resource.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Kind<'h> {
    group: &'h str,
    version: &'h str,
    kind: &'h str,
}

impl<'h> Kind<'h> {
    fn of(held: &'h Held) -> Self {
        Self { group: &held.group, version: &held.version, kind: &held.kind }
    }
}

/// The resources of all kinds of objects that there are.
fn resources<'h>(
    schema: &Schema,
    scopes: &Scopes,
    held: &'h [Held],
) -> BTreeMap<Kind<'h>, Arc<ListedResource>> {
    let mut resources = BTreeMap::new();
    for held in held {
        resources.entry(Kind::of(held)).or_insert_with(|| Arc::new(resource(schema, scopes, held)));
    }
    unify_versions(schema, &mut resources);
    resources
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
fn unify_versions(schema: &Schema, resources: &mut BTreeMap<Kind<'_>, Arc<ListedResource>>) {
    let key = |resource: &ListedResource| (resource.group.clone(), resource.plural.clone());
    let mut untyped: Vec<_> =
        resources.values_mut().filter(|resource| resource.model(schema).is_none()).collect();
    let mut chosen: BTreeMap<(String, String), Arc<ListedResource>> = BTreeMap::new();
    for resource in &untyped {
        let best = chosen.entry(key(resource)).or_insert_with(|| Arc::clone(resource));
        if **resource > *best {
            *best = Arc::clone(resource);
        }
    }
    for resource in &mut untyped {
        if let Some(best) = chosen.get(&key(resource)) {
            **resource = Arc::clone(best);
        }
    }
}
