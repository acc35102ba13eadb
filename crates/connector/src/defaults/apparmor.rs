//! AppArmor profiles were annotations before they were fields; of a pod, the API server makes the one the other.

use serde_json::{Map, Value, json};

use super::table::CONTAINERS;

/// What stands before the container's name in the annotation.
const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

/// Gives each container the profile that its annotation names, unless it has one: `applyAppArmorVersionSkew` of
/// `pkg/registry/core/pod/strategy.go`.
pub(super) fn fields(pod: &mut Map<String, Value>) {
    let annotations = pod.get("metadata").and_then(|metadata| metadata.get("annotations"));
    let Some(Value::Object(annotations)) = annotations.cloned() else { return };
    let Some(Value::Object(spec)) = pod.get_mut("spec") else { return };
    if spec.get("os").is_some_and(|os| os["name"] == "windows") {
        return;
    }
    let of_pod = spec.get("securityContext").and_then(|context| context.get("appArmorProfile")).cloned();
    for list in CONTAINERS {
        super::each(spec.get_mut(*list), &mut |container| {
            let name = container.get("name").and_then(Value::as_str).unwrap_or_default();
            let annotation = annotations.get(&format!("{ANNOTATION}{name}")).and_then(Value::as_str);
            if let Some(profile) = annotation.and_then(profile).filter(|own| of_pod.as_ref() != Some(own)) {
                set(container, profile);
            }
        });
    }
}

/// The profile that an annotation names; none if the API server would not take it for one.
fn profile(annotation: &str) -> Option<Value> {
    match annotation {
        "unconfined" => Some(json!({"type": "Unconfined"})),
        "runtime/default" => Some(json!({"type": "RuntimeDefault"})),
        _ => {
            let name = annotation.strip_prefix("localhost/")?;
            (!name.is_empty() && name.trim() == name)
                .then(|| json!({"type": "Localhost", "localhostProfile": name}))
        }
    }
}

fn set(container: &mut Map<String, Value>, profile: Value) {
    let context = container.entry("securityContext").or_insert(Value::Null);
    if context.is_null() {
        *context = json!({});
    }
    if let Value::Object(context) = context
        && context.get("appArmorProfile").is_none_or(Value::is_null)
    {
        context.insert("appArmorProfile".to_owned(), profile);
    }
}
