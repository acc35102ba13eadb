//! An audit in words: worst first, what could not be checked, counts, and where the rest is.

mod unknown;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use assay_audit::Audit;
use assay_audit::audit::{Gap, Origin};
use assay_audit::exceptions::Exceptions;
use assay_audit::finding::{AssetRef, Finding};
use assay_model::severity::Severity;
use assay_snapshot::Snapshot;

use crate::output::{BOLD, FAINT, GOOD, WARNING, count, severity, shown, styled};

/// How many assets of a control are named.
const ASSETS: usize = 3;

/// How many lines findings take if each control has one: then there is room for where they are, the worst first.
const LINES: usize = 50;

/// How many exceptions are named.
const EXCEPTIONS: usize = 5;

/// How many notes are told.
const NOTES: usize = 5;

/// The end of the names of resources that assay makes itself.
const OF_ASSAY: &str = ".assay";

/// Below the titles of controls.
const INDENT: &str = "          ";

/// What a person should look at first.
pub(crate) fn summary(audit: &Audit, exceptions: Option<&Exceptions>) -> String {
    let mut text = head(audit);
    findings(audit, &mut text);
    unknown::describe(audit, &mut text);
    expired(audit, &mut text);
    unused(audit, exceptions, &mut text);
    if !audit.notes.is_empty() {
        text = text + &notes(&audit.notes, "Note:", "the reports") + "\n";
    }
    counts(audit, &mut text);
    text
}

/// Where the rest is.
pub(crate) fn places(snapshot: &Snapshot, reports: &[PathBuf]) -> String {
    let mut text = format!("Snapshot: {}\n", snapshot.dir().display());
    for (index, report) in reports.iter().enumerate() {
        let label = if index == 0 { "Reports: " } else { "         " };
        let _ = writeln!(text, "{label} {}", report.display());
    }
    text
}

fn head(audit: &Audit) -> String {
    let snapshot = &audit.snapshot;
    // The cluster itself is counted with them, and is no object that anybody gave.
    let given = snapshot.resources.iter().filter(|(name, _)| !name.ends_with(OF_ASSAY));
    let objects = given.map(|(_, resource)| resource.objects).sum();
    let of = match snapshot.origin {
        Origin::Cluster => "cluster",
        Origin::Manifests => "manifests",
    };
    let name = if snapshot.cluster == of { String::new() } else { format!(" {}", shown(&snapshot.cluster)) };
    let scope = match snapshot.namespaces.as_slice() {
        [] => String::new(),
        [one] => format!(", namespace {}", shown(one)),
        several => format!(", namespaces {}", shown(&several.join(", "))),
    };
    let what = styled(BOLD, format!("{of}{name}{scope}"));
    format!("Audit of {what}: {}, as of {}\n\n", count(objects, "object"), seconds(&audit.as_of))
}

/// A time without what is smaller than a second.
pub(crate) fn seconds(time: &str) -> String {
    match time.split_once('.') {
        Some((seconds, _)) => format!("{}Z", shown(seconds)),
        None => shown(time).into_owned(),
    }
}

/// The open findings, by control; the audit has the worst first.
fn findings(audit: &Audit, text: &mut String) {
    let open: Vec<&Finding> = audit.findings.iter().filter(|finding| finding.is_open()).collect();
    let groups = || open.chunk_by(|a, b| a.control == b.control);
    let mut room = LINES.saturating_sub(groups().count());
    let mut left_out = false;
    for group in groups() {
        let Some(first) = group.first() else { continue };
        let title =
            audit.controls.iter().find(|control| *control.id == *first.control).map(|c| c.title.as_str());
        let word = styled(severity(first.severity), format!("{:<8}", first.severity));
        let places = places_of(group);
        let noun = if group.iter().all(|f| f.container.is_some()) { "container" } else { "asset" };
        let found = count(places.len() as u64, noun);
        let id = styled(FAINT, format!("{}, {found}", shown(&first.control)));
        let _ = writeln!(text, "{word}  {}  {id}", styled(BOLD, shown(title.unwrap_or_default())));
        let lines = places.len().min(ASSETS + 1);
        left_out |= lines > room;
        room = if left_out { 0 } else { room - lines };
        if !left_out {
            assets(&places, text);
        }
    }
    if left_out {
        let _ = writeln!(text, "{INDENT}{}", styled(FAINT, "where the others are the reports tell"));
    }
    if !open.is_empty() {
        text.push('\n');
    }
}

/// The first finding on what failed: a control of several checks may find an asset several times.
fn places_of<'f>(findings: &[&'f Finding]) -> Vec<&'f Finding> {
    // One check finds it once.
    if findings.first().map(|finding| &finding.check) == findings.last().map(|finding| &finding.check) {
        return findings.to_vec();
    }
    let mut seen = HashSet::new();
    let is_first = |finding: &&'f Finding| seen.insert((&finding.asset.id, &finding.container));
    findings.iter().copied().filter(is_first).collect()
}

/// The first few places, in columns.
fn assets(places: &[&Finding], text: &mut String) {
    let named: Vec<(String, String)> =
        places.iter().take(ASSETS).map(|finding| (subject(finding), source(finding))).collect();
    let width = named.iter().map(|(subject, _)| subject.chars().count()).max().unwrap_or_default();
    for (subject, source) in &named {
        let _ = match source.as_str() {
            "" => writeln!(text, "{INDENT}{subject}"),
            source => writeln!(text, "{INDENT}{subject:<width$}  {}", styled(FAINT, source)),
        };
    }
    if places.len() > ASSETS {
        let _ = writeln!(text, "{INDENT}{}", styled(FAINT, format!("and {} more", places.len() - ASSETS)));
    }
}

pub(crate) fn subject(finding: &Finding) -> String {
    let mut subject = asset(&finding.asset);
    if let Some(container) = &finding.container {
        let _ = write!(subject, ", container {}", shown(container));
    }
    subject
}

/// `Deployment shop/web`.
pub(crate) fn asset(asset: &AssetRef) -> String {
    let name = match &asset.namespace {
        Some(namespace) => format!("{namespace}/{}", asset.name),
        None => asset.name.clone(),
    };
    format!("{} {}", shown(&asset.kind), shown(&name))
}

/// What could not be read. An object is named by `named`.
pub(crate) fn place(gap: &Gap, named: impl Fn(&AssetRef) -> String) -> String {
    match (&gap.asset, &gap.namespace) {
        (Some(object), _) => named(object),
        (None, Some(namespace)) => format!("{} in namespace {}", shown(&gap.resource), shown(namespace)),
        (None, None) => shown(&gap.resource).into_owned(),
    }
}

/// That something could not be read, and why. An object is named by `named`.
pub(crate) fn not_read(gap: &Gap, named: impl Fn(&AssetRef) -> String) -> String {
    let place = place(gap, named);
    format!("{place} could not be read ({}): {}", gap.status.as_str(), shown(&gap.message))
}

/// `deploy/web.yaml:12`, or nothing where there is no file.
pub(crate) fn source(finding: &Finding) -> String {
    let source = finding.places.iter().find_map(|place| place.source.as_ref());
    source.map(|source| format!("{}:{}", shown(&source.file), source.line)).unwrap_or_default()
}

fn expired(audit: &Audit, text: &mut String) {
    for expired in audit.exceptions.iter().filter(|exception| exception.expired) {
        let _ = writeln!(
            text,
            "{} exception {} of {} ended on {}; it covered {}",
            styled(WARNING, "Expired:"),
            shown(&expired.id),
            shown(&expired.owner),
            shown(&expired.expires),
            count(expired.findings, "finding")
        );
    }
}

/// Exceptions in force that cover nothing: what they select may be misspelt, or mended. One whose controls were not
/// evaluated could not cover anything.
fn unused(audit: &Audit, exceptions: Option<&Exceptions>, text: &mut String) {
    let evaluated: BTreeSet<&str> = audit.controls.iter().map(|control| control.id.as_str()).collect();
    let is_tried = |id: &str| {
        let Some(exception) = exceptions.and_then(|all| all.iter().find(|one| one.id == id)) else {
            return false;
        };
        let controls = &exception.controls;
        controls.is_empty() || controls.iter().any(|control| evaluated.contains(control.as_str()))
    };
    let idle = audit.exceptions.iter().filter(|one| !one.expired && one.findings == 0 && is_tried(&one.id));
    let idle: Vec<String> = idle.map(|one| shown(&one.id).into_owned()).collect();
    if !idle.is_empty() {
        let heading = styled(WARNING, "Unused exceptions:");
        let _ = writeln!(
            text,
            "{heading} {}; nothing that failed is what they select: correct or delete them\n",
            idle.join(", ")
        );
    }
}

/// How many findings each exception covers, most first.
fn covered(audit: &Audit) -> String {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for id in audit.findings.iter().filter_map(|finding| finding.exception.as_deref()) {
        *counts.entry(id).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| Reverse(*count));
    let named = counts.iter().take(EXCEPTIONS).map(|(id, count)| format!("{count} by {}", shown(id)));
    let mut list: Vec<String> = named.collect();
    if counts.len() > EXCEPTIONS {
        list.push(format!("others by {}", count((counts.len() - EXCEPTIONS) as u64, "more exception")));
    }
    list.join(", ")
}

/// The first few notes, and where the others are.
pub(crate) fn notes(notes: &[String], label: &str, others: &str) -> String {
    let mut text: String =
        notes.iter().take(NOTES).map(|note| format!("{label} {}\n", shown(note))).collect();
    if notes.len() > NOTES {
        let more = count((notes.len() - NOTES) as u64, "more note");
        let _ = writeln!(text, "and {more}, see {others}");
    }
    text
}

fn counts(audit: &Audit, text: &mut String) {
    let summary = &audit.summary;
    let of = |severity: &Severity| summary.open_findings.get(severity).copied().filter(|count| *count > 0);
    let open: Vec<String> = Severity::ALL
        .iter()
        .rev()
        .filter_map(|s| of(s).map(|count| styled(severity(*s), format!("{count} {s}"))))
        .collect();
    let open = if open.is_empty() { styled(GOOD, "none open") } else { open.join(", ") };
    let excepted = match summary.excepted_findings {
        0 => String::new(),
        count => format!("; {count} excepted ({})", covered(audit)),
    };
    let _ = writeln!(text, "Findings: {open}{excepted}");
    let controls = &summary.controls;
    let _ = writeln!(
        text,
        "Controls: {} failed, {} unknown, {} passed, {} not applicable, {} manual",
        controls.fail, controls.unknown, controls.pass, controls.not_applicable, summary.manual_controls
    );
}
