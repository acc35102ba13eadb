//! Findings: what failed, on which asset, where, and by which evidence. There may be a million, and they stay until all
//! reports are written, so what many have in common is held once.

use std::sync::Arc;

use assay_model::id::AssetId;
use assay_model::severity::Severity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// A failed check of one asset. Its identity is control, check, the top-level controller of the asset and,
/// where it is one's, the container: a rollout makes no new findings, and ten replicas make one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The identity, as a digest: 32 hexadecimal digits.
    pub id: String,
    /// The control's id.
    pub control: Arc<str>,
    /// The check's slug within the control.
    pub check: Arc<str>,
    /// How bad it is.
    pub severity: Severity,
    /// The asset it belongs to: the top-level controller of those it was seen on.
    pub asset: Arc<AssetRef>,
    /// The container it is about, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Whether Kubernetes itself created the asset.
    pub built_in: bool,
    /// Further facts that the check asks for, by the field's name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub facts: Map<String, Value>,
    /// Where it was seen: the assets, the fields, the source lines. Never empty.
    pub places: Vec<Place>,
    /// The id of the exception that covers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
}

/// An asset, as reports name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetRef {
    /// group/Kind/namespace/name, and `#containers/<name>` for a container.
    #[schemars(with = "String")]
    pub id: AssetId,
    /// The kind.
    pub kind: String,
    /// The namespace; missing on cluster-scoped assets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// The uid the API server gave; missing in manifests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
}

/// One asset on which a finding was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The asset the check's result holds.
    pub asset: Arc<AssetRef>,
    /// SHA-256 of the redacted object's content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_hash: Option<Arc<str>>,
    /// The fields that the verdict rests on.
    pub evidence: Vec<Evidence>,
    /// Where the first of them stands in a file, for manifests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceLocation>,
}

/// A field and its value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// Its path in the object: `spec.containers[1].securityContext.privileged`.
    pub field: Arc<str>,
    /// Its value; null where it is missing.
    pub value: Arc<Value>,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct SourceLocation {
    /// The file, relative to where the audit was started, with `/`.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
}

impl Finding {
    /// The digest of an identity.
    pub fn identity(control: &str, check: &str, asset: &AssetId, container: Option<&str>) -> String {
        let mut hash = Sha256::new();
        for part in [control, check, asset.as_str(), container.unwrap_or_default()] {
            hash.update(part.as_bytes());
            // Ids hold no control characters, so this cannot make two identities one.
            hash.update([0]);
        }
        assay_model::canonical::hex(&hash.finalize()[..16])
    }

    /// Whether it counts: no exception covers it.
    pub fn is_open(&self) -> bool {
        self.exception.is_none()
    }
}
