//! `assay report`: reports of an audit that is there.

use assay_audit::Audit;
use assay_controls::Library;
use assay_evaluator::SnapshotEvidence;
use assay_reporter::Report;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::step::controls::LibraryArgs;
use crate::step::report::ReportArgs;
use crate::step::store::{self, StoreArgs};

/// Write reports of an audit
///
/// Prints the files it wrote; with `--out -` the report itself.
#[derive(Debug, clap::Args)]
#[command(display_order = 4, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The audit: its folder, its id, a JSON report, or a snapshot [default: that of the newest snapshot]
    #[arg(value_name = "AUDIT")]
    audit: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    library: LibraryArgs,
    #[command(flatten)]
    report: ReportArgs,
}

const EXAMPLES: &str = "\
Examples:
  assay report --format html,sarif
  assay report 20260131 --format json --out - | jq .summary";

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let reports = self.report.prepare(context)?;
        let library = self.library.load(context)?;
        let stored = store::audit(&self.store.open(context)?, self.audit.as_deref(), context)?;
        warn_of_changes(&stored.audit, &library);
        let evidence = SnapshotEvidence::new(&stored.snapshot);
        let (audit, options) = (&stored.audit, reports.options.clone());
        let report = Report { audit, library: &library, evidence: &evidence, options };
        if reports.is_stdout() {
            reports.print(&report)?;
            return Ok(Exit::Success);
        }
        let written = reports.write(&report)?;
        let lines = written.iter().map(|path| format!("{}\n", path.display()));
        output::print(&lines.collect::<String>())?;
        Ok(Exit::Success)
    }
}

/// A report quotes the controls of today; the audit keeps the texts that were evaluated.
fn warn_of_changes(audit: &Audit, library: &Library) {
    for control in &audit.controls {
        match library.get(&control.id) {
            Some(known) if known.digest == control.digest => {}
            Some(_) => {
                output::warn(&format!("control `{}` has another text than when it was evaluated", control.id))
            }
            None => output::warn(&format!(
                "control `{}` is not there: name its folder with `--controls`",
                control.id
            )),
        }
    }
}
