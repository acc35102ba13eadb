//! JSON whose strings hold nothing that a reader would not see.

use std::borrow::Cow;
use std::io::{Result, Write};

use serde_json::ser::{CharEscape, Formatter};

use crate::text::visible_block;

/// Writes strings and keys as [`visible_block`] has them, and all else as another formatter does.
pub(crate) struct Visible<F>(F);

impl<F> Visible<F> {
    pub(crate) fn new(layout: F) -> Self {
        Self(layout)
    }
}

impl<F: Formatter> Formatter for Visible<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> Result<()> {
        match visible_block(fragment) {
            Cow::Borrowed(text) => writer.write_all(text.as_bytes()),
            // The backslash is the text's own, so JSON doubles it.
            Cow::Owned(text) => writer.write_all(text.replace('\\', "\\\\").as_bytes()),
        }
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> Result<()> {
        let hidden = match escape {
            CharEscape::Backspace => 0x8,
            CharEscape::FormFeed => 0xc,
            CharEscape::CarriageReturn => 0xd,
            CharEscape::AsciiControl(byte) => byte,
            shown => return self.0.write_char_escape(writer, shown),
        };
        write!(writer, "\\\\{}", &char::from(hidden).escape_unicode().to_string()[1..])
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde_json::ser::PrettyFormatter;
    use serde_json::{Serializer, Value, json};

    use super::*;

    #[test]
    fn strings_and_keys_are_shown_and_the_layout_kept() {
        let value = json!({"a\u{202e}\\": ["b\u{7}\r\n\t\"\\", "\u{85}é", 1, {}, []], "plain": null});
        let mut written = Vec::new();
        let formatter = Visible::new(PrettyFormatter::new());
        value.serialize(&mut Serializer::with_formatter(&mut written, formatter)).unwrap();
        let written = String::from_utf8(written).unwrap();
        let shown = json!({"a\\u{202e}\\": ["b\\u{7}\\u{d}\n\t\"\\", "\\u{85}é", 1, {}, []], "plain": null});
        assert_eq!(written, serde_json::to_string_pretty(&shown).unwrap());
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), shown);
    }
}
