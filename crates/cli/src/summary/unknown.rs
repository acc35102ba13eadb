//! What could not be checked, by what could not be read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use assay_audit::Audit;
use assay_audit::audit::Gap;

use super::{asset, place};
use crate::output::{BOLD, FAINT, WARNING, count, shown, styled};

/// How many controls, resources and objects are named. Missing permissions all are: they are what to do next.
const NAMED: usize = 5;

/// What is known of one reason: what could not be read for it, and which controls need that.
#[derive(Default)]
struct Needed<'a> {
    things: BTreeSet<String>,
    controls: BTreeSet<&'a str>,
}

/// Writes what could not be checked.
pub(super) fn describe(audit: &Audit, text: &mut String) {
    if audit.unknowns.is_empty() {
        return;
    }
    let controls: BTreeSet<&str> = audit.unknowns.iter().map(|unknown| &*unknown.control).collect();
    let heading = styled(WARNING, "Could not be checked everywhere:");
    let _ = writeln!(
        text,
        "{heading} {}, since this could not be read:",
        count(controls.len() as u64, "control")
    );
    let reasons = by_reason(audit);
    for (reason, needed) in &reasons {
        let things: Vec<&str> = needed.things.iter().map(String::as_str).collect();
        let of = if things.is_empty() { String::new() } else { listed(&things) + ": " };
        let _ = writeln!(text, "  {of}{reason}");
        let controls: Vec<&str> = needed.controls.iter().copied().collect();
        let _ = writeln!(text, "      {}", styled(FAINT, format!("needed by {}", listed(&controls))));
    }
    if audit.gaps.iter().any(|gap| gap.permission.is_some()) {
        let _ = writeln!(text, "  `assay rbac` prints the permissions that collecting needs");
    }
    text.push('\n');
}

fn by_reason(audit: &Audit) -> BTreeMap<String, Needed<'_>> {
    let mut reasons: BTreeMap<String, Needed<'_>> = BTreeMap::new();
    for unknown in &audit.unknowns {
        for gap in unknown.gaps.iter().filter_map(|gap| audit.gaps.get(*gap)) {
            let needed = reasons.entry(reason(gap)).or_default();
            // A permission names its resource.
            needed.things.extend(gap.permission.is_none().then(|| place(gap, asset)));
            needed.controls.insert(&unknown.control);
        }
        if unknown.gaps.is_empty() {
            let needed = reasons.entry("the reports say why".to_owned()).or_default();
            needed.things.insert(asset(&unknown.asset));
            needed.controls.insert(&unknown.control);
        }
    }
    reasons
}

fn reason(gap: &Gap) -> String {
    match &gap.permission {
        Some(permission) => {
            let namespace = gap.namespace.as_ref().map(|n| format!(" in namespace {}", shown(n)));
            let permission = styled(BOLD, shown(permission));
            format!("missing permission: {permission}{}", namespace.unwrap_or_default())
        }
        None => format!("{}: {}", gap.status.as_str(), shown(&gap.message)),
    }
}

fn listed(names: &[&str]) -> String {
    let mut list: Vec<String> = names.iter().take(NAMED).map(|name| shown(name).into_owned()).collect();
    if names.len() > NAMED {
        list.push(format!("{} more", names.len() - NAMED));
    }
    list.join(", ")
}
