//! What could be read of a cluster, as a table.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use assay_connector::{Access, AccessReport};
use assay_model::coverage::ReadStatus;

use super::needs::Needs;
use crate::output::{BOLD, FAINT, GOOD, WARNING, count, shown, styled};

/// How many controls are named for a resource.
const NAMED: usize = 3;

/// The controls that would be unknown, by id.
pub(crate) fn unknown(report: &AccessReport, needs: &Needs) -> BTreeSet<String> {
    let needed = unread(report).filter_map(|row| needs.of(&row.resource));
    needed.flatten().cloned().collect()
}

/// What a collection would not hold: what cannot be read, and what is left out.
fn unread(report: &AccessReport) -> impl Iterator<Item = &Access> {
    report.access.iter().filter(|row| is_refused(row) || row.status == ReadStatus::Excluded)
}

fn is_refused(row: &Access) -> bool {
    matches!(row.status, ReadStatus::Forbidden | ReadStatus::Failed)
}

/// What controls need and would not have, with the reason; what no control needs; then what can be read.
pub(crate) fn table(report: &AccessReport, needs: &Needs) -> String {
    let mut text = format!("Access of {} to {}\n\n", styled(BOLD, shown(&report.user)), shown(&report.url));
    let (needed, others): (Vec<&Access>, Vec<&Access>) =
        unread(report).partition(|row| needs.of(&row.resource).is_some());
    if !needed.is_empty() {
        let width = width(&needed);
        let _ = writeln!(text, "{}", styled(WARNING, "Would be unknown:"));
        for row in &needed {
            told(row, width, &mut text);
            let _ = writeln!(text, "  {:width$}             {}", "", styled(FAINT, needed_by(row, needs)));
        }
        text.push('\n');
    }
    let missing: Vec<&Access> = others.into_iter().filter(|row| is_refused(row)).collect();
    if !missing.is_empty() {
        let width = width(&missing);
        let _ = writeln!(text, "{}", styled(BOLD, "Would be missing, and is needed by no control:"));
        missing.iter().for_each(|row| told(row, width, &mut text));
        text.push('\n');
    }
    let of = |status: ReadStatus| report.access.iter().filter(|row| row.status == status).count() as u64;
    let names: BTreeSet<&str> = report.access.iter().map(|row| row.resource.as_str()).collect();
    let _ = writeln!(
        text,
        "Of {}: {} listed, {} forbidden, {} failed, {} not served, {} left out",
        count(names.len() as u64, "resource"),
        of(ReadStatus::Listed),
        of(ReadStatus::Forbidden),
        of(ReadStatus::Failed),
        of(ReadStatus::NotServed),
        of(ReadStatus::Excluded),
    );
    let unknown = unknown(report, needs).len() as u64;
    let end = match unknown {
        0 if missing.is_empty() => styled(GOOD, "A collection would be complete."),
        0 => styled(GOOD, "No control would be unknown."),
        some => styled(WARNING, format!("{} would be unknown.", count(some, "control"))),
    };
    let _ = writeln!(text, "{end}");
    let is_forbidden = |row: &&Access| row.status == ReadStatus::Forbidden;
    if needed.iter().any(is_forbidden) {
        text +=
            "`assay rbac` prints the permissions that collecting needs; `--select` those of some controls.\n";
    } else if missing.iter().any(is_forbidden) {
        text += "`assay rbac --all-kinds` prints permissions for what no control needs, too.\n";
    }
    text
}

fn width(rows: &[&Access]) -> usize {
    rows.iter().map(|row| row.resource.len()).max().unwrap_or_default()
}

fn told(row: &Access, width: usize, text: &mut String) {
    let status = match row.status {
        ReadStatus::Excluded => "left out",
        status => status.as_str(),
    };
    let reason = shown(row.reason.as_deref().unwrap_or_default());
    let reason = reason.strip_prefix("left out: ").unwrap_or(&reason);
    let _ = writeln!(text, "  {:<width$}  {status:<9}  {reason}", shown(&row.resource));
}

fn needed_by(row: &Access, needs: &Needs) -> String {
    let Some(controls) = needs.of(&row.resource) else { return "needed by no control".to_owned() };
    let named: Vec<&str> = controls.iter().take(NAMED).map(String::as_str).collect();
    let rest = controls.len() - named.len();
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("needed by {}{more}", named.join(", "))
}
