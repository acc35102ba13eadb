//! What the template shows, in its order.

use std::collections::{BTreeMap, BTreeSet};

use assay_audit::Outcome;
use assay_audit::audit::{ControlResult, ExceptionUse, Gap, Inputs, SnapshotInfo, Summary, Tool};
use assay_controls::{Control, Framework, Requirement};
use minijinja::value::Serde;
use minijinja::{Environment, Error, Value, context};
use serde::Serialize;

use super::CONTROL;
use super::chart::{self, Row};
use super::control::{self, outcome_key, outcome_label};
use super::first::{self, First};
use super::markdown::is_web;
use crate::undecided::Undecided;
use crate::{Report, text};

#[derive(Serialize)]
pub(super) struct Page<'a> {
    snapshot: &'a SnapshotInfo,
    as_of: &'a str,
    inputs: &'a Inputs,
    result_digest: &'a str,
    tool: &'a Tool,
    summary: &'a Summary,
    open: u64,
    /// Controls with open findings.
    failed_openly: usize,
    /// Failed controls without one: exceptions cover all of their findings.
    excepted_alone: usize,
    /// Controls that are unknown for some asset, whatever else they found.
    undecided: usize,
    first: First<'a>,
    severities: Vec<Row>,
    categories: Vec<Row>,
    gaps: Vec<GapRow>,
    groups: Vec<Group>,
    namespaces: BTreeSet<&'a str>,
    frameworks: Vec<FrameworkPart>,
    exceptions: &'a [ExceptionUse],
    notes: &'a [String],
}

#[derive(Serialize)]
struct GapRow {
    resource: String,
    scope: String,
    status: &'static str,
    message: String,
    permission: Option<String>,
    controls: Vec<String>,
}

/// Controls of one category.
#[derive(Serialize)]
struct Group {
    category: String,
    /// Each as HTML: what it was made of would fill the memory.
    controls: Vec<Value>,
}

#[derive(Serialize)]
struct FrameworkPart {
    title: String,
    version: String,
    /// Missing where it is no web address.
    url: Option<String>,
    requirements: Vec<RequirementRow>,
}

#[derive(Serialize)]
struct RequirementRow {
    id: String,
    title: String,
    outcome: &'static str,
    outcome_label: &'static str,
    controls: Vec<ControlLink>,
}

#[derive(Serialize)]
struct ControlLink {
    id: String,
    outcome_label: &'static str,
    /// One that was left out has no part of the page.
    is_evaluated: bool,
}

pub(super) fn page<'a>(report: &Report<'a>, templates: &Environment<'_>) -> Result<Page<'a>, Error> {
    let audit = report.audit;
    let namespaces = audit.findings.iter().filter_map(|f| f.asset.namespace.as_deref());
    let unknown_namespaces = audit.unknowns.iter().filter_map(|u| u.asset.namespace.as_deref());
    let first = first::first(audit);
    let failed = audit.controls.iter().filter(|control| control.outcome == Some(Outcome::Fail)).count();
    let undecided: BTreeSet<&str> = audit.unknowns.iter().map(|unknown| unknown.control.as_str()).collect();
    Ok(Page {
        snapshot: &audit.snapshot,
        as_of: &audit.as_of,
        inputs: &audit.inputs,
        result_digest: &audit.result_digest,
        tool: &audit.tool,
        summary: &audit.summary,
        open: audit.summary.open_findings.values().sum(),
        failed_openly: first.all(),
        excepted_alone: failed.saturating_sub(first.all()),
        undecided: undecided.len(),
        first,
        severities: chart::severities(audit),
        categories: chart::categories(audit),
        gaps: audit.gaps.iter().zip(Undecided::by_gap(audit)).map(|(gap, of)| gap_row(gap, of)).collect(),
        groups: groups(report, templates)?,
        namespaces: namespaces.chain(unknown_namespaces).collect(),
        frameworks: report.library.frameworks().iter().filter_map(|f| framework(report, f)).collect(),
        exceptions: &audit.exceptions,
        notes: &audit.notes,
    })
}

fn gap_row(gap: &Gap, undecided: Undecided<'_>) -> GapRow {
    let scope = match (&gap.asset, &gap.namespace) {
        (Some(asset), _) => text::asset(asset),
        (None, Some(namespace)) => format!("namespace {namespace}"),
        (None, None) => "whole cluster".to_owned(),
    };
    GapRow {
        resource: gap.resource.clone(),
        scope,
        status: gap.status.as_str(),
        message: gap.message.clone(),
        permission: gap.permission.clone(),
        controls: undecided.controls.into_iter().map(str::to_owned).collect(),
    }
}

/// By category; the one with the worst failures stands first, and so it is within each.
fn groups(report: &Report<'_>, templates: &Environment<'_>) -> Result<Vec<Group>, Error> {
    let mut groups: BTreeMap<&str, Vec<&ControlResult>> = BTreeMap::new();
    for control in &report.audit.controls {
        groups.entry(&control.category).or_default().push(control);
    }
    let template = templates.get_template(CONTROL)?;
    let html = |result: &ControlResult| {
        let control = Value::from(Serde(control::control(report, result)));
        template.render(context! { control }).map(Value::from_safe_string)
    };
    let rank = |control: &ControlResult| {
        (control.outcome.is_none(), control.outcome, std::cmp::Reverse(control.severity))
    };
    for controls in groups.values_mut() {
        controls.sort_by_key(|control| rank(control));
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, controls)| controls.first().map(|control| rank(control)));
    let group = |(category, controls): (&str, Vec<&ControlResult>)| {
        let controls = controls.into_iter().map(html);
        Ok(Group { category: category.to_owned(), controls: controls.collect::<Result<_, Error>>()? })
    };
    groups.into_iter().map(group).collect()
}

/// `None` if no control of the audit serves it.
fn framework(report: &Report<'_>, framework: &Framework) -> Option<FrameworkPart> {
    let (audit, id) = (report.audit, framework.id.as_str());
    audit.controls.iter().any(|control| control.frameworks.contains_key(id)).then(|| FrameworkPart {
        title: framework.title.clone(),
        version: framework.version.clone(),
        url: is_web(&framework.url).then(|| framework.url.clone()),
        requirements: framework.requirements.iter().map(|r| requirement(report, framework, r)).collect(),
    })
}

fn requirement(report: &Report<'_>, framework: &Framework, requirement: &Requirement) -> RequirementRow {
    let known_to_serve = |control: &Control| {
        control.frameworks.get(&framework.id).is_some_and(|ids| ids.contains(&requirement.id))
    };
    let serves = |result: &&ControlResult| {
        let then = result.frameworks.get(framework.id.as_str());
        then.is_some_and(|ids| ids.contains(&requirement.id))
            || report.library.get(&result.id).is_some_and(known_to_serve)
    };
    let results: Vec<&ControlResult> = report.audit.controls.iter().filter(serves).collect();
    // What the audit was to leave out may be just what fails.
    let evaluated: BTreeSet<&str> = results
        .iter()
        .map(|result| {
            report.library.get(&result.id).map_or(result.id.as_str(), |control| control.id.as_str())
        })
        .collect();
    let all = report.library.controls().iter().filter(|control| known_to_serve(control));
    let left_out: Vec<&Control> = all.filter(|control| !evaluated.contains(control.id.as_str())).collect();
    let outcomes: Vec<_> = results.iter().map(|result| result.outcome_for(&requirement.id)).collect();
    let (outcome, outcome_label) = requirement_outcome(&outcomes, !left_out.is_empty(), requirement.manual);
    let link = |(result, outcome): (&&ControlResult, &Option<Outcome>)| ControlLink {
        id: result.id.clone(),
        outcome_label: self::outcome_label(outcome_key(*outcome)),
        is_evaluated: true,
    };
    let name = |control: &&Control| ControlLink {
        id: control.id.to_string(),
        outcome_label: NOT_AUDITED,
        is_evaluated: false,
    };
    RequirementRow {
        id: requirement.id.clone(),
        title: requirement.title.clone(),
        outcome,
        outcome_label,
        controls: results.iter().zip(&outcomes).map(link).chain(left_out.iter().map(name)).collect(),
    }
}

const NOT_AUDITED: &str = "Not audited";

/// A person's part is never passed by the machine's: it shows as manual unless something failed or is unknown. Nor is
/// a control that was left out passed by the others.
fn requirement_outcome(
    outcomes: &[Option<Outcome>],
    is_some_left_out: bool,
    is_manual: bool,
) -> (&'static str, &'static str) {
    let decided: Vec<Outcome> = outcomes.iter().copied().flatten().collect();
    let has_manual = is_manual || decided.len() < outcomes.len();
    let outcome = Outcome::of(decided.iter().copied());
    let key = match outcome {
        Outcome::Fail | Outcome::Unknown => outcome.as_str(),
        _ if is_some_left_out && !outcomes.is_empty() => return ("none", "Partly audited"),
        _ if is_some_left_out => return ("none", NOT_AUDITED),
        _ if has_manual => "manual",
        _ if outcomes.is_empty() => return ("none", NOT_AUDITED),
        _ => outcome.as_str(),
    };
    (key, outcome_label(key))
}
