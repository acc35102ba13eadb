//! A control with its findings, as a part of a page.

use assay_audit::Outcome;
use assay_audit::audit::{CheckResult, ControlResult, OutcomeCounts};
use minijinja::Value;
use serde::Serialize;

use super::finding::{self, FindingRow, UnknownRow};
use super::markdown;
use crate::Report;

/// Findings of one control that are listed: a browser has to open the page. The rest is in the JSON.
const MAX_ROWS: usize = 5_000;

/// Outcomes by the word in the page's classes, worst first, with what the page calls them.
pub(super) const OUTCOMES: [(&str, &str); 5] = [
    ("fail", "Failed"),
    ("unknown", "Unknown"),
    ("pass", "Passed"),
    ("notApplicable", "Not applicable"),
    ("manual", "Manual"),
];

/// The word for an outcome; a control without one is decided by a person.
pub(super) fn outcome_key(outcome: Option<Outcome>) -> &'static str {
    outcome.map_or("manual", Outcome::as_str)
}

/// What the page calls an outcome.
pub(super) fn outcome_label(key: &str) -> &'static str {
    OUTCOMES.iter().find(|(known, _)| *known == key).map_or("", |(_, label)| label)
}

#[derive(Serialize)]
pub(super) struct ControlPart<'a> {
    id: String,
    title: String,
    severity: &'static str,
    outcome: &'static str,
    outcome_label: &'static str,
    frameworks: Vec<String>,
    digest: String,
    /// The library's text is not the one that was evaluated.
    is_other_text: bool,
    sections: Vec<SectionPart>,
    checks: Vec<CheckPart>,
    open: usize,
    excepted: usize,
    findings: Vec<FindingRow<'a>>,
    more_findings: usize,
    undecided: usize,
    unknowns: Vec<UnknownRow<'a>>,
    more_unknowns: usize,
}

#[derive(Serialize)]
struct SectionPart {
    heading: String,
    html: Value,
}

#[derive(Serialize)]
struct CheckPart {
    slug: String,
    title: String,
    query: String,
    expected: String,
    outcome: &'static str,
    outcome_label: &'static str,
    assets: OutcomeCounts,
    reads: Vec<String>,
}

pub(super) fn control<'a>(report: &Report<'a>, result: &ControlResult) -> ControlPart<'a> {
    let control = report.library.get(&result.id);
    let is_own = |id: &str| id == result.id;
    let findings: Vec<_> = report.audit.findings.iter().filter(|f| is_own(&f.control)).collect();
    let unknowns: Vec<_> = report.audit.unknowns.iter().filter(|u| is_own(&u.control)).collect();
    let open = findings.iter().filter(|finding| finding.is_open()).count();
    let outcome = outcome_key(result.outcome);
    let sections = control.map(|control| control.sections.as_slice()).unwrap_or_default();
    let section = |section: &assay_controls::Section| SectionPart {
        heading: section.heading.clone(),
        html: markdown::render(&section.markdown),
    };
    ControlPart {
        id: result.id.clone(),
        title: result.title.clone(),
        severity: result.severity.as_str(),
        outcome,
        outcome_label: outcome_label(outcome),
        frameworks: frameworks(result),
        digest: result.digest.clone(),
        is_other_text: control.is_some_and(|control| control.digest != result.digest),
        sections: sections.iter().map(section).collect(),
        checks: result.checks.iter().map(check).collect(),
        open,
        excepted: findings.len() - open,
        more_findings: findings.len().saturating_sub(MAX_ROWS),
        undecided: unknowns.len(),
        more_unknowns: unknowns.len().saturating_sub(MAX_ROWS),
        unknowns: unknowns.iter().take(MAX_ROWS).map(|u| finding::unknown(report, u)).collect(),
        findings: findings.iter().take(MAX_ROWS).map(|f| finding::finding(f)).collect(),
    }
}

fn frameworks(result: &ControlResult) -> Vec<String> {
    let of = |(framework, requirements): (&String, &Vec<String>)| {
        format!("{framework}: {}", requirements.join(", "))
    };
    result.frameworks.iter().map(of).collect()
}

fn check(check: &CheckResult) -> CheckPart {
    let query: Vec<&str> = check.query.trim_end().lines().map(str::trim_end).collect();
    let outcome = outcome_key(Some(check.outcome));
    CheckPart {
        slug: check.slug.clone(),
        title: check.title.clone(),
        query: query.join("\n"),
        expected: check.expected.clone(),
        outcome,
        outcome_label: outcome_label(outcome),
        assets: check.assets,
        reads: check.reads.clone(),
    }
}
