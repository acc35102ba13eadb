//! `assay verify`: whether an archive is what was written.

use std::collections::{BTreeMap, BTreeSet};

use assay_snapshot::{
    AuditRef, ClusterName, Digest, InvalidDigest, Mismatch, Snapshot, SnapshotId, SnapshotRef, Store,
};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, chain};
use crate::output::{self, GOOD, styled};
use crate::progress::Working;
use crate::step::store::{self, StoreArgs};

/// Prove that no byte of a snapshot and its audits changed
///
/// Exits with 2 if anything differs from what was written. What was written is taken from the folder's own lists of
/// digests, so without `--digest` this shows only that the folder is consistent: who changes the manifest and its
/// `.sha256` together is not noticed. `assay collect` prints the digest to archive elsewhere. It covers the snapshot;
/// audits are compared with their own lists.
#[derive(Debug, clap::Args)]
#[command(display_order = 6, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The snapshot: its folder, its id, or the beginning of its id [default: the newest]
    #[arg(value_name = "SNAPSHOT")]
    snapshot: Option<String>,
    #[command(flatten)]
    store: StoreArgs,

    /// Every snapshot of the store, and that each has the digest that a later one of its cluster recorded, if one did
    #[arg(long, conflicts_with_all = ["snapshot", "digest"])]
    all: bool,

    /// The digest that the snapshot must have, as `assay collect` printed it: sha256:…
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    digest: Option<Digest>,
}

const EXAMPLES: &str = "\
Examples:
  assay verify                                  the newest snapshot of the store
  assay verify 20260131 --store /var/lib/assay
  assay verify --all                            every snapshot, and that none that a later one names was replaced
  assay collect | tee /archive/today            the folder and the digest
  assay verify --digest \"$(tail -1 /archive/today)\"";

fn digest(text: &str) -> Result<Digest, String> {
    text.strip_prefix("sha256:").unwrap_or(text).parse().map_err(|error: InvalidDigest| error.to_string())
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let store = self.store.open(context)?;
        if self.all {
            return all(&store, context);
        }
        let snapshot = store::snapshot(&store, self.snapshot.as_deref(), context)?;
        let working = verifying(&snapshot, context);
        let mut mismatches: Vec<String> = told("", snapshot.verify());
        let found = snapshot.digest();
        if let Some(wanted) = self.digest.filter(|wanted| *wanted != found) {
            mismatches
                .push(format!("the snapshot's digest is sha256:{found}, sha256:{wanted} was to be there"));
        }
        let (audits, differing) = audits(&snapshot);
        drop(working);
        mismatches.extend(differing);
        if !mismatches.is_empty() {
            let message = format!("{} is not what was written", snapshot.dir().display());
            return Err(differs(message, mismatches));
        }
        output::print(&format!("{}sha256:{}\n", intact(&snapshot, audits), snapshot.digest()))?;
        Ok(Exit::Success)
    }
}

/// Verifies a whole store. What one snapshot recorded of the one before it shows that nobody put another in its place;
/// of collections that overlapped, the next may have recorded one alone.
fn all(store: &Store, context: &Context) -> Result<Exit, Failure> {
    let found = store.folders(None)?;
    if found.is_empty() {
        return Err(Failure::new(format!("there is no snapshot in {}", store.root().display())));
    }
    let mut mismatches = Vec::new();
    let mut digests: BTreeMap<(ClusterName, SnapshotId), Digest> = BTreeMap::new();
    let mut named: BTreeSet<(ClusterName, SnapshotId)> = BTreeSet::new();
    for found in &found {
        let of = |mismatch: String| format!("{}: {mismatch}", found.id);
        let snapshot = match found.open() {
            Ok(snapshot) => snapshot,
            Err(error) => {
                mismatches.push(of(chain(&error)));
                continue;
            }
        };
        let before = mismatches.len();
        let working = verifying(&snapshot, context);
        let (audits, differing) = audits(&snapshot);
        mismatches.extend(told("", snapshot.verify()).into_iter().chain(differing).map(of));
        drop(working);
        let key = |id: &SnapshotId| (found.cluster.clone(), id.clone());
        if let Some(previous) = &snapshot.manifest.previous {
            named.insert(key(&previous.snapshot));
            match digests.get(&key(&previous.snapshot)) {
                Some(digest) if *digest == previous.digest => {}
                Some(_) => mismatches.push(of(format!("{} had another digest then", previous.snapshot))),
                None => {
                    output::warn(&of(format!("{}, the one before it, cannot be seen", previous.snapshot)))
                }
            }
        }
        digests.insert(key(&snapshot.manifest.snapshot), snapshot.digest());
        if mismatches.len() == before {
            output::print(&intact(&snapshot, audits))?;
        }
    }
    warn_of_unnamed(&found, &named);
    if mismatches.is_empty() {
        return Ok(Exit::Success);
    }
    Err(differs(format!("{} is not what was written", store.root().display()), mismatches))
}

/// Says of which snapshots nobody can say whether they were replaced, though there are later ones.
fn warn_of_unnamed(found: &[SnapshotRef], named: &BTreeSet<(ClusterName, SnapshotId)>) {
    let newest: BTreeMap<&ClusterName, &SnapshotId> =
        found.iter().map(|one| (&one.cluster, &one.id)).collect();
    for one in found {
        let is_newest = newest.get(&one.cluster) == Some(&&one.id);
        if !is_newest && !named.contains(&(one.cluster.clone(), one.id.clone())) {
            let what = "is named by no later snapshot: that nobody put another in its place cannot be seen";
            output::warn(&format!("{} {what}", one.id));
        }
    }
}

fn verifying(snapshot: &Snapshot, context: &Context) -> Working {
    Working::new(context.quiet, &format!("verifying snapshot {}", snapshot.manifest.snapshot))
}

fn differs(message: String, lines: Vec<String>) -> Failure {
    Failure::Lines { message, lines, help: Some("restore it from where it was archived".to_owned()) }
}

/// How many audits a snapshot has, and what differs in them.
fn audits(snapshot: &Snapshot) -> (usize, Vec<String>) {
    match snapshot.audits() {
        Ok(audits) => {
            let differing = |audit: &AuditRef| told(&format!("audits/{}/", audit.id()), audit.verify());
            (audits.len(), audits.iter().flat_map(differing).collect())
        }
        Err(error) => (0, vec![chain(&error)]),
    }
}

fn intact(snapshot: &Snapshot, audits: usize) -> String {
    let files = output::count(snapshot.manifest.files.len() as u64, "file");
    let audits = output::count(audits as u64, "audit");
    format!("{} {}, {files}, {audits}\n", styled(GOOD, "Intact:"), snapshot.dir().display())
}

fn told(folder: &str, checked: Result<(), Vec<Mismatch>>) -> Vec<String> {
    let mismatches = checked.err().unwrap_or_default();
    mismatches.iter().map(|mismatch| format!("{folder}{mismatch}")).collect()
}
