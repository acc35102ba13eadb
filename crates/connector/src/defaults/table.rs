//! The defaults, as a table: adding one is adding a line.

use assay_model::json::{Fields, Json};

use super::{image, labels, pod};

/// One default.
pub(super) struct Rule {
    /// The objects that have the field: `spec.ports[]`; none of the path is made, but for what ends in `+`.
    pub(super) at: &'static str,
    /// The field.
    pub(super) field: &'static str,
    /// What it is if it is missing, null or empty.
    pub(super) fill: Fill,
}

/// A default value.
pub(super) enum Fill {
    Text(&'static str),
    Number(i64),
    Flag(bool),
    Object,
    /// What the rest of the object makes it; none leaves it missing.
    By(for<'j> fn(&Fields<'j>) -> Option<Json<'j>>),
}

use Fill::{By, Flag, Number, Object, Text};

const fn rule(at: &'static str, field: &'static str, fill: Fill) -> Rule {
    Rule { at, field, fill }
}

/// Where kinds have their pod's spec.
pub(super) const PODS: &[(&[&str], &str)] = &[
    (&["v1 Pod"], "spec"),
    (
        &[
            "apps/v1 DaemonSet",
            "apps/v1 Deployment",
            "apps/v1 ReplicaSet",
            "apps/v1 StatefulSet",
            "batch/v1 Job",
            "v1 ReplicationController",
        ],
        "spec.template.spec",
    ),
    (&["batch/v1 CronJob"], "spec.jobTemplate.spec.template.spec"),
    (&["v1 PodTemplate"], "template.spec"),
];

/// The lists of a pod's containers.
pub(super) const CONTAINERS: &[&str] = &["initContainers", "containers", "ephemeralContainers"];

/// Of a pod's spec, in pods and in templates.
pub(super) const POD_SPEC: &[Rule] = &[
    rule("", "restartPolicy", Text("Always")),
    rule("", "dnsPolicy", Text("ClusterFirst")),
    rule("", "securityContext", Object),
    // The name that the field had before.
    rule(
        "",
        "serviceAccountName",
        By(|spec| spec.get("serviceAccount").filter(|name| name.as_str().is_some()).cloned()),
    ),
    rule("volumes[]", "emptyDir", By(pod::empty_dir)),
    rule("volumes[].hostPath", "type", Text("")),
    rule("volumes[].projected", "defaultMode", Number(0o644)),
    rule("volumes[].projected.sources[].serviceAccountToken", "expirationSeconds", Number(3600)),
];

/// Of a container.
pub(super) const CONTAINER: &[Rule] = &[
    rule("", "imagePullPolicy", By(image::pull_policy)),
    rule("ports[]", "protocol", Text("TCP")),
    rule("livenessProbe.httpGet", "path", Text("/")),
    rule("livenessProbe.httpGet", "scheme", Text("HTTP")),
    rule("readinessProbe.httpGet", "path", Text("/")),
    rule("readinessProbe.httpGet", "scheme", Text("HTTP")),
    rule("startupProbe.httpGet", "path", Text("/")),
    rule("startupProbe.httpGet", "scheme", Text("HTTP")),
    rule("lifecycle.postStart.httpGet", "path", Text("/")),
    rule("lifecycle.postStart.httpGet", "scheme", Text("HTTP")),
    rule("lifecycle.preStop.httpGet", "path", Text("/")),
    rule("lifecycle.preStop.httpGet", "scheme", Text("HTTP")),
];

const WEBHOOKS: &[&str] = &[
    "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration",
    "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration",
];

const BINDINGS: &[&str] =
    &["rbac.authorization.k8s.io/v1 RoleBinding", "rbac.authorization.k8s.io/v1 ClusterRoleBinding"];

const RBAC: &str = "rbac.authorization.k8s.io";

/// Of whole kinds.
pub(super) const KINDS: &[(&[&str], &[Rule])] = &[
    (
        &["apps/v1 Deployment", "apps/v1 ReplicaSet", "apps/v1 StatefulSet", "v1 ReplicationController"],
        &[rule("spec", "replicas", Number(1))],
    ),
    // Versions before apps/v1 took the template's labels.
    (
        &["apps/v1 DaemonSet", "apps/v1 Deployment", "apps/v1 ReplicaSet", "apps/v1 StatefulSet"],
        &[rule(
            "spec",
            "selector",
            By(|spec| Some(super::object([("matchLabels", template_labels(spec)?.clone())]))),
        )],
    ),
    (&["v1 ReplicationController"], &[rule("spec", "selector", By(|spec| template_labels(spec).cloned()))]),
    (
        &["batch/v1 Job"],
        &[rule("spec", "backoffLimit", By(backoff_limit)), rule("spec", "suspend", Flag(false))],
    ),
    (
        &["batch/v1 CronJob"],
        &[rule("spec", "concurrencyPolicy", Text("Allow")), rule("spec", "suspend", Flag(false))],
    ),
    (
        &["v1 Service"],
        &[
            rule("spec", "type", Text("ClusterIP")),
            rule("spec", "externalTrafficPolicy", By(external_traffic_policy)),
            rule("spec.ports[]", "protocol", Text("TCP")),
            rule("spec.ports[]", "targetPort", By(|port| port.get("port").cloned())),
        ],
    ),
    (
        &["networking.k8s.io/v1 NetworkPolicy"],
        &[
            rule("spec+", "podSelector", Object),
            rule("spec+", "policyTypes", By(policy_types)),
            rule("spec.ingress[].ports[]", "protocol", Text("TCP")),
            rule("spec.egress[].ports[]", "protocol", Text("TCP")),
        ],
    ),
    (&["v1 Secret"], &[rule("", "type", Text("Opaque"))]),
    (
        &["v1 PersistentVolume"],
        &[
            rule("spec", "persistentVolumeReclaimPolicy", Text("Retain")),
            rule("spec.hostPath", "type", Text("")),
        ],
    ),
    (
        &["v1 PersistentVolumeClaim"],
        &[rule("spec", "volumeMode", Text("Filesystem")), rule("status+", "phase", Text("Pending"))],
    ),
    (&["v1 Namespace"], &[rule("status+", "phase", Text("Active"))]),
    (
        WEBHOOKS,
        &[
            rule("webhooks[]", "failurePolicy", Text("Fail")),
            rule("webhooks[]", "timeoutSeconds", Number(10)),
            rule("webhooks[]", "namespaceSelector", Object),
            rule("webhooks[]", "objectSelector", Object),
            rule("webhooks[].rules[]", "scope", Text("*")),
            rule("webhooks[].clientConfig.service", "port", Number(443)),
        ],
    ),
    (BINDINGS, &[rule("roleRef", "apiGroup", Text(RBAC)), rule("subjects[]", "apiGroup", By(subject_group))]),
];

/// What gives an object of some kinds its labels.
type Label = (&'static [&'static str], fn(&mut Fields<'_>));

/// Labels of whole kinds.
pub(super) const LABELS: &[Label] = &[
    (&["v1 Namespace"], labels::of_a_namespace),
    (&["v1 ReplicationController", "batch/v1 Job"], labels::of_the_template),
];

fn template_labels<'f, 'j>(spec: &'f Fields<'j>) -> Option<&'f Json<'j>> {
    spec.get("template")?.get("metadata")?.get("labels").filter(|labels| labels.as_object().is_some())
}

fn backoff_limit<'j>(spec: &Fields<'j>) -> Option<Json<'j>> {
    let per_index = spec.get("backoffLimitPerIndex").is_some_and(|limit| !limit.is_null());
    Some(if per_index { i64::from(i32::MAX).into() } else { 6.into() })
}

/// After `type` has its default.
fn external_traffic_policy<'j>(spec: &Fields<'j>) -> Option<Json<'j>> {
    let has_addresses =
        || spec.get("externalIPs").and_then(Json::as_array).is_some_and(|list| !list.is_empty());
    match spec.get("type").and_then(Json::as_str)? {
        "LoadBalancer" | "NodePort" => Some("Cluster".into()),
        "ClusterIP" if has_addresses() => Some("Cluster".into()),
        _ => None,
    }
}

fn policy_types<'j>(spec: &Fields<'j>) -> Option<Json<'j>> {
    let has_egress = spec.get("egress").and_then(Json::as_array).is_some_and(|rules| !rules.is_empty());
    let types: &[&str] = if has_egress { &["Ingress", "Egress"] } else { &["Ingress"] };
    Some(types.iter().map(|name| Json::from(*name)).collect::<Vec<_>>().into())
}

fn subject_group<'j>(subject: &Fields<'j>) -> Option<Json<'j>> {
    matches!(subject.get("kind")?.as_str()?, "User" | "Group").then(|| RBAC.into())
}
