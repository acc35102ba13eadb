//! The values that objects have and queries ask for.

use assay_model::schema::Scalar;
use serde_json::{Value, json};

use super::rng::Rng;

/// Namespaces of objects.
pub(super) const NAMESPACES: [&str; 3] = ["a", "b", "default"];
const NAMES: [&str; 4] = ["a", "b", "c", "default"];
const KINDS: [&str; 8] =
    ["Deployment", "ReplicaSet", "Pod", "Job", "CronJob", "ServiceAccount", "Role", "ClusterRole"];
const TEXTS: [&str; 9] = ["a", "b", "ab", "A", "", "a.b/c", "it's", "\u{e9}t\u{e9}", "two\nlines"];
const QUANTITIES: [&str; 12] =
    ["1", "500m", "0.5", "1Gi", "512Mi", "0.5Gi", "1k", "1e3", "+2", "-1", ".5G", "none"];
const TIMES: [&str; 3] = ["2026-01-01T00:00:00Z", "2026-03-01T12:30:00.5Z", "2025-12-31T23:59:59Z"];
const SELECTORS: [&str; 6] = ["", "a=a", "a in (a,b)", "a notin (a)", "b", "!b"];
/// Patterns, with classes and anchors that regular expressions differ in.
const PATTERNS: [&str; 12] =
    ["a", "a.*", "[ab]+", "(a|b)?", "\\d+", "\\w+", "[^a]*", "(?i)A", ".", "(?s).*", "a|b.*", "\\S+\\s\\S+"];

/// A text that a field of that name may have.
pub(super) fn text(rng: &mut Rng, field: &str) -> &'static str {
    match field {
        "kind" => rng.word(&KINDS),
        "namespace" => rng.word(&NAMESPACES),
        "type" => rng.word(&["init", "ordinary", "secret", "Pod", "hostPath"]),
        "uid" => rng.word(&["1", "2"]),
        name if name.to_lowercase().ends_with("name") => rng.word(&NAMES),
        _ => rng.word(&TEXTS),
    }
}

pub(super) fn pattern(rng: &mut Rng) -> &'static str {
    rng.word(&PATTERNS)
}

/// A value of an object's field.
pub(super) fn in_object(rng: &mut Rng, field: &str, scalar: Scalar) -> Value {
    match scalar {
        Scalar::String => text(rng, field).into(),
        Scalar::Int => rng.below(4).into(),
        Scalar::Float => json!(rng.below(4) as f64 / 2.0),
        Scalar::Boolean => rng.percent(50).into(),
        Scalar::Quantity => (rng.word(&QUANTITIES)).into(),
        Scalar::DateTime => (rng.word(&TIMES)).into(),
        Scalar::IntOrString => rng.one(&[json!(80), json!("http"), json!("a")]).clone(),
        Scalar::LabelSelector => selector(rng),
        #[allow(unreachable_patterns, reason = "the model may get more")]
        _ => Value::Null,
    }
}

fn selector(rng: &mut Rng) -> Value {
    let expression =
        |operator: &str, values: &[&str]| json!({"key": "a", "operator": operator, "values": values});
    match rng.below(6) {
        0 => json!({}),
        1 => json!({"a": "a"}),
        2 => json!({"matchLabels": {"a": "a"}}),
        3 => json!({"matchExpressions": [expression("In", &["a", "b"])]}),
        4 => json!({"matchExpressions": [expression("NotIn", &["a"])]}),
        _ => json!({"matchExpressions": [{"key": "b", "operator": "DoesNotExist"}]}),
    }
}

/// A value in a query, as it is written there.
pub(super) fn in_query(rng: &mut Rng, field: &str, scalar: Scalar) -> String {
    match scalar {
        Scalar::String => quoted(text(rng, field)),
        Scalar::Int => rng.below(4).to_string(),
        Scalar::Float => format!("{:?}", rng.below(4) as f64 / 2.0),
        Scalar::Boolean => rng.percent(50).to_string(),
        Scalar::Quantity => quoted(rng.word(&QUANTITIES[..11])),
        Scalar::DateTime => quoted(rng.word(&[TIMES[0], TIMES[1], "2026-01-01", "-P90D", "-PT1H"])),
        Scalar::IntOrString => rng.word(&["80", "\"http\"", "\"a\""]).to_owned(),
        Scalar::LabelSelector => quoted(rng.word(&SELECTORS)),
        #[allow(unreachable_patterns, reason = "the model may get more")]
        _ => "null".to_owned(),
    }
}

/// A text as GraphQL and JSON write it.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
