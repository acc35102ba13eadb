//! An object as YAML in the block style that kubectl prints, and where fields stand in it.

mod node;

use std::fmt::Write as _;

use assay_model::visible::is_hidden;
use serde::de::DeserializeSeed;
use serde_json::Value;

use node::{After, Node};

/// An object's text and the places of the fields that were asked for.
#[derive(Debug)]
pub(crate) struct Document {
    /// The YAML.
    pub(crate) text: String,
    /// Where each field stands, in the order they were asked for in; of one that is not there, the nearest field
    /// around it.
    pub(crate) places: Vec<Span>,
}

/// A part of one line; columns are counted in characters, from 1, and `end` is behind the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) line: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Document {
    /// Writes an object, which is given as JSON.
    ///
    /// # Errors
    /// The text is no JSON.
    pub(crate) fn new(json: &str, fields: &[&str]) -> serde_json::Result<Self> {
        let sought = fields.iter().map(|field| Sought { field, nearest: None }).collect();
        let mut writer = Writer { text: String::new(), line: 1, line_start: 0, path: String::new(), sought };
        let root = Node { writer: &mut writer, after: After::Nothing, indent: 0 };
        root.deserialize(&mut serde_json::Deserializer::from_str(json))?;
        Ok(writer.finish())
    }
}

/// A field whose place is wanted.
struct Sought<'f> {
    field: &'f str,
    /// Where the nearest field around it stands, and how long that one's path is.
    nearest: Option<(usize, Span)>,
}

impl Sought<'_> {
    /// Whether a path is the field's own, or that of a nearer field around it than is known.
    fn is_at(&self, path: &str) -> bool {
        self.nearest.is_none_or(|(length, _)| length < path.len())
            && self
                .field
                .strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    }
}

/// A document under way.
struct Writer<'f> {
    text: String,
    line: u32,
    line_start: usize,
    /// The path of the field that is being written.
    path: String,
    sought: Vec<Sought<'f>>,
}

impl Writer<'_> {
    fn finish(self) -> Document {
        let length = self.text.lines().next().map_or(0, |line| line.chars().count());
        let end = u32::try_from(length).unwrap_or(u32::MAX).saturating_add(1);
        let first_line = Span { line: 1, start: 1, end };
        let places = self.sought.iter().map(|sought| sought.nearest.map_or(first_line, |(_, span)| span));
        Document { places: places.collect(), text: self.text }
    }

    fn indent(&mut self, spaces: usize) {
        self.text.extend(std::iter::repeat_n(' ', spaces));
    }

    fn end_line(&mut self, start: usize) {
        self.note(start);
        self.text.push('\n');
        self.line += 1;
        self.line_start = self.text.len();
    }

    /// The field that is being written stands from here to the end of what there is of its line.
    fn note(&mut self, start: usize) {
        for sought in &mut self.sought {
            if sought.is_at(&self.path) {
                let column = |end: usize| {
                    let before = self.text[self.line_start..end].chars().count();
                    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
                };
                let span = Span { line: self.line, start: column(start), end: column(self.text.len()) };
                sought.nearest = Some((self.path.len(), span));
            }
        }
    }

    /// Ends what stands before the entries of an object or a list. The first of them continues the line that is begun.
    fn open(&mut self, after: After, indent: usize) {
        match after {
            After::Nothing => {}
            After::Key { start } => {
                self.end_line(start);
                self.indent(indent);
            }
            After::Dash { start } => {
                self.note(start);
                self.text.push(' ');
            }
        }
    }

    /// Writes what fits into the line that is begun.
    fn leaf(&mut self, after: After, write: impl FnOnce(&mut String)) {
        match after {
            After::Nothing => write(&mut self.text),
            After::Key { start } | After::Dash { start } => {
                self.text.push(' ');
                write(&mut self.text);
                self.end_line(start);
            }
        }
    }
}

/// Adds a key to a path, as evidence writes it: `metadata.annotations["example.com/owner"]`.
fn push_key(key: &str, path: &mut String) {
    let odd = |c: char| ".[]\"".contains(c) || c.is_whitespace() || c.is_control();
    if key.is_empty() || key.contains(odd) {
        let _ = write!(path, "[{}]", Value::from(key));
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
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

    fn line(object: &Value, field: &str) -> String {
        let document = Document::new(&object.to_string(), &["metadata", field]).unwrap();
        let span = document.places[1];
        let line: Vec<char> =
            document.text.lines().nth(span.line as usize - 1).unwrap_or_default().chars().collect();
        line[span.start as usize - 1..span.end as usize - 1].iter().collect()
    }

    #[test]
    fn fields_are_found() {
        let object = json!({
            "kind": "Pod",
            "metadata": {"labels": {"app.kubernetes.io/name": "é: \"x\""}, "annotations": {}},
            "spec": {"containers": [{"args": ["-c", "1", ["deep", 2]], "image": "web:1"}, {"image": "b"}], "nothing": null},
        });
        insta::assert_snapshot!(Document::new(&object.to_string(), &[]).unwrap().text, @r#"
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
        assert_eq!(line(&object, "spec.containers[1].image"), "image: b");
        assert_eq!(line(&object, "spec.containers[0].args[2][1]"), "- 2");
        assert_eq!(line(&object, "spec.containers[0].securityContext.privileged"), "-");
        assert_eq!(line(&object, "metadata.labels[\"app.kubernetes.io/name\"]").len(), 35);
        assert_eq!(line(&object, "no-such"), "kind: Pod");
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
            let text = Document::new(&object.to_string(), &[]).unwrap().text;
            let read: Value = serde_saphyr::from_str(&text).unwrap();
            assert_eq!(read, object, "{text}");
        }
    }
}
