//! `assay collect`: a snapshot, and no more.

use std::collections::BTreeSet;

use arrow::array::{Array as _, Int64Array};
use assay_connector::digest_tool_aside;
use assay_model::coverage::ReadStatus;
use assay_snapshot::{Consistency, ResourceRead, Snapshot};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::step::access;
use crate::step::collect::CollectArgs;
use crate::step::controls::LibraryArgs;
use crate::step::needs::needs;
use crate::step::schema::{self, SchemaArgs};
use crate::step::store::StoreArgs;
use crate::{output, summary};

/// What holds all notes of a snapshot.
const MANIFEST: &str = "manifest.json";

/// Read a cluster or manifests into a snapshot
///
/// Prints the snapshot's folder and digest, and what to know of it as diagnostics. Secrets are taken out before
/// anything is written.
///
/// With `--check-access` nothing is collected: one object of each resource is asked for, and what a collection could
/// not read or would leave out is told, with the reason (a missing permission, a server that is down) and the controls
/// that need it. The exit code is then 0 if no control would be unknown for that, and 3 if some would; what no control
/// needs is told besides. Kubelets are asked with `--kubelet-config` only, so without it the controls that need their
/// configuration count as unknown.
#[derive(Debug, clap::Args)]
#[command(display_order = 2, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    collect: CollectArgs,
    #[command(flatten)]
    schema: SchemaArgs,
    #[command(flatten)]
    store: StoreArgs,

    /// Only tell what a collection could not read, and why
    #[arg(long, conflicts_with = "paths")]
    check_access: bool,
}

const EXAMPLES: &str = "\
Examples:
  assay collect --context prod --store /var/lib/assay
  assay collect --check-access --as system:serviceaccount:assay:assay
  assay collect --check-access --kubelet-config
  assay collect -n shop,shop-staging
  assay collect deploy/ && assay evaluate && assay report --format html";

/// Says what is noted, and that something could not be read: who keeps snapshots for later should know before they
/// evaluate one.
fn tell(snapshot: &Snapshot) -> Result<(), Failure> {
    let notes = summary::notes(&snapshot.manifest.collection.notes, "note:", MANIFEST);
    if !notes.is_empty() {
        output::tell(notes.trim_end());
    }
    warn_of_unread(snapshot);
    let unreadable = unreadable(snapshot)?;
    if unreadable > 0 {
        let many = output::count(unreadable, "object");
        output::warn(&format!("{many} could not be read: what needs them will be unknown"));
    }
    Ok(())
}

fn warn_of_unread(snapshot: &Snapshot) {
    let collection = &snapshot.manifest.collection;
    let is_unread = |read: &&ResourceRead| matches!(read.status, ReadStatus::Forbidden | ReadStatus::Failed);
    let unread = collection.resources.iter().filter(is_unread);
    let unread: BTreeSet<_> = unread.map(|read| (&read.group, &read.resource)).collect();
    if unread.is_empty() {
        return;
    }
    let many = output::count(unread.len() as u64, "resource");
    output::warn(&match collection.consistency {
        Consistency::Manifests => {
            format!("{many} could not be read as a whole: what needs them will be unknown")
        }
        _ => format!(
            "{many} could not be read, at least in part: `assay collect --check-access` tells which, and which \
             controls need them"
        ),
    });
}

/// How many objects' fields could not be read.
fn unreadable(snapshot: &Snapshot) -> Result<u64, Failure> {
    const COLUMN: &str = "unreadable";
    let batch = snapshot.read("collection", Some(&[COLUMN]))?;
    let numbers =
        batch.column_by_name(COLUMN).and_then(|column| column.as_any().downcast_ref::<Int64Array>());
    let sum = numbers.into_iter().flatten().flatten().sum::<i64>();
    Ok(u64::try_from(sum).unwrap_or_default())
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        if self.check_access {
            return self.check(context);
        }
        digest_tool_aside();
        let schema = self.schema.load(context)?;
        let store = self.store.open(context)?;
        let snapshot = self.collect.collect(&schema, &store, context)?;
        schema::fits(&schema, &snapshot)?;
        output::print(&format!("{}\nsha256:{}\n", snapshot.dir().display(), snapshot.digest()))?;
        tell(&snapshot)?;
        Ok(Exit::Success)
    }

    fn check(&self, context: &Context) -> Result<Exit, Failure> {
        let schema = self.schema.load(context)?;
        let needs = needs(&schema, &LibraryArgs::default(), &[], context)?;
        let report = self.collect.check_access(&schema, context)?;
        output::print(&access::table(&report, &needs))?;
        Ok(if access::unknown(&report, &needs).is_empty() { Exit::Success } else { Exit::Undecided })
    }
}
