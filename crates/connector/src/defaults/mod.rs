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

use assay_model::json::{Fields, Json};

use self::table::{CONTAINER, CONTAINERS, Fill, KINDS, LABELS, POD_SPEC, PODS, Rule};

/// Fills in an object's defaults, which are those of this version of its kind. What has a wrong type stays as it is:
/// the model says so then.
pub(crate) fn apply(object: &mut Json<'_>, api_version: &str, kind: &str) {
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

fn pod_spec(spec: &mut Fields<'_>) {
    POD_SPEC.iter().for_each(|rule| fill_in_map(spec, rule));
    for list in CONTAINERS {
        each(spec.get_mut(list), &mut |container| {
            CONTAINER.iter().for_each(|rule| fill_in_map(container, rule));
        });
    }
}

fn fill_all(object: &mut Json<'_>, rules: &[Rule]) {
    if let Json::Object(object) = object {
        rules.iter().for_each(|rule| fill_in_map(object, rule));
    }
}

fn fill_in_map(map: &mut Fields<'_>, rule: &Rule) {
    descend(map, rule.at, &mut |map| fill(map, rule));
}

fn fill(map: &mut Fields<'_>, rule: &Rule) {
    if map.get(rule.field).is_some_and(|value| !is_empty(value)) {
        return;
    }
    let value = match rule.fill {
        Fill::Text(text) => Some(text.into()),
        Fill::Number(number) => Some(number.into()),
        Fill::Flag(flag) => Some(flag.into()),
        Fill::Object => Some(Fields::new().into()),
        Fill::By(value) => value(map),
    };
    if let Some(value) = value {
        map.insert(rule.field, value);
    }
}

/// Go has no other word for "not said" than the empty one.
fn is_empty(value: &Json<'_>) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(entries) => entries.is_empty(),
        Json::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// Calls for the object at a path of keys.
fn at<'j>(object: &mut Json<'j>, path: &'static str, call: &mut dyn FnMut(&mut Fields<'j>)) {
    if let Json::Object(map) = object {
        descend(map, path, call);
    }
}

/// Calls for each object at a path: `spec.ports[]` is every entry of the list, `status+` is made if it isn't there.
fn descend<'j>(map: &mut Fields<'j>, path: &'static str, call: &mut dyn FnMut(&mut Fields<'j>)) {
    if path.is_empty() {
        return call(map);
    }
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    if let Some(list) = step.strip_suffix("[]") {
        return each(map.get_mut(list), &mut |entry| descend(entry, rest, call));
    }
    let key = step.strip_suffix('+').unwrap_or(step);
    if key != step {
        made(map, key);
    }
    if let Some(Json::Object(inner)) = map.get_mut(key) {
        descend(inner, rest, call);
    }
}

fn each<'j>(list: Option<&mut Json<'j>>, call: &mut dyn FnMut(&mut Fields<'j>)) {
    if let Some(Json::Array(entries)) = list {
        entries.iter_mut().filter_map(Json::as_object_mut).for_each(call);
    }
}

/// The object at a key, made if none is there; none if there is something else.
fn made<'f, 'j>(map: &'f mut Fields<'j>, key: &'static str) -> Option<&'f mut Fields<'j>> {
    if map.get(key).is_none_or(Json::is_null) {
        map.insert(key, Fields::new());
    }
    map.get_mut(key)?.as_object_mut()
}

/// An object of these fields.
fn object<'j, const N: usize>(fields: [(&'static str, Json<'j>); N]) -> Json<'j> {
    fields.into_iter().map(|(key, value)| (key.into(), value)).collect::<Fields<'_>>().into()
}
