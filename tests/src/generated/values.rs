//! The values that objects have and queries ask for.

use assay_model::schema::Scalar;
use serde_json::{Value, json};

use crate::random::Random;

/// Namespaces of objects.
pub(super) const NAMESPACES: [&str; 3] = ["a", "b", "default"];
const NAMES: [&str; 4] = ["a", "b", "c", "default"];
const KINDS: [&str; 12] = [
    "Deployment",
    "ReplicaSet",
    "Pod",
    "Job",
    "CronJob",
    "ServiceAccount",
    "Role",
    "ClusterRole",
    "User",
    "Group",
    "Widget",
    "NetworkPolicy",
];
const TEXTS: [&str; 14] = [
    "a",
    "b",
    "ab",
    "A",
    "",
    "a.b/c",
    "it's",
    "\u{e9}t\u{e9}",
    "two\nlines",
    "100%",
    "a_b",
    "a\\b",
    "\"a\"",
    "a\r",
];
const QUANTITIES: [&str; 22] = [
    "1", "500m", "0.5", "1Gi", "512Mi", "0.5Gi", "1k", "1e3", "+2", "-1", ".5G", "250n", "7u", "2M", "1T",
    "1P", "1E", "1Ki", "1Ti", "1Ei", "5e-1", "none",
];
const DURATIONS: [&str; 9] = ["0", "0s", "1h", "60m", "1h0m0s", "1.5s", "10s", "soon", ""];
const TIMES: [&str; 3] = ["2026-01-01T00:00:00Z", "2026-03-01T12:30:00.5Z", "2025-12-31T23:59:59Z"];
const SELECTORS: [&str; 6] = ["", "a=a", "a in (a,b)", "a notin (a)", "b", "!b"];
/// Patterns, with classes and anchors that regular expressions differ in.
const PATTERNS: [&str; 17] = [
    "a",
    "a.*",
    "[ab]+",
    "(a|b)?",
    "\\d+",
    "\\w+",
    "[^a]*",
    "(?i)A",
    ".",
    "(?s).*",
    "a|b.*",
    "\\S+\\s\\S+",
    "(?:a{1,2}){2}",
    "\\D*",
    "[^\\w]*a?",
    "a\\\\b",
    ".*[%_].*",
];

/// A text that a field of that name may have.
pub(super) fn text(random: &mut Random, field: &str) -> &'static str {
    match field {
        "kind" => random.pick(&KINDS),
        "namespace" => random.pick(&NAMESPACES),
        "type" => random.pick(&["init", "ordinary", "secret", "Pod", "hostPath"]),
        "apiVersion" => {
            random.pick(&["v1", "apps/v1", "batch/v1", "example.com/v1", "crd.antrea.io/v1beta1"])
        }
        "image" => random.pick(&["a", "b:1", "registry.example/a:v1", "a@sha256:00", "", "a b"]),
        "command" | "args" => random.pick(&["--a=b", "--a", "-b", "c", "--b=", "sh"]),
        "verbs" => random.pick(&["get", "list", "create", "*", "bind", "impersonate"]),
        "resources" => random.pick(&["pods", "secrets", "*", "pods/exec", "roles", "nodes"]),
        "apiGroups" | "apiGroup" => random.pick(&["", "*", "apps", "rbac.authorization.k8s.io"]),
        "policyTypes" => random.pick(&["Ingress", "Egress"]),
        "cidr" | "except" => random.pick(&["0.0.0.0/0", "10.0.0.0/8", "::/0", "a"]),
        "uid" => random.pick(&["1", "2"]),
        name if name.to_lowercase().ends_with("name") => random.pick(&NAMES),
        _ => random.pick(&TEXTS),
    }
}

pub(super) fn pattern(random: &mut Random) -> &'static str {
    random.pick(&PATTERNS)
}

/// A value of an object's field.
pub(super) fn in_object(random: &mut Random, field: &str, scalar: Scalar) -> Value {
    match scalar {
        // Of some texts a part was taken out.
        Scalar::String if matches!(field, "value" | "args") && random.percent(15) => {
            random.pick(&["[redacted: token]", "a [redacted: token]", "a[redacted"]).into()
        }
        Scalar::String => text(random, field).into(),
        Scalar::Int => random.below(4).into(),
        Scalar::Float => json!(random.below(4) as f64 / 2.0),
        Scalar::Boolean => random.percent(50).into(),
        Scalar::Quantity => (random.pick(&QUANTITIES)).into(),
        Scalar::Duration => (random.pick(&DURATIONS)).into(),
        Scalar::DateTime => (random.pick(&TIMES)).into(),
        Scalar::IntOrString => {
            random.one(&[json!(80), json!(9), json!(1024), json!("http"), json!("a"), json!("9")]).clone()
        }
        Scalar::LabelSelector => selector(random),
        #[allow(unreachable_patterns, reason = "the model may get more")]
        _ => Value::Null,
    }
}

fn selector(random: &mut Random) -> Value {
    let expression =
        |operator: &str, values: &[&str]| json!({"key": "a", "operator": operator, "values": values});
    match random.below(6) {
        0 => json!({}),
        1 => json!({"a": "a"}),
        2 => json!({"matchLabels": {"a": "a"}}),
        3 => json!({"matchExpressions": [expression("In", &["a", "b"])]}),
        4 => json!({"matchExpressions": [expression("NotIn", &["a"])]}),
        _ => json!({"matchExpressions": [{"key": "b", "operator": "DoesNotExist"}]}),
    }
}

/// A value in a query, as it is written there.
pub(super) fn in_query(random: &mut Random, field: &str, scalar: Scalar) -> String {
    match scalar {
        Scalar::String => quoted(text(random, field)),
        Scalar::Int => random.below(4).to_string(),
        Scalar::Float => format!("{:?}", random.below(4) as f64 / 2.0),
        Scalar::Boolean => random.percent(50).to_string(),
        Scalar::Quantity => quoted(random.pick(&QUANTITIES[..21])),
        Scalar::Duration => quoted(random.pick(&DURATIONS[..7])),
        Scalar::DateTime => quoted(random.pick(&[TIMES[0], TIMES[1], "2026-01-01", "-P90D", "-PT1H"])),
        Scalar::IntOrString => random.pick(&["80", "9", "\"http\"", "\"a\""]).to_owned(),
        Scalar::LabelSelector => quoted(random.pick(&SELECTORS)),
        #[allow(unreachable_patterns, reason = "the model may get more")]
        _ => "null".to_owned(),
    }
}

/// A text as GraphQL and JSON write it.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
