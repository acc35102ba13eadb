//! `assay sql`: a check as a statement for another engine.

use std::path::Path;

use assay_controls::{Check, Control};
use assay_evaluator::Error;
use assay_evaluator::data::Data;
use assay_evaluator::query::Bindings;
use assay_evaluator::sql::{Dialect, Sources, Unlowered, derive, lower};
use assay_model::schema::TableId;
use assay_snapshot::{Snapshot, Store};
use jiff::Timestamp;

use crate::context::Context;
use crate::diagnostics::Located;
use crate::exit::Exit;
use crate::failure::{Failure, internal};
use crate::output;
use crate::progress::Working;
use crate::step::controls::LibraryArgs;
use crate::step::evaluate::as_of;
use crate::step::schema::{self, SchemaArgs};
use crate::step::store::{self, StoreArgs};

/// Print a check as one SQL statement over the store's Parquet files
///
/// The statement gives control, check, cluster, snapshot, asset and outcome for every snapshot of the store. What it
/// reads besides the snapshots' own tables is derived from them first, and kept under `derived/` beside them, which takes
/// write access to the store. To a statement that is kept, a snapshot that is collected later is unknown until this runs
/// again.
#[derive(Debug, clap::Args)]
#[command(display_order = 9, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The check: a control's id, followed by `/` and the check's name if the control has several
    #[arg(value_name = "CHECK")]
    check: String,

    /// The engine that is to run it
    #[arg(long, value_enum, default_value = "duckdb", value_name = "ENGINE")]
    dialect: Engine,

    /// Only this snapshot: its folder, its id, or the beginning of its id
    #[arg(long, value_name = "SNAPSHOT")]
    snapshot: Option<String>,

    /// The time that ages are counted from, such as 2026-01-31 [default: each snapshot's own]
    #[arg(long, value_name = "TIME", value_parser = as_of)]
    as_of: Option<Timestamp>,

    #[command(flatten)]
    library: LibraryArgs,
    #[command(flatten)]
    schema: SchemaArgs,
    #[command(flatten)]
    store: StoreArgs,
}

const EXAMPLES: &str = "\
Examples:
  assay sql pod-host-network | duckdb
  assay sql pod-host-network --dialect spark > check.sql
  assay sql pod-host-network --snapshot 20260131";

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Engine {
    /// DuckDB 1.3 or newer
    Duckdb,
    /// Spark 3.4 or newer
    Spark,
}

/// What to do where nothing can be written beside a snapshot.
const WRITE_HELP: &str = "what a statement reads is kept under `derived/` in each snapshot, which takes room and write \
                          access to the store; copy a store that is read-only, and name the copy with `--store`";

impl Engine {
    fn dialect(self) -> Dialect {
        match self {
            Self::Duckdb => Dialect::DuckDb,
            Self::Spark => Dialect::Spark,
        }
    }
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let schema = self.schema.load(context)?;
        let library = self.library.load(context)?;
        let (control, check) = find(library.controls(), &self.check)?;
        let store = self.store.open(context)?;
        let (folder, snapshots) = self.snapshots(&store, context)?;
        snapshots.iter().try_for_each(|snapshot| schema::fits(&schema, snapshot))?;
        let lists = context.config.lists();
        let newest = snapshots.iter().map(|snapshot| snapshot.manifest.started).max();
        let as_of = self.as_of.or(newest).unwrap_or(Timestamp::UNIX_EPOCH);
        let bindings = Bindings { as_of, lists: &lists, variables: &Default::default() };
        let opened: Vec<Data<'_>> = snapshots.iter().map(|snapshot| Data::open(&schema, snapshot)).collect();
        // One that can't be read tells so where what the statement needs is derived.
        let is_stored = |table: TableId| opened.iter().all(|data| data.stores(table).unwrap_or(false));
        let sources = Sources { folder: &folder, is_stored: &is_stored, as_of: self.as_of };
        let lowered = lower(&schema, control, check, &bindings, self.dialect.dialect(), &sources);
        let lowered = lowered.map_err(|error| refused(error, control))?;
        let of = output::count(opened.len() as u64, "snapshot");
        let working = Working::new(context.quiet, &format!("deriving what the statement reads from {of}"));
        for data in &opened {
            derive(data, &lowered.needs).map_err(not_derived)?;
        }
        drop(working);
        output::print(&lowered.text)?;
        Ok(Exit::Success)
    }

    /// The snapshots, and the pattern of their folders.
    fn snapshots(&self, store: &Store, context: &Context) -> Result<(String, Vec<Snapshot>), Failure> {
        if let Some(wanted) = &self.snapshot {
            let snapshot = store.find(wanted)?;
            return Ok((shown(snapshot.dir()), vec![snapshot]));
        }
        // Tells what to do where there is none.
        store::snapshot(store, None, context)?;
        let found = store.snapshots(None)?;
        let opened = found.iter().map(|found| found.open()).collect::<Result<_, _>>()?;
        Ok((format!("{}/*/*", shown(store.root())), opened))
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// The control and the check that `control` or `control/check` names.
fn find<'c>(controls: &'c [Control], wanted: &str) -> Result<(&'c Control, &'c Check), Failure> {
    let (id, slug) = wanted.split_once('/').map_or((wanted, None), |(id, slug)| (id, Some(slug)));
    let control = controls.iter().find(|control| control.id.as_str() == id).ok_or_else(|| {
        Failure::with_help(format!("there is no control `{id}`"), "`assay controls list` lists them")
    })?;
    let slugs: Vec<String> = control.checks.iter().map(|check| format!("{id}/{}", check.slug)).collect();
    let help = format!("there is: {}", slugs.join(", "));
    match (slug, control.checks.as_slice()) {
        (_, []) => Err(Failure::new(format!("control `{id}` is manual: it has no checks"))),
        (None, [only]) => Ok((control, only)),
        (None, _) => Err(Failure::with_help(format!("control `{id}` has several checks"), help)),
        (Some(slug), checks) => {
            let check = checks.iter().find(|check| check.slug.as_str() == slug);
            let check = check
                .ok_or_else(|| Failure::with_help(format!("control `{id}` has no check `{slug}`"), help))?;
            Ok((control, check))
        }
    }
}

/// What a statement reads besides the snapshots is written to their folders: a store that may not be written is no
/// mistake of ours.
fn not_derived(error: Error) -> Failure {
    match error {
        Error::Snapshot(error) => Failure::from(error).advise(WRITE_HELP),
        error => internal(error),
    }
}

fn refused(error: Unlowered, control: &Control) -> Failure {
    match error {
        Unlowered::Mistakes(mistakes) => Failure::Located(Located::in_checks(mistakes, &[control])),
        Unlowered::Unsupported(why) => Failure::new(why),
    }
}
