//! What was received, resource by resource, each object where it belongs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assay_model::{coverage::ReadStatus, schema::Schema};

use super::{
    chosen::{self, Chosen},
    duplicates::{self, Replaced},
    first,
    origin::Origins,
    place::{self, Placed},
    receive::{Held, Received},
    unbuilt::{Unbuilt, Unclear},
};
use crate::{
    error::CollectError,
    ingest::{self, Ingest, Outcome, Sources},
    kinds::{self, ListedResource},
    manifest::{Position, Unread},
    progress::Progress,
};

/// What becomes of an object that is there twice where a kustomization is.
const UNCLEAR: &str =
    "a kustomization makes one of them, so what it is is unknown: audit what `kubectl kustomize` makes";

/// Why a resource is unknown where what is given is only a part.
const NOT_GIVEN: &str = "none is among what was given, which is only a part (--partial)";

/// Writes objects, and says of each resource what became of it.
pub(super) struct Writer<'w, 's> {
    pub(super) ingest: &'w mut Ingest<'s>,
    pub(super) origins: &'w mut Origins,
    pub(super) progress: &'w dyn Progress,
}

impl Writer<'_, '_> {
    /// Writes everything that was received; `partial` if there is more than that.
    pub(super) fn everything(
        &mut self,
        schema: &Schema,
        received: &Received,
        partial: bool,
    ) -> Result<(), CollectError> {
        let mut placed = place::place(schema, &received.held, &received.scopes);
        let unbuilt = Unbuilt::new(received, self.origins);
        placed.retain(|one| match unbuilt.parts.get(&one.index) {
            Some(kustomization) => {
                self.note_part(&received.held, one, kustomization);
                false
            }
            None => true,
        });
        let (placed, replaced) = duplicates::keep_last(placed, &received.held);
        let is_built = received.sources.is_kustomized;
        let mut unclear = self.unclear(&received.held, &replaced, is_built);
        unclear.extend(unbuilt.unclear);
        for replaced in &replaced {
            self.note_replaced(&received.held, replaced, unclear.get(&replaced.later));
        }
        let by_resource = by_resource(schema, placed);
        unbuilt.incomplete.values().for_each(|why| self.ingest.notes.push(why.clone()));
        let incomplete = match &received.errors {
            Some(_) => Some("some documents could not be read: see the notes"),
            None => unbuilt.incomplete.values().next().map(String::as_str),
        };
        let unread = unread_versions(schema, &by_resource);
        self.progress.resources(by_resource.len());
        for (resource, placed) in by_resource {
            let unread =
                unread.get(&resource).cloned().or_else(|| self.unread_of_bundle(&resource, received));
            let generated =
                unbuilt.generated.get(resource.kind.as_str()).filter(|_| resource.group.is_empty());
            let generated = generated.map(String::as_str);
            let outcome = match unread.as_deref().or(incomplete).or(generated) {
                Some(reason) => Outcome::new(&resource, ReadStatus::Failed).because(reason),
                None if partial && placed.is_empty() => {
                    Outcome::new(&resource, ReadStatus::Excluded).because(NOT_GIVEN)
                }
                None => Outcome::listed(&resource),
            };
            self.resource(&resource, outcome, placed, (&received.held, &unclear))?;
        }
        // Of kinds that nothing is said of, some may be custom.
        let unread = received.sources.unread.iter().find(|(unread, _)| !matches!(unread, Unread::Called(_)));
        let others = match (incomplete.map(str::to_owned), unread) {
            (Some(reason), _) => Some((ReadStatus::Failed, reason)),
            (None, Some((unread, file))) => Some((ReadStatus::Failed, self.why_unread(unread, file))),
            (None, None) => partial.then(|| (ReadStatus::Excluded, NOT_GIVEN.to_owned())),
        };
        if let Some((status, reason)) = others {
            self.ingest.record(Outcome::new(&ListedResource::any(), status).because(reason));
        }
        // There is such a table even if there is no object.
        self.ingest.sources(Sources::default())
    }

    /// Why a support bundle lacks some of a resource, if it says so.
    fn unread_of_bundle(&mut self, resource: &ListedResource, received: &Received) -> Option<String> {
        let mut unread = received.sources.unread.iter();
        let ListedResource { group, plural, namespaced, .. } = resource;
        let (unread, file) =
            unread.find(|(unread, _)| unread.covers(group, plural, *namespaced != Some(false)))?;
        Some(self.why_unread(unread, file))
    }

    fn why_unread(&mut self, unread: &Unread, file: &str) -> String {
        let why = match unread {
            Unread::Namespace(name) => {
                format!("namespace {name} was left out when the bundle was made, for want of rights")
            }
            _ => "not all of them could be listed when the bundle was made".to_owned(),
        };
        format!("{why}: see {}", self.origins.name(file))
    }

    fn resource(
        &mut self,
        resource: &ListedResource,
        mut outcome: Outcome,
        placed: Vec<Placed>,
        (held, unclear): (&[Held], &Unclear),
    ) -> Result<(), CollectError> {
        let name = resource.name();
        self.progress.started(&name);
        let mut notes = Vec::new();
        let named = duplicates::sorted(placed, held);
        let chosen = named.iter().filter_map(|named| {
            let held = held.get(named.index)?;
            Some(Chosen {
                named,
                held,
                file: self.origins.name(&held.file),
                unclear: unclear.get(&named.index),
            })
        });
        let chosen: Vec<Chosen<'_>> = chosen.collect();
        let mut rows = self.ingest.resource(resource);
        rows.push_all(
            &chosen::portions(&chosen),
            |portion| chosen::take(portion, resource),
            |portion, wrong| {
                for (one, wrong) in portion.iter().zip(wrong) {
                    outcome.unreadable += u64::from(wrong.is_some() || one.unclear.is_some());
                    notes.extend(wrong.map(|wrong| one.unreadable(resource, &wrong)));
                }
            },
        )?;
        outcome.read.count = rows.finish()?;
        self.progress.finished(&name, outcome.read.status, outcome.read.count);
        self.ingest.record(outcome);
        notes.into_iter().for_each(|note| self.ingest.notes.push(note));
        Ok(())
    }

    /// Of the objects that take others' places, those of which nobody can say what they are.
    fn unclear(&mut self, held: &[Held], replaced: &[Replaced], is_built: bool) -> Unclear {
        let at_odds = replaced.iter().filter(|replaced| duplicates::are_at_odds(replaced, held, is_built));
        if is_built {
            return at_odds.map(|replaced| (replaced.later, UNCLEAR.to_owned())).collect();
        }
        let mut versions: BTreeMap<usize, BTreeSet<Arc<str>>> = BTreeMap::new();
        for replaced in at_odds {
            let both = [replaced.earlier.index, replaced.later];
            let files = both.iter().filter_map(|index| Some(self.origins.name(&held.get(*index)?.file)));
            versions.entry(replaced.later).or_default().extend(files);
        }
        let reason = |files: BTreeSet<Arc<str>>| {
            let places = first(duplicates::apart(&files));
            format!(
                "{} have it differently: audit each by itself, with a `--cluster-name` of its own",
                places.join(" and ")
            )
        };
        versions.into_iter().map(|(later, files)| (later, reason(files))).collect()
    }

    fn note_replaced(&mut self, held: &[Held], replaced: &Replaced, unclear: Option<&String>) {
        let earlier = &replaced.earlier;
        let (from, to) = (self.place(held, earlier.index), self.place(held, replaced.later));
        let what = format!("{} {}", earlier.resource.kind, earlier.key());
        let counts = "that one counts, as it would for kubectl apply";
        let then = unclear.map_or(counts, String::as_str);
        self.ingest.notes.push(format!("{from}: {what} is there again at {to}; {then}"));
    }

    fn note_part(&mut self, held: &[Held], part: &Placed, kustomization: &str) {
        let place = self.place(held, part.index);
        let what = format!("{} {}", part.resource.kind, part.key());
        let note = format!("{place}: {what} is a patch that {kustomization} names, and no object of its own");
        self.ingest.notes.push(note);
    }

    fn place(&mut self, held: &[Held], index: usize) -> String {
        let Some(held) = held.get(index) else { return String::new() };
        let Position { line, column } = held.positions.get("");
        format!("{}:{line}:{column}", self.origins.name(&held.file))
    }
}

/// The objects by resource; every resource of the model is there, since what is given is all there is.
fn by_resource(schema: &Schema, placed: Vec<Placed>) -> BTreeMap<Arc<ListedResource>, Vec<Placed>> {
    let known = kinds::modelled(schema).into_iter().filter(|resource| !ingest::is_cluster(resource));
    let mut by_resource: BTreeMap<_, Vec<_>> =
        known.map(|resource| (Arc::new(resource), Vec::new())).collect();
    for one in placed {
        by_resource.entry(Arc::clone(&one.resource)).or_default().push(one);
    }
    by_resource
}

/// Resources of the model of which some objects are in a version that the model can't read, and the reason.
fn unread_versions(
    schema: &Schema,
    found: &BTreeMap<Arc<ListedResource>, Vec<Placed>>,
) -> BTreeMap<ListedResource, String> {
    let of_known = |resource: &ListedResource| {
        let def = schema.typed(&resource.group, &resource.kind)?;
        def.resource.as_ref().map(ListedResource::modelled)
    };
    let mut unread = BTreeMap::new();
    for (resource, placed) in found.iter().filter(|(resource, _)| resource.model(schema).is_none()) {
        if let Some(known) = of_known(resource) {
            let reason = format!(
                "{} of {} in version {}, which is not read: write {}",
                placed.len(),
                resource.name(),
                resource.version,
                known.api_version()
            );
            unread.insert(known, reason);
        }
    }
    unread
}
