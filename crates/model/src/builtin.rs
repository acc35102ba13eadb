//! What Kubernetes itself creates, recognised by identity and unchanged content, never by prefix or label.

use serde_json::json;

use crate::canonical;
use crate::id::AssetId;

/// By server version: lines of `id contentHash`, as a fresh API server of that version holds them.
pub const CONTENTS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/builtin_files.rs"));

/// Objects that Kubernetes keeps as it wants them, so that their identity says enough: the namespaces it
/// creates, which have no content of their own, and the Service of the API server.
const KEPT: [&str; 6] = [
    "core/Namespace//default",
    "core/Namespace//kube-node-lease",
    "core/Namespace//kube-public",
    "core/Namespace//kube-system",
    "core/Service/default/kubernetes",
    "discovery.k8s.io/EndpointSlice/default/kubernetes",
];

/// Whether an asset is one that Kubernetes creates in every cluster, or in every namespace, whatever its
/// version.
pub fn is_everywhere(id: &AssetId, content_hash: &str) -> bool {
    match id.parts() {
        // The root certificate's publisher writes this name again when anybody changes it.
        ("core", "ConfigMap", _, "kube-root-ca.crt") => true,
        ("core", "ServiceAccount", namespace, "default") => {
            let metadata = json!({"name": "default", "namespace": namespace});
            let made = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata});
            canonical::content_hash(&made) == content_hash
        }
        _ => KEPT.contains(&id.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_account_is_built_in_until_somebody_changes_it() {
        let object = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {
            "name": "default", "namespace": "shop", "uid": "1", "resourceVersion": "2"}});
        let id = AssetId::new("", "ServiceAccount", "shop", "default");
        assert!(is_everywhere(&id, &canonical::content_hash(&object)));
        let mut changed = object.clone();
        changed["automountServiceAccountToken"] = json!(false);
        let changed = canonical::content_hash(&canonical::sort_keys(changed));
        assert!(!is_everywhere(&id, &changed));
        assert!(!is_everywhere(&AssetId::new("", "Namespace", "", "kube-mine"), ""));
    }
}
