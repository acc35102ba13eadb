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
        let reached = if is_known { Reached::at(self.json(place.row), path) } else { Reached::default() };
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
                true => self.passes(&reached, word, wanted, ignoring_case),
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
    fn passes(&self, reached: &Reached<'_>, word: &str, wanted: &Syntax, ignoring_case: bool) -> Truth {
        let is_empty = |value: &&Value| **value == "" || **value == Value::Array(Vec::new());
        // What was taken out is not empty, and may be anything else.
        let nothing_more = !reached.removed;
        let all_are_empty = || Truth::all([reached.values.iter().all(is_empty).into(), nothing_more]);
        match (word, wanted) {
            ("eq", Syntax::Null) => Truth::all([reached.values.is_empty().into(), nothing_more]),
            ("eq", Syntax::String(text)) if text.is_empty() => all_are_empty(),
            ("eq", Syntax::List(list)) if list.is_empty() => all_are_empty(),
            _ => {
                let of_removed = (reached.removed != Truth::False).then_some(Truth::Unknown);
                let each = reached.values.iter().map(|value| self.one(value, word, wanted, ignoring_case));
                Truth::any(each.chain(of_removed))
            }
        }
    }

    /// Whether a value passes. Of a text that something was taken out of, what is left says less.
    fn one(&self, value: &Value, word: &str, wanted: &Syntax, ignoring_case: bool) -> Truth {
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
        let is = |value: &Value, wanted: &Syntax| match has_mark(value) {
            true => Truth::Unknown,
            false => is(value, wanted).into(),
        };
        let is_among = |value: &Value| Truth::any(several.iter().map(|wanted| is(value, wanted)));
        let list = value.as_array().map(Vec::as_slice);
        match (word, wanted, list) {
            ("includes", _, Some(list)) => Truth::any(list.iter().map(|entry| is(entry, wanted))),
            ("anyIn", _, Some(list)) => Truth::any(list.iter().map(is_among)),
            ("anyNotIn", _, Some(list)) => Truth::any(list.iter().map(|entry| !is_among(entry))),
            ("eq", Syntax::List(_), Some(list)) => {
                let as_many = (list.len() == several.len()).into();
                let each = list.iter().zip(&several).map(|(one, wanted)| is(one, wanted));
                Truth::all(each.chain([as_many]))
            }
            ("includes" | "anyIn" | "anyNotIn", _, None) | ("eq", Syntax::List(_), None) => Truth::False,
            (_, _, Some(list)) => {
                Truth::any(list.iter().map(|entry| self.one(entry, word, wanted, ignoring_case)))
            }
            ("eq" | "in", _, _) => is_among(value),
            ("lt" | "lte" | "gt" | "gte", _, _) => match has_mark(value) {
                true => Truth::Unknown,
                false => self.compared(value, wanted).is_some_and(|found| scalar::is_so(found, word)).into(),
            },
            _ => {
                let passes = |found: String| {
                    let operator = Operator { word, ignoring_case };
                    scalar::passes(&found.into(), Scalar::String, false, operator, wanted, self.as_of)
                };
                match text(value) {
                    // A part that is left is there, but a pattern is of the whole.
                    Some(found) if has_mark(value) => {
                        let is_sure = word != "matches" && passes(left_of(&found));
                        if is_sure { Truth::True } else { Truth::Unknown }
                    }
                    found => found.is_some_and(passes).into(),
                }
            }
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

/// What stands at a path.
struct Reached<'v> {
    values: Vec<&'v Value>,
    /// Whether there is a value besides that was taken out.
    removed: Truth,
}

impl Default for Reached<'_> {
    fn default() -> Self {
        Self { values: Vec::new(), removed: Truth::False }
    }
}

impl<'v> Reached<'v> {
    /// The values at a path, in each entry of the lists on the way.
    fn at(object: &'v Value, path: &str) -> Self {
        let (mut values, mut removed) = (vec![object], Vec::new());
        let keys: Vec<&str> = path.split('.').collect();
        for (index, key) in keys.iter().enumerate() {
            let mut open = std::mem::take(&mut values);
            while let Some(value) = open.pop() {
                match value {
                    Value::Array(entries) => open.extend(entries),
                    Value::Object(fields) => match fields.get(*key) {
                        Some(found) => values.push(found),
                        None => removed.push(taken_out(&value["assayFacts"], key, keys.get(index + 1))),
                    },
                    // What stood here may have had such a field.
                    text if has_mark(text) => removed.push(Truth::Unknown),
                    _ => {}
                }
            }
        }
        values.retain(|value| !value.is_null());
        Self { values, removed: Truth::any(removed) }
    }
}

/// Whether a field that an object lacks was taken out, by what is told of it: the literal value of a variable, and the
/// entries of a Secret or ConfigMap, of which nobody says in which field they were.
fn taken_out(facts: &Value, field: &str, key: Option<&&str>) -> Truth {
    match (field, &facts["entries"]) {
        ("value", _) => (facts["literal"] == true).into(),
        ("data" | "stringData" | "binaryData", Value::Array(entries)) => {
            let fits = entries.iter().any(|entry| key.is_none_or(|key| entry["key"] == **key));
            if fits { Truth::Unknown } else { Truth::False }
        }
        ("data" | "stringData" | "binaryData", _) if facts.get("entries").is_some() => Truth::Unknown,
        _ => Truth::False,
    }
}

/// What is left of a text, with what nothing has in the place of each mark.
fn left_of(text: &str) -> String {
    let mut parts = text.split("[redacted: ");
    let first = parts.next().unwrap_or_default().to_owned();
    let others = parts.map(|part| match part.split_once(']') {
        Some((_, rest)) => format!("\0{rest}"),
        None => format!("[redacted: {part}"),
    });
    first + &others.collect::<String>()
}

/// Whether something was taken out of a text.
fn has_mark(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.split("[redacted: ").skip(1).any(|rest| rest.contains(']')))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}
