//! Versions that API servers no longer have, of kinds whose fields are where they were.

use serde_json::Value;

/// What was served as the first, and is the same as the second.
const MOVED: &[(&str, &str, &[&str])] = &[
    ("extensions/v1beta1", "apps/v1", &["Deployment", "DaemonSet", "ReplicaSet"]),
    ("apps/v1beta1", "apps/v1", &["Deployment", "StatefulSet"]),
    ("apps/v1beta2", "apps/v1", &["Deployment", "DaemonSet", "ReplicaSet", "StatefulSet"]),
    ("extensions/v1beta1", "networking.k8s.io/v1", &["NetworkPolicy"]),
    ("batch/v1beta1", "batch/v1", &["CronJob"]),
    ("batch/v2alpha1", "batch/v1", &["CronJob"]),
    (
        "rbac.authorization.k8s.io/v1beta1",
        "rbac.authorization.k8s.io/v1",
        &["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"],
    ),
    ("discovery.k8s.io/v1beta1", "discovery.k8s.io/v1", &["EndpointSlice"]),
];

/// Makes an object of a removed version one of the version that took its place; says so.
pub(super) fn to_current_version(object: &mut Value) -> Option<String> {
    let text = |field: &str| object.get(field).and_then(Value::as_str);
    let (api_version, kind) = (text("apiVersion")?.to_owned(), text("kind")?.to_owned());
    let (_, current, _) =
        MOVED.iter().find(|(removed, _, kinds)| *removed == api_version && kinds.contains(&kind.as_str()))?;
    object.as_object_mut()?.insert("apiVersion".to_owned(), (*current).into());
    Some(format!("no API server has {api_version} {kind} any more: it is read as {current}"))
}
