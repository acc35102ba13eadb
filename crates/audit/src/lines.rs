//! JSON laid out in lines: a document's fields, and each entry of its lists, have lines of their own, and what is in an
//! entry does not. An audit may have a hundred thousand findings; so they can be searched and compared line by line,
//! and the text is half as long as with a line for each value. What a terminal would obey, or not show, is escaped.

use std::io::{self, BufWriter, Write};

use assay_model::visible::visible_json;
use serde::Serialize;
use serde_json::ser::Formatter;

/// Writes a document as text: its fields, and the entries of those that are lists or objects, on lines of their own.
///
/// # Errors
/// The text cannot be written.
pub fn write(document: &impl Serialize, out: impl Write) -> serde_json::Result<()> {
    // Each quote and comma is a write: where it goes is not asked for each.
    let mut out = BufWriter::new(out);
    document.serialize(&mut serde_json::Serializer::with_formatter(&mut out, Lines::to(2)))?;
    out.write_all(b"\n").and_then(|()| out.flush()).map_err(serde_json::Error::io)
}

/// Gives what stands at the outer levels lines of its own.
#[derive(Debug)]
pub struct Lines {
    levels: usize,
    level: usize,
    is_empty: bool,
}

impl Lines {
    /// What stands at this many levels has lines; the document's own fields are at the first.
    pub fn to(levels: usize) -> Self {
        Self { levels, level: 0, is_empty: true }
    }

    fn begin<W: ?Sized + Write>(&mut self, writer: &mut W, with: &[u8]) -> io::Result<()> {
        self.level += 1;
        self.is_empty = true;
        writer.write_all(with)
    }

    fn end<W: ?Sized + Write>(&mut self, writer: &mut W, with: &[u8]) -> io::Result<()> {
        let has_lines = self.level <= self.levels && !self.is_empty;
        self.level -= 1;
        // What ends here is in what is around it.
        self.is_empty = false;
        if has_lines {
            self.line(writer)?;
        }
        writer.write_all(with)
    }

    fn entry<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.is_empty = false;
        if !first {
            writer.write_all(b",")?;
        }
        if self.level <= self.levels { self.line(writer) } else { Ok(()) }
    }

    fn line<W: ?Sized + Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"\n")?;
        (0..self.level).try_for_each(|_| writer.write_all(b"  "))
    }
}

impl Formatter for Lines {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        writer.write_all(visible_json(fragment).as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.entry(writer, first)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.entry(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(if self.level <= self.levels { b": " } else { b":" })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn entries_have_lines_and_what_is_in_them_has_not() {
        let document = json!({
            "findings": [{"id": "a", "places": [{"line": 1}, {}]}, {"id": "b,\n", "places": []}, [1, 2]],
            "gaps": [],
            "summary": {"fail": 2, "none": {}},
            "tool": "assay\u{202e}",
        });
        let mut text = Vec::new();
        write(&document, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let expected = r#"{
  "findings": [
    {"id":"a","places":[{"line":1},{}]},
    {"id":"b,\n","places":[]},
    [1,2]
  ],
  "gaps": [],
  "summary": {
    "fail": 2,
    "none": {}
  },
  "tool": "assay\u202e"
}
"#;
        assert_eq!(text, expected);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), document);
    }
}
