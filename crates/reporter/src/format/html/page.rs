//! What the template shows, in its order.

use std::collections::{BTreeMap, BTreeSet};

use assay_audit::Audit;
use assay_audit::Outcome;
use assay_audit::audit::{ControlResult, ExceptionUse, Gap, Inputs, SnapshotInfo, Summary, Tool};
use assay_controls::Framework;
use minijinja::value::Serde;
use minijinja::{Environment, Error, Value, context};
use serde::Serialize;

use super::CONTROL;
use super::chart::{self, Row};
use super::control::{self, outcome_key, outcome_label};
use super::markdown::is_web;
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
    outcome: &'static str,
    outcome_label: &'static str,
}

pub(super) fn page<'a>(report: &Report<'a>, templates: &Environment<'_>) -> Result<Page<'a>, Error> {
    let audit = report.audit;
    let namespaces = audit.findings.iter().filter_map(|f| f.asset.namespace.as_deref());
    let unknown_namespaces = audit.unknowns.iter().filter_map(|u| u.asset.namespace.as_deref());
    Ok(Page {
        snapshot: &audit.snapshot,
        as_of: &audit.as_of,
        inputs: &audit.inputs,
        result_digest: &audit.result_digest,
        tool: &audit.tool,
        summary: &audit.summary,
        open: audit.summary.open_findings.values().sum(),
        severities: chart::severities(audit),
        categories: chart::categories(audit),
        gaps: audit.gaps.iter().enumerate().map(|(index, gap)| gap_row(audit, index, gap)).collect(),
        groups: groups(report, templates)?,
        namespaces: namespaces.chain(unknown_namespaces).collect(),
        frameworks: report.library.frameworks().iter().filter_map(|f| framework(audit, f)).collect(),
        exceptions: &audit.exceptions,
        notes: &audit.notes,
    })
}

fn gap_row(audit: &Audit, index: usize, gap: &Gap) -> GapRow {
    let unknowns = audit.unknowns.iter().filter(|unknown| unknown.gaps.contains(&index));
    let controls: BTreeSet<&str> = unknowns.map(|unknown| unknown.control.as_str()).collect();
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
        controls: controls.into_iter().map(str::to_owned).collect(),
    }
}

/// By category; within one what fails stands first, and the worst of it before the rest.
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
    let group = |(category, mut controls): (&str, Vec<&ControlResult>)| {
        let undecided = |control: &ControlResult| control.outcome.is_none();
        controls.sort_by_key(|c| (undecided(c), c.outcome, std::cmp::Reverse(c.severity)));
        let controls = controls.into_iter().map(html);
        Ok(Group { category: category.to_owned(), controls: controls.collect::<Result<_, Error>>()? })
    };
    groups.into_iter().map(group).collect()
}

/// `None` if no control of the audit serves it.
fn framework(audit: &Audit, framework: &Framework) -> Option<FrameworkPart> {
    let id = framework.id.as_str();
    audit.controls.iter().any(|control| control.frameworks.contains_key(id)).then(|| FrameworkPart {
        title: framework.title.clone(),
        version: framework.version.clone(),
        url: is_web(&framework.url).then(|| framework.url.clone()),
        requirements: framework.requirements.iter().map(|r| requirement(audit, id, r)).collect(),
    })
}

fn requirement(audit: &Audit, framework: &str, requirement: &assay_controls::Requirement) -> RequirementRow {
    let serves = |control: &&ControlResult| {
        control.frameworks.get(framework).is_some_and(|ids| ids.contains(&requirement.id))
    };
    let controls: Vec<&ControlResult> = audit.controls.iter().filter(serves).collect();
    let (outcome, outcome_label) = requirement_outcome(&controls, requirement.manual);
    let link = |control: &&ControlResult| {
        let outcome = outcome_key(control.outcome);
        ControlLink { id: control.id.clone(), outcome, outcome_label: self::outcome_label(outcome) }
    };
    RequirementRow {
        id: requirement.id.clone(),
        title: requirement.title.clone(),
        outcome,
        outcome_label,
        controls: controls.iter().map(link).collect(),
    }
}

/// A person's part is never passed by the machine's: it shows as manual unless something failed or is unknown.
fn requirement_outcome(controls: &[&ControlResult], is_manual: bool) -> (&'static str, &'static str) {
    let decided: Vec<Outcome> = controls.iter().filter_map(|control| control.outcome).collect();
    let has_manual = is_manual || decided.len() < controls.len();
    let outcome = Outcome::of(decided.iter().copied());
    let key = match outcome {
        Outcome::Fail | Outcome::Unknown => outcome.as_str(),
        _ if has_manual => "manual",
        _ if controls.is_empty() => return ("none", "Not audited"),
        _ => outcome.as_str(),
    };
    (key, outcome_label(key))
}
