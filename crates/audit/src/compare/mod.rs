//! Two audits compared: what is new, what stayed, and what became of what is no longer a finding.

#[cfg(test)]
pub(crate) mod fixture;
mod inventory;
mod missing;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use assay_model::id::AssetId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::audit::{Audit, ControlResult};
use crate::finding::{Finding, Place};
use crate::outcome::Outcome;
use crate::renamed::Renamed;

pub use inventory::{InventoryChanges, Lacks, inventory};

/// What became of a finding from one audit to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FindingState {
    /// Open now, and not open before: not found, or excepted.
    New,
    /// Open in both, and now seen at more places of its asset.
    Worsened,
    /// Open in both.
    Unchanged,
    /// An exception covers it now.
    Excepted,
    /// It could not be examined again: something could not be read.
    UnknownNow,
    /// Nothing was said about it: the control wasn't evaluated, the asset was out of scope, or what was
    /// found there now counts for another asset.
    NotExamined,
    /// The control isn't the one that found it: its text differs, or it goes by another id.
    ControlChanged,
    /// The same control was evaluated and found it no more: it passed, its asset is gone, or it counts for another
    /// asset now. Results would tell which, and those are not at hand.
    NotFoundAgain,
    /// Each asset it was seen on is known to be gone.
    AssetGone,
    /// Examined again by the same control, and passed.
    Resolved,
}

impl FindingState {
    /// The word used in tables and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Worsened => "worsened",
            Self::Unchanged => "unchanged",
            Self::Excepted => "excepted",
            Self::UnknownNow => "unknownNow",
            Self::NotExamined => "notExamined",
            Self::ControlChanged => "controlChanged",
            Self::NotFoundAgain => "notFoundAgain",
            Self::AssetGone => "assetGone",
            Self::Resolved => "resolved",
        }
    }

    /// Whether it is still to be taken as failing: it does, or nobody has seen that it doesn't.
    pub fn is_standing(self) -> bool {
        !matches!(self, Self::AssetGone | Self::Resolved)
    }
}

/// The version of the JSON that [`Comparison`] makes. A field may be added within a version; none changes meaning.
pub const COMPARISON_VERSION: &str = "1";

/// The difference of two audits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// [`COMPARISON_VERSION`].
    pub schema_version: String,
    /// The earlier audit.
    pub old: ComparedAudit,
    /// The later audit.
    pub new: ComparedAudit,
    /// How many findings there are of each state; a state without any is missing.
    #[schemars(with = "BTreeMap<String, u64>")]
    pub counts: BTreeMap<FindingState, u64>,
    /// Every finding of either audit once: by state, then worst first, then by control, check, asset and
    /// container.
    pub findings: Vec<FindingChange>,
    /// What became of the assets; missing if it wasn't asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inventory: Option<InventoryChanges>,
}

/// Which audit was compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComparedAudit {
    /// The cluster's name.
    pub cluster: String,
    /// The snapshot's id.
    pub snapshot: String,
    /// The audit's as-of time, RFC 3339.
    pub as_of: String,
    /// The audit's result digest.
    pub result_digest: String,
}

/// A finding and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingChange {
    /// What became of it.
    pub state: FindingState,
    /// The finding in the later audit; as last known, where that one doesn't have it.
    pub finding: Finding,
    /// Whether the earlier audit had it.
    pub found_before: bool,
    /// The id of the exception that covered it in the earlier audit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception_before: Option<String>,
    /// Whether the earlier audit had another text of the control, or hadn't the control: so what is new may
    /// be the control and not the failure.
    pub control_changed: bool,
}

impl FindingChange {
    /// Whether anything about it differs.
    pub fn is_change(&self) -> bool {
        match self.state {
            FindingState::Unchanged => false,
            FindingState::Excepted => !self.found_before || self.exception_before.is_none(),
            _ => true,
        }
    }
}

impl Comparison {
    /// Whether nothing changed: no finding, and no asset where those were compared.
    pub fn is_empty(&self) -> bool {
        !self.findings.iter().any(FindingChange::is_change)
            && self.inventory.as_ref().is_none_or(InventoryChanges::is_empty)
    }

    /// Sorts and counts the findings.
    fn arrange(&mut self) {
        self.findings.sort_by(|a, b| order(a).cmp(&order(b)));
        self.counts.clear();
        for change in &self.findings {
            *self.counts.entry(change.state).or_default() += 1;
        }
    }

    /// The findings of one state, in order.
    pub fn of(&self, state: FindingState) -> impl Iterator<Item = &FindingChange> {
        self.findings.iter().filter(move |change| change.state == state)
    }
}

/// Compares two audits by the identities of their findings. `outcome` gives what the later one says of a check
/// and an asset (`None` where it says nothing), `exists` whether its snapshot holds the asset or the container.
///
/// Both are asked for the assets a finding was seen on; `outcome` also for the one it belongs to, where it says
/// nothing of the others, as after a rollout whose new pods have other names.
pub fn compare(
    old: &Audit,
    new: &Audit,
    outcome: &dyn Fn(&str, &str, &AssetId) -> Option<Outcome>,
    exists: &dyn Fn(&AssetId) -> bool,
) -> Comparison {
    compare_renamed(old, new, outcome, exists, &|_| None)
}

/// [`compare`], where controls may have got [another id](Renamed) in between: `renamed` gives the present id of a
/// former one.
pub fn compare_renamed(
    old: &Audit,
    new: &Audit,
    outcome: &dyn Fn(&str, &str, &AssetId) -> Option<Outcome>,
    exists: &dyn Fn(&AssetId) -> bool,
    renamed: &dyn Fn(&str) -> Option<String>,
) -> Comparison {
    let (old_controls, new_controls) = (controls(old), controls(new));
    let renamed = Renamed::until(new, renamed);
    let before: BTreeMap<String, &Finding> =
        old.findings.iter().map(|finding| (renamed.identity(finding), finding)).collect();
    let changed = |was: Option<&str>, is: &str| {
        let (was, is) = (was.and_then(|id| old_controls.get(id)), new_controls.get(is));
        was.map(|control| &control.digest) != is.map(|control| &control.digest)
    };

    let mut findings = Vec::new();
    for finding in &new.findings {
        let was = before.get(finding.id.as_str()).copied();
        let control_changed =
            changed(Some(was.map_or(&*finding.control, |was| &was.control)), &finding.control);
        findings.push(FindingChange {
            state: present_state(was, finding, control_changed),
            finding: finding.clone(),
            found_before: was.is_some(),
            exception_before: was.and_then(|was| was.exception.clone()),
            control_changed,
        });
    }
    let found: BTreeSet<&str> = new.findings.iter().map(|finding| finding.id.as_str()).collect();
    for (id, finding) in &before {
        if found.contains(id.as_str()) {
            continue;
        }
        let is_former = renamed.control(finding).is_some();
        let evaluated = new_controls.contains_key(&*finding.control);
        let control_changed = is_former || (evaluated && changed(Some(&finding.control), &finding.control));
        let examined = missing::Later { audit: new, outcome, exists };
        findings.push(FindingChange {
            state: examined.state(finding, evaluated, control_changed),
            finding: (*finding).clone(),
            found_before: true,
            exception_before: finding.exception.clone(),
            control_changed,
        });
    }
    let (old, new) = (compared(old), compared(new));
    let schema_version = COMPARISON_VERSION.to_owned();
    let mut comparison =
        Comparison { schema_version, old, new, counts: BTreeMap::new(), findings, inventory: None };
    comparison.arrange();
    comparison
}

/// [`compare_renamed`] by the two documents alone. Of what is a finding no longer they don't tell whether it was
/// examined again.
pub fn compare_documents(old: &Audit, new: &Audit, renamed: &dyn Fn(&str) -> Option<String>) -> Comparison {
    // As if all assets were gone: that of a finding which may not be seen any more is none of them.
    let mut comparison = compare_renamed(old, new, &|_, _, _| None, &|_| false, renamed);
    let evaluated = controls(new);
    for change in comparison.findings.iter_mut().filter(|c| c.state == FindingState::AssetGone) {
        change.state = match evaluated.contains_key(&*change.finding.control) {
            _ if change.control_changed => FindingState::ControlChanged,
            true => FindingState::NotFoundAgain,
            false => FindingState::NotExamined,
        };
    }
    comparison.arrange();
    comparison
}

fn controls(audit: &Audit) -> BTreeMap<&str, &ControlResult> {
    audit.controls.iter().map(|control| (control.id.as_str(), control)).collect()
}

fn compared(audit: &Audit) -> ComparedAudit {
    ComparedAudit {
        cluster: audit.snapshot.cluster.clone(),
        snapshot: audit.snapshot.id.clone(),
        as_of: audit.as_of.clone(),
        result_digest: audit.result_digest.clone(),
    }
}

fn order(change: &FindingChange) -> impl Ord + '_ {
    let Finding { severity, control, check, asset, container, id, .. } = &change.finding;
    (change.state, Reverse(*severity), control, check, &asset.id, container, id)
}

fn present_state(was: Option<&Finding>, is: &Finding, control_changed: bool) -> FindingState {
    match was {
        _ if !is.is_open() => FindingState::Excepted,
        // Another text may look at other fields: what it sees more of needn't be worse.
        Some(was) if was.is_open() && !control_changed && worsened(was, is) => FindingState::Worsened,
        Some(was) if was.is_open() => FindingState::Unchanged,
        _ => FindingState::New,
    }
}

/// More assets, or more fields of one that was there before.
fn worsened(was: &Finding, is: &Finding) -> bool {
    let fields = |place: &Place| place.evidence.iter().map(|e| &*e.field).collect::<BTreeSet<_>>().len();
    let before: BTreeMap<&AssetId, usize> = was.places.iter().map(|p| (&p.asset.id, fields(p))).collect();
    is.places.len() > was.places.len()
        || is.places.iter().any(|p| before.get(&p.asset.id).is_some_and(|count| fields(p) > *count))
}
