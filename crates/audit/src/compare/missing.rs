//! What became of a finding that a later audit doesn't have.

use assay_model::id::AssetId;
use assay_model::schema::is_built_in;

use super::FindingState;
use crate::audit::{Audit, Gap, UnknownResult};
use crate::finding::Finding;
use crate::outcome::Outcome;

/// The later audit, with its results.
pub(super) struct Later<'a> {
    pub(super) audit: &'a Audit,
    pub(super) outcome: &'a dyn Fn(&str, &str, &AssetId) -> Option<Outcome>,
    pub(super) exists: &'a dyn Fn(&AssetId) -> bool,
}

/// What is known of one asset that the finding was seen on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Passed,
    Gone,
    Unknown,
    Unexamined,
}

impl Later<'_> {
    pub(super) fn state(&self, finding: &Finding, evaluated: bool, control_changed: bool) -> FindingState {
        let fates: Vec<Fate> = if finding.places.is_empty() {
            vec![self.fate(finding, &finding.asset.id)]
        } else {
            finding.places.iter().map(|place| self.fate(finding, &place.asset.id)).collect()
        };
        let any = |fate| fates.contains(&fate);
        if fates.iter().all(|fate| *fate == Fate::Gone) && !self.owner_passed(finding) {
            FindingState::AssetGone
        } else if control_changed {
            FindingState::ControlChanged
        } else if !evaluated {
            FindingState::NotExamined
        } else if any(Fate::Unknown) {
            FindingState::UnknownNow
        } else if any(Fate::Unexamined) {
            FindingState::NotExamined
        } else {
            FindingState::Resolved
        }
    }

    /// The later audit's word on the asset that the finding belongs to, where it was seen on others.
    fn owner(&self, finding: &Finding) -> Option<Outcome> {
        (self.outcome)(&finding.control, &finding.check, &finding.asset.id)
    }

    fn owner_passed(&self, finding: &Finding) -> bool {
        self.owner(finding) == Some(Outcome::Pass)
    }

    fn fate(&self, finding: &Finding, asset: &AssetId) -> Fate {
        if is_out_of_scope(&self.audit.snapshot.namespaces, asset) {
            return Fate::Unexamined;
        }
        let said = (self.outcome)(&finding.control, &finding.check, asset);
        match said.filter(|outcome| *outcome != Outcome::NotApplicable) {
            Some(Outcome::Pass) => Fate::Passed,
            Some(Outcome::Unknown) => Fate::Unknown,
            Some(Outcome::Fail) => self.failed_elsewhere(finding, asset),
            _ if self.is_hidden(finding, asset) => Fate::Unknown,
            _ if !(self.exists)(&asset.object()) => match self.owner(finding) {
                Some(Outcome::Unknown) => Fate::Unknown,
                _ => Fate::Gone,
            },
            // The object stays, and the container it was about does not.
            _ if asset.container().is_some() && !(self.exists)(asset) => Fate::Gone,
            _ => match self.owner(finding) {
                Some(Outcome::Pass) => Fate::Passed,
                Some(Outcome::Unknown) => Fate::Unknown,
                _ => Fate::Unexamined,
            },
        }
    }

    /// The asset fails, and not by this finding. If it fails as a whole while the finding was about one of its
    /// containers, that one passed, unless something the check reads is missing: a certain failure of another
    /// container hides that this one is unknown. Else the failure counts for another asset now.
    fn failed_elsewhere(&self, finding: &Finding, asset: &AssetId) -> Fate {
        if finding.container.is_none() || asset.container().is_some() {
            return Fate::Unexamined;
        }
        let controls = self.audit.controls.iter().filter(|control| *control.id == *finding.control);
        let check = controls.flat_map(|control| &control.checks).find(|check| *check.slug == *finding.check);
        let complete = |reads: &[String]| !self.audit.gaps.iter().any(|gap| reads.contains(&gap.resource));
        match check {
            Some(check) if complete(&check.reads) => Fate::Passed,
            _ => Fate::Unknown,
        }
    }

    /// Whether the asset may be there without the later audit having seen it.
    fn is_hidden(&self, finding: &Finding, asset: &AssetId) -> bool {
        let undecided = |unknown: &UnknownResult| {
            *unknown.control == *finding.control
                && *unknown.check == *finding.check
                && (unknown.asset.id.object() == asset.object()
                    || (unknown.asset.kind == "Cluster" && self.reaches(unknown, asset)))
        };
        (!(self.exists)(&asset.object()) && self.audit.gaps.iter().any(|gap| gap_hides(gap, asset)))
            || self.audit.unknowns.iter().any(undecided)
    }

    /// Whether one of the gaps behind an unknown is about the asset's namespace.
    fn reaches(&self, unknown: &UnknownResult, asset: &AssetId) -> bool {
        let (_, _, namespace, _) = asset.parts();
        let mut gaps = unknown.gaps.iter().map(|index| self.audit.gaps.get(*index));
        let elsewhere = |gap: Option<&Gap>| {
            gap.is_some_and(|gap| {
                gap.namespace.as_deref().is_some_and(|n| n != namespace)
                    || gap.asset.as_ref().is_some_and(|other| other.id.object() != asset.object())
            })
        };
        unknown.gaps.is_empty() || gaps.any(|gap| !elsewhere(gap))
    }
}

/// Whether an asset is in none of the namespaces that alone were to be read, if there are such.
pub(super) fn is_out_of_scope(namespaces: &[String], asset: &AssetId) -> bool {
    let (group, kind, namespace, name) = asset.parts();
    let home = if (group, kind) == ("core", "Namespace") { name } else { namespace };
    !namespaces.is_empty() && !home.is_empty() && namespaces.iter().all(|other| other != home)
}

/// Whether an asset may be missing from a snapshot because of this gap.
pub(super) fn gap_hides(gap: &Gap, asset: &AssetId) -> bool {
    if let Some(unread) = &gap.asset {
        return unread.id.object() == asset.object();
    }
    let (group, kind, namespace, _) = asset.parts();
    !gap.status.is_complete()
        && gap.namespace.as_deref().is_none_or(|n| n == namespace)
        && may_be_of(&gap.resource, group, kind)
}

/// Whether a resource (`networkpolicies.networking.k8s.io`) may be that of a kind; `*` stands for whatever has no gap of
/// its own, as Kubernetes' own kinds have where any group may be missing. A gap names the plural alone, so it is
/// compared up to the letter that a plural may change, and not at all where whoever defined the kind chose it; taking
/// too much leaves a finding standing.
fn may_be_of(resource: &str, group: &str, kind: &str) -> bool {
    let (plural, of) = resource.split_once('.').unwrap_or((resource, "core"));
    let is_own = group == "core" || is_built_in(group);
    let kind = kind.to_ascii_lowercase();
    let stem = kind.char_indices().last().map_or("", |(last, _)| &kind[..last]);
    match (plural, of) {
        ("*", "*") => !is_own,
        (plural, of) => of == group && (!is_own || plural == "*" && of != "core" || plural.starts_with(stem)),
    }
}

#[cfg(test)]
mod tests {
    use super::may_be_of;

    #[test]
    fn resources_are_those_of_their_kinds() {
        for (resource, group, kind) in [
            ("pods", "core", "Pod"),
            ("endpoints", "core", "Endpoints"),
            ("networkpolicies.networking.k8s.io", "networking.k8s.io", "NetworkPolicy"),
            ("ingresses.networking.k8s.io", "networking.k8s.io", "Ingress"),
        ] {
            assert!(may_be_of(resource, group, kind), "{resource}");
            assert!(!may_be_of(resource, group, "Secret"), "{resource}");
            assert!(!may_be_of(resource, "example.com", kind), "{resource}");
        }
    }

    #[test]
    fn a_group_may_have_any_kind() {
        for (resource, group, kind, is) in [
            ("*.metrics.example", "metrics.example", "Gauge", true),
            ("*.metrics.example", "other.example", "Gauge", false),
            ("*.apps", "apps", "Deployment", true),
            ("*.*", "metrics.example", "Gauge", true),
            // Kubernetes' own kinds have gaps of their own then.
            ("*.*", "core", "Pod", false),
            ("*.*", "apps", "Deployment", false),
            // What is out of scope is told otherwise.
            ("*", "core", "Pod", false),
            ("people.example.com", "example.com", "Person", true),
            (
                "network-attachment-definitions.k8s.cni.cncf.io",
                "k8s.cni.cncf.io",
                "NetworkAttachmentDefinition",
                true,
            ),
        ] {
            assert_eq!(may_be_of(resource, group, kind), is, "{resource} {group}/{kind}");
        }
    }
}
