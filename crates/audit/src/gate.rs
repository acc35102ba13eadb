//! The gate: whether an audit lets its caller go on.

use std::collections::BTreeSet;

use assay_model::severity::Severity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::audit::{Audit, CheckResult};
use crate::finding::Finding;
use crate::outcome::Outcome;
use crate::renamed::Renamed;

/// What an audit must fulfil.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// The lowest severity that counts.
    pub fail_on: Severity,
    /// Whether checks that could not be decided are let through.
    pub allow_unknown: bool,
}

/// What a gate decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "verdict", rename_all = "camelCase")]
pub enum Verdict {
    /// Nothing that counts failed, and all that counts was decided.
    Passed,
    /// Something that counts failed, whatever else is unknown.
    Failed {
        /// How many findings count: open, severe enough and, with a baseline, not open there. At least 1.
        count: u64,
    },
    /// Nothing that counts is known to have failed, but not all was decided.
    Undecided {
        /// The checks that are unknown, at least for some asset, sorted. Never empty.
        checks: Vec<CheckRef>,
    },
}

/// A check, by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct CheckRef {
    /// The control's id.
    pub control: String,
    /// The check's slug within the control.
    pub check: String,
}

/// Decides about an audit. Findings that an exception covers never count; with a baseline, neither do those
/// that are open in it: one that was excepted there and is open now is new. What is unknown counts with a
/// baseline too, since a new failure may hide there.
pub fn decide(audit: &Audit, gate: &Gate, baseline: Option<&Audit>) -> Verdict {
    decide_by(audit, gate, &counting(audit, gate, baseline, &|_| None))
}

/// [`decide`], of the findings that [count](counting).
pub fn decide_by(audit: &Audit, gate: &Gate, counting: &[&Finding]) -> Verdict {
    if !counting.is_empty() {
        return Verdict::Failed { count: counting.len() as u64 };
    }
    let checks = if gate.allow_unknown { BTreeSet::new() } else { undecided(audit, gate.fail_on) };
    if checks.is_empty() {
        Verdict::Passed
    } else {
        Verdict::Undecided { checks: checks.into_iter().collect() }
    }
}

/// The findings that a gate fails by, worst first. Controls may have got [another id](Renamed) since the baseline:
/// `renamed` gives the present id of a former one.
pub fn counting<'a>(
    audit: &'a Audit,
    gate: &Gate,
    baseline: Option<&Audit>,
    renamed: &dyn Fn(&str) -> Option<String>,
) -> Vec<&'a Finding> {
    let renamed = Renamed::until(audit, renamed);
    let known: BTreeSet<String> =
        baseline.iter().flat_map(|b| open(b)).map(|f| renamed.identity(f)).collect();
    open(audit).filter(|f| f.severity >= gate.fail_on && !known.contains(&f.id)).collect()
}

fn open(audit: &Audit) -> impl Iterator<Item = &Finding> {
    audit.findings.iter().filter(|finding| finding.is_open())
}

fn undecided(audit: &Audit, fail_on: Severity) -> BTreeSet<CheckRef> {
    let counting = audit.controls.iter().filter(|control| control.severity >= fail_on);
    let checks = counting.flat_map(|control| {
        let unknown = control.checks.iter().filter(|check| is_unknown(audit, &control.id, check));
        unknown.map(|check| CheckRef { control: control.id.clone(), check: check.slug.clone() })
    });
    checks.collect()
}

/// A check that failed may still be unknown for some asset: where its failures are excepted or in the
/// baseline, that is what is left to decide.
fn is_unknown(audit: &Audit, control: &str, check: &CheckResult) -> bool {
    check.outcome == Outcome::Unknown
        || check.assets.unknown > 0
        || audit.unknowns.iter().any(|unknown| unknown.control == control && unknown.check == check.slug)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::fixture::{audit, control, finding, unknown};

    const GATE: Gate = Gate { fail_on: Severity::High, allow_unknown: false };

    fn undecided() -> Verdict {
        Verdict::Undecided { checks: vec![CheckRef { control: "u".into(), check: "no".into() }] }
    }

    #[test]
    fn every_combination_decides_as_stated() {
        for bits in 0..32_u32 {
            let bit = |n: u32| bits & (1 << n) != 0;
            let (severe, excepted, in_baseline, unknown, allow) = (bit(0), bit(1), bit(2), bit(3), bit(4));
            let mut failed = finding("c", "no", "core/Pod/a/b", None);
            failed.severity = if severe { Severity::Critical } else { Severity::Medium };
            failed.exception = excepted.then(|| "e".to_owned());
            let decided = if unknown { Outcome::Unknown } else { Outcome::Pass };
            let now = audit(
                vec![control("c", failed.severity, Outcome::Fail), control("u", Severity::High, decided)],
                vec![failed.clone()],
            );
            let then = audit(
                vec![],
                if in_baseline { vec![finding("c", "no", "core/Pod/a/b", None)] } else { vec![] },
            );
            let verdict = decide(&now, &Gate { allow_unknown: allow, ..GATE }, Some(&then));
            let expected = match (severe && !excepted && !in_baseline, unknown && !allow) {
                (true, _) => Verdict::Failed { count: 1 },
                (false, true) => undecided(),
                (false, false) => Verdict::Passed,
            };
            assert_eq!(verdict, expected, "{bits:05b}");
            if !in_baseline {
                assert_eq!(
                    decide(&now, &Gate { allow_unknown: allow, ..GATE }, None),
                    expected,
                    "{bits:05b}"
                );
            }
        }
    }

    #[test]
    fn a_finding_whose_exception_is_over_is_new() {
        let open = finding("c", "no", "core/Pod/a/b", None);
        let mut excepted = open.clone();
        excepted.exception = Some("e".to_owned());
        let verdict = decide(&audit(vec![], vec![open]), &GATE, Some(&audit(vec![], vec![excepted])));
        assert_eq!(verdict, Verdict::Failed { count: 1 });
    }

    #[test]
    fn a_finding_of_a_renamed_control_is_known() {
        let then = audit(vec![], vec![finding("c", "no", "core/Pod/a/b", None)]);
        let controls = vec![control("d", Severity::High, Outcome::Fail)];
        let now = audit(controls, vec![finding("d", "no", "core/Pod/a/b", None)]);
        let renamed = |id: &str| (id == "c").then(|| "d".to_owned());
        assert!(counting(&now, &GATE, Some(&then), &renamed).is_empty());
        assert_eq!(decide(&now, &GATE, Some(&then)), Verdict::Failed { count: 1 });
    }

    #[test]
    fn failures_that_do_not_count_hide_no_unknown() {
        let known = finding("u", "no", "core/Pod/a/b", None);
        let mut now = audit(vec![control("u", Severity::High, Outcome::Fail)], vec![known]);
        let then = now.clone();
        assert_eq!(decide(&now, &GATE, Some(&then)), Verdict::Passed);
        now.controls[0].checks[0].assets.unknown = 1;
        assert_eq!(decide(&now, &GATE, Some(&then)), undecided());
        now.controls[0].checks[0].assets.unknown = 0;
        now.unknowns.push(unknown("u", "core/Pod/a/c", &[]));
        assert_eq!(decide(&now, &GATE, Some(&then)), undecided());
    }

    #[test]
    fn what_is_less_severe_may_be_unknown() {
        let now = audit(vec![control("u", Severity::Medium, Outcome::Unknown)], vec![]);
        assert_eq!(decide(&now, &GATE, None), Verdict::Passed);
    }
}
