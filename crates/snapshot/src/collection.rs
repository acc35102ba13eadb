//! What a collection was: of which cluster, by whom, when, how complete and how consistent. An auditor asks
//! for all of it and nobody can add it later.

use assay_model::coverage::ReadStatus;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// Everything the connector knows about a collection, as it stands in the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Collection {
    /// The cluster that was read. Of manifests, nothing is known of it.
    #[serde(default)]
    pub cluster: Cluster,
    /// Who read it.
    #[serde(default)]
    pub collector: Collector,
    /// When the last byte was read, by our clock. (The start is the manifest's.)
    pub finished: Timestamp,
    /// The API server's clock at the first and the last response: our clock may be wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_time: Option<ServerTime>,
    /// What was to be read.
    #[serde(default)]
    pub scope: Scope,
    /// Whether everything was read as of one moment.
    pub consistency: Consistency,
    /// What became of reading each API resource.
    #[serde(default)]
    pub resources: Vec<ResourceRead>,
    /// The digest of the redaction rules in force: what they say is the tool's, by its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redaction: Option<Digest>,
    /// The files read, if objects came from files.
    #[serde(default)]
    pub inputs: Vec<InputFile>,
    /// What read it.
    pub tool: Tool,
    /// What a reader of the snapshot should know and no other field says.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// A cluster's identity, as far as it showed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cluster {
    /// The uid of the namespace `kube-system`: the one thing that no two clusters share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// The API server's `gitVersion`, such as `v1.34.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The API server's URL, without credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The SHA-256 of the cluster's CA certificate (its DER).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_fingerprint: Option<Digest>,
    /// Whose service it is (`eks`, `gke`, `aks`, `kind` …), where it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
}

/// Who collected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Collector {
    /// Whom the API server took the collector for (SelfSubjectReview); the impersonated user if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// Whom the collector asked to be taken for (`--as`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impersonated: Option<User>,
    /// What started the collection: a CI run's URL, a Kubernetes Job's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
}

/// A user of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The user's name, such as `system:serviceaccount:assay:assay`.
    pub username: String,
    /// The groups the user is in.
    #[serde(default)]
    pub groups: Vec<String>,
    /// The uid the authenticator gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
}

/// The server's clock (the HTTP `Date` header, so to the second).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerTime {
    /// At the first response.
    pub started: Timestamp,
    /// At the last response.
    pub finished: Timestamp,
}

/// What was to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// The only namespaces read; all if there is none.
    #[serde(default)]
    pub namespaces: Vec<String>,
    /// Namespaces left out.
    #[serde(default)]
    pub excluded_namespaces: Vec<String>,
    /// API resources left out, as `resource.group`.
    #[serde(default)]
    pub excluded_resources: Vec<String>,
}

/// Whether everything was read as of one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "level", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Consistency {
    /// All lists are of one revision, and the server was seen to honour that.
    Pinned {
        /// The revision.
        revision: String,
        /// Resources with revisions of their own (aggregated APIs, a separate etcd), which were listed apart.
        #[serde(default)]
        apart: Vec<Apart>,
    },
    /// Lists are of different moments.
    Unpinned {
        /// Why.
        reason: String,
    },
    /// Files, which have no moment.
    Manifests,
}

/// A resource that could not be read at the common revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Apart {
    /// The API resource, as `resource.group`.
    pub resource: String,
    /// Why, such as what the API server answered.
    pub reason: String,
}

/// What became of reading one API resource, in one namespace or in all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceRead {
    /// The API group; empty for the core group.
    pub group: String,
    /// The version it was read in.
    pub version: String,
    /// The resource: the plural, as in URLs.
    pub resource: String,
    /// The kind of its objects.
    pub kind: String,
    /// The namespace, if it was read in that one only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Whether it was read.
    pub status: ReadStatus,
    /// The HTTP status of the response that decided that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_code: Option<u16>,
    /// What the API server, or assay, said about a failure. Quotes no object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The revision of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// How many pages the list had.
    #[serde(default)]
    pub pages: u64,
    /// How many objects were read.
    #[serde(default)]
    pub count: u64,
    /// The `Audit-ID` of each response, which the API server's own audit log has too.
    #[serde(default)]
    pub audit_ids: Vec<String>,
}

/// A file that objects were read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InputFile {
    /// The path, relative to the folder that was given.
    pub path: String,
    /// Its digest.
    pub sha256: Digest,
    /// Its size.
    pub bytes: u64,
    /// The commit that the work tree was at, if it is in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git_commit: Option<String>,
}

/// The program that collected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tool {
    /// `assay`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The digest of its executable, if that could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}
