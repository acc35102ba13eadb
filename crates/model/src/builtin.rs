//! What Kubernetes itself creates, recognised by identity and unchanged content, never by prefix or label.

use serde_json::json;

use crate::canonical;
use crate::id::AssetId;

/// By server version: lines of `id contentHash`, as a fresh API server of that version holds them; of versions before
/// the newest, the roles and bindings that are not in a newer one's list already.
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

/// What readers have to know of a server (`v1.29.3-eks-1`) whose version is none of these; nothing of one that is.
pub fn unknown_version(version: &str) -> Option<String> {
    let minor = |text: &str| -> Option<u32> {
        let rest = text.trim_start_matches('v').strip_prefix("1.")?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    let known: Vec<u32> = CONTENTS.iter().filter_map(|(file, _)| minor(file)).collect();
    let server = minor(version);
    if server.is_some_and(|server| known.contains(&server)) {
        return None;
    }
    let (first, last) = (known.iter().min()?, known.iter().max()?);
    Some(format!(
        "the server is {version}, and what Kubernetes creates by itself is known of 1.{first} to 1.{last}: \
         only what is as in one of these is marked as built in"
    ))
}

/// Whether an asset is one that Kubernetes creates in every cluster, or in every namespace, whatever its
/// version.
pub fn is_everywhere(id: &AssetId, content_hash: &str) -> bool {
    match id.parts() {
        // The root certificate's publisher writes this name again when anybody changes it.
        ("core", "ConfigMap", _, "kube-root-ca.crt") => true,
        ("core", "ServiceAccount", namespace, "default") => {
            let metadata = json!({"name": "default", "namespace": namespace});
            let made = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata});
            canonical::write(&made.into()).content_hash == content_hash
        }
        _ => KEPT.contains(&id.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_which_nothing_is_known_is_told() {
        for known in ["v1.36.3", "v1.31.0", "v1.34.1-eks-abc", "1.33+k3s1"] {
            assert_eq!(unknown_version(known), None, "{known}");
        }
        for unknown in ["v1.29.3-gke.1", "v1.99.0", "v2.0.0", ""] {
            let told = unknown_version(unknown).unwrap();
            assert!(told.contains("1.31 to 1.36"), "{told}");
        }
    }

    #[test]
    fn a_default_account_is_built_in_until_somebody_changes_it() {
        let object = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {
            "name": "default", "namespace": "shop", "uid": "1", "resourceVersion": "2"}});
        let id = AssetId::new("", "ServiceAccount", "shop", "default");
        let content_hash = |object: &serde_json::Value| canonical::write(&object.clone().into()).content_hash;
        assert!(is_everywhere(&id, &content_hash(&object)));
        let mut changed = object.clone();
        changed["automountServiceAccountToken"] = json!(false);
        let changed = content_hash(&changed);
        assert!(!is_everywhere(&id, &changed));
        assert!(!is_everywhere(&AssetId::new("", "Namespace", "", "kube-mine"), ""));
    }
}
