//! SARIF 2.1.0, as GitHub code scanning accepts it. Only open failures are results: GitHub makes an alert of
//! every result, whatever its kind, and refuses the whole file for one that it finds wrong.

mod artifacts;
mod notifications;
mod results;
mod rules;

#[cfg(test)]
mod tests;

use std::io;

use assay_audit::Audit;
use assay_audit::finding::Finding;
use assay_audit::lines::Lines;
use assay_model::severity::Severity;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::visible_json::Visible;
use crate::{Format, Report, ReportError};
use artifacts::Artifacts;
use results::Results;

pub(crate) const FORMAT: &dyn Format = &Sarif;

/// GitHub refuses a run with more.
const MAX_RESULTS: usize = 25_000;

/// The levels at which each value has a line of its own: the fields of results, and a driver's rules.
const LEVELS: usize = 6;

struct Sarif;

impl Format for Sarif {
    fn name(&self) -> &'static str {
        "sarif"
    }

    fn file_name(&self) -> &'static str {
        "audit.sarif"
    }

    fn write(&self, report: &Report<'_>, out: &mut dyn io::Write) -> Result<(), ReportError> {
        let formatter = Visible::new(Lines::to(LEVELS));
        log(report, MAX_RESULTS, &mut serde_json::Serializer::with_formatter(&mut *out, formatter))?;
        out.write_all(b"\n")?;
        Ok(())
    }
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Value,
    automation_details: Value,
    invocations: Value,
    column_kind: &'static str,
    artifacts: &'a Artifacts<'a>,
    results: Results<'a>,
    properties: Value,
}

/// Writes the log with at most this many results.
fn log<S: Serializer<Error = serde_json::Error>>(
    report: &Report<'_>,
    max_results: usize,
    into: S,
) -> Result<S::Ok, ReportError> {
    let audit = report.audit;
    let rules = &rules::all(report);
    let mut open: Vec<&Finding> = audit.findings.iter().filter(|finding| finding.is_open()).collect();
    // Stable, so that the audit's order holds within a severity.
    open.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let left_out = open.split_off(open.len().min(max_results)).len();
    let targets = open.iter().flat_map(|finding| results::targets(finding));
    let artifacts = &Artifacts::of(&audit.snapshot.cluster, report.evidence, targets)?;
    let mut notifications = notifications::all(report);
    notifications.extend(notifications::cut(left_out, max_results));
    notifications.extend(notifications::without_contents(artifacts.without_contents()));
    let run = Run {
        tool: json!({"driver": driver(report, rules)}),
        automation_details: json!({"id": run_id(report)}),
        invocations: json!([{"executionSuccessful": true, "toolExecutionNotifications": notifications}]),
        column_kind: "unicodeCodePoints",
        artifacts,
        results: Results { findings: &open, rules, artifacts },
        properties: properties(audit),
    };
    let schema = "https://json.schemastore.org/sarif-2.1.0.json";
    Ok(Log { schema, version: "2.1.0", runs: [run] }.serialize(into)?)
}

fn properties(audit: &Audit) -> Value {
    json!({
        "cluster": audit.snapshot.cluster,
        "snapshot": audit.snapshot.id,
        "snapshotDigest": audit.snapshot.digest,
        "resultDigest": audit.result_digest,
        "asOf": audit.as_of,
    })
}

fn driver(report: &Report<'_>, rules: &[rules::Rule<'_>]) -> Value {
    let tool = &report.audit.tool;
    json!({
        "name": tool.name,
        "fullName": format!("{} {}", tool.name, tool.version),
        "informationUri": env!("CARGO_PKG_REPOSITORY"),
        "semanticVersion": tool.version,
        "rules": rules.iter().map(|rule| &rule.value).collect::<Vec<_>>(),
        "notifications": notifications::descriptors(),
    })
}

/// `category/run`: code scanning takes what stands before the last slash for the category.
fn run_id(report: &Report<'_>) -> String {
    let snapshot = &report.audit.snapshot;
    let own = || format!("assay/{}", artifacts::segment(&snapshot.cluster));
    let category = report.options.sarif_category.clone().unwrap_or_else(own);
    format!("{}/{}", category.trim_end_matches('/'), artifacts::segment(&snapshot.id))
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}
