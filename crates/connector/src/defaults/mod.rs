//! What the API server fills in where a manifest says nothing, as far as the model reads it: a folder has to get the
//! verdicts that it gets once applied.
//!
//! Source: `pkg/apis/*/v1/defaults.go` and `zz_generated.defaults.go` of Kubernetes 1.36, `conversion.go` of core/v1,
//! and of admission what it does to every Pod. What depends on other objects (token volumes, default storage classes,
//! limit ranges) or on the cluster (addresses, ports of nodes) is left out.

mod apparmor;
mod image;
mod labels;
mod pod;
mod table;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use self::table::{CONTAINER, CONTAINERS, Fill, KINDS, LABELS, POD_SPEC, PODS, Rule};

/// Fills in an object's defaults, which are those of this version of its kind. What has a wrong type stays as it is:
/// the model says so then.
pub(crate) fn apply(object: &mut Value, api_version: &str, kind: &str) {
    let kind = format!("{api_version} {kind}");
    for (kinds, rules) in KINDS {
        if kinds.contains(&kind.as_str()) {
            fill_all(object, rules);
        }
    }
    for (kinds, path) in PODS {
        if kinds.contains(&kind.as_str()) {
            at(object, path, &mut pod_spec);
        }
    }
    if kind == "v1 Pod" {
        at(object, "spec", &mut pod::of_a_pod);
        at(object, "", &mut apparmor::fields);
    }
    for (kinds, label) in LABELS {
        if kinds.contains(&kind.as_str()) {
            at(object, "", &mut |object| label(object));
        }
    }
}

fn pod_spec(spec: &mut Map<String, Value>) {
    POD_SPEC.iter().for_each(|rule| fill_in_map(spec, rule));
    for list in CONTAINERS {
        each(spec.get_mut(*list), &mut |container| {
            CONTAINER.iter().for_each(|rule| fill_in_map(container, rule));
        });
    }
}

fn fill_all(object: &mut Value, rules: &[Rule]) {
    if let Value::Object(object) = object {
        rules.iter().for_each(|rule| fill_in_map(object, rule));
    }
}

fn fill_in_map(map: &mut Map<String, Value>, rule: &Rule) {
    descend(map, rule.at, &mut |map| fill(map, rule));
}

fn fill(map: &mut Map<String, Value>, rule: &Rule) {
    if map.get(rule.field).is_some_and(|value| !is_empty(value)) {
        return;
    }
    let value = match rule.fill {
        Fill::Text(text) => Some(text.into()),
        Fill::Number(number) => Some(number.into()),
        Fill::Flag(flag) => Some(flag.into()),
        Fill::Object => Some(Value::Object(Map::new())),
        Fill::By(value) => value(map),
    };
    if let Some(value) = value {
        map.insert(rule.field.to_owned(), value);
    }
}

/// Go has no other word for "not said" than the empty one.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(entries) => entries.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// Calls for the object at a path of keys.
fn at(object: &mut Value, path: &str, call: &mut dyn FnMut(&mut Map<String, Value>)) {
    if let Value::Object(map) = object {
        descend(map, path, call);
    }
}

/// Calls for each object at a path: `spec.ports[]` is every entry of the list, `status+` is made if it isn't there.
fn descend(map: &mut Map<String, Value>, path: &str, call: &mut dyn FnMut(&mut Map<String, Value>)) {
    if path.is_empty() {
        return call(map);
    }
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    if let Some(list) = step.strip_suffix("[]") {
        return each(map.get_mut(list), &mut |entry| descend(entry, rest, call));
    }
    let key = step.strip_suffix('+').unwrap_or(step);
    if key != step && map.get(key).is_none_or(Value::is_null) {
        map.insert(key.to_owned(), Value::Object(Map::new()));
    }
    if let Some(Value::Object(inner)) = map.get_mut(key) {
        descend(inner, rest, call);
    }
}

fn each(list: Option<&mut Value>, call: &mut dyn FnMut(&mut Map<String, Value>)) {
    if let Some(Value::Array(entries)) = list {
        entries.iter_mut().filter_map(Value::as_object_mut).for_each(call);
    }
}
