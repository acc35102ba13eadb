//! Conditions on an object's own JSON, whose types nobody declared: what is written decides how values compare.

use std::cmp::Ordering;

use apollo_compiler::ast::Value as Syntax;
use assay_model::quantity::Quantity;
use assay_model::schema::Scalar;
use jiff::Timestamp;
use serde_json::Value;

use super::extra::single;
use super::field::Place;
use super::filter::takes_list;
use super::scalar::{self, Operator};
use super::truth::Truth;
use super::world::World;

impl World<'_> {
    /// `{path: "spec.x", eq: null}` on the object of a row; several in a list.
    pub(super) fn on_object(&self, place: &Place, asked: &Syntax) -> Truth {
        let words = match asked {
            Syntax::List(each) => return Truth::all(each.iter().map(|one| self.on_object(place, one))),
            Syntax::Object(words) => words,
            other => panic!("{other} asks nothing of an object"),
        };
        let word = |wanted: &str| words.iter().find(|(word, _)| word == wanted).map(|(_, value)| value);
        let path = word("path").and_then(|path| path.as_str()).expect("a path");
        let is_known = !self.is_unreadable(place.row);
        let reached = if is_known { reach(self.json(place.row), path) } else { Vec::new() };
        let ignoring_case = word("caseInsensitive").and_then(|value| value.to_bool()) == Some(true);
        let tests = words.iter().filter(|(word, _)| word != "path" && word != "caseInsensitive");
        Truth::all(tests.map(|(word, value)| {
            let (word, negated) = match word.as_str() {
                "neq" => ("eq", true),
                "notIn" => ("in", true),
                "notIncludes" => ("includes", true),
                word => (word, false),
            };
            let passes = |wanted: &Syntax| match is_known {
                true => self.passes(&reached, word, wanted, ignoring_case).into(),
                false => Truth::Unknown,
            };
            let holds = match single(value, "list") {
                Some(list) if takes_list(word) => passes(&Syntax::List(self.entries(list, None))),
                Some(list) => Truth::any(self.entries(list, None).iter().map(|entry| passes(entry))),
                None => passes(value),
            };
            if negated { !holds } else { holds }
        }))
    }

    /// The object of a row, or the entry of it that the row is.
    fn json(&self, row: usize) -> &Value {
        let asset = &self.rows[self.rows[row].asset];
        let object = &self.objects[&asset.id];
        let path = self.rows[row].values["path"].as_str().filter(|_| self.rows[row].parent.is_some());
        let steps = path.unwrap_or_default().split(['.', '[', ']']).filter(|step| !step.is_empty());
        steps.fold(object, |value, step| match value {
            Value::Array(entries) => &entries[step.parse::<usize>().expect("an index")],
            value => &value[step],
        })
    }

    /// Whether one of the values reached passes; for what is missing or empty, whether all are.
    fn passes(&self, reached: &[&Value], word: &str, wanted: &Syntax, ignoring_case: bool) -> bool {
        let is_empty = |value: &&Value| **value == "" || **value == Value::Array(Vec::new());
        match (word, wanted) {
            ("eq", Syntax::Null) => reached.is_empty(),
            ("eq", Syntax::String(text)) if text.is_empty() => reached.iter().all(is_empty),
            ("eq", Syntax::List(list)) if list.is_empty() => reached.iter().all(is_empty),
            _ => reached.iter().any(|value| self.one(value, word, wanted, ignoring_case)),
        }
    }

    fn one(&self, value: &Value, word: &str, wanted: &Syntax, ignoring_case: bool) -> bool {
        let is = |value: &Value, wanted: &Syntax| match (wanted, text(value)) {
            (Syntax::String(wanted), Some(found)) if ignoring_case && self.moment(wanted).is_none() => {
                found.to_lowercase() == wanted.to_lowercase()
            }
            (Syntax::Enum(wanted), Some(found)) if ignoring_case => {
                found.to_lowercase() == wanted.to_lowercase()
            }
            _ => self.is(value, wanted),
        };
        let several = match wanted {
            Syntax::List(several) => several.iter().map(|one| one.as_ref().clone()).collect(),
            one => vec![one.clone()],
        };
        let is_among = |value: &Value| several.iter().any(|wanted| is(value, wanted));
        let list = value.as_array();
        match (word, wanted) {
            ("includes", _) => list.is_some_and(|list| list.iter().any(|entry| is(entry, wanted))),
            ("anyIn", _) => list.is_some_and(|list| list.iter().any(is_among)),
            ("anyNotIn", _) => list.is_some_and(|list| !list.iter().all(is_among)),
            ("eq", Syntax::List(_)) => list.is_some_and(|list| {
                list.len() == several.len() && list.iter().zip(&several).all(|(one, wanted)| is(one, wanted))
            }),
            _ if list.is_some() => {
                list.into_iter().flatten().any(|entry| self.one(entry, word, wanted, ignoring_case))
            }
            ("eq" | "in", _) => is_among(value),
            ("lt" | "lte" | "gt" | "gte", _) => {
                self.compared(value, wanted).is_some_and(|found| scalar::is_so(found, word))
            }
            _ => text(value).is_some_and(|found| {
                let operator = Operator { word, ignoring_case };
                scalar::passes(&found.into(), Scalar::String, false, operator, wanted, self.as_of)
            }),
        }
    }

    fn is(&self, value: &Value, wanted: &Syntax) -> bool {
        match wanted {
            Syntax::Enum(wanted) => text(value).is_some_and(|found| found == wanted.as_str()),
            Syntax::String(wanted) if self.moment(wanted).is_none() => {
                text(value).is_some_and(|found| found == *wanted)
            }
            _ => self.compared(value, wanted).is_some_and(Ordering::is_eq),
        }
    }

    /// The moment that a duration leads to; none for any other text.
    fn moment(&self, text: &str) -> Option<Timestamp> {
        text.starts_with(['-', '+']).then_some(())?;
        text[1..].starts_with('P').then(|| scalar::instant(text, self.as_of))
    }

    /// How a value compares with what is written, where the two compare.
    fn compared(&self, value: &Value, wanted: &Syntax) -> Option<Ordering> {
        let found = text(value)?;
        match wanted {
            Syntax::Enum(wanted) => Some(in_order(&found, wanted.as_str())),
            Syntax::Boolean(wanted) => match value {
                Value::Number(_) => None,
                _ => found.parse::<bool>().ok().map(|found| found.cmp(wanted)),
            },
            Syntax::String(wanted) => match self.moment(wanted) {
                Some(moment) if value.is_string() => Some(found.parse::<Timestamp>().ok()?.cmp(&moment)),
                Some(_) => None,
                None => Some(in_order(&found, wanted)),
            },
            Syntax::Int(wanted) if !value.is_boolean() => as_numbers(&found, wanted.as_str()),
            Syntax::Float(wanted) if !value.is_boolean() => as_numbers(&found, wanted.as_str()),
            _ => None,
        }
    }
}

fn as_numbers(found: &str, wanted: &str) -> Option<Ordering> {
    if let (Ok(found), Ok(wanted)) = (found.parse::<i64>(), wanted.parse::<i64>()) {
        return Some(found.cmp(&wanted));
    }
    match (found.parse::<f64>(), wanted.parse::<f64>()) {
        (Ok(found), Ok(wanted)) => found.partial_cmp(&wanted),
        _ => Some(found.parse::<Quantity>().ok()?.cmp(&wanted.parse().ok()?)),
    }
}

/// Texts as instants if both are, else as amounts if both are, else letter by letter.
fn in_order(found: &str, wanted: &str) -> Ordering {
    if let (Ok(found), Ok(wanted)) = (found.parse::<Timestamp>(), wanted.parse::<Timestamp>()) {
        return found.cmp(&wanted);
    }
    if let (Ok(found), Ok(wanted)) = (found.parse::<Quantity>(), wanted.parse::<Quantity>()) {
        return found.cmp(&wanted);
    }
    found.cmp(wanted)
}

/// The values at a path, in each entry of the lists on the way.
fn reach<'v>(object: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut reached = vec![object];
    for key in path.split('.') {
        let mut open = std::mem::take(&mut reached);
        while let Some(value) = open.pop() {
            match value {
                Value::Array(entries) => open.extend(entries),
                Value::Object(fields) => reached.extend(fields.get(key)),
                _ => {}
            }
        }
    }
    reached.retain(|value| !value.is_null());
    reached
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}
