//! What a property of an OpenAPI schema is in the model.

use serde_json::{Map, Value};

/// How the pattern of Kubernetes' quantities begins.
const QUANTITY: &str = r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))";

/// What a property is in the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape<'p> {
    /// A scalar, by name.
    Scalar(&'static str),
    /// A list of scalars.
    Scalars(&'static str),
    /// A map of strings.
    Map,
    /// An object with these properties.
    Struct(&'p Map<String, Value>),
    /// A list of such objects; the property that tells them apart, if there is one.
    Entries(&'p Map<String, Value>, &'p Value, Option<&'p str>),
    /// Nothing that has a column.
    Free,
}

impl<'p> Shape<'p> {
    pub(super) fn of(property: &'p Value) -> Self {
        if let Some(scalar) = scalar(property) {
            return Self::Scalar(scalar);
        }
        match property["type"].as_str() {
            Some("array") => Self::of_list(property),
            // Old definitions leave the type out.
            Some("object") | None => Self::of_object(property),
            _ => Self::Free,
        }
    }

    fn of_object(property: &'p Value) -> Self {
        if let Some(properties) = properties(property) {
            return Self::Struct(properties);
        }
        match Self::of_scalar(&property["additionalProperties"]) {
            // The values of a map are text; a number among them would make the object unreadable.
            Some("String" | "DateTime") => Self::Map,
            _ => Self::Free,
        }
    }

    fn of_scalar(property: &Value) -> Option<&'static str> {
        if property.is_object() { scalar(property) } else { None }
    }

    fn of_list(property: &'p Value) -> Self {
        let items = &property["items"];
        match Self::of_scalar(items) {
            // A list's elements are text or whole numbers.
            Some("DateTime") => return Self::Scalars("String"),
            Some(scalar @ ("String" | "Int" | "IntOrString" | "Quantity" | "LabelSelector")) => {
                return Self::Scalars(scalar);
            }
            Some(_) => return Self::Free,
            None => {}
        }
        match (items["type"].as_str(), properties(items)) {
            (Some("object") | None, Some(properties)) => {
                Self::Entries(properties, items, key(property, properties))
            }
            _ => Self::Free,
        }
    }
}

/// The properties of an object that has some.
fn properties(property: &Value) -> Option<&Map<String, Value>> {
    property["properties"].as_object().filter(|properties| !properties.is_empty())
}

/// The one property that identifies an entry, if it is text.
fn key<'p>(list: &'p Value, properties: &Map<String, Value>) -> Option<&'p str> {
    let [key] = list["x-kubernetes-list-map-keys"].as_array()?.as_slice() else { return None };
    let key = key.as_str()?;
    (properties.get(key)?["type"] == "string").then_some(key)
}

/// The scalar that a property is.
fn scalar(property: &Value) -> Option<&'static str> {
    let is_quantity = property["pattern"].as_str().is_some_and(|pattern| pattern.starts_with(QUANTITY));
    if is_int_or_string(property) {
        return Some(if is_quantity { "Quantity" } else { "IntOrString" });
    }
    Some(match property["type"].as_str()? {
        "string" if is_quantity => "Quantity",
        "string" if property["format"] == "date-time" => "DateTime",
        "string" => "String",
        "integer" => "Int",
        "number" => "Float",
        "boolean" => "Boolean",
        "object" if is_selector(property) => "LabelSelector",
        _ => return None,
    })
}

fn is_int_or_string(property: &Value) -> bool {
    let any_of = property["anyOf"].as_array().into_iter().flatten();
    let mut types: Vec<&str> = any_of.filter_map(|one| one["type"].as_str()).collect();
    types.sort_unstable();
    property["x-kubernetes-int-or-string"] == true
        || property["format"] == "int-or-string"
        || types == ["integer", "string"]
}

fn is_selector(property: &Value) -> bool {
    let is_part = |key: &String| key == "matchLabels" || key == "matchExpressions";
    properties(property).is_some_and(|properties| properties.len() == 2 && properties.keys().all(is_part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn shapes() {
        let text = json!({"type": "string"});
        for (property, expected) in [
            (json!({"type": "string", "enum": ["A"]}), Shape::Scalar("String")),
            (json!({"type": "string", "format": "date-time"}), Shape::Scalar("DateTime")),
            (json!({"type": "integer", "format": "int64"}), Shape::Scalar("Int")),
            (json!({"type": "number"}), Shape::Scalar("Float")),
            (json!({"type": "boolean"}), Shape::Scalar("Boolean")),
            (json!({"x-kubernetes-int-or-string": true}), Shape::Scalar("IntOrString")),
            (json!({"anyOf": [{"type": "integer"}, {"type": "string"}]}), Shape::Scalar("IntOrString")),
            (
                json!({"anyOf": [{"type": "integer"}, {"type": "string"}], "pattern": format!("{QUANTITY}$")}),
                Shape::Scalar("Quantity"),
            ),
            (
                json!({"type": "object", "properties": {"matchLabels": {}, "matchExpressions": {}}}),
                Shape::Scalar("LabelSelector"),
            ),
            (json!({"type": "array", "items": text}), Shape::Scalars("String")),
            (json!({"type": "array", "items": {"type": "integer"}}), Shape::Scalars("Int")),
            (json!({"type": "array", "items": {"type": "boolean"}}), Shape::Free),
            (json!({"type": "array", "items": {"type": "array", "items": text}}), Shape::Free),
            (json!({"type": "array"}), Shape::Free),
            (json!({"type": "object", "additionalProperties": text}), Shape::Map),
            (json!({"type": "object", "additionalProperties": {"type": "integer"}}), Shape::Free),
            (json!({"type": "object", "additionalProperties": true}), Shape::Free),
            (json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}), Shape::Free),
            (json!({"x-kubernetes-preserve-unknown-fields": true}), Shape::Free),
            (json!({"type": "object", "properties": {}}), Shape::Free),
            (json!({"type": ["string"]}), Shape::Free),
            (json!(true), Shape::Free),
        ] {
            assert_eq!(Shape::of(&property), expected, "{property}");
        }
    }

    #[test]
    fn entries_have_a_key_if_one_property_is_it() {
        let list = |keys: Value, of: &str| {
            json!({"type": "array", "x-kubernetes-list-map-keys": keys,
                   "items": {"type": "object", "properties": {"name": {"type": of}}}})
        };
        let key = |list: &Value| match Shape::of(list) {
            Shape::Entries(_, _, key) => key.map(str::to_owned),
            other => panic!("{other:?}"),
        };
        assert_eq!(key(&list(json!(["name"]), "string")).as_deref(), Some("name"));
        assert_eq!(key(&list(json!(["name"]), "integer")), None);
        assert_eq!(key(&list(json!(["name", "port"]), "string")), None);
        assert_eq!(key(&list(json!(["gone"]), "string")), None);
    }
}
