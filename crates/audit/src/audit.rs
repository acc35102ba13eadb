//! The audit: all that a report shows, as one document.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_model::coverage::ReadStatus;
use assay_model::severity::Severity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::{AssetRef, Finding};
use crate::outcome::Outcome;

/// The version of the JSON that [`Audit`] makes. A field may be added within a version; none changes meaning.
pub const SCHEMA_VERSION: &str = "1";

/// The result of evaluating controls over one snapshot. The same inputs give the same bytes: it has no clock
/// but the snapshot's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Audit {
    /// [`SCHEMA_VERSION`].
    pub schema_version: String,
    /// What was audited.
    pub snapshot: SnapshotInfo,
    /// The instant that ages are counted from, RFC 3339; the snapshot's own unless given.
    pub as_of: String,
    /// Digests of everything the results depend on.
    pub inputs: Inputs,
    /// SHA-256 over inputs and results: equal digests mean equal audits.
    pub result_digest: String,
    /// The program that evaluated.
    pub tool: Tool,
    /// Counts.
    pub summary: Summary,
    /// Each control's outcome, by id.
    pub controls: Vec<ControlResult>,
    /// What failed, worst first, then by control, check and asset.
    pub findings: Vec<Finding>,
    /// What could not be decided.
    pub unknowns: Vec<UnknownResult>,
    /// What could not be read, and why.
    pub gaps: Vec<Gap>,
    /// Exceptions in force, and expired ones.
    pub exceptions: Vec<ExceptionUse>,
    /// Remarks on the input: duplicates, files that hold no objects, lists that could not be pinned.
    pub notes: Vec<String>,
}

/// What was audited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotInfo {
    /// Its folder's name in the store.
    pub id: String,
    /// SHA-256 of its manifest.
    pub digest: String,
    /// The cluster's name.
    pub cluster: String,
    /// The uid of `kube-system`; missing for manifests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_uid: Option<String>,
    /// The API server's version; missing for manifests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_version: Option<String>,
    /// The API server's URL; missing for manifests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Who collected, as the API server named them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected_by: Option<String>,
    /// The only namespaces that were to be read; all if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
    /// `cluster` or `manifests`.
    pub origin: Origin,
    /// How far the lists are of one point in time, in words (`pinned at revision 1234`).
    pub consistency: String,
    /// When collecting started, RFC 3339.
    pub started_at: String,
    /// When collecting finished, RFC 3339.
    pub finished_at: String,
    /// Objects read, by resource (`deployments.apps`), with what became of reading it.
    pub resources: BTreeMap<String, ResourceCount>,
}

/// Where objects came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// An API server.
    Cluster,
    /// Files.
    Manifests,
}

/// What became of reading a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceCount {
    /// Objects read.
    pub objects: u64,
    /// What became of reading it.
    #[schemars(with = "String")]
    pub status: ReadStatus,
}

/// Digests (SHA-256) of everything the results depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Inputs {
    /// The controls evaluated, with their texts.
    pub controls: String,
    /// The asset model.
    pub model: String,
    /// The exceptions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exceptions: Option<String>,
    /// The named lists that checks compare with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lists: Option<String>,
    /// Values of variables, where they are not the controls' own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variables: Option<String>,
}

/// The program that made something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// `assay`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Counts for the head of a report.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Controls by outcome.
    pub controls: OutcomeCounts,
    /// Controls that no snapshot can decide.
    pub manual_controls: u64,
    /// (check, asset) pairs by outcome.
    pub results: OutcomeCounts,
    /// Open findings by severity.
    #[schemars(with = "BTreeMap<String, u64>")]
    pub open_findings: BTreeMap<Severity, u64>,
    /// Findings that an exception covers.
    pub excepted_findings: u64,
}

/// How many have each outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutcomeCounts {
    /// Passed.
    pub pass: u64,
    /// Failed.
    pub fail: u64,
    /// Undecided.
    pub unknown: u64,
    /// Without any asset they are about.
    pub not_applicable: u64,
}

impl OutcomeCounts {
    /// Counts one more.
    pub fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Pass => self.pass += 1,
            Outcome::Fail => self.fail += 1,
            Outcome::Unknown => self.unknown += 1,
            Outcome::NotApplicable => self.not_applicable += 1,
        }
    }
}

/// The outcome of one control.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ControlResult {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How bad its failures are.
    pub severity: Severity,
    /// Its category.
    pub category: String,
    /// Requirement ids by framework.
    pub frameworks: BTreeMap<String, Vec<String>>,
    /// SHA-256 of its text: two audits compare by it.
    pub digest: String,
    /// The outcome of all its checks together; missing for manual controls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Its checks; none for manual controls.
    pub checks: Vec<CheckResult>,
}

/// The outcome of one check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckResult {
    /// Its slug within the control.
    pub slug: String,
    /// What should hold.
    pub title: String,
    /// The query as written.
    pub query: String,
    /// What is expected of its result, as written.
    pub expected: String,
    /// The outcome of all its assets together.
    pub outcome: Outcome,
    /// Assets by outcome: the population.
    pub assets: OutcomeCounts,
    /// The resources it reads (`networkpolicies.networking.k8s.io`).
    pub reads: Vec<String>,
    /// Which of the control's requirements it serves; missing for all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub serves: Vec<String>,
}

impl ControlResult {
    /// The outcome of the checks that serve a requirement; missing for manual controls.
    pub fn outcome_for(&self, requirement: &str) -> Option<Outcome> {
        if self.checks.iter().all(|check| check.serves.is_empty()) {
            return self.outcome;
        }
        let serves =
            |check: &&CheckResult| check.serves.is_empty() || check.serves.iter().any(|id| id == requirement);
        Some(Outcome::of(self.checks.iter().filter(serves).map(|check| check.outcome)))
    }
}

/// A (check, asset) pair that could not be decided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnknownResult {
    /// The control's id.
    pub control: String,
    /// The check's slug.
    pub check: String,
    /// The asset; the cluster, where it isn't known which assets there are.
    pub asset: Arc<AssetRef>,
    /// Which of [`Audit::gaps`] made it so, by index.
    pub gaps: Vec<usize>,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// The resource (`networkpolicies.networking.k8s.io`).
    pub resource: String,
    /// The namespace, if only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The object, if only that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<Arc<AssetRef>>,
    /// What became of reading it; `failed` for one unreadable object.
    #[schemars(with = "String")]
    pub status: ReadStatus,
    /// Why, in words.
    pub message: String,
    /// The permission that is missing (`list networkpolicies.networking.k8s.io`), if that is why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
}

/// An exception and what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExceptionUse {
    /// Its id.
    pub id: String,
    /// Why it was granted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day it covers anything, `yyyy-mm-dd`.
    pub expires: String,
    /// Whether that day was over at the audit's as-of time.
    pub expired: bool,
    /// How many findings it covers; of an expired one, how many it would have.
    pub findings: u64,
}
