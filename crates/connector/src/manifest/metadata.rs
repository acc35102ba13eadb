//! What every object must have, whatever its kind.

use assay_model::json::{Fields, Json};

use super::{positions::Positions, problem::Fault};

/// The longest name that the API server takes, in characters.
const MAX_NAME: usize = 253;

/// What is wrong with an object's type and metadata.
pub(super) fn check(object: &Json<'_>, positions: &Positions) -> Vec<Fault> {
    let mut check = Check { positions, faults: Vec::new() };
    if object.get("sops").is_some_and(is_mapping) {
        let message = "encrypted with SOPS: decrypt it first, `sops --decrypt FILE | assay audit -`";
        check.refuse("sops", message);
        return check.faults;
    }
    check.required_text(object, "apiVersion", "v1");
    check.required_text(object, "kind", "Pod");
    match object.get("metadata") {
        Some(Json::Object(metadata)) => check.metadata(metadata),
        None | Some(Json::Null) if object.get("kind").and_then(Json::as_str) == Some("List") => {
            check.refuse("items", "a List without a list of items");
        }
        None | Some(Json::Null) => check.refuse("metadata", "no metadata: give the object a metadata.name"),
        Some(_) => check.refuse("metadata", "metadata must be a mapping"),
    }
    check.faults
}

struct Check<'a> {
    positions: &'a Positions,
    faults: Vec<Fault>,
}

impl Check<'_> {
    fn metadata(&mut self, metadata: &Fields<'_>) {
        self.names(metadata);
        for field in
            ["namespace", "generateName", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp"]
        {
            self.text(metadata, field);
        }
        for field in ["labels", "annotations"] {
            self.texts(metadata, field);
        }
        for field in ["ownerReferences", "managedFields"] {
            self.list(metadata, field, is_mapping, "a mapping");
        }
        self.list(metadata, "finalizers", is_text, "text");
        for field in ["name", "generateName", "namespace"] {
            self.printable(metadata, field);
        }
    }

    fn names(&mut self, metadata: &Fields<'_>) {
        let given =
            |field| metadata.get(field).is_some_and(|value| !value.is_null() && value.as_str() != Some(""));
        if given("name") {
            self.text(metadata, "name");
        } else if !given("generateName") {
            self.refuse("metadata.name", "no metadata.name: every object needs one, or a generateName");
        }
    }

    fn required_text(&mut self, object: &Json<'_>, field: &str, example: &str) {
        match object.get(field) {
            Some(Json::String(text)) if !text.is_empty() => {
                let slashes = if field == "apiVersion" { 1 } else { 0 };
                if text.chars().any(char::is_control) || text.matches('/').count() > slashes {
                    self.refuse(
                        field,
                        format!("{field} is not one that Kubernetes could have: see `kubectl api-resources`"),
                    );
                }
            }
            None | Some(Json::Null | Json::String(_)) => self.refuse(
                field,
                format!(
                    "no {field}: add one, such as `{field}: {example}`; kubectl needs it to know what this is"
                ),
            ),
            Some(_) => self.refuse(field, format!("{field} must be text: quote it")),
        }
    }

    fn text(&mut self, metadata: &Fields<'_>, field: &str) {
        if !matches!(metadata.get(field), None | Some(Json::Null | Json::String(_))) {
            self.refuse(&format!("metadata.{field}"), format!("metadata.{field} must be text: quote it"));
        }
    }

    fn texts(&mut self, metadata: &Fields<'_>, field: &str) {
        let entries = match metadata.get(field) {
            None | Some(Json::Null) => return,
            Some(Json::Object(entries)) => entries,
            Some(_) => {
                let message = format!("metadata.{field} must be a mapping");
                return self.refuse(&format!("metadata.{field}"), message);
            }
        };
        // Null is the empty text to the API server.
        let wrong = entries.iter().filter(|(_, value)| !matches!(value, Json::Null | Json::String(_)));
        let mut wrong: Vec<Fault> = wrong
            .map(|(key, _)| {
                let mut path = format!("metadata.{field}");
                super::path::push_key(&mut path, key);
                Fault::at(self.positions.get(&path), format!("{path} must be text: quote it"))
            })
            .collect();
        wrong.sort_by_key(|fault| fault.position);
        self.faults.append(&mut wrong);
    }

    fn list(&mut self, metadata: &Fields<'_>, field: &str, is_item: fn(&Json<'_>) -> bool, item: &str) {
        let fits = match metadata.get(field) {
            None | Some(Json::Null) => true,
            Some(Json::Array(items)) => items.iter().all(is_item),
            Some(_) => false,
        };
        if !fits {
            let message = format!("metadata.{field} must be a list, each item {item}");
            self.refuse(&format!("metadata.{field}"), message);
        }
    }

    /// Names go into paths, reports and logs: what no API server takes must not get there.
    fn printable(&mut self, metadata: &Fields<'_>, field: &str) {
        let Some(Json::String(name)) = metadata.get(field) else { return };
        let path = format!("metadata.{field}");
        if name.contains('/') {
            self.refuse(&path, format!("{path} has a slash: no name may"));
        }
        if name.chars().any(char::is_control) {
            self.refuse(&path, format!("{path} has control characters"));
        }
        if name.chars().count() > MAX_NAME {
            self.refuse(&path, format!("{path} is longer than {MAX_NAME} characters"));
        }
        if name == "." || name == ".." {
            self.refuse(&path, format!("{path} may not be . or .."));
        }
    }

    fn refuse(&mut self, path: &str, message: impl Into<String>) {
        self.faults.push(Fault::at(self.positions.get(path), message));
    }
}

fn is_mapping(value: &Json<'_>) -> bool {
    value.as_object().is_some()
}

fn is_text(value: &Json<'_>) -> bool {
    value.as_str().is_some()
}
