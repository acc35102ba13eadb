//! The gate: whether what was found lets the caller go on.

use std::collections::BTreeSet;

use assay_audit::Audit;
use assay_audit::finding::Finding;
use assay_audit::gate::{CheckRef, Gate, Verdict, counting, decide_by};
use assay_controls::Library;
use assay_model::severity::Severity;
use assay_snapshot::Store;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::{controls, store};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, ERROR, FAINT, GOOD, WARNING, shown, styled};
use crate::summary::{source, subject};

/// New findings that are named.
const NAMED: usize = 10;

/// What decides the exit code.
#[derive(Debug, clap::Args)]
pub(crate) struct GateArgs {
    /// Exit with 1 if a finding is at least this severe
    #[arg(long, value_name = "SEVERITY", value_parser = severity(), help_heading = "Gate")]
    fail_on: Option<Severity>,

    /// Let only those findings count that this audit did not have: a JSON report, or an audit's or snapshot's id
    #[arg(long, value_name = "AUDIT", help_heading = "Gate")]
    baseline: Option<String>,

    /// Let pass what could not be examined, which else exits with 3
    #[arg(long, help_heading = "Gate")]
    allow_unknown: bool,
}

/// The severities, which help and shells' completion name.
fn severity() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(Severity::ALL.map(Severity::as_str)).try_map(|word| word.parse::<Severity>())
}

impl GateArgs {
    /// The gate, with its baseline read: before anything is done, since a misspelt one would waste it.
    pub(crate) fn prepare(&self, store: &Store, context: &Context) -> Result<Option<PreparedGate>, Failure> {
        let config = &context.config.gate;
        let baseline = self.baseline.as_ref().or(config.baseline.as_ref());
        let Some(fail_on) = self.fail_on.or(config.fail_on) else {
            return match baseline {
                Some(_) => Err(Failure::with_help(
                    "a baseline decides nothing without `--fail-on`",
                    "add `--fail-on low`, or `failOn: low` in the configuration, to let every new finding count",
                )),
                None => Ok(None),
            };
        };
        let gate = Gate { fail_on, allow_unknown: self.allow_unknown || config.allow_unknown };
        let baseline = baseline.map(|wanted| store::document(store, wanted, context)).transpose()?;
        Ok(Some(PreparedGate { gate, baseline }))
    }
}

/// A gate and what it compares with.
pub(crate) struct PreparedGate {
    gate: Gate,
    baseline: Option<Audit>,
}

impl PreparedGate {
    /// Decides, and says what and why. The library knows former ids of controls.
    pub(crate) fn decide(&self, audit: &Audit, library: &Library) -> Result<Exit, Failure> {
        let renamed = |former: &str| controls::renamed(library, former);
        let counting = counting(audit, &self.gate, self.baseline.as_ref(), &renamed);
        let verdict = decide_by(audit, &self.gate, &counting);
        // What a stricter gate would leave undecided is what this one lets through.
        let strict = Gate { allow_unknown: false, ..self.gate };
        let let_through = match self.gate.allow_unknown.then(|| decide_by(audit, &strict, &counting)) {
            Some(Verdict::Undecided { checks }) => checks,
            _ => Vec::new(),
        };
        output::print(&self.explain(&verdict, &let_through))?;
        // The summary has known ones beside them. Without a baseline, they are the first it tells.
        if self.baseline.is_some() {
            output::print(&named(&counting))?;
        }
        Ok(Exit::from(&verdict))
    }

    fn explain(&self, verdict: &Verdict, let_through: &[CheckRef]) -> String {
        let new = if self.baseline.is_some() { "new " } else { "" };
        let severe = self.gate.fail_on;
        match verdict {
            Verdict::Passed => format!(
                "{} no {new}finding is {severe} or worse{}\n",
                styled(GOOD, "Gate passed:"),
                unknown(let_through)
            ),
            Verdict::Failed { count } => {
                let findings = output::count(*count, &format!("{new}finding"));
                format!("{} {findings} at {severe} or worse\n", styled(ERROR, "Gate failed:"))
            }
            Verdict::Undecided { checks } => format!(
                "{} {} at {severe} or worse could not be examined everywhere (`--allow-unknown` lets that pass)\n",
                styled(WARNING, "Gate undecided:"),
                output::count(checks.len() as u64, "check"),
            ),
        }
    }
}

/// The findings, a line for each.
fn named(findings: &[&Finding]) -> String {
    let line = |finding: &&Finding| {
        let severity = styled(output::severity(finding.severity), format!("{:<8}", finding.severity));
        let more = [shown(&finding.control).into_owned(), source(finding)].join("  ");
        format!("{severity}  {}  {}\n", subject(finding), styled(FAINT, more.trim_end()))
    };
    let mut text: String = findings.iter().take(NAMED).map(line).collect();
    if findings.len() > NAMED {
        text += &format!("          and {} more\n", findings.len() - NAMED);
    }
    text
}

/// What passes though it could not be examined.
fn unknown(let_through: &[CheckRef]) -> String {
    let controls: BTreeSet<&str> = let_through.iter().map(|check| check.control.as_str()).collect();
    match controls.len() as u64 {
        0 => String::new(),
        some => format!(
            "; {} could not be examined everywhere, which `--allow-unknown` lets pass",
            output::count(some, "control")
        ),
    }
}
