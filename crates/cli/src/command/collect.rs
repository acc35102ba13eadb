//! `assay collect`: a snapshot, and no more.

use std::collections::BTreeSet;

use assay_connector::digest_tool_aside;
use assay_model::coverage::ReadStatus;
use assay_snapshot::{Consistency, ResourceRead, Snapshot};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::step::access;
use crate::step::collect::CollectArgs;
use crate::step::controls::LibraryArgs;
use crate::step::needs::needs;
use crate::step::schema::{self, SchemaArgs};
use crate::step::store::StoreArgs;

/// Read a cluster or manifests into a snapshot
///
/// Prints the snapshot's folder and digest. Secrets are taken out before anything is written.
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

/// Says that something could not be read: who keeps snapshots for later should know before they evaluate one.
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
        warn_of_unread(&snapshot);
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
