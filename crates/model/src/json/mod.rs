//! JSON as objects are read and kept: texts are borrowed from what was read where that is possible, and the fields of
//! an object are sorted. `serde_json::Value` owns every text, and hashes the keys of each object to keep their order,
//! which took a fifth of the time of a collection.

mod fields;
mod read;
mod write;

use std::borrow::Cow;

use serde_json::Number;

pub use fields::Fields;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Json<'j> {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string, borrowed unless it has escapes.
    String(Cow<'j, str>),
    /// An array.
    Array(Vec<Json<'j>>),
    /// An object.
    Object(Fields<'j>),
}

impl<'j> Json<'j> {
    /// Reads a text. Like `serde_json`, of two fields with one name the last counts. The sets of fields of a server-side
    /// apply (`fieldsV1` in `managedFields`) are left out: they may be nearly half of a pod as servers send it, and are
    /// nobody's content.
    ///
    /// # Errors
    /// It is no JSON, or nests more deeply than 127 levels.
    pub fn parse(text: &'j str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// The field of an object with this name.
    pub fn get(&self, key: &str) -> Option<&Json<'j>> {
        self.as_object()?.get(key)
    }

    /// What stands at the end of these names of fields.
    pub fn at(&self, keys: &[&str]) -> Option<&Json<'j>> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The elements of an array.
    pub fn as_array(&self) -> Option<&[Json<'j>]> {
        if let Self::Array(elements) = self { Some(elements) } else { None }
    }

    /// The fields of an object.
    pub fn as_object(&self) -> Option<&Fields<'j>> {
        if let Self::Object(fields) = self { Some(fields) } else { None }
    }

    /// The fields of an object, to be changed.
    pub fn as_object_mut(&mut self) -> Option<&mut Fields<'j>> {
        if let Self::Object(fields) = self { Some(fields) } else { None }
    }

    /// A whole number of 64 bits with a sign.
    pub fn as_i64(&self) -> Option<i64> {
        if let Self::Number(number) = self { number.as_i64() } else { None }
    }

    /// A number, as near as a double comes to it.
    pub fn as_f64(&self) -> Option<f64> {
        if let Self::Number(number) = self { number.as_f64() } else { None }
    }

    /// A boolean.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The same, of texts of its own.
    pub fn into_owned(self) -> Json<'static> {
        let own = |text: Cow<'j, str>| Cow::Owned(text.into_owned());
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(value),
            Self::Number(number) => Json::Number(number),
            Self::String(text) => Json::String(own(text)),
            Self::Array(elements) => Json::Array(elements.into_iter().map(Self::into_owned).collect()),
            Self::Object(fields) => {
                let fields = fields.into_iter().map(|(key, value)| (own(key), value.into_owned()));
                Json::Object(fields.collect())
            }
        }
    }

    /// What kind of value it is, in words.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl From<bool> for Json<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Json<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl<'j> From<Vec<Json<'j>>> for Json<'j> {
    fn from(elements: Vec<Json<'j>>) -> Self {
        Self::Array(elements)
    }
}

impl From<String> for Json<'_> {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl<'j> From<&'j str> for Json<'j> {
    fn from(text: &'j str) -> Self {
        Self::String(text.into())
    }
}

impl<'j> From<Fields<'j>> for Json<'j> {
    fn from(fields: Fields<'j>) -> Self {
        Self::Object(fields)
    }
}

impl From<serde_json::Value> for Json<'_> {
    fn from(value: serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => text.into(),
            Value::Array(elements) => Self::Array(elements.into_iter().map(Self::from).collect()),
            Value::Object(fields) => fields
                .into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect::<Fields<'_>>()
                .into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(text: &str) -> Json<'_> {
        Json::parse(text).unwrap()
    }

    #[test]
    fn fields_are_sorted_and_the_last_of_a_name_counts() {
        let json = parse(r#"{"b": 1, "a": {"d": [1.5, -2, "x\n\"é"], "c": null}, "b": true}"#);
        assert_eq!(json.to_string(), r#"{"a":{"c":null,"d":[1.5,-2,"x\n\"é"]},"b":true}"#);
        assert_eq!(json, Json::from(json!({"b": true, "a": {"d": [1.5, -2, "x\n\"é"], "c": null}})));
    }

    #[test]
    fn texts_are_borrowed_unless_they_have_escapes() {
        let json = parse(r#"["plain", "esc\taped"]"#);
        let [Json::String(plain), Json::String(escaped)] = json.as_array().unwrap() else { panic!("{json}") };
        assert!(
            matches!(plain, Cow::Borrowed("plain"))
                && matches!(escaped, Cow::Owned(text) if text == "esc\taped")
        );
    }

    #[test]
    fn numbers_are_written_as_serde_json_writes_them() {
        for text in
            ["0", "-1", "18446744073709551615", "1.0", "1e300", "0.1", "123456789012345678901234567890"]
        {
            let value: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(parse(text).to_string(), value.to_string());
        }
    }

    #[test]
    fn sets_of_managed_fields_are_left_out_and_nothing_else() {
        let json = parse(
            r#"{"fieldsV1": 1, "metadata": {"managedFields": [
                {"manager": "m", "fieldsV1": {"f:spec": {}}, "nested": {"fieldsV1": 2}}, 3]}}"#,
        );
        let expected = json!({"fieldsV1": 1,
            "metadata": {"managedFields": [{"manager": "m", "nested": {"fieldsV1": 2}}, 3]}});
        assert_eq!(json, expected.into());
        assert_eq!(
            parse(r#"{"managedFields": {"fieldsV1": 1}}"#).to_string(),
            r#"{"managedFields":{"fieldsV1":1}}"#
        );
    }

    #[test]
    fn what_is_no_json_or_too_deep_is_an_error() {
        for wrong in ["", "{", "[1,]", r#"{"a" 1}"#, r#""\ud800""#, "1 2"] {
            assert!(Json::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Json::parse(&"[".repeat(100_000)).is_err());
    }
}
