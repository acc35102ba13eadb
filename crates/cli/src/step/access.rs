//! What could be read of a cluster, as a table.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use assay_connector::{Access, AccessReport};
use assay_model::coverage::ReadStatus;

use super::needs::Needs;
use crate::output::{BOLD, FAINT, GOOD, WARNING, count, shown, styled};

/// How many controls are named for a resource.
const NAMED: usize = 3;

/// Whether everything that is meant to be read can be.
pub(crate) fn is_complete(report: &AccessReport) -> bool {
    missing(report).next().is_none()
}

fn missing(report: &AccessReport) -> impl Iterator<Item = &Access> {
    let is_missing = |access: &&Access| matches!(access.status, ReadStatus::Forbidden | ReadStatus::Failed);
    report.access.iter().filter(is_missing)
}

/// What cannot be read, why, and which controls need it; then what can.
pub(crate) fn table(report: &AccessReport, needs: &Needs) -> String {
    let mut text = format!("Access of {} to {}\n\n", styled(BOLD, shown(&report.user)), shown(&report.url));
    let rows: Vec<&Access> = missing(report).collect();
    if !rows.is_empty() {
        let width = rows.iter().map(|row| row.resource.len()).max().unwrap_or_default();
        let _ = writeln!(text, "{}", styled(WARNING, "Would be unknown:"));
        for row in rows {
            let status = row.status.as_str();
            let reason = shown(row.reason.as_deref().unwrap_or_default());
            let _ = writeln!(text, "  {:<width$}  {status:<9}  {reason}", shown(&row.resource));
            let _ = writeln!(text, "  {:width$}             {}", "", styled(FAINT, needed_by(row, needs)));
        }
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
    let end = if is_complete(report) {
        styled(GOOD, "A collection would be complete.").to_string()
    } else {
        "`assay rbac` prints the permissions that collecting needs; `--select` those of some controls."
            .to_owned()
    };
    let _ = writeln!(text, "{end}");
    text
}

fn needed_by(row: &Access, needs: &Needs) -> String {
    let Some(controls) = needs.get(&row.resource) else { return "needed by no control".to_owned() };
    let named: Vec<&str> = controls.iter().take(NAMED).map(String::as_str).collect();
    let rest = controls.len() - named.len();
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("needed by {}{more}", named.join(", "))
}
