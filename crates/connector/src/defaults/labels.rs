//! Labels that objects get.

use serde_json::{Map, Value};

/// The label by which namespace selectors find a namespace by its name.
const NAME: &str = "kubernetes.io/metadata.name";

/// A namespace has its name as a label, whatever the manifest says.
pub(super) fn of_a_namespace(object: &mut Map<String, Value>) {
    let Some(Value::Object(metadata)) = object.get_mut("metadata") else { return };
    let Some(name) = metadata.get("name").filter(|name| name.as_str().is_some_and(|name| !name.is_empty()))
    else {
        return;
    };
    let name = name.clone();
    let labels = metadata.entry("labels").or_insert(Value::Null);
    if labels.is_null() {
        *labels = Value::Object(Map::new());
    }
    if let Value::Object(labels) = labels {
        labels.insert(NAME.to_owned(), name);
    }
}

/// What has no labels of its own gets its template's.
pub(super) fn of_the_template(object: &mut Map<String, Value>) {
    let template = object.get("spec").and_then(|spec| spec.get("template"));
    let labels = template.and_then(|template| template.get("metadata")?.get("labels"));
    let Some(labels) = labels.filter(|labels| labels.is_object()).cloned() else { return };
    let Some(Value::Object(metadata)) = object.get_mut("metadata") else { return };
    let own = metadata.get("labels");
    if own.is_none_or(|own| own.is_null() || own.as_object().is_some_and(Map::is_empty)) {
        metadata.insert("labels".to_owned(), labels);
    }
}
