//! `assay audit`: all in one.

use std::time::Duration;

use assay_connector::digest_tool_aside;
use assay_evaluator::SnapshotEvidence;
use assay_model::schema::Schema;
use assay_reporter::Report;
use assay_snapshot::{Snapshot, Store};

use crate::context::Context;
use crate::duration;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::step::collect::CollectArgs;
use crate::step::evaluate::EvaluateArgs;
use crate::step::gate::GateArgs;
use crate::step::report::ReportArgs;
use crate::step::schema::{self, SchemaArgs};
use crate::step::store::StoreArgs;
use crate::step::until_the_end;
use crate::{output, summary};

/// Collect, evaluate and report
///
/// Reads a cluster or manifests into a snapshot, evaluates controls over it, writes reports and prints what a
/// person should look at first. The snapshot and the audit stay in the store.
#[derive(Debug, clap::Args)]
#[command(display_order = 1, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    collect: CollectArgs,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    schema: SchemaArgs,
    #[command(flatten)]
    evaluate: EvaluateArgs,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    gate: GateArgs,

    /// Take the newest snapshot of the cluster if it is no older, such as 6h, in place of collecting
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, help_heading = "Source")]
    max_age: Option<Duration>,
}

const EXAMPLES: &str = "\
Examples:
  assay audit                                      the cluster of the current context
  assay audit --context prod --out reports/prod
  assay audit --max-age 6h                         with the snapshot of this morning, if there is one
  assay audit deploy/ extra.yaml                   manifests: folders and files
  helm template ./chart | assay audit -            what a chart renders
  assay audit bundle.tar.gz                        a support bundle, or an archive of manifests
  assay audit . --exclude charts --exclude 'values*.yaml'
  assay audit --partial dump/                      a dump that lacks kinds: those are unknown
  assay audit --select 'cis-kubernetes-1.12:5.2.*' deploy/
  assay audit --exceptions exceptions.yaml --fail-on high deploy/
  assay audit --fail-on low --baseline last-month/audit.json   only new findings count";

impl Args {
    pub(crate) fn run(mut self, context: &Context) -> Result<Exit, Failure> {
        digest_tool_aside();
        let (schema, plan) = self.evaluate.load(&self.schema, context);
        let schema = until_the_end(schema?);
        let store = self.store.open(context)?;
        let plan = until_the_end(plan?);
        let evaluation = until_the_end(plan.prepare(schema)?);
        let gate = self.gate.prepare(&store, context)?;
        let reports = self.report.prepare(context)?;
        if reports.is_stdout() {
            let help = "name a folder; `assay report --out -` prints one report";
            return Err(Failure::with_help("the standard output is for the summary", help));
        }
        self.collect.write_reports_to(reports.folder());
        let snapshot = self.snapshot(schema, &store, context)?;
        schema::fits(schema, &snapshot)?;
        let (audit, _) = evaluation.evaluate(&snapshot, context)?;
        let evidence = SnapshotEvidence::new(&snapshot);
        let report =
            Report { audit, library: &plan.library, evidence: &evidence, options: reports.options.clone() };
        let written = reports.write(&report)?;
        output::print(&summary::summary(audit, evaluation.exceptions()))?;
        output::print(&summary::places(&snapshot, &written))?;
        gate.map_or(Ok(Exit::Success), |gate| gate.decide(audit, &plan.library))
    }

    /// A snapshot that is young enough, else a new one.
    fn snapshot(&self, schema: &Schema, store: &Store, context: &Context) -> Result<Snapshot, Failure> {
        if let Some(max_age) = self.max_age
            && let Some(recent) = self.collect.recent(store, max_age, context)?
        {
            output::tell(&format!("note: not collected anew: {} is young enough", recent.dir().display()));
            return Ok(recent);
        }
        self.collect.collect(schema, store, context)
    }
}
