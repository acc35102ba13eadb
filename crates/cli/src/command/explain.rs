//! `assay explain`: a control in English, and why an asset passes or fails it.

use std::fmt::Write as _;

use assay_audit::audit::Gap;
use assay_controls::{Check, Control, Expected, Lists};
use assay_evaluator::data::Data;
use assay_evaluator::query::{self, Bindings};
use assay_evaluator::{Condition, Explained, Request, evaluate, explain_query};
use assay_model::schema::Schema;
use jiff::Timestamp;
use serde_json::Value;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, internal};
use crate::output::{self, BOLD, ERROR, FAINT, GOOD, WARNING, shown, styled};
use crate::progress::Working;
use crate::step::collect::CollectArgs;
use crate::step::controls::{LibraryArgs, select};
use crate::step::evaluate::{Variables, check};
use crate::step::schema::SchemaArgs;
use crate::step::source::source;
use crate::step::store::StoreArgs;
use crate::summary;

/// How the ids of clusters begin.
const CLUSTER: &str = "assay/Cluster/";

/// Say in English what a control asks, and why an asset passes or fails it
///
/// With an asset: each condition of the checks, whether it holds for that asset, and the value that decided, for a
/// pass as well as for a failure. Paths are manifests that it is in; `--snapshot`, or `--store` alone, looks at a
/// snapshot of the store; without any of them, the cluster of the current context is read.
#[derive(Debug, clap::Args)]
#[command(display_order = 7, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The control's id
    #[arg(value_name = "CONTROL")]
    control: String,

    /// The asset: its id, or the end of it (Deployment/shop/web); without, only the control is explained
    #[arg(value_name = "ASSET")]
    asset: Option<String>,
    #[command(flatten)]
    collect: CollectArgs,

    /// Look at a snapshot of the store: its id, or the beginning of it; the newest without, and with --store alone
    #[arg(long, value_name = "SNAPSHOT", num_args = 0..=1, default_missing_value = "", help_heading = "Source")]
    snapshot: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    schema: SchemaArgs,
    #[command(flatten)]
    library: LibraryArgs,
}

const EXAMPLES: &str = "\
Examples:
  assay explain container-privileged
  assay explain container-privileged DaemonSet/platform/node-agent deploy/
  assay explain k8s-namespaces-without-network-policies Namespace//shop --snapshot";

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let schema = self.schema.load(context)?;
        let library = self.library.load(context)?;
        let controls = select(&library, std::slice::from_ref(&self.control))?;
        let lists = context.config.lists();
        check(&schema, &controls, &lists, &Variables::new())?;
        let folder = tempfile::tempdir().map_err(internal)?;
        let stored = (&self.store, self.snapshot.as_deref());
        let snapshot = || source(&self.collect, stored, &schema, folder.path(), context);
        let snapshot = self.asset.is_some().then(snapshot).transpose()?;
        let working = snapshot.as_ref().map(|snapshot| {
            Working::new(context.quiet, &format!("asking snapshot {}", snapshot.manifest.snapshot))
        });
        let mut text = String::new();
        let mut found = false;
        for control in controls {
            let as_of = snapshot.as_ref().map_or(Timestamp::UNIX_EPOCH, |snapshot| snapshot.manifest.started);
            let bindings = Bindings { as_of, lists: &lists, variables: &control.variables };
            match (&snapshot, &self.asset) {
                (Some(snapshot), Some(asset)) => {
                    let data = Data::open(&schema, snapshot);
                    found |= explain_asset(&data, control, asset, bindings, &mut text)?
                        || explain_result(&data, control, asset, &lists, &mut text)?;
                }
                _ => explain(&schema, control, bindings, &mut text)?,
            }
        }
        drop(working);
        output::print(&text)?;
        match &self.asset {
            Some(asset) if !found => Err(Failure::with_help(
                format!("no check of `{}` examines an asset `{asset}`", self.control),
                "name it by its id, as `assay query` prints it with `-o wide`, or by the end of its id",
            )),
            _ => Ok(Exit::Success),
        }
    }
}

fn heading(control: &Control, check: &Check, text: &mut String) {
    let name = styled(FAINT, format!("{}/{}", control.id, check.slug));
    let _ = writeln!(text, "{}  {name}", styled(BOLD, shown(&check.title)));
}

fn resolved(schema: &Schema, check: &Check, bindings: Bindings<'_>) -> Result<query::Query, Failure> {
    let query = match &check.return_path {
        Some(path) => query::query_at(schema, &check.query.text, path, bindings),
        None => query::query(schema, &check.query.text, bindings),
    };
    // Its mistakes were told before.
    query.map(query::plan).map_err(|mistakes| internal(format!("{mistakes:?}")))
}

fn explain(
    schema: &Schema,
    control: &Control,
    bindings: Bindings<'_>,
    text: &mut String,
) -> Result<(), Failure> {
    if control.manual {
        let _ = writeln!(
            text,
            "{}: no snapshot can decide it; its Audit section says how a person does",
            control.id
        );
    }
    for check in &control.checks {
        heading(control, check, text);
        if let Some(reason) = &check.unknown {
            let _ = writeln!(text, "unknown, whatever a snapshot holds: {}\n", shown(reason));
            continue;
        }
        let _ = writeln!(text, "{}", expectation(&check.expected));
        for way in explain_query(&resolved(schema, check, bindings)?) {
            tree(&way, 0, text);
        }
        text.push('\n');
    }
    Ok(())
}

fn expectation(expected: &Expected) -> String {
    match expected {
        Expected::Assets { empty: true } => {
            "Each asset in the result fails; it passes where there are none.".to_owned()
        }
        Expected::Assets { empty: false } => "It fails if the result is empty.".to_owned(),
        other => format!("It passes if the result is as expected: `{other}`."),
    }
}

/// Whether a check examines the asset.
fn explain_asset(
    data: &Data<'_>,
    control: &Control,
    asset: &str,
    bindings: Bindings<'_>,
    text: &mut String,
) -> Result<bool, Failure> {
    let wanted = |id: &str| is_meant(id, asset);
    let mut found = false;
    for check in control.checks.iter().filter(|check| check.unknown.is_none()) {
        let query = resolved(data.schema, check, bindings)?;
        let explained = data.explain(&query, &wanted).map_err(|error| Failure::of(&error))?;
        for one in explained {
            found = true;
            heading(control, check, text);
            verdict(&one, &check.expected, text);
            for gap in &one.gaps {
                let _ = writeln!(text, "  {}", not_read(gap));
            }
            one.levels.iter().for_each(|level| tree(level, 1, text));
            text.push('\n');
        }
    }
    Ok(found)
}

/// Whether an id is the one that is named by itself, by its end, or by those of the object it is within.
fn is_meant(id: &str, asset: &str) -> bool {
    let is = |id: &str| id == asset || id.ends_with(&format!("/{asset}"));
    is(id) || id.split_once('#').is_some_and(|(object, _)| is(object))
}

/// Whether a result belongs to the asset though no condition is about it: to the cluster belongs what is unknown
/// because nobody knows which assets there are, and what fails as a whole.
fn explain_result(
    data: &Data<'_>,
    control: &Control,
    asset: &str,
    lists: &Lists,
    text: &mut String,
) -> Result<bool, Failure> {
    let controls = [control];
    let request = Request { lists, ..Request::new(data.schema, data.snapshot, &controls) };
    let audit = evaluate(&request).map_err(|error| Failure::of(&error))?.audit;
    let mut found = false;
    for check in &control.checks {
        let is_of = |slug: &str, id: &str| slug == check.slug.as_str() && is_meant(id, asset);
        for unknown in audit.unknowns.iter().filter(|one| is_of(&one.check, one.asset.id.as_str())) {
            found = true;
            heading(control, check, text);
            let id = shown(unknown.asset.id.as_str());
            let _ = writeln!(text, "{id} {}:", styled(WARNING, "unknown"));
            if let Some(reason) = &check.unknown {
                let _ = writeln!(text, "  whatever a snapshot holds: {}", shown(reason));
            }
            for gap in unknown.gaps.iter().filter_map(|gap| audit.gaps.get(*gap)) {
                let _ = writeln!(text, "  {}", not_read(gap));
            }
            text.push('\n');
        }
        let of_cluster = audit.findings.iter().filter(|one| one.asset.id.as_str().starts_with(CLUSTER));
        for finding in of_cluster.filter(|one| is_of(&one.check, one.asset.id.as_str())) {
            found = true;
            heading(control, check, text);
            let id = shown(finding.asset.id.as_str());
            let _ = writeln!(text, "{id} {}:", styled(ERROR, "fails"));
            let _ = writeln!(text, "  the check as a whole does. {}\n", expectation(&check.expected));
        }
    }
    Ok(found)
}

/// Assets are named by their ids here.
fn not_read(gap: &Gap) -> String {
    summary::not_read(gap, |asset| shown(asset.id.as_str()).into_owned())
}

fn verdict(explained: &Explained, expected: &Expected, text: &mut String) {
    let id = shown(explained.asset.id.as_str());
    let word = match (explained.found, expected) {
        (None, _) => styled(WARNING, "unknown"),
        (Some(true), Expected::Assets { empty: true }) => styled(ERROR, "fails"),
        (Some(false), Expected::Assets { empty: true }) => styled(GOOD, "passes"),
        (Some(true), _) => styled(BOLD, "is in the result"),
        (Some(false), _) => styled(BOLD, "is not in the result"),
    };
    let _ = writeln!(text, "{id} {word}:");
}

fn tree(condition: &Condition, depth: usize, text: &mut String) {
    let mark = match (condition.asked, condition.holds) {
        (false, _) => String::new(),
        (true, Some(true)) => format!("{} ", styled(GOOD, "true")),
        (true, Some(false)) => format!("{} ", styled(ERROR, "false")),
        (true, None) => format!("{} ", styled(WARNING, "unknown")),
    };
    let value = match condition.values.as_slice() {
        [] => String::new(),
        [Value::Null] => styled(FAINT, " (it is missing)"),
        [value] => styled(FAINT, format!(" (it is {})", word(value))),
        several => {
            let words: Vec<String> = several.iter().map(word).collect();
            styled(FAINT, format!(" (they are {})", words.join(" and ")))
        }
    };
    let _ = writeln!(text, "{}{mark}{}{value}", "  ".repeat(depth), shown(&condition.text));
    condition.below.iter().for_each(|below| tree(below, depth + 1, text));
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => "missing".to_owned(),
        value => shown(&value.to_string()).into_owned(),
    }
}
