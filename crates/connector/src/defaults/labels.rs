//! Labels that objects get.

use assay_model::json::{Fields, Json};

/// The label by which namespace selectors find a namespace by its name.
const NAME: &str = "kubernetes.io/metadata.name";

/// A namespace has its name as a label, whatever the manifest says.
pub(super) fn of_a_namespace(object: &mut Fields<'_>) {
    let Some(Json::Object(metadata)) = object.get_mut("metadata") else { return };
    let name = metadata.get("name").filter(|name| name.as_str().is_some_and(|name| !name.is_empty()));
    let Some(name) = name.cloned() else { return };
    if let Some(labels) = super::made(metadata, "labels") {
        labels.insert(NAME, name);
    }
}

/// What has no labels of its own gets its template's.
pub(super) fn of_the_template(object: &mut Fields<'_>) {
    let template = object.get("spec").and_then(|spec| spec.get("template"));
    let labels = template.and_then(|template| template.get("metadata")?.get("labels"));
    let Some(labels) = labels.filter(|labels| labels.as_object().is_some()).cloned() else { return };
    let Some(Json::Object(metadata)) = object.get_mut("metadata") else { return };
    let own = metadata.get("labels");
    if own.is_none_or(|own| own.is_null() || own.as_object().is_some_and(Fields::is_empty)) {
        metadata.insert("labels", labels);
    }
}
