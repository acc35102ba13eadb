//! The files of a catalogue. What is not as it should be is told, and read as far as it can be.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::{Map, Value};

use super::{Catalogue, CatalogueControl, CatalogueRule, Policy};
use crate::folder::read_file;

/// Reads all `*.json` below a folder.
pub fn read(root: &Path) -> io::Result<Catalogue> {
    let mut files = Vec::new();
    walk(root, &mut files)?;
    files.sort();
    let mut catalogue = Catalogue::default();
    for file in files {
        let shown = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        match read_file(&file) {
            Ok(text) => catalogue.add(&shown, &text),
            Err(error) => catalogue.notes.push(format!("{shown}: cannot be read: {error}")),
        }
    }
    Ok(catalogue)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A link may lead in a circle.
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), files)?;
        } else if entry.path().extension().is_some_and(|extension| extension == "json") {
            files.push(entry.path());
        }
    }
    Ok(())
}

impl Catalogue {
    fn add(&mut self, file: &str, text: &str) {
        let value = serde_json::from_str::<Value>(text).or_else(|error| {
            let tidied = serde_json::from_str::<Value>(&without_trailing_commas(text)).map_err(|_| error)?;
            self.notes.push(format!("{file}: commas before a closing bracket were left out"));
            Ok::<_, serde_json::Error>(tidied)
        });
        match value {
            Ok(Value::Array(values)) => values.iter().for_each(|value| self.add_one(file, value)),
            Ok(value) => self.add_one(file, &value),
            Err(error) => self.notes.push(format!("{file}: no JSON: {error}")),
        }
    }

    fn add_one(&mut self, file: &str, value: &Value) {
        let Some(fields) = value.as_object() else {
            return self.notes.push(format!("{file}: neither a control, a query nor a policy"));
        };
        let Some(slug) = text(fields, "slug") else {
            return self.notes.push(format!("{file}: it has no slug"));
        };
        if fields.contains_key("procedures") {
            self.policies.push(policy(&slug, fields));
        } else if let Some(query) = text(fields, "query") {
            let (query, note) = balanced(&query);
            self.notes.extend(note.map(|note| format!("{file}: {note}")));
            if self.queries.insert(slug.clone(), query).is_some() {
                self.notes.push(format!("{file}: a second query `{slug}`, which is used"));
            }
        } else if fields.contains_key("rules") {
            if self.controls.iter().any(|known| known.slug == slug) {
                return self.notes.push(format!("{file}: a second control `{slug}`, which is left out"));
            }
            self.controls.push(control(file, &slug, fields));
        } else {
            self.notes.push(format!("{file}: neither a control, a query nor a policy"));
        }
    }
}

fn text(fields: &Map<String, Value>, key: &str) -> Option<String> {
    fields.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

fn texts(fields: &Map<String, Value>, key: &str) -> Vec<String> {
    match fields.get(key) {
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(text)) => vec![text.clone()],
        _ => Vec::new(),
    }
}

fn list<'v>(fields: &'v Map<String, Value>, key: &str) -> impl Iterator<Item = &'v Map<String, Value>> {
    fields.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn control(file: &str, slug: &str, fields: &Map<String, Value>) -> CatalogueControl {
    let or_empty = |key: &str| text(fields, key).unwrap_or_default();
    CatalogueControl {
        file: file.to_owned(),
        slug: slug.to_owned(),
        name: text(fields, "name").unwrap_or_else(|| slug.to_owned()),
        description: or_empty("description"),
        body: or_empty("body"),
        severity: fields.get("severity").and_then(Value::as_u64).unwrap_or(2),
        remediation: or_empty("remediationDescription"),
        enabled: fields.get("isEnabled").and_then(Value::as_bool).unwrap_or(true),
        rules: list(fields, "rules").map(rule).collect(),
    }
}

fn rule(fields: &Map<String, Value>) -> CatalogueRule {
    CatalogueRule {
        providers: texts(fields, "cloudProviders"),
        comparator: text(fields, "comparator").unwrap_or_else(|| "eq".to_owned()),
        expected: fields.get("expectedResult").cloned().unwrap_or_else(|| Value::Array(Vec::new())),
        subjects: texts(fields, "subjects"),
        query: text(fields, "query").unwrap_or_default(),
        return_path: text(fields, "returnPath"),
        population: text(fields, "applicableAssetsQuery"),
        manual: fields.get("isManual").and_then(Value::as_bool).unwrap_or(false),
    }
}

fn policy(slug: &str, fields: &Map<String, Value>) -> Policy {
    let procedure = |fields: &Map<String, Value>| {
        let slug = text(fields, "slug")?;
        let controls = list(fields, "controls").filter_map(|control| text(control, "control")).collect();
        Some((slug.clone(), text(fields, "name").unwrap_or(slug), controls))
    };
    Policy {
        slug: slug.to_owned(),
        name: text(fields, "name").unwrap_or_else(|| slug.to_owned()),
        version: match fields.get("version") {
            Some(Value::String(version)) => version.clone(),
            Some(Value::Number(version)) => version.to_string(),
            _ => "1".to_owned(),
        },
        procedures: list(fields, "procedures").filter_map(procedure).collect(),
    }
}

/// JSON without the commas that stand before a closing bracket.
fn without_trailing_commas(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for c in text.chars() {
        if !in_string && matches!(c, ']' | '}') {
            let end = kept.trim_end().len();
            if kept[..end].ends_with(',') {
                kept.truncate(end - 1);
            }
        }
        if c == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = in_string && c == '\\' && !escaped;
        kept.push(c);
    }
    kept
}

/// A query whose last or first brace was lost, and what was put right.
fn balanced(query: &str) -> (String, Option<&'static str>) {
    let (mut in_string, mut escaped, mut depth, mut least) = (false, false, 0_i32, 0_i32);
    for c in query.chars() {
        match c {
            '"' if !escaped => in_string = !in_string,
            '{' if !in_string => depth += 1,
            '}' if !in_string => depth -= 1,
            _ => {}
        }
        least = least.min(depth);
        escaped = in_string && c == '\\' && !escaped;
    }
    match (depth, least) {
        (1, 0) => (format!("{query}\n}}"), Some("the query's last brace was missing")),
        (-1, -1) => (format!("{{\n{query}"), Some("the query's first brace was missing")),
        _ => (query.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_and_braces_are_put_right() {
        assert_eq!(without_trailing_commas("{\"a\": [1, 2, ],\n}"), "{\"a\": [1, 2]}");
        assert_eq!(without_trailing_commas("{\"a\": \",]\\\",}\"}"), "{\"a\": \",]\\\",}\"}");
        assert_eq!(balanced("{ pods { name }").0, "{ pods { name }\n}");
        assert_eq!(balanced("pods { name } }").0, "{\npods { name } }");
        assert_eq!(balanced("{ pods(where: {name: \"}\"}) { name } }").1, None);
    }
}
