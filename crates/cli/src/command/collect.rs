//! `assay collect`: a snapshot, and no more.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::step::collect::{CollectArgs, schema};
use crate::step::store::StoreArgs;

/// Read a cluster or manifests into a snapshot
///
/// Prints the snapshot's folder and digest. Secrets are taken out before anything is written.
#[derive(Debug, clap::Args)]
#[command(display_order = 2, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    collect: CollectArgs,
    #[command(flatten)]
    store: StoreArgs,
}

const EXAMPLES: &str = "\
Examples:
  assay collect --context prod --store /var/lib/assay
  assay collect deploy/ && assay evaluate && assay report --format html";

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let store = self.store.open(context)?;
        let snapshot = self.collect.collect(&schema()?, &store, context)?;
        output::print(&format!("{}\nsha256:{}\n", snapshot.dir().display(), snapshot.digest()))?;
        Ok(Exit::Success)
    }
}
