//! Defaults that take more than a line.

use serde_json::{Map, Value};

/// A volume without a source is an empty folder.
pub(super) fn empty_dir(volume: &Map<String, Value>) -> Option<Value> {
    let has_source = volume.iter().any(|(key, value)| key != "name" && !value.is_null());
    (!has_source).then(|| Value::Object(Map::new()))
}

/// What only pods get, and templates don't.
pub(super) fn of_a_pod(spec: &mut Map<String, Value>) {
    if spec.get("enableServiceLinks").is_none_or(Value::is_null) {
        spec.insert("enableServiceLinks".to_owned(), true.into());
    }
    // By admission, which is on unless someone turned it off.
    if spec.get("serviceAccountName").is_none_or(|name| name.is_null() || *name == "") {
        spec.insert("serviceAccountName".to_owned(), "default".into());
    }
    let host_network = spec.get("hostNetwork") == Some(&Value::Bool(true));
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
fn host_port(port: &mut Map<String, Value>) {
    let is_unset = port.get("hostPort").is_none_or(|port| port.is_null() || *port == 0);
    if let Some(number) = port.get("containerPort").filter(|_| is_unset).cloned() {
        port.insert("hostPort".to_owned(), number);
    }
}

/// Whoever may use so much asks for so much, unless he says less.
fn requests(container: &mut Map<String, Value>) {
    let Some(Value::Object(resources)) = container.get_mut("resources") else { return };
    let Some(Value::Object(limits)) = resources.get("limits").cloned() else { return };
    let requests = resources.entry("requests").or_insert(Value::Null);
    if requests.is_null() {
        *requests = Value::Object(Map::new());
    }
    if let Value::Object(requests) = requests {
        for (resource, amount) in limits {
            requests.entry(resource).or_insert(amount);
        }
    }
}
