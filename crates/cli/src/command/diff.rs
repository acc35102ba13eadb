//! `assay diff`: what changed from one audit to another.

use clap::ValueEnum;

use assay_audit::compare::Comparison;
use assay_model::visible::visible_json;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, internal};
use crate::progress::Working;
use crate::step::compare::compare;
use crate::step::controls::{LibraryArgs, renamed};
use crate::step::store::{self, StoreArgs};
use crate::{changes, output};

/// Compare two audits: new, worsened, resolved, gone, and what cannot be told
///
/// A finding counts as resolved only if it was examined again and passed. Of two JSON reports whose snapshots are not
/// in the store, no results tell that: what the later one lacks is not found again.
#[derive(Debug, clap::Args)]
#[command(display_order = 5, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The earlier audit: its folder, its id, a JSON report, or a snapshot
    #[arg(value_name = "OLD")]
    old: String,
    /// The later audit
    #[arg(value_name = "NEW")]
    new: String,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    library: LibraryArgs,

    /// How to print it
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    output: Output,
}

/// How to print a comparison.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Output {
    /// For people
    Text,
    /// For programs
    Json,
}

const EXAMPLES: &str = "\
Examples:
  assay diff 20260131 20260228
  assay diff last-month/audit.json assay-report/audit.json -o json";

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let store = self.store.open(context)?;
        let library = self.library.load(context)?;
        let working = Working::new(context.quiet, "comparing two audits");
        let old = store::found(&store, &self.old, context)?;
        let new = store::found(&store, &self.new, context)?;
        let comparison = compare(&old, &new, &|former| renamed(&library, former))?;
        drop(working);
        output::print(&match self.output {
            Output::Text => changes::describe(&comparison),
            Output::Json => json(&comparison)?,
        })?;
        Ok(Exit::Success)
    }
}

fn json(comparison: &Comparison) -> Result<String, Failure> {
    let json = serde_json::to_string_pretty(comparison).map_err(internal)?;
    Ok(visible_json(&json).into_owned() + "\n")
}
