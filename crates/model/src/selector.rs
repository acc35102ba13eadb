//! Label selectors in kubectl's form (`app=web,tier in (a,b),!legacy`).
//!
//! Source: apimachinery's `LabelSelector` and `labels.Selector`. A missing selector selects nothing; an
//! empty one selects everything.

use std::fmt::Write as _;

use crate::json::{Fields, Json};

use crate::path::WrongType;

/// A parsed selector: all requirements must hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Selector(Vec<Requirement>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Requirement {
    key: String,
    operator: Operator,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Operator {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    DoesNotExist,
}

/// What is known of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label<'l> {
    /// Its value.
    Value(&'l str),
    /// The object does not have it.
    Missing,
    /// The object's labels could not be read.
    Unknown,
}

impl Requirement {
    fn holds(&self, value: Option<&str>) -> bool {
        match &self.operator {
            Operator::In(values) => value.is_some_and(|value| values.iter().any(|v| v == value)),
            // As the API server does: an object without the label satisfies NotIn.
            Operator::NotIn(values) => value.is_none_or(|value| values.iter().all(|v| v != value)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

impl Selector {
    /// Whether labels, looked up by key, satisfy the selector.
    pub fn matches<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        self.0.iter().all(|requirement| requirement.holds(label(&requirement.key)))
    }

    /// Whether labels that are partly unknown satisfy the selector; `None` where that depends on an unknown one.
    pub fn decide<'l>(&self, label: impl Fn(&str) -> Label<'l>) -> Option<bool> {
        let mut unsure = false;
        for requirement in &self.0 {
            match label(&requirement.key) {
                Label::Unknown => unsure = true,
                Label::Missing if !requirement.holds(None) => return Some(false),
                Label::Value(value) if !requirement.holds(Some(value)) => return Some(false),
                Label::Missing | Label::Value(_) => {}
            }
        }
        (!unsure).then_some(true)
    }

    /// The keys it asks about.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|requirement| requirement.key.as_str())
    }

    /// The same requirements, with keys that lack these prefixes.
    pub fn without_prefixes(mut self, prefixes: &[&str]) -> Self {
        for requirement in &mut self.0 {
            let short = prefixes.iter().find_map(|prefix| requirement.key.strip_prefix(prefix));
            if let Some(short) = short.map(str::to_owned) {
                requirement.key = short;
            }
        }
        self
    }

    /// The values that a label must have one of, if it says so.
    pub fn values_of(&self, key: &str) -> Option<&[String]> {
        self.0.iter().filter(|requirement| requirement.key == key).find_map(|requirement| match &requirement
            .operator
        {
            Operator::In(values) => Some(values.as_slice()),
            _ => None,
        })
    }

    /// Whether it selects everything.
    pub fn is_everything(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads back what [`text`] wrote.
    pub fn parse(text: &str) -> Self {
        let mut requirements = Vec::new();
        for part in split(text) {
            let (key, operator) = if let Some(key) = part.strip_prefix('!') {
                (key, Operator::DoesNotExist)
            } else if let Some((key, values)) = part.split_once(" notin (") {
                (key, Operator::NotIn(list(values)))
            } else if let Some((key, values)) = part.split_once(" in (") {
                (key, Operator::In(list(values)))
            } else if let Some((key, value)) = part.split_once('=') {
                (key, Operator::In(vec![value.to_owned()]))
            } else {
                (part, Operator::Exists)
            };
            requirements.push(Requirement { key: key.to_owned(), operator });
        }
        Self(requirements)
    }
}

fn list(values: &str) -> Vec<String> {
    values.trim_end_matches(')').split(',').map(str::to_owned).collect()
}

/// The parts between commas outside of parentheses.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    text.split(move |c| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    })
    .filter(|part| !part.is_empty())
}

/// The selector of an object, as text: a `LabelSelector`, or a plain map of labels as Services have.
pub fn text(value: &Json<'_>) -> Result<String, WrongType> {
    let object = value.as_object().ok_or_else(|| WrongType::new("", "a label selector", value))?;
    let is_selector =
        |key: &str, is: fn(&Json<'_>) -> bool| object.get(key).is_none_or(|v| v.is_null() || is(v));
    let structured = object.iter().all(|(key, _)| key == "matchLabels" || key == "matchExpressions")
        && is_selector("matchLabels", |value| value.as_object().is_some())
        && is_selector("matchExpressions", |value| value.as_array().is_some());
    let mut parts = Vec::new();
    if structured {
        if let Some(labels) = object.get("matchLabels") {
            equalities(labels, "matchLabels", &mut parts)?;
        }
        if let Some(expressions) = object.get("matchExpressions").and_then(Json::as_array) {
            for (index, expression) in expressions.iter().enumerate() {
                parts.push(
                    requirement(expression).map_err(|w| w.within(&format!("matchExpressions[{index}]")))?,
                );
            }
        }
    } else {
        equalities(value, "", &mut parts)?;
    }
    parts.sort();
    Ok(parts.join(","))
}

fn equalities(labels: &Json<'_>, at: &str, parts: &mut Vec<String>) -> Result<(), WrongType> {
    for (key, value) in labels.as_object().into_iter().flat_map(Fields::iter) {
        match value {
            Json::String(value) => parts.push(format!("{key}={value}")),
            Json::Null => parts.push(format!("{key}=")),
            other => return Err(WrongType::new(key, "a string", other).within(at)),
        }
    }
    Ok(())
}

fn requirement(expression: &Json<'_>) -> Result<String, WrongType> {
    let word = |key: &str| {
        let value = expression.get(key).unwrap_or(&Json::Null);
        value.as_str().ok_or_else(|| WrongType::new(key, "a string", value))
    };
    let key = word("key")?;
    let mut values: Vec<&str> = Vec::new();
    for value in expression.get("values").and_then(Json::as_array).into_iter().flatten() {
        values.push(value.as_str().ok_or_else(|| WrongType::new("values", "a list of strings", value))?);
    }
    values.sort_unstable();
    let values = values.join(",");
    let mut text = String::new();
    let _ = match word("operator")? {
        "In" => write!(text, "{key} in ({values})"),
        "NotIn" => write!(text, "{key} notin ({values})"),
        "Exists" => write!(text, "{key}"),
        "DoesNotExist" => write!(text, "!{key}"),
        _ => {
            let operator = expression.get("operator").unwrap_or(&Json::Null);
            return Err(WrongType::new("operator", "In, NotIn, Exists or DoesNotExist", operator));
        }
    };
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn selects(selector: Value, labels: Value) -> bool {
        let text = text(&selector.into()).unwrap();
        Selector::parse(&text).matches(|key| labels.get(key).and_then(Value::as_str))
    }

    #[test]
    fn selectors_mean_what_kubernetes_makes_of_them() {
        let web = || json!({"app": "web", "tier": "front"});
        for (selector, expected) in [
            (json!({}), true),
            (json!({"matchLabels": {"app": "web"}}), true),
            (json!({"matchLabels": {"app": "api"}}), false),
            (json!({"app": "web"}), true),
            (json!({"app": "web", "matchLabels": "x"}), false),
            (
                json!({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["back", "front"]}]}),
                true,
            ),
            (json!({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["front"]}]}), false),
            (json!({"matchExpressions": [{"key": "zone", "operator": "NotIn", "values": ["a", "b"]}]}), true),
            (json!({"matchExpressions": [{"key": "zone", "operator": "Exists"}]}), false),
            (json!({"matchExpressions": [{"key": "zone", "operator": "DoesNotExist"}]}), true),
            (
                json!({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "Exists"}]}),
                true,
            ),
        ] {
            assert_eq!(selects(selector.clone(), web()), expected, "{selector}");
        }
    }

    #[test]
    fn an_unknown_label_is_unknown_only_where_it_decides() {
        let known = |key: &str| if key == "name" { Label::Value("shop") } else { Label::Unknown };
        for (text, expected) in [
            ("", Some(true)),
            ("name=shop", Some(true)),
            ("name=bank", Some(false)),
            ("team=web", None),
            ("name=bank,team=web", Some(false)),
            ("name=shop,!team", None),
        ] {
            assert_eq!(Selector::parse(text).decide(known), expected, "{text}");
        }
        assert_eq!(Selector::parse("team").decide(|_| Label::Missing), Some(false));
    }

    #[test]
    fn a_wrong_operator_is_a_mistake_with_a_place() {
        let wrong =
            text(&json!({"matchExpressions": [{"key": "a", "operator": "Near"}]}).into()).unwrap_err();
        assert_eq!(wrong.field, "matchExpressions[0].operator");
    }

    #[test]
    fn the_text_does_not_depend_on_order() {
        assert_eq!(text(&json!({"b": "2", "a": "1"}).into()).unwrap(), "a=1,b=2");
        let expression = json!({"matchExpressions": [{"key": "a", "operator": "In", "values": ["y", "x"]}]});
        assert_eq!(text(&expression.into()).unwrap(), "a in (x,y)");
    }
}
