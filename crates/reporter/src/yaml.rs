//! An object as YAML in the block style that kubectl prints, and where each field stands in it.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::text::is_hidden;

/// An object's text and the places of its fields.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// The YAML.
    pub(crate) text: String,
    places: HashMap<String, Span>,
    line: u32,
    line_start: usize,
}

/// A part of one line; columns are counted in characters, from 1, and `end` is behind the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) line: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Document {
    /// Writes an object.
    pub(crate) fn new(object: &Value) -> Self {
        let mut document = Self { line: 1, ..Self::default() };
        match object {
            Value::Object(map) if !map.is_empty() => document.entries(map, 0, ""),
            Value::Array(items) if !items.is_empty() => document.items(items, 0, ""),
            other => document.scalar(other),
        }
        document
    }

    /// Where the field stands, or the nearest field around it that is there.
    pub(crate) fn place(&self, field: &str) -> Span {
        let mut path = field;
        loop {
            if let Some(span) = self.places.get(path) {
                return *span;
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = &path[..end],
                None => return self.first_line(),
            }
        }
    }

    fn first_line(&self) -> Span {
        let length = self.text.lines().next().map_or(0, |line| line.chars().count());
        Span { line: 1, start: 1, end: u32::try_from(length).unwrap_or(u32::MAX).saturating_add(1) }
    }

    /// The first entry continues the line that is begun.
    fn entries(&mut self, map: &Map<String, Value>, indent: usize, path: &str) {
        for (index, (key, value)) in map.iter().enumerate() {
            self.begin(index, indent);
            let path = join(path, key);
            let start = self.column();
            string(key, &mut self.text);
            self.text.push(':');
            match value {
                Value::Object(map) if !map.is_empty() => {
                    self.end_line(&path, start);
                    self.text.extend(std::iter::repeat_n(' ', indent + 2));
                    self.entries(map, indent + 2, &path);
                }
                Value::Array(items) if !items.is_empty() => {
                    self.end_line(&path, start);
                    self.text.extend(std::iter::repeat_n(' ', indent));
                    self.items(items, indent, &path);
                }
                other => {
                    self.text.push(' ');
                    self.scalar(other);
                    self.end_line(&path, start);
                }
            }
        }
    }

    fn items(&mut self, items: &[Value], indent: usize, path: &str) {
        for (index, item) in items.iter().enumerate() {
            self.begin(index, indent);
            let path = format!("{path}[{index}]");
            let start = self.column();
            let line = self.line;
            self.text.push_str("- ");
            match item {
                Value::Object(map) if !map.is_empty() => self.entries(map, indent + 2, &path),
                Value::Array(items) if !items.is_empty() => self.items(items, indent + 2, &path),
                other => {
                    self.scalar(other);
                    self.end_line(&path, start);
                }
            }
            self.places.entry(path).or_insert(Span { line, start, end: start + 1 });
        }
    }

    fn begin(&mut self, index: usize, indent: usize) {
        if index > 0 {
            self.text.extend(std::iter::repeat_n(' ', indent));
        }
    }

    fn column(&self) -> u32 {
        let characters = self.text[self.line_start..].chars().count();
        u32::try_from(characters).unwrap_or(u32::MAX).saturating_add(1)
    }

    fn end_line(&mut self, path: &str, start: u32) {
        let span = Span { line: self.line, start, end: self.column() };
        self.places.insert(path.to_owned(), span);
        self.text.push('\n');
        self.line += 1;
        self.line_start = self.text.len();
    }

    fn scalar(&mut self, value: &Value) {
        match value {
            Value::String(text) => string(text, &mut self.text),
            other => self.text.push_str(&other.to_string()),
        }
    }
}

/// The path of a key, as evidence writes it: `metadata.annotations["example.com/owner"]`.
fn join(path: &str, key: &str) -> String {
    let odd = |c: char| ".[]\"".contains(c) || c.is_whitespace() || c.is_control();
    match (key.is_empty() || key.contains(odd), path.is_empty()) {
        (true, _) => format!("{path}[{}]", Value::from(key)),
        (false, true) => key.to_owned(),
        (false, false) => format!("{path}.{key}"),
    }
}

/// Quotes what any reader could take for something else than this string.
fn string(text: &str, out: &mut String) {
    if is_plain(text) {
        out.push_str(text);
        return;
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) && u32::from(c) > 0xffff => out.push_str(&format!("\\U{:08X}", u32::from(c))),
            c if is_hidden(c) => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn is_plain(text: &str) -> bool {
    /// What YAML 1.1 readers, kubectl's among them, take for a boolean or null.
    const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"];
    let inner = |c: char| c.is_ascii_alphanumeric() || "_./:@=+- ".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(inner)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line(document: &Document, field: &str) -> String {
        let span = document.place(field);
        let line: Vec<char> =
            document.text.lines().nth(span.line as usize - 1).unwrap_or_default().chars().collect();
        line[span.start as usize - 1..span.end as usize - 1].iter().collect()
    }

    #[test]
    fn fields_are_found() {
        let document = Document::new(&json!({
            "kind": "Pod",
            "metadata": {"labels": {"app.kubernetes.io/name": "é: \"x\""}, "annotations": {}},
            "spec": {"containers": [{"args": ["-c", "1", ["deep", 2]], "image": "web:1"}, {"image": "b"}], "nothing": null},
        }));
        insta::assert_snapshot!(document.text, @r#"
        kind: Pod
        metadata:
          labels:
            app.kubernetes.io/name: "é: \"x\""
          annotations: {}
        spec:
          containers:
          - args:
            - "-c"
            - "1"
            - - deep
              - 2
            image: web:1
          - image: b
          nothing: null
        "#);
        assert_eq!(line(&document, "spec.containers[1].image"), "image: b");
        assert_eq!(line(&document, "spec.containers[0].args[2][1]"), "- 2");
        assert_eq!(line(&document, "spec.containers[0].securityContext.privileged"), "-");
        assert_eq!(line(&document, "metadata.labels[\"app.kubernetes.io/name\"]").len(), 35);
        assert_eq!(line(&document, "no-such"), "kind: Pod");
    }

    #[test]
    fn every_string_survives() {
        let strings = [
            "",
            "yes",
            "NO",
            "null",
            "~",
            "1",
            "0x1f",
            "1e3",
            ".5",
            "-",
            "- a",
            "a: b",
            "a:",
            "a #b",
            "#",
            "{}",
            "\u{202e}x\u{7}\u{e0041}",
            "line\nline\t",
            "\"\\",
            "'",
            "&a",
            "*a",
            "!t",
            "%",
            "@x",
            "`",
            "a ",
            " a",
            "2026-01-01",
            "é",
            "https://x:1/y",
            "\u{85}\u{2028}",
            "<<",
            "=",
        ];
        for string in strings {
            let object = json!({string: [string, {"a": string}]});
            let text = Document::new(&object).text;
            let read: Value = serde_saphyr::from_str(&text).unwrap();
            assert_eq!(read, object, "{text}");
        }
    }
}
