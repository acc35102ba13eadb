//! Defaults that take more than a line.

use assay_model::json::{Fields, Json};

/// A volume without a source is an empty folder.
pub(super) fn empty_dir<'j>(volume: &Fields<'j>) -> Option<Json<'j>> {
    let has_source = volume.iter().any(|(key, value)| key != "name" && !value.is_null());
    (!has_source).then(|| Fields::new().into())
}

/// What only pods get, and templates don't.
pub(super) fn of_a_pod(spec: &mut Fields<'_>) {
    if spec.get("enableServiceLinks").is_none_or(Json::is_null) {
        spec.insert("enableServiceLinks", true);
    }
    // By admission, which is on unless someone turned it off.
    if spec.get("serviceAccountName").is_none_or(|name| name.is_null() || name.as_str() == Some("")) {
        spec.insert("serviceAccountName", "default");
    }
    let host_network = spec.get("hostNetwork").and_then(Json::as_bool) == Some(true);
    for list in ["initContainers", "containers"] {
        super::each(spec.get_mut(list), &mut |container| {
            requests(container);
            if host_network {
                super::each(container.get_mut("ports"), &mut host_port);
            }
        });
    }
}

/// On the node's network a port of the container is one of the node.
fn host_port(port: &mut Fields<'_>) {
    let is_unset = port.get("hostPort").is_none_or(|port| port.is_null() || port.as_i64() == Some(0));
    if let Some(number) = port.get("containerPort").filter(|_| is_unset).cloned() {
        port.insert("hostPort", number);
    }
}

/// Whoever may use so much asks for so much, unless he says less.
fn requests(container: &mut Fields<'_>) {
    let Some(Json::Object(resources)) = container.get_mut("resources") else { return };
    let Some(Json::Object(limits)) = resources.get("limits").cloned() else { return };
    let Some(requests) = super::made(resources, "requests") else { return };
    for (resource, amount) in limits {
        if !requests.contains_key(&resource) {
            requests.insert(resource, amount);
        }
    }
}
