//! Collecting: from manifests if any are named, else from a cluster.

use std::path::PathBuf;

use assay_connector::{
    ClusterRequest, ManifestRequest, collect_cluster, collect_manifests, manifest, running_tool,
};
use assay_model::schema::Schema;
use assay_snapshot::{Snapshot, Store};

use crate::context::Context;
use crate::failure::{Failure, internal};
use crate::progress::Line;

/// What to do if a cluster cannot be read.
const CLUSTER_HELP: &str =
    "name a cluster with `--kubeconfig` or `--context`, or manifests: `assay audit deploy/`";

/// What to collect.
#[derive(Debug, clap::Args)]
pub(crate) struct CollectArgs {
    /// Manifests: files, folders, or - for the standard input; without any, a cluster is read
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

    /// What the cluster is called in the store [default: the context, or the uid of kube-system; manifests]
    #[arg(long, value_name = "NAME", help_heading = "Source")]
    cluster_name: Option<String>,

    /// Go on without the documents that cannot be read; what they may hold is then unknown
    #[arg(long, help_heading = "Source")]
    keep_going: bool,

    /// What started this, for the snapshot's record: a CI run's URL
    #[arg(long, value_name = "TEXT", env = "ASSAY_JOB", help_heading = "Source")]
    job: Option<String>,
}

impl CollectArgs {
    /// Reads this path before all others.
    pub(crate) fn put_path_first(&mut self, path: String) {
        self.paths.insert(0, path);
    }

    /// Whether the standard input is taken for manifests.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.paths.iter().any(|path| path == "-")
    }

    /// Makes a snapshot.
    pub(crate) fn collect(
        &self,
        schema: &Schema,
        store: &Store,
        context: &Context,
    ) -> Result<Snapshot, Failure> {
        let progress = Line::new(context.quiet);
        let cluster_name = self.cluster_name.clone().or_else(|| context.config.cluster_name.clone());
        if self.paths.is_empty() {
            return self.collect_cluster(cluster_name, schema, store, &progress);
        }
        let request = ManifestRequest {
            inputs: self.paths.iter().map(|path| input(path)).collect(),
            cluster_name,
            keep_going: self.keep_going,
            job: self.job.clone(),
            tool: running_tool(),
        };
        Ok(collect_manifests(&request, schema, store, &progress)?)
    }

    fn collect_cluster(
        &self,
        cluster_name: Option<String>,
        schema: &Schema,
        store: &Store,
        progress: &Line,
    ) -> Result<Snapshot, Failure> {
        let request = ClusterRequest {
            kubeconfig: self.kubeconfig.clone(),
            context: self.context.clone(),
            cluster_name,
            impersonate_user: self.impersonate.clone(),
            impersonate_groups: self.impersonate_groups.clone(),
            job: self.job.clone(),
            ..ClusterRequest::default()
        };
        // One thread: what takes time is the API server, and the rows of a page are made while the next arrives.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let collected = runtime.map_err(internal)?.block_on(async {
            tokio::select! {
                collected = collect_cluster(&request, schema, store, progress) => collected.map_err(Failure::from),
                _ = tokio::signal::ctrl_c() => Err(Failure::new("interrupted: nothing was kept")),
            }
        });
        collected.map_err(|failure| failure.advise(CLUSTER_HELP))
    }
}

fn input(path: &str) -> manifest::Input {
    match path {
        "-" => manifest::Input::Stdin,
        path => manifest::Input::Path(path.into()),
    }
}

/// The asset model.
pub(crate) fn schema() -> Result<Schema, Failure> {
    Schema::built_in().map_err(internal)
}
