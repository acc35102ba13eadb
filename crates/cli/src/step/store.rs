//! The store, and what is asked of it: a snapshot, an audit.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use assay_audit::Audit;
use assay_audit::audit::SCHEMA_VERSION;
use assay_snapshot::{AuditRef, ClusterName, Error, Snapshot, Store};
use serde::Deserialize;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::shown;

/// The audit document in an audit's folder.
pub(crate) const AUDIT_FILE: &str = "audit.json";

/// The store if none is named.
const DEFAULT: &str = "assay-store";

/// How many ids an error about several audits, or snapshots, names.
const SHOWN: usize = 5;

/// Where snapshots are kept.
#[derive(Debug, clap::Args)]
pub(crate) struct StoreArgs {
    /// The folder that keeps snapshots and audits [default: assay-store]
    #[arg(long, value_name = "DIR", help_heading = "Store")]
    store: Option<PathBuf>,
}

impl StoreArgs {
    /// Whether the command line names one: a configuration says where snapshots are kept, not that one is meant.
    pub(crate) fn is_named(&self) -> bool {
        self.store.is_some()
    }

    /// The store, which need not exist yet.
    pub(crate) fn open(&self, context: &Context) -> Result<Store, Failure> {
        let named = self.store.as_ref().or(context.config.store.as_ref());
        Ok(Store::open(named.map_or(Path::new(DEFAULT), |path| path))?)
    }
}

/// The snapshot that is meant; the newest if none is named.
pub(crate) fn snapshot(store: &Store, wanted: Option<&str>, context: &Context) -> Result<Snapshot, Failure> {
    match wanted {
        Some(wanted) => Ok(store.find(wanted)?),
        None => latest(store, context.config.cluster_name.as_deref()),
    }
}

/// The newest snapshot, of a cluster if one is meant.
pub(crate) fn latest(store: &Store, cluster: Option<&str>) -> Result<Snapshot, Failure> {
    let name = cluster.map(ClusterName::new).transpose()?;
    match store.latest(name.as_ref())? {
        Some(latest) => Ok(latest.open()?),
        None => {
            let of = cluster.map(|cluster| format!(" of the cluster `{cluster}`")).unwrap_or_default();
            Err(Failure::with_help(
                format!("there is no snapshot{of} in {}", store.root().display()),
                "make one with `assay collect`, or name another store with `--store`",
            ))
        }
    }
}

/// An audit of the store, and the snapshot that it is of.
pub(crate) struct StoredAudit {
    /// The snapshot.
    pub(crate) snapshot: Snapshot,
    /// The audit's files, its results among them.
    pub(crate) files: AuditRef,
    /// The document.
    pub(crate) audit: Audit,
}

/// An audit that is compared.
pub(crate) enum FoundAudit {
    /// One of the store, with its results.
    Stored(Box<StoredAudit>),
    /// The document alone: a JSON report whose snapshot is elsewhere.
    Document(Box<Audit>),
}

impl FoundAudit {
    /// The document.
    pub(crate) fn audit(&self) -> &Audit {
        match self {
            Self::Stored(stored) => &stored.audit,
            Self::Document(audit) => audit,
        }
    }
}

impl StoredAudit {
    fn open(snapshot: Snapshot, files: AuditRef) -> Result<Self, Failure> {
        let audit = parse(&files.dir().join(AUDIT_FILE), files.open_file(AUDIT_FILE)?)?;
        Ok(Self { snapshot, files, audit })
    }
}

/// The audit that is meant by a path (an audit's folder, its document, a JSON report), by an audit's or snapshot's
/// id or the beginning of one; the newest snapshot's if none is named.
pub(crate) fn audit(store: &Store, wanted: Option<&str>, context: &Context) -> Result<StoredAudit, Failure> {
    let Some(wanted) = wanted else { return only_audit(snapshot(store, None, context)?) };
    let path = Path::new(wanted);
    if path.is_file() {
        return match of_document(store, path)? {
            FoundAudit::Stored(stored) => Ok(*stored),
            FoundAudit::Document(audit) => Err(Failure::with_help(
                format!(
                    "the results that {} was written from are not in the store: {} has no audit {} of snapshot {}",
                    path.display(),
                    store.root().display(),
                    super::evaluate::audit_id(&audit),
                    audit.snapshot.id
                ),
                "name their store with `--store`",
            )),
        };
    }
    if let Some(found) = of_folder(path)? {
        return Ok(found);
    }
    match by_id(store, wanted)? {
        Some(found) => Ok(found),
        None => only_audit(store.find(wanted).map_err(|error| {
            Failure::with_help(
                format!("there is no audit `{wanted}`: {error}"),
                "name a JSON report, an audit's folder, or the id of an audit or a snapshot",
            )
        })?),
    }
}

/// The document alone, which a JSON report is too: its snapshot may be elsewhere.
pub(crate) fn document(store: &Store, wanted: &str, context: &Context) -> Result<Audit, Failure> {
    let path = Path::new(wanted);
    if path.is_file() {
        return read(path);
    }
    audit(store, Some(wanted), context).map(|stored| stored.audit)
}

/// The audit that is meant, with its results if the store has them.
pub(crate) fn found(store: &Store, wanted: &str, context: &Context) -> Result<FoundAudit, Failure> {
    let path = Path::new(wanted);
    if path.is_file() {
        return of_document(store, path);
    }
    audit(store, Some(wanted), context).map(|stored| FoundAudit::Stored(Box::new(stored)))
}

fn read(path: &Path) -> Result<Audit, Failure> {
    let file =
        File::open(path).map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))?;
    parse(path, BufReader::new(file))
}

fn parse(path: &Path, document: impl Read) -> Result<Audit, Failure> {
    tracing::info!("reading the audit {}", shown(&path.display().to_string()));
    let audit: serde_json::Result<Audit> = serde_json::from_reader(document);
    // Documents are large: the version is read by itself where that of all failed, as of a newer assay it may.
    let version = match &audit {
        Ok(audit) => Some(audit.schema_version.clone()),
        Err(_) => version(path),
    };
    if let Some(version) = version.filter(|version| version != SCHEMA_VERSION) {
        let written = format!("{} was written by a newer assay", path.display());
        let message = format!("{written}, in version {}; this assay reads {SCHEMA_VERSION}", shown(&version));
        return Err(Failure::with_help(message, "use a newer assay"));
    }
    audit.map_err(|error| {
        // The library quotes what it finds, line ends too.
        let error = error.to_string();
        Failure::with_help(
            format!("{} is no audit: {}", path.display(), shown(&error)),
            "name a JSON report of assay, or the folder of an audit in the store",
        )
    })
}

/// The version that a document says it has, whatever its other fields are.
fn version(path: &Path) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Version {
        schema_version: String,
    }
    let version: Version = serde_json::from_reader(BufReader::new(File::open(path).ok()?)).ok()?;
    Some(version.schema_version)
}

fn only_audit(snapshot: Snapshot) -> Result<StoredAudit, Failure> {
    let mut audits = snapshot.audits()?;
    let id = snapshot.manifest.snapshot.clone();
    match (audits.pop(), audits.len()) {
        (Some(only), 0) => StoredAudit::open(snapshot, only),
        (None, _) => Err(Failure::with_help(
            format!("snapshot {id} was not evaluated yet"),
            format!("evaluate it with `assay evaluate {id}`"),
        )),
        (Some(last), _) => {
            audits.push(last);
            let ids: Vec<&str> = audits.iter().take(SHOWN).map(AuditRef::id).collect();
            Err(Failure::with_help(
                format!("snapshot {id} has {} audits: {}", audits.len(), ids.join(", ")),
                "name one of them",
            ))
        }
    }
}

/// The audit in a folder of the store.
fn of_folder(folder: &Path) -> Result<Option<StoredAudit>, Failure> {
    let absolute = folder.canonicalize().ok().filter(|path| path.join(AUDIT_FILE).is_file());
    let place = absolute.as_deref().and_then(|path| Some((path.file_name()?, path.parent()?.parent()?)));
    let Some((id, snapshot)) = place else { return Ok(None) };
    let snapshot = Snapshot::open(snapshot)?;
    let files = snapshot.audit(&id.to_string_lossy())?;
    StoredAudit::open(snapshot, files).map(Some)
}

/// The audit of the store that a document, wherever it is, was written from; the document alone if the store lacks it.
fn of_document(store: &Store, path: &Path) -> Result<FoundAudit, Failure> {
    if path.file_name().is_some_and(|name| name == AUDIT_FILE)
        && let Ok(Some(found)) = of_folder(path.parent().unwrap_or(Path::new("")))
    {
        return Ok(FoundAudit::Stored(Box::new(found)));
    }
    let audit = read(path)?;
    let found = store.find(&audit.snapshot.id).and_then(|snapshot| {
        let files = snapshot.audit(super::evaluate::audit_id(&audit))?;
        Ok((snapshot, files))
    });
    match found {
        Ok((snapshot, files)) => Ok(FoundAudit::Stored(Box::new(StoredAudit::open(snapshot, files)?))),
        Err(Error::NotFound { .. } | Error::Absent { .. }) => Ok(FoundAudit::Document(Box::new(audit))),
        Err(error) => Err(Failure::of(&error)),
    }
}

/// The audit with this id, or with an id that begins so.
fn by_id(store: &Store, wanted: &str) -> Result<Option<StoredAudit>, Failure> {
    // No audit's id begins with anything else; a snapshot's may begin with its year and day alone.
    let is_digest = wanted.len() >= 4 && wanted.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_digest {
        return Ok(None);
    }
    let snapshots = store.snapshots(None)?;
    let (mut fitting, mut only) = (Vec::new(), None);
    for found in snapshots.iter().rev() {
        if found.id.as_str().starts_with(wanted) {
            fitting.push(format!("snapshot {}", found.id));
        }
        let Ok(snapshot) = found.open() else { continue };
        for files in snapshot.audits()?.into_iter().filter(|audit| audit.id().starts_with(wanted)) {
            fitting.push(format!("audit {}", files.id()));
            only = Some((found, files));
        }
    }
    match only {
        None => Ok(None),
        Some((found, files)) if fitting.len() == 1 => StoredAudit::open(found.open()?, files).map(Some),
        Some(_) => {
            fitting.truncate(SHOWN);
            let message = format!("`{wanted}` may be any of {}", fitting.join(", "));
            Err(Failure::with_help(message, "give more of the id"))
        }
    }
}
