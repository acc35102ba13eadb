//! One object for each identity, and an identity for each object whose name is generated.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::{place::Placed, receive::Held};

/// An object and the name that it is kept by, unlike every other's.
pub(super) struct Named {
    /// Its index among what is held.
    pub(super) index: usize,
    /// Its name.
    pub(super) name: String,
    /// Its namespace.
    pub(super) namespace: Option<String>,
}

/// An object that a later one of the same identity takes the place of.
pub(super) struct Replaced {
    /// The object.
    pub(super) earlier: Placed,
    /// The index of the later one.
    pub(super) later: usize,
}

/// Whether the two differ, and it is not known that the later one is in force. Those of one file are applied in their
/// order; of files it is not known whether they are applied together: they may be of two environments. Of what is
/// built, either may be a patch.
pub(super) fn are_at_odds(replaced: &Replaced, held: &[Held], is_built: bool) -> bool {
    let (Some(one), Some(other)) = (held.get(replaced.earlier.index), held.get(replaced.later)) else {
        return false;
    };
    let namespace = replaced.earlier.namespace.as_deref();
    let content = |held: &Held| held.packed.unpack(namespace).map(|kept| kept.object().content_hash.clone());
    (is_built || one.file != other.file) && content(one) != content(other)
}

/// Where paths part: the files, or the folders around them that differ first.
pub(super) fn apart(files: &BTreeSet<Arc<str>>) -> Vec<String> {
    let parts: Vec<Vec<&str>> = files.iter().map(|file| file.split('/').collect()).collect();
    let is_common = |depth: &usize| parts.iter().all(|path| path.get(*depth) == parts[0].get(*depth));
    let longest = parts.iter().map(Vec::len).max().unwrap_or_default();
    let common = (0..longest).take_while(is_common).count();
    let places: BTreeSet<String> =
        parts.iter().map(|path| path[..path.len().min(common + 1)].join("/")).collect();
    places.into_iter().collect()
}

/// Keeps the last object of each identity: kubectl apply would overwrite those before it.
pub(super) fn keep_last(placed: Vec<Placed>, held: &[Held]) -> (Vec<Placed>, Vec<Replaced>) {
    let mut last: HashMap<_, usize> = HashMap::new();
    for one in placed.iter().filter(|one| !one.is_generated) {
        last.insert(identity(one, held), one.index);
    }
    let later: BTreeMap<usize, usize> = placed
        .iter()
        .filter(|one| !one.is_generated)
        .filter_map(|one| Some((one.index, *last.get(&identity(one, held))?)))
        .filter(|(index, later)| index < later)
        .collect();
    let (mut kept, mut replaced) = (Vec::new(), Vec::new());
    for one in placed {
        match later.get(&one.index) {
            Some(later) => replaced.push(Replaced { earlier: one, later: *later }),
            None => kept.push(one),
        }
    }
    (kept, replaced)
}

fn identity<'p>(one: &'p Placed, held: &'p [Held]) -> (&'p str, &'p str, Option<&'p str>, &'p str) {
    let kind = held.get(one.index).map_or("", |held| &held.kind);
    (&one.resource.group, kind, one.namespace.as_deref(), &one.name)
}

/// The objects of a resource in the order of their keys. Of several with one generated name all but the first get a
/// number, by their content, so that the order of the files is of no account.
pub(super) fn sorted(placed: Vec<Placed>, held: &[Held]) -> Vec<Named> {
    let (generated, given): (Vec<_>, Vec<_>) = placed.into_iter().partition(|one| one.is_generated);
    let mut all: Vec<Named> = given.into_iter().map(named).collect();
    if !generated.is_empty() {
        add_generated(&mut all, by_content(generated, held));
    }
    all.sort_by_cached_key(|one| (key(one), held.get(one.index).map(|held| &held.kind)));
    all
}

fn add_generated(all: &mut Vec<Named>, generated: Vec<Placed>) {
    let mut taken: BTreeSet<(Option<String>, String)> =
        all.iter().map(|one| (one.namespace.clone(), one.name.clone())).collect();
    for mut one in generated {
        let prefix = one.name.clone();
        let mut number = 1;
        while !taken.insert((one.namespace.clone(), one.name.clone())) {
            number += 1;
            one.name = format!("{prefix}~{number}");
        }
        all.push(named(one));
    }
}

fn named(one: Placed) -> Named {
    Named { index: one.index, name: one.name, namespace: one.namespace }
}

fn key(one: &Named) -> String {
    match &one.namespace {
        Some(namespace) => format!("{namespace}/{}", one.name),
        None => one.name.clone(),
    }
}

fn by_content(mut generated: Vec<Placed>, held: &[Held]) -> Vec<Placed> {
    generated.sort_by_cached_key(|one| {
        let kept = held.get(one.index).and_then(|held| held.packed.unpack(one.namespace.as_deref()));
        (one.name.clone(), kept.map(|kept| kept.object().content_hash.clone()), one.index)
    });
    generated
}
