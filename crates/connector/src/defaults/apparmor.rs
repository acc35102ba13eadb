//! AppArmor profiles were annotations before they were fields; of a pod, the API server makes the one the other.

use std::collections::BTreeMap;

use assay_model::json::{Fields, Json};

use super::table::CONTAINERS;

/// What stands before the container's name in the annotation.
const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

/// Gives each container the profile that its annotation names, unless it has one: `applyAppArmorVersionSkew` of
/// `pkg/registry/core/pod/strategy.go`.
pub(super) fn fields(pod: &mut Fields<'_>) {
    let profiles = profiles(pod);
    let Some(Json::Object(spec)) = pod.get_mut("spec").filter(|_| !profiles.is_empty()) else { return };
    if spec.get("os").and_then(|os| os.get("name")).and_then(Json::as_str) == Some("windows") {
        return;
    }
    let of_pod = spec.get("securityContext").and_then(|context| context.get("appArmorProfile")).cloned();
    for list in CONTAINERS {
        super::each(spec.get_mut(list), &mut |container| {
            let name = container.get("name").and_then(Json::as_str).unwrap_or_default();
            if let Some(profile) = profiles.get(name).filter(|own| of_pod.as_ref() != Some(own)) {
                set(container, profile.clone());
            }
        });
    }
}

/// The profiles that annotations name, by container.
fn profiles(pod: &Fields<'_>) -> BTreeMap<String, Json<'static>> {
    let annotations = pod.get("metadata").and_then(|metadata| metadata.get("annotations"));
    let annotations = annotations.and_then(Json::as_object).into_iter().flat_map(Fields::iter);
    let profile = |(key, value): (&str, &Json<'_>)| {
        let container = key.strip_prefix(ANNOTATION)?;
        Some((container.to_owned(), profile(value.as_str()?)?))
    };
    annotations.filter_map(profile).collect()
}

/// The profile that an annotation names; none if the API server would not take it for one.
fn profile(annotation: &str) -> Option<Json<'static>> {
    match annotation {
        "unconfined" => Some(super::object([("type", "Unconfined".into())])),
        "runtime/default" => Some(super::object([("type", "RuntimeDefault".into())])),
        _ => {
            let name = annotation.strip_prefix("localhost/")?;
            let name = Some(name).filter(|name| !name.is_empty() && name.trim() == *name)?.to_owned();
            Some(super::object([("type", "Localhost".into()), ("localhostProfile", name.into())]))
        }
    }
}

fn set<'j>(container: &mut Fields<'j>, profile: Json<'j>) {
    if let Some(context) = super::made(container, "securityContext")
        && context.get("appArmorProfile").is_none_or(Json::is_null)
    {
        context.insert("appArmorProfile", profile);
    }
}
