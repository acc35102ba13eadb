//! `assay evaluate`: controls over a snapshot that is there.

use std::time::Duration;

use assay_connector::is_younger;
use assay_snapshot::Snapshot;
use jiff::Timestamp;

use crate::context::Context;
use crate::duration;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::step::evaluate::EvaluateArgs;
use crate::step::gate::GateArgs;
use crate::step::schema::{self, SchemaArgs};
use crate::step::store::{self, StoreArgs};
use crate::step::until_the_end;
use crate::{output, summary};

/// Evaluate controls over a snapshot
///
/// The audit is kept beside the snapshot. The same snapshot, controls and exceptions give the same audit.
#[derive(Debug, clap::Args)]
#[command(display_order = 3, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The snapshot: its folder, its id, or the beginning of its id [default: the newest]
    #[arg(value_name = "SNAPSHOT")]
    snapshot: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    schema: SchemaArgs,
    #[command(flatten)]
    evaluate: EvaluateArgs,
    #[command(flatten)]
    gate: GateArgs,

    /// Refuse a snapshot that is older, such as 24h: an audit of last month is no audit of now
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    max_age: Option<Duration>,
}

const EXAMPLES: &str = "\
Examples:
  assay evaluate                                the newest snapshot of the store
  assay evaluate 20260131 --controls ./controls
  assay evaluate --select rbac/ --fail-on high";

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let (schema, plan) = self.evaluate.load(&self.schema, context);
        let schema = until_the_end(schema?);
        let store = self.store.open(context)?;
        let plan = until_the_end(plan?);
        let evaluation = until_the_end(plan.prepare(schema)?);
        let gate = self.gate.prepare(&store, context)?;
        let snapshot = store::snapshot(&store, self.snapshot.as_deref(), context)?;
        self.check_age(&snapshot)?;
        schema::fits(schema, &snapshot)?;
        let (audit, files) = evaluation.evaluate(&snapshot, context)?;
        output::print(&summary::summary(audit, evaluation.exceptions()))?;
        output::print(&format!("Audit: {}\n", files.dir().display()))?;
        gate.map_or(Ok(Exit::Success), |gate| gate.decide(audit, &plan.library))
    }

    fn check_age(&self, snapshot: &Snapshot) -> Result<(), Failure> {
        if self.max_age.is_none_or(|max_age| is_younger(snapshot, max_age, Timestamp::now())) {
            return Ok(());
        }
        let (id, started) = (&snapshot.manifest.snapshot, snapshot.manifest.started);
        let help = "make a new one with `assay collect`, or allow a higher --max-age";
        Err(Failure::with_help(format!("snapshot {id} is too old: it was begun at {started}"), help))
    }
}
