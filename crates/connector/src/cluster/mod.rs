//! A cluster into a snapshot: everything that its API server lists, as of one revision.

mod access;
mod ahead;
mod api;
mod config;
mod discovery;
mod form;
mod gather;
mod identity;
mod kubelet;
mod list;
mod listed;
mod login;
mod meant;
mod page;
mod paging;
mod place;
mod plan;
mod plugin;
mod protobuf;
mod proxy;
mod retry;
mod revision;
mod sink;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};

use assay_model::schema::Schema;
use assay_snapshot::{Cluster, ClusterName, Collection, Collector, ResourceRead, Scope, Snapshot, Store};
use jiff::Timestamp;

pub(crate) use self::kubelet::resource as kubelet_resource;
pub use self::{
    access::{Access, AccessReport, check_access},
    meant::{is_younger, recent_snapshot},
};
use self::{
    api::Api,
    discovery::Discovery,
    gather::Gather,
    list::{Broken, Lister},
    place::Place,
    plan::Step,
    revision::Revision,
};
use crate::{
    attempt::{Failed, digest_tool_aside, running_tool},
    error::CollectError,
    ingest::Ingest,
    kinds::ListedResource,
    progress::Progress,
    redact::Redactor,
};

/// How often a collection begins again because the server dropped its revision.
const RESTARTS: u32 = 3;

/// What to collect from a cluster, and as whom.
#[derive(Debug, Clone)]
pub struct ClusterRequest {
    /// The kubeconfig; if none, `$KUBECONFIG`, `~/.kube/config`, or the service account of the pod we are in.
    pub kubeconfig: Option<PathBuf>,
    /// The context; if none, the current one.
    pub context: Option<String>,
    /// What to call the cluster in the store; if none, the context's name, or the uid of `kube-system`.
    pub cluster_name: Option<String>,
    /// Whom to act as.
    pub impersonate_user: Option<String>,
    /// Which groups to act as a member of; only with a user.
    pub impersonate_groups: Vec<String>,
    /// The only namespaces to read; all if there are none.
    pub namespaces: Vec<String>,
    /// The revision to read, which the server must still have; if none, the present one.
    pub revision: Option<String>,
    /// Whether to ask each node's kubelet for its configuration.
    pub kubelet_config: bool,
    /// How many objects to ask for at a time, at most.
    pub page_size: u32,
    /// How many pages a list may have before it is taken for one without an end.
    pub most_pages: u64,
    /// How long the server may be silent, or away.
    pub timeout: Duration,
    /// What started the collection: a CI run's URL, a Kubernetes Job's name.
    pub job: Option<String>,
}

impl Default for ClusterRequest {
    fn default() -> Self {
        Self {
            kubeconfig: None,
            context: None,
            cluster_name: None,
            impersonate_user: None,
            impersonate_groups: Vec::new(),
            namespaces: Vec::new(),
            revision: None,
            kubelet_config: false,
            page_size: 500,
            most_pages: 100_000,
            timeout: Duration::from_secs(90),
            job: None,
        }
    }
}

/// Reads a cluster into a snapshot: each resource that can be listed, as of one revision, without its secrets. What
/// may not be read is recorded as such, and is no error.
///
/// # Errors
/// If no cluster is configured or reached, if it is another than the one known by its name, if the server drops
/// revisions faster than they can be read, or if the store can't be written. An attempt is recorded, unless there is
/// no name for the cluster yet.
pub async fn collect_cluster(
    request: &ClusterRequest,
    schema: &Schema,
    store: &Store,
    progress: &dyn Progress,
) -> Result<Snapshot, CollectError> {
    collect_cluster_until(std::future::pending(), request, schema, store, progress).await
}

/// As [`collect_cluster`], unless it is stopped before it ends: then nothing is kept but a record of the attempt.
///
/// # Errors
/// As [`collect_cluster`], or if it is stopped.
pub async fn collect_cluster_until(
    stop: impl Future<Output = ()>,
    request: &ClusterRequest,
    schema: &Schema,
    store: &Store,
    progress: &dyn Progress,
) -> Result<Snapshot, CollectError> {
    digest_tool_aside();
    let mut run = Run {
        request,
        schema,
        store,
        progress,
        started: Timestamp::now(),
        // What the user calls it; the kubeconfig may know a name too.
        name: request
            .cluster_name
            .as_deref()
            .or(request.context.as_deref())
            .map(ClusterName::new)
            .transpose()?,
        cluster: Cluster::default(),
        collector: Collector { job: request.job.clone(), ..Collector::default() },
        resources: Vec::new(),
    };
    let collected = tokio::select! {
        collected = run.collect() => collected,
        () = stop => Err(CollectError::Incomplete("interrupted: nothing was kept".to_owned())),
    };
    if let (Err(error), Some(name)) = (&collected, &run.name) {
        let failed = Failed {
            cluster_name: name,
            started: run.started,
            cluster: run.cluster,
            collector: run.collector,
            resources: run.resources,
            tool: running_tool(),
        };
        failed.record(store, error, progress);
    }
    collected
}

/// A collection, and what it has found out so far.
struct Run<'r> {
    request: &'r ClusterRequest,
    schema: &'r Schema,
    store: &'r Store,
    progress: &'r dyn Progress,
    started: Timestamp,
    name: Option<ClusterName>,
    cluster: Cluster,
    collector: Collector,
    resources: Vec<ResourceRead>,
}

/// What is to be read.
#[derive(Clone, Copy)]
struct What<'w> {
    steps: &'w BTreeMap<ListedResource, Step>,
    /// The only namespaces to read; all if there are none.
    namespaces: &'w [String],
}

impl Run<'_> {
    async fn collect(&mut self) -> Result<Snapshot, CollectError> {
        let target = config::find(self.request).await?;
        if self.name.is_none() {
            self.name = target.context.as_deref().map(ClusterName::new).transpose()?;
        }
        self.cluster.url = Some(target.url.clone());
        self.cluster.ca_fingerprint = target.ca;
        self.collector.impersonated = target.impersonated.clone();
        let api = Api::new(&target.login, self.progress, self.request.timeout);
        self.cluster = identity::cluster(&api, &target).await?;
        api.learn().await;
        self.collector.user = identity::user(&api).await;
        let name = self.known_name()?;
        if let Some(uid) = &self.cluster.uid {
            self.store.check_identity(&name, uid)?;
        }
        let namespaces = Self::namespaces(self.request, &api, &target.url).await?;
        let steps =
            plan::plan(self.schema, &Self::discover(&api, &target.url).await?, self.request.kubelet_config);
        let user = self.collector.user.as_ref().map(|user| user.username.clone());
        let lister = Lister {
            api: &api,
            redactor: &Redactor::new()?,
            progress: self.progress,
            page_size: self.request.page_size,
            most_pages: self.request.most_pages,
            user: user.unwrap_or_else(|| "the collecting user".to_owned()),
        };
        let what = What { steps: &steps, namespaces: &namespaces };
        self.until_consistent(&name, &lister, &target.url, what).await
    }

    /// The namespaces to read, in the order of keys (`a-b/` before `a/`).
    async fn namespaces(
        request: &ClusterRequest,
        api: &Api<'_>,
        url: &str,
    ) -> Result<Vec<String>, CollectError> {
        let mut namespaces = request.namespaces.clone();
        namespaces.sort_by_key(|name| format!("{name}/"));
        namespaces.dedup();
        for name in &namespaces {
            identity::namespace(api, url, name).await?;
        }
        Ok(namespaces)
    }

    fn known_name(&mut self) -> Result<ClusterName, CollectError> {
        if self.name.is_none() {
            self.name = self.cluster.uid.as_deref().map(ClusterName::new).transpose()?;
        }
        self.name.clone().ok_or_else(|| {
            let message = "what is the cluster called? There is no context, and namespace kube-system may not be \
                           read: give --cluster-name";
            CollectError::Request(message.to_owned())
        })
    }

    async fn discover(api: &Api<'_>, url: &str) -> Result<Discovery, CollectError> {
        discovery::discover(api).await.map_err(|failed| match failed {
            discovery::Failed::NoAnswer(failure) => identity::unreachable(url, &failure),
            discovery::Failed::Refused(reply) => CollectError::Refused(format!(
                "the API server at {url} does not tell what it serves ({}): the user needs the ClusterRole \
                 system:discovery",
                reply.describe()
            )),
        })
    }

    async fn until_consistent(
        &mut self,
        name: &ClusterName,
        lister: &Lister<'_>,
        url: &str,
        what: What<'_>,
    ) -> Result<Snapshot, CollectError> {
        let mut unsorted = BTreeSet::new();
        let mut expired = 0;
        loop {
            let revision = self.revision(lister.api, url, what).await?;
            let mut ingest = Ingest::begin(self.schema, self.store.begin(name, self.started)?, name)?;
            let mut gather = Gather::new(
                self.schema,
                lister,
                url,
                what.steps,
                revision.as_ref(),
                what.namespaces,
                &mut unsorted,
            );
            match gather.everything(&mut ingest).await {
                Ok(_) if self.is_logged_out(lister.api, url).await? => {
                    self.resources = gather::reads(&ingest);
                    return Err(identity::logged_out(url));
                }
                Ok(consistency) => {
                    return ingest.finish(self.collection(lister.api, what, consistency));
                }
                Err(Broken::Unsorted) => {
                    self.progress.note("a list did not come sorted: beginning again, sorting it here");
                }
                Err(Broken::Expired) if expired < RESTARTS && self.request.revision.is_none() => {
                    expired += 1;
                    self.progress.note("the API server dropped the revision: beginning again at a newer one");
                }
                Err(broken) => {
                    self.resources = gather::reads(&ingest);
                    return Err(match (broken, &self.request.revision) {
                        (Broken::Fatal(error), _) => error,
                        (_, Some(revision)) => gather::gone(revision),
                        _ => gather::expired(expired + 1),
                    });
                }
            }
        }
    }

    async fn is_logged_out(&self, api: &Api<'_>, url: &str) -> Result<bool, CollectError> {
        api.is_logged_out().await.map_err(|failure| identity::unreachable(url, &failure))
    }

    async fn revision(
        &self,
        api: &Api<'_>,
        url: &str,
        what: What<'_>,
    ) -> Result<Option<Revision>, CollectError> {
        let listed = what.steps.iter().filter(|(_, step)| **step == Step::List).map(|(resource, _)| resource);
        let mut candidates: Vec<_> = listed.filter(|one| one.model(self.schema).is_some()).collect();
        candidates.sort_by_key(|one| one.kind != "Namespace");
        let lists = candidates.into_iter().filter_map(|resource| {
            let place = Place::all(resource, what.namespaces).into_iter().next()?;
            Some(place.path(resource))
        });
        let now = Revision::now(api, lists).await.map_err(|failure| identity::unreachable(url, &failure))?;
        match (now, &self.request.revision) {
            (Some(now), Some(wanted)) => now.earlier(wanted).map(Some),
            (None, Some(wanted)) => Err(CollectError::Request(format!(
                "revision {wanted} cannot be read: no list that may be read tells a revision"
            ))),
            (now, None) => Ok(now),
        }
    }

    fn collection(
        &self,
        api: &Api<'_>,
        what: What<'_>,
        consistency: assay_snapshot::Consistency,
    ) -> Collection {
        Collection {
            cluster: self.cluster.clone(),
            collector: self.collector.clone(),
            finished: Timestamp::now(),
            server_time: api.server_time(),
            scope: Scope {
                namespaces: what.namespaces.to_vec(),
                excluded_resources: plan::excluded(what.steps),
                ..Scope::default()
            },
            consistency,
            resources: Vec::new(),
            redaction: Some(Redactor::digest()),
            inputs: Vec::new(),
            tool: running_tool(),
            notes: Vec::new(),
        }
    }
}
