//! What a person should look at first: the failed controls, the worst of them before the others.

use std::cmp::Reverse;
use std::collections::HashMap;

use assay_audit::{Audit, Outcome};
use serde::Serialize;

/// So many fit into what one sees at a glance; the sections below have all.
const MOST: usize = 10;

#[derive(Serialize)]
pub(super) struct First<'a> {
    controls: Vec<Failed<'a>>,
    /// How many more failed.
    more: usize,
}

/// A failed control.
#[derive(Serialize)]
struct Failed<'a> {
    id: &'a str,
    title: &'a str,
    severity: &'static str,
    open: u64,
}

impl First<'_> {
    /// How many controls have open findings.
    pub(super) fn all(&self) -> usize {
        self.controls.len() + self.more
    }
}

/// By severity, then by the number of open findings. Controls whose findings are all excepted need no look.
pub(super) fn first(audit: &Audit) -> First<'_> {
    let mut open: HashMap<&str, u64> = HashMap::new();
    for finding in audit.findings.iter().filter(|finding| finding.is_open()) {
        *open.entry(&finding.control).or_default() += 1;
    }
    let failed = audit.controls.iter().filter(|control| control.outcome == Some(Outcome::Fail));
    let mut failed: Vec<_> =
        failed.filter_map(|control| Some((control, *open.get(control.id.as_str())?))).collect();
    failed.sort_by_key(|(control, open)| (Reverse(control.severity), Reverse(*open)));
    let controls = failed.iter().take(MOST).map(|(control, open)| Failed {
        id: &control.id,
        title: &control.title,
        severity: control.severity.as_str(),
        open: *open,
    });
    First { controls: controls.collect(), more: failed.len().saturating_sub(MOST) }
}
