//! Files that configure programs around a cluster. They are written as objects are, lie beside them, and are none.

use assay_model::json::Json;

/// Groups that no API server serves, and whose configuration they are of. Source: the "Configuration APIs" of the
/// Kubernetes reference, and the documentation of kind, k3d and Skaffold.
const GROUPS: [(&str, &str); 11] = [
    ("apiserver.config.k8s.io", "the API server"),
    ("audit.k8s.io", "the API server"),
    ("controllermanager.config.k8s.io", "the controller manager"),
    ("k3d.io", "k3d"),
    ("kind.x-k8s.io", "kind"),
    ("kubeadm.k8s.io", "kubeadm"),
    ("kubectl.config.k8s.io", "kubectl"),
    ("kubelet.config.k8s.io", "a kubelet"),
    ("kubeproxy.config.k8s.io", "kube-proxy"),
    ("kubescheduler.config.k8s.io", "the scheduler"),
    ("skaffold", "Skaffold"),
];

/// Whose configuration a document is, if it is one. What has metadata may be an object: a resource can be defined in
/// any group.
pub(super) fn of(value: &Json<'_>) -> Option<&'static str> {
    if value.get("metadata").is_some_and(|metadata| !metadata.is_null()) {
        return None;
    }
    let text = |field| value.get(field).and_then(Json::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    if api_version == "v1" && kind == "Config" {
        return Some("kubectl: a kubeconfig");
    }
    let (group, _) = api_version.split_once('/')?;
    GROUPS.iter().find(|(known, _)| *known == group).map(|(_, program)| *program)
}
