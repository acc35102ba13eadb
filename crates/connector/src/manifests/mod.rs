//! Manifests into a snapshot: what the API server would make of them, sorted, each object once.

mod charts;
mod chosen;
mod duplicates;
mod kustomized;
mod origin;
mod place;
mod receive;
mod unbuilt;
mod write;

use std::io::ErrorKind;
use std::path::PathBuf;

use assay_model::schema::Schema;
use assay_snapshot::{ClusterName, Collection, Collector, Consistency, InputFile, Scope, Snapshot, Store};
use jiff::Timestamp;

use self::{
    origin::Origins,
    receive::{Held, Received},
    write::Writer,
};
use crate::{
    attempt::{Failed, digest_tool_aside, running_tool},
    error::CollectError,
    ingest::Ingest,
    manifest::{self, Except},
    progress::Progress,
    redact::Redactor,
};

/// Inputs that are named if none holds anything, or none is there.
const NAMED: usize = 3;

/// What to collect from manifests.
#[derive(Debug, Clone)]
pub struct ManifestRequest {
    /// Files, folders, the standard input.
    pub inputs: Vec<manifest::Input>,
    /// What to call the cluster in the store; `manifests` if nothing else is said.
    pub cluster_name: Option<String>,
    /// Patterns of what is left out of folders and archives: a name, or the end of a path.
    pub exclude: Vec<String>,
    /// Whether each pattern is meant for these inputs: one that leaves nothing out is noted then, as a mistake.
    pub wants_excluded: bool,
    /// Reports that may be in the folders from an earlier run, and are no manifests. The store is left out anyway.
    pub reports: Vec<PathBuf>,
    /// Whether to go on without the documents that can't be read. Then no kind is known to be complete.
    pub keep_going: bool,
    /// Whether there is more than what is given: resources that it has nothing of are then unknown.
    pub partial: bool,
    /// Whether inputs without any object are an error: a pipe whose other end failed looks like that.
    pub wants_objects: bool,
    /// What started the collection: a CI run's URL.
    pub job: Option<String>,
}

impl ManifestRequest {
    /// All of these, and nothing else is there; not even these need to hold anything.
    pub fn new(inputs: Vec<manifest::Input>) -> Self {
        Self {
            inputs,
            cluster_name: None,
            exclude: Vec::new(),
            wants_excluded: false,
            reports: Vec::new(),
            keep_going: false,
            partial: false,
            wants_objects: false,
            job: None,
        }
    }
}

/// Reads manifests into a snapshot: defaults filled in as the API server would, secrets taken out, objects sorted.
///
/// # Errors
/// All mistakes of the manifests at once; or the store's. An attempt is recorded then.
pub fn collect_manifests(
    request: &ManifestRequest,
    schema: &Schema,
    store: &Store,
    progress: &dyn Progress,
) -> Result<Snapshot, CollectError> {
    digest_tool_aside();
    let started = Timestamp::now();
    let cluster = ClusterName::new(request.cluster_name.as_deref().unwrap_or("manifests"))?;
    let collected = collect(request, schema, store, progress, &cluster, started);
    if let Err(error) = &collected {
        let failed = Failed {
            cluster_name: &cluster,
            started,
            cluster: assay_snapshot::Cluster::default(),
            collector: collector(request),
            resources: Vec::new(),
            tool: running_tool(),
        };
        failed.record(store, error, progress);
    }
    collected
}

fn collector(request: &ManifestRequest) -> Collector {
    Collector { job: request.job.clone(), ..Collector::default() }
}

fn collect(
    request: &ManifestRequest,
    schema: &Schema,
    store: &Store,
    progress: &dyn Progress,
    cluster: &ClusterName,
    started: Timestamp,
) -> Result<Snapshot, CollectError> {
    let absent: Vec<manifest::Input> =
        request.inputs.iter().filter(|input| is_absent(input)).cloned().collect();
    if !absent.is_empty() && !request.keep_going {
        return Err(CollectError::Absent(names(&absent).join(", ")));
    }
    let redactor = Redactor::new()?;
    let mut ingest = Ingest::begin(schema, store.begin(cluster, started)?, cluster)?;
    let own = request.reports.iter().map(PathBuf::as_path).chain([store.root()]);
    let own: Vec<PathBuf> = own.filter_map(|path| path.canonicalize().ok()).collect();
    let except = Except { patterns: &request.exclude, own: &own };
    let received = receive::receive(schema, (&request.inputs, except), &redactor);
    if let Some(errors) = received.errors.as_ref().filter(|_| !request.keep_going) {
        return Err(CollectError::Manifests(errors.clone()));
    }
    // What could not be read may be objects.
    if request.wants_objects
        && received.errors.is_none()
        && let Some(empty) = empty(&request.inputs, &received.held)
    {
        return Err(CollectError::Nothing(named(empty)));
    }
    let mut origins = Origins::new(&request.inputs);
    received.errors.iter().for_each(|errors| tell(errors, &mut origins, &mut ingest));
    for pattern in received.sources.unfit.iter().filter(|_| request.wants_excluded) {
        ingest.notes.push(format!(
            "`{pattern}` leaves nothing out: no folder or archive that was given has what is called so"
        ));
    }
    let mut writer = Writer { ingest: &mut ingest, origins: &mut origins, progress };
    writer.everything(schema, &received, request.partial)?;
    // Last, as a repository has many files that are no manifests.
    tell_skipped(&received, &mut origins, &mut ingest);
    ingest.finish(Collection {
        cluster: assay_snapshot::Cluster::default(),
        collector: collector(request),
        finished: Timestamp::now(),
        server_time: None,
        scope: Scope::default(),
        consistency: Consistency::Manifests,
        resources: Vec::new(),
        redaction: Some(Redactor::digest()),
        inputs: inputs(&received.sources.files, &mut origins),
        tool: running_tool(),
        notes: Vec::new(),
    })
}

/// All inputs, if they hold nothing; or the standard input alone: what else there is makes up for no failed pipe.
fn empty<'i>(inputs: &'i [manifest::Input], held: &[Held]) -> Option<&'i [manifest::Input]> {
    if held.is_empty() {
        return Some(inputs);
    }
    let piped = inputs.iter().position(|input| *input == manifest::Input::Stdin)?;
    let is_of_pipe = |held: &Held| held.file.starts_with(manifest::STDIN);
    if held.iter().any(is_of_pipe) { None } else { inputs.get(piped..=piped) }
}

/// Whether there is nothing where the input is said to be.
fn is_absent(input: &manifest::Input) -> bool {
    let manifest::Input::Path(path) = input else { return false };
    path.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

/// Of many names the first few, and how many more there are.
fn first(mut names: Vec<String>) -> Vec<String> {
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    names.extend((more > 0).then(|| format!("{more} more")));
    names
}

/// The inputs, as the subject of a sentence.
fn named(inputs: &[manifest::Input]) -> String {
    let names = names(inputs);
    let verb = if names.len() == 1 { "holds" } else { "hold" };
    format!("{} {verb}", names.join(", "))
}

/// What inputs are called; of many, the first few.
fn names(inputs: &[manifest::Input]) -> Vec<String> {
    let name = |input: &manifest::Input| match input {
        manifest::Input::Stdin => "the standard input".to_owned(),
        manifest::Input::Path(path) => path.display().to_string(),
    };
    first(inputs.iter().map(name).collect())
}

fn inputs(files: &[manifest::SourceFile], origins: &mut Origins) -> Vec<InputFile> {
    let inputs = files.iter().filter_map(|file| {
        Some(InputFile {
            path: origins.name(&file.path).to_string(),
            sha256: file.sha256.parse().ok()?,
            bytes: file.bytes,
            git_commit: origins.commit(&file.path),
        })
    });
    inputs.collect()
}

/// Passes on what the reader said.
fn tell(problems: &manifest::Problems, origins: &mut Origins, ingest: &mut Ingest<'_>) {
    for problem in problems.iter() {
        let file = origins.name(&problem.file);
        ingest.notes.push(manifest::Problem { file, ..problem.clone() }.to_string());
    }
    ingest.notes.dropped(problems.dropped());
}

/// Notes what was skipped.
fn tell_skipped(received: &Received, origins: &mut Origins, ingest: &mut Ingest<'_>) {
    tell(&received.sources.notes, origins, ingest);
    for (place, message) in &received.notes {
        let file = origins.name(&place.0);
        let problem = manifest::Problem { file, position: Some(place.1), message: message.clone() };
        ingest.notes.push(problem.to_string());
    }
}
