//! An answer as text.

use std::borrow::Cow;
use std::fmt::Write as _;

use assay_audit::finding::AssetRef;
use assay_evaluator::query::{Asked, Picked, Question, What};
use assay_evaluator::{Answer, Row};
use assay_model::visible::visible_json;
use serde_json::{Map, Value, json};

use super::Form;
use crate::output::{BOLD, shown, styled};

/// The answers in a form.
pub(super) fn render(form: Form, question: &Question, answers: &[Answer]) -> String {
    let tables = question.asked.iter().zip(answers).map(|(asked, answer)| Table::of(form, asked, answer));
    match form {
        Form::Json => visible_json(&format!("{:#}\n", in_json(answers))).into_owned(),
        Form::Csv => tables.map(|table| table.csv()).collect(),
        Form::Markdown => tables.map(|table| table.markdown()).collect(),
        Form::Table | Form::Wide if answers.len() == 1 => tables.map(|table| table.aligned()).collect(),
        Form::Table | Form::Wide => {
            let named = tables
                .zip(answers)
                .map(|(table, answer)| format!("{}\n{}", styled(BOLD, shown(&answer.name)), table.aligned()));
            named.collect::<Vec<_>>().join("\n")
        }
    }
}

fn in_json(answers: &[Answer]) -> Value {
    let mut data = Map::new();
    let mut unknown = Map::new();
    let mut gaps = Vec::new();
    for answer in answers {
        let rows = answer.rows.iter().map(|row| {
            let mut object = identity(&row.asset);
            object.extend(row.fields.clone());
            Value::Object(object)
        });
        data.insert(answer.name.clone(), rows.collect());
        unknown.insert(answer.name.clone(), answer.unknown.iter().map(|asset| asset.id.as_str()).collect());
        for gap in &answer.gaps {
            let gap = json!(gap);
            if !gaps.contains(&gap) {
                gaps.push(gap);
            }
        }
    }
    json!({"data": data, "unknown": unknown, "gaps": gaps})
}

fn identity(asset: &AssetRef) -> Map<String, Value> {
    let pairs = [
        ("id", Some(asset.id.as_str())),
        ("kind", Some(asset.kind.as_str())),
        ("namespace", asset.namespace.as_deref()),
        ("name", Some(asset.name.as_str())),
    ];
    pairs.into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect()
}

/// Rows of texts under headings.
struct Table {
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn of(form: Form, asked: &Asked, answer: &Answer) -> Self {
        // The fields of a deeper fragment are those of each row, so the first row names them.
        let mut columns = Vec::new();
        if asked.root.selected.fields.iter().any(Picked::yields) {
            if let Some(row) = answer.rows.first() {
                columns.extend(row.fields.keys().cloned());
            }
        } else {
            leaves("", &asked.root.selected.fields, &mut columns);
        }
        let own = |name: &str| columns.iter().any(|column| column == name);
        let mut fixed = vec!["kind", "namespace", "name"];
        if form == Form::Wide {
            fixed.extend(["uid", "id"]);
        }
        fixed.retain(|name| !own(name));
        let headings = fixed.iter().map(|name| (*name).to_owned()).chain(columns.iter().cloned()).collect();
        let row = |row: &Row| {
            let fixed = fixed.iter().map(|name| fixed_cell(&row.asset, name));
            fixed.chain(columns.iter().map(|column| cell(at(&row.fields, column)))).collect()
        };
        Self { headings, rows: answer.rows.iter().map(row).collect() }
    }

    /// Columns as wide as their longest text, as kubectl prints them.
    fn aligned(&self) -> String {
        let headings: Vec<String> = self.headings.iter().map(|heading| heading.to_uppercase()).collect();
        let lines: Vec<&Vec<String>> = std::iter::once(&headings).chain(&self.rows).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..headings.len()).map(width).collect();
        let mut text = String::new();
        for line in lines {
            let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("   ").trim_end());
        }
        text
    }

    fn csv(&self) -> String {
        let quoted = |cell: Cow<'_, str>| match cell.contains([',', '"', '\n', '\r']) {
            true => format!("\"{}\"", cell.replace('"', "\"\"")),
            false => cell.into_owned(),
        };
        let cells = |cells: &Vec<String>| cells.iter().map(|cell| quoted(as_text(cell))).collect::<Vec<_>>();
        let line = |row: &Vec<String>| cells(row).join(",") + "\r\n";
        std::iter::once(&self.headings).chain(&self.rows).map(line).collect()
    }

    fn markdown(&self) -> String {
        let line = |cells: &Vec<String>| {
            let cells: Vec<String> = cells.iter().map(|cell| in_markdown(cell)).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule = format!("|{}\n", " --- |".repeat(self.headings.len()));
        line(&self.headings) + &rule + &self.rows.iter().map(line).collect::<String>()
    }
}

/// A text that spreadsheets would take for a formula, with the mark that keeps it a text: whoever may annotate an object
/// would else have the reader's computer calculate what they wrote. Where a comma is part of a number, spreadsheets
/// divide lines at semicolons, whatever is quoted.
fn as_text(cell: &str) -> Cow<'_, str> {
    let parts = || cell.split_inclusive(';');
    if !parts().any(is_formula) {
        return cell.into();
    }
    parts().flat_map(|part| [if is_formula(part) { "'" } else { "" }, part]).collect::<String>().into()
}

/// Quotes and blanks may be taken off a part before it is looked at.
fn is_formula(part: &str) -> bool {
    let text = part.trim_end_matches(';').trim_start_matches(['"', ' ']);
    text.starts_with(['=', '+', '-', '@']) && text.parse::<f64>().is_err()
}

/// A cell that stays one: neither a bar nor markup of the text may end it or mean something.
fn in_markdown(cell: &str) -> String {
    let mut text = String::new();
    for c in cell.chars() {
        if matches!(c, '|' | '\\' | '<' | '>' | '*' | '_' | '`' | '[' | ']' | '&' | '~') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// The dot paths of values, in the order they were asked for.
fn leaves(prefix: &str, fields: &[Picked], columns: &mut Vec<String>) {
    for picked in fields {
        let path = if prefix.is_empty() { picked.name.clone() } else { format!("{prefix}.{}", picked.name) };
        match &picked.what {
            What::Struct(fields) => leaves(&path, fields, columns),
            What::Related { set, many: false, selected, .. } if set.to != "KeyValue" => {
                leaves(&path, &selected.fields, columns);
            }
            _ => columns.push(path),
        }
    }
}

fn at<'v>(fields: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    let mut keys = path.split('.');
    let first = fields.get(keys.next()?)?;
    keys.try_fold(first, |value, key| value.get(key))
}

fn fixed_cell(asset: &AssetRef, name: &str) -> String {
    let text = match name {
        "kind" => Some(asset.kind.as_str()),
        "namespace" => asset.namespace.as_deref(),
        "uid" => asset.uid.as_deref(),
        "id" => Some(asset.id.as_str()),
        _ => Some(asset.name.as_str()),
    };
    shown(text.unwrap_or_default()).into_owned()
}

/// A value in one line. Of related things with one field each, those fields.
fn cell(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(values)) => {
            values.iter().map(|value| cell(Some(only_field(value)))).collect::<Vec<_>>().join(", ")
        }
        Some(Value::Object(fields))
            if fields.values().all(|value| !value.is_object() && !value.is_array()) =>
        {
            let pairs = fields.iter().map(|(key, value)| format!("{key}={}", cell(Some(value))));
            pairs.collect::<Vec<_>>().join(" ")
        }
        Some(other) => other.to_string(),
    };
    shown(&text).into_owned()
}

fn only_field(value: &Value) -> &Value {
    match value.as_object() {
        Some(fields) if fields.len() == 1 => fields.values().next().unwrap_or(value),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_no_formula() {
        for (cell, text) in [
            ("=HYPERLINK(\"//evil\")", "'=HYPERLINK(\"//evil\")"),
            ("@SUM(1)", "'@SUM(1)"),
            ("--port=1", "'--port=1"),
            ("-", "'-"),
            ("-1.5", "-1.5"),
            ("+3", "+3"),
            ("web=1", "web=1"),
            ("a;=1+1;b;-2", "a;'=1+1;b;-2"),
            ("a;\"=1+1;b", "a;'\"=1+1;b"),
            ("a;b", "a;b"),
            ("", ""),
        ] {
            assert_eq!(as_text(cell), text);
        }
    }
}
