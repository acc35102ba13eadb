//! All resources, at one revision.

use std::collections::{BTreeMap, BTreeSet};

use assay_model::{coverage::ReadStatus, schema::Schema};
use assay_snapshot::{Apart, Consistency, ResourceRead};

use super::{
    identity, kubelet,
    list::{Broken, How, Lister},
    listed::{Listed, Strayed},
    place::Place,
    plan::Step,
    revision::Revision,
};
use crate::{
    error::CollectError,
    ingest::{Ingest, Outcome},
    kinds::{self, ListedResource},
};

/// Fills one snapshot.
pub(super) struct Gather<'g> {
    schema: &'g Schema,
    lister: &'g Lister<'g>,
    url: &'g str,
    steps: &'g BTreeMap<ListedResource, Step>,
    revision: Option<&'g Revision>,
    /// The only namespaces to read; all if there are none.
    namespaces: &'g [String],
    /// Resources that do not come sorted.
    unsorted: &'g mut BTreeSet<ListedResource>,
    /// Of each group that another server may keep, why it has revisions of its own, if it has.
    foreign: BTreeMap<String, Option<String>>,
    apart: Vec<Apart>,
    ignored: Option<String>,
}

impl<'g> Gather<'g> {
    pub(super) fn new(
        schema: &'g Schema,
        lister: &'g Lister<'g>,
        url: &'g str,
        steps: &'g BTreeMap<ListedResource, Step>,
        revision: Option<&'g Revision>,
        namespaces: &'g [String],
        unsorted: &'g mut BTreeSet<ListedResource>,
    ) -> Self {
        Self {
            schema,
            lister,
            url,
            steps,
            revision,
            namespaces,
            unsorted,
            foreign: BTreeMap::new(),
            apart: Vec::new(),
            ignored: None,
        }
    }

    /// Reads everything; says how consistent it is.
    pub(super) async fn everything(&mut self, ingest: &mut Ingest<'_>) -> Result<Consistency, Broken> {
        let progress = self.lister.progress;
        progress.resources(self.steps.len());
        for (resource, step) in self.steps {
            progress.started(&resource.name());
            let outcomes = match step {
                Step::List => self.one(ingest, resource).await?,
                Step::Kubelets => vec![self.kubelets(ingest, resource).await?],
                Step::Skip(status, reason) => {
                    // Its tables stay empty, and are there all the same.
                    if resource.model(self.schema).is_some() {
                        ingest.resource(resource).finish()?;
                    }
                    vec![Outcome::new(resource, *status).because(reason.as_str())]
                }
            };
            let count = outcomes.iter().map(|outcome| outcome.read.count).sum();
            let worst = outcomes.iter().map(|outcome| outcome.read.status).max();
            progress.finished(&resource.name(), worst.unwrap_or(ReadStatus::Failed), count);
            outcomes.into_iter().for_each(|outcome| ingest.record(outcome));
        }
        Ok(self.consistency())
    }

    async fn kubelets(
        &mut self,
        ingest: &mut Ingest<'_>,
        resource: &ListedResource,
    ) -> Result<Outcome, Broken> {
        let listed = self.lister.kubelets(ingest, resource, self.revision).await?;
        listed.notes.into_iter().for_each(|note| ingest.notes.push(note));
        self.apart.push(Apart { resource: resource.name(), reason: kubelet::APART.to_owned() });
        Ok(listed.outcome)
    }

    async fn one(
        &mut self,
        ingest: &mut Ingest<'_>,
        resource: &ListedResource,
    ) -> Result<Vec<Outcome>, Broken> {
        let foreign = self.foreign(resource).await?;
        let pin = self.revision.filter(|_| foreign.is_none());
        let (is_apart, sort) = (foreign.is_some(), self.unsorted.contains(resource));
        let how = How { pin, is_apart, sort, namespaces: self.namespaces };
        let lists = self.lister.list(ingest, resource, how).await;
        let lists = lists.inspect_err(|broken| {
            if matches!(broken, Broken::Unsorted) {
                // A server that does not sort one of its lists sorts none: each would be a new beginning.
                let same = self.steps.keys().filter(|one| one.group == resource.group);
                self.unsorted.extend(same.cloned());
            }
        })?;
        if lists.iter().any(|listed| listed.is_cut_off) {
            // One list may be too much for a server that is there; without a server there is no use in going on.
            let probe = self.lister.api.get("/version").await;
            probe.map_err(|failure| identity::unreachable(self.url, &failure))?;
        }
        let mut outcomes = Vec::new();
        let mut refused = foreign;
        for Listed { outcome, strayed, notes, .. } in lists {
            notes.into_iter().for_each(|note| ingest.notes.push(note));
            outcomes.push(outcome);
            match strayed {
                Some(Strayed::Ignored(reason)) if self.is_ours(resource) => {
                    self.ignored.get_or_insert(format!("{}: {reason}", resource.name()));
                }
                Some(Strayed::Ignored(reason) | Strayed::Refused(reason)) => refused = Some(reason),
                None => {}
            }
        }
        if let Some(reason) = refused {
            self.apart.push(Apart { resource: resource.name(), reason });
        }
        Ok(outcomes)
    }

    /// Whether the cluster's own store keeps it. Events are kept elsewhere in large clusters.
    fn is_ours(&self, resource: &ListedResource) -> bool {
        let own = resource.model(self.schema).and_then(|def| def.resource.as_ref());
        own.is_some_and(|own| own.is_built_in() && !own.excluded)
    }

    /// Why a resource can't be read at the common revision, if that shows before.
    async fn foreign(&mut self, resource: &ListedResource) -> Result<Option<String>, Broken> {
        let is_built_in = kinds::built_in(&resource.group, &resource.kind).is_some();
        let Some(revision) = self.revision.filter(|_| !is_built_in && !self.is_ours(resource)) else {
            return Ok(None);
        };
        if let Some(known) = self.foreign.get(&resource.group) {
            return Ok(known.clone());
        }
        let api = self.lister.api;
        let path = Place::all(resource, self.namespaces).first().map(|place| place.path(resource));
        let Some(path) = path else { return Ok(None) };
        let found = revision.is_foreign_to(api, &path).await;
        // If it does not answer, the list itself will tell.
        let found = found.unwrap_or_default();
        self.foreign.insert(resource.group.clone(), found.clone());
        Ok(found)
    }

    fn consistency(&mut self) -> Consistency {
        match (self.revision, self.ignored.take()) {
            (None, _) => {
                Consistency::Unpinned { reason: "no list that may be read tells a revision".to_owned() }
            }
            (Some(_), Some(reason)) => {
                let reason =
                    format!("the API server does not keep to the revision it is asked for: {reason}");
                Consistency::Unpinned { reason }
            }
            (Some(revision), None) => Consistency::Pinned {
                revision: revision.text.clone(),
                apart: std::mem::take(&mut self.apart),
            },
        }
    }
}

/// What had become of each resource.
pub(super) fn reads(ingest: &Ingest<'_>) -> Vec<ResourceRead> {
    ingest.outcomes().iter().map(|outcome| outcome.read.clone()).collect()
}

/// What to say where the revision was dropped again and again.
pub(super) fn expired(times: u32) -> CollectError {
    CollectError::Incomplete(format!(
        "the API server dropped the revision being read {times} times before everything was listed (HTTP 410): its \
         compaction interval is shorter than a collection takes; collect from nearer by, or raise \
         --etcd-compaction-interval"
    ))
}

/// What to say where the revision that was asked for is gone.
pub(super) fn gone(revision: &str) -> CollectError {
    CollectError::Incomplete(format!(
        "the API server no longer has revision {revision} (HTTP 410): it drops revisions after some minutes; collect \
         without --revision for the present one"
    ))
}
