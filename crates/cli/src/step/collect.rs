//! Collecting: from manifests if any are named, else from a cluster.

use std::path::{Path, PathBuf};
use std::time::Duration;

use assay_connector::{
    AccessReport, ClusterRequest, CollectError, ManifestRequest, check_access, collect_cluster_until,
    collect_manifests, manifest, recent_snapshot,
};
use assay_model::schema::Schema;
use assay_snapshot::{Snapshot, Store};

use super::{interrupt, report};
use crate::context::Context;
use crate::duration;
use crate::failure::{Failure, internal};
use crate::progress::Line;

/// What to do if no cluster is configured, or none is there.
const CLUSTER_HELP: &str =
    "name a cluster with `--kubeconfig` or `--context`, or manifests: `assay audit deploy/`";

/// What to collect.
#[derive(Debug, clap::Args)]
pub(crate) struct CollectArgs {
    /// Manifests, dumps or support bundles: files, folders, tar or gzip archives, or - for the standard input; without any, a cluster is read
    #[arg(value_name = "PATH")]
    paths: Vec<String>,

    /// The kubeconfig [default: $KUBECONFIG, ~/.kube/config, or the pod's own service account]
    #[arg(long, value_name = "FILE", help_heading = "Source", conflicts_with = "paths")]
    kubeconfig: Option<PathBuf>,

    /// The kubeconfig's context
    #[arg(long, value_name = "NAME", help_heading = "Source", conflicts_with = "paths")]
    context: Option<String>,

    /// The user to act as
    #[arg(long = "as", value_name = "USER", help_heading = "Source", conflicts_with = "paths")]
    impersonate: Option<String>,

    /// A group to act as a member of; may be repeated
    #[arg(long = "as-group", value_name = "GROUP", help_heading = "Source", requires = "impersonate")]
    impersonate_groups: Vec<String>,

    /// Only what is in these namespaces, and what is in none; may be repeated [default: all]
    #[arg(
        short,
        long = "namespace",
        value_name = "NAME,…",
        value_delimiter = ',',
        help_heading = "Source",
        conflicts_with = "paths"
    )]
    namespaces: Vec<String>,

    /// All namespaces, whatever the configuration says
    #[arg(short = 'A', long, help_heading = "Source", conflicts_with_all = ["namespaces", "paths"])]
    all_namespaces: bool,

    /// The revision to read (a list's resourceVersion), while the API server still has it [default: the present]
    #[arg(long, value_name = "REVISION", help_heading = "Source", conflicts_with = "paths")]
    revision: Option<String>,

    /// Also ask each node's kubelet for its configuration, which takes the permission to get nodes/proxy
    #[arg(long, help_heading = "Source", conflicts_with = "paths")]
    kubelet_config: bool,

    /// How long the API server may be silent, such as 30s; a page that takes longer is asked for in smaller ones
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "90s",
        value_parser = duration::parse,
        help_heading = "Source"
    )]
    request_timeout: Duration,

    /// What the cluster is called in the store [default: the context, or the uid of kube-system; manifests]
    #[arg(long, value_name = "NAME", help_heading = "Source")]
    cluster_name: Option<String>,

    /// Go on without the documents that cannot be read; what they may hold is then unknown
    #[arg(long, help_heading = "Source")]
    keep_going: bool,

    /// Leave these out of folders and archives: a name, or the end of a path, such as `charts`, `deploy/dev` or
    /// `values*.yaml`; may be repeated
    #[arg(long, value_name = "PATTERN", help_heading = "Source", requires = "paths")]
    exclude: Vec<String>,

    /// The folder of reports, where it is another than the configuration's.
    #[arg(skip)]
    reports: Option<PathBuf>,

    /// There is more than these manifests: resources they have nothing of are unknown, not empty
    #[arg(long, help_heading = "Source", requires = "paths")]
    partial: bool,

    /// What started this, for the snapshot's record: a CI run's URL
    #[arg(long, value_name = "TEXT", env = "ASSAY_JOB", help_heading = "Source")]
    job: Option<String>,
}

impl CollectArgs {
    /// Reads this path before all others.
    pub(crate) fn put_path_first(&mut self, path: String) {
        self.paths.insert(0, path);
    }

    /// Reports that are written to this folder are no manifests.
    pub(crate) fn write_reports_to(&mut self, folder: &Path) {
        self.reports = Some(folder.to_owned());
    }

    /// Whether the standard input is taken for manifests.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.paths.iter().any(|path| path == "-")
    }

    /// What the command line says to read, if it says so: manifests, or a cluster.
    pub(crate) fn named(&self) -> Option<&'static str> {
        let cluster = self.kubeconfig.is_some()
            || self.context.is_some()
            || self.impersonate.is_some()
            || !self.namespaces.is_empty()
            || self.all_namespaces
            || self.revision.is_some()
            || self.kubelet_config;
        match (self.paths.is_empty(), cluster) {
            (false, _) => Some("paths mean manifests"),
            (true, true) => Some("other flags are about a live cluster"),
            (true, false) => None,
        }
    }

    /// Makes a snapshot.
    pub(crate) fn collect(
        &self,
        schema: &Schema,
        store: &Store,
        context: &Context,
    ) -> Result<Snapshot, Failure> {
        let progress = Line::new(context.quiet);
        if self.paths.is_empty() {
            return self.collect_cluster(schema, store, context, &progress);
        }
        tracing::info!("reading manifests");
        let request = ManifestRequest {
            inputs: self.paths.iter().map(|path| input(path)).collect(),
            cluster_name: self.cluster_name(context),
            wants_excluded: !self.exclude.is_empty(),
            exclude: if self.exclude.is_empty() { &context.config.exclude } else { &self.exclude }.clone(),
            reports: report::files(&self.reports.clone().unwrap_or_else(|| report::folder(context))),
            keep_going: self.keep_going,
            partial: self.partial,
            wants_objects: true,
            job: self.job.clone(),
        };
        Ok(collect_manifests(&request, schema, store, &progress)?)
    }

    /// What the cluster is called in the store, if anything says so.
    pub(crate) fn cluster_name(&self, context: &Context) -> Option<String> {
        self.cluster_name.clone().or_else(|| context.config.cluster_name.clone())
    }

    /// The cluster that is meant, if no manifests are.
    pub(crate) fn cluster(&self, context: &Context) -> ClusterRequest {
        ClusterRequest {
            kubeconfig: self.kubeconfig.clone(),
            context: self.context.clone(),
            cluster_name: self.cluster_name(context),
            impersonate_user: self.impersonate.clone(),
            impersonate_groups: self.impersonate_groups.clone(),
            namespaces: self.namespaces(context),
            revision: self.revision.clone(),
            kubelet_config: self.kubelet_config,
            timeout: self.request_timeout,
            job: self.job.clone(),
            ..ClusterRequest::default()
        }
    }

    fn namespaces(&self, context: &Context) -> Vec<String> {
        if self.namespaces.is_empty() && !self.all_namespaces {
            context.config.namespaces.clone()
        } else {
            self.namespaces.clone()
        }
    }

    fn collect_cluster(
        &self,
        schema: &Schema,
        store: &Store,
        context: &Context,
        progress: &Line,
    ) -> Result<Snapshot, Failure> {
        tracing::info!("reading the cluster");
        let request = self.cluster(context);
        let collected = collect_cluster_until(interrupt::interrupted(), &request, schema, store, progress);
        interrupt::told(|| wait_for(collected))
    }

    /// The newest snapshot of the cluster, if it is no older than this.
    pub(crate) fn recent(
        &self,
        store: &Store,
        max_age: Duration,
        context: &Context,
    ) -> Result<Option<Snapshot>, Failure> {
        if !self.paths.is_empty() || self.revision.is_some() {
            let help = "leave out --max-age";
            return Err(Failure::with_help("manifests, and a revision, are read whatever there is", help));
        }
        wait_for(recent_snapshot(&self.cluster(context), store, max_age))
    }

    /// Finds out what could be read.
    pub(crate) fn check_access(&self, schema: &Schema, context: &Context) -> Result<AccessReport, Failure> {
        tracing::info!("asking what can be read");
        let (request, progress) = (self.cluster(context), Line::new(context.quiet));
        wait_for(check_access(&request, schema, &progress))
    }
}

/// Waits for what talks to a cluster.
fn wait_for<T>(work: impl Future<Output = Result<T, CollectError>>) -> Result<T, Failure> {
    // One thread: what takes time is the API server, and the rows of a page are made while the next arrives.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let done = runtime.map_err(internal)?.block_on(work);
    done.map_err(|error| match error {
        CollectError::Configuration(_) | CollectError::Unreachable(_) => {
            Failure::from(error).advise(CLUSTER_HELP)
        }
        error => Failure::from(error),
    })
}

fn input(path: &str) -> manifest::Input {
    match path {
        "-" => manifest::Input::Stdin,
        path => manifest::Input::Path(path.into()),
    }
}
