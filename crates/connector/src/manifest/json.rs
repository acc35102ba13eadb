//! JSON text into a tree.

use std::borrow::Cow;

use super::{
    problem::{Fault, Position},
    tree::{Content, Keys, Nodes, TreeBuilder},
};

/// The one value in a text whose first character stands at `first`.
pub(super) fn parse<'a>(text: &'a str, first: Position, keys: &mut Keys) -> Result<Nodes<'a>, Fault> {
    keys.begin_document();
    let cursor = Cursor { text, offset: 0, position: first };
    let mut reader = Reader { cursor, keys, builder: TreeBuilder::default() };
    reader.values()?;
    reader.cursor.skip_blanks();
    match reader.cursor.peek() {
        None => Ok(reader.builder.finish()),
        Some(_) => Err(reader.cursor.fault("text after the end of the value")),
    }
}

struct Reader<'a, 'k> {
    cursor: Cursor<'a>,
    keys: &'k mut Keys,
    builder: TreeBuilder<'a>,
}

impl<'a> Reader<'a, '_> {
    /// Everything up to the end of the outermost value.
    ///
    /// A loop, not one call a level: no input can exhaust the stack.
    fn values(&mut self) -> Result<(), Fault> {
        loop {
            if self.builder.expects_key() {
                self.key()?;
            }
            if self.value()? && self.after_value()? {
                return Ok(());
            }
        }
    }

    /// Closes what ends after a complete value, and says whether that was the outermost.
    fn after_value(&mut self) -> Result<bool, Fault> {
        while let Some(in_map) = self.builder.in_map() {
            self.cursor.skip_blanks();
            if self.cursor.eat(b',') {
                return Ok(false);
            }
            if !self.cursor.eat(closing(in_map)) {
                let expected = if in_map { "expected a comma or }" } else { "expected a comma or ]" };
                return Err(self.cursor.fault(expected));
            }
            self.builder.end();
        }
        Ok(true)
    }

    fn key(&mut self) -> Result<(), Fault> {
        self.cursor.skip_blanks();
        let at = self.cursor.position;
        let key = self.string()?;
        self.builder.key(self.keys.number(&key, at)?, at);
        self.cursor.skip_blanks();
        if self.cursor.eat(b':') { Ok(()) } else { Err(self.cursor.fault("expected a colon")) }
    }

    /// A scalar or the start of an object or array; whether the value is complete by now.
    fn value(&mut self) -> Result<bool, Fault> {
        self.cursor.skip_blanks();
        let at = self.cursor.position;
        if self.cursor.eat(b'{') {
            self.builder.begin_map(at)?;
            return Ok(self.ends_at_once(true));
        }
        if self.cursor.eat(b'[') {
            self.builder.begin_list(at)?;
            return Ok(self.ends_at_once(false));
        }
        let content = self.scalar()?;
        self.builder.scalar(content, at)?;
        Ok(true)
    }

    fn ends_at_once(&mut self, in_map: bool) -> bool {
        self.cursor.skip_blanks();
        let ends = self.cursor.eat(closing(in_map));
        if ends {
            self.builder.end();
        }
        ends
    }

    fn scalar(&mut self) -> Result<Content<'a>, Fault> {
        match self.cursor.peek() {
            Some(b'"') => self.string().map(Content::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true", Content::Bool(true)),
            Some(b'f') => self.literal("false", Content::Bool(false)),
            Some(b'n') => self.literal("null", Content::Null),
            Some(_) => Err(self.cursor.fault("expected a value")),
            None => Err(self.cursor.fault("the text ends too early")),
        }
    }

    fn literal(&mut self, word: &str, content: Content<'a>) -> Result<Content<'a>, Fault> {
        if !self.cursor.rest().starts_with(word) {
            return Err(self.cursor.fault("expected a value"));
        }
        self.cursor.advance(word.len());
        Ok(content)
    }

    fn number(&mut self) -> Result<Content<'a>, Fault> {
        let rest = self.cursor.rest();
        let length =
            rest.bytes().take_while(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')).count();
        let number: serde_json::Number =
            serde_json::from_str(&rest[..length]).map_err(|_| self.cursor.fault("not a number"))?;
        self.cursor.advance(length);
        Ok(match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(int), ..) => Content::Int(int),
            (_, Some(uint), _) => Content::Uint(uint),
            (.., float) => Content::Float(float.unwrap_or(f64::NAN)),
        })
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        if !self.cursor.eat(b'"') {
            return Err(self.cursor.fault("expected a string in double quotes"));
        }
        let plain = self.cursor.until_special();
        if self.cursor.eat(b'"') {
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_owned();
        loop {
            match self.cursor.peek() {
                Some(b'"') => break,
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => {
                    return Err(self.cursor.fault("a control character in a string: write it as \\u00.."));
                }
                None => return Err(self.cursor.fault("the text ends inside of a string")),
            }
            text.push_str(self.cursor.until_special());
        }
        self.cursor.advance(1);
        Ok(Cow::Owned(text))
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let escaped = self.cursor.rest().as_bytes().get(1).copied();
        let char = match escaped {
            Some(b'u') => return self.unicode_escape(),
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.cursor.fault("not an escape that JSON knows")),
        };
        self.cursor.advance(2);
        Ok(char)
    }

    /// One `\uXXXX`, or two that are a surrogate pair. Half a pair is U+FFFD, as it is for Go.
    fn unicode_escape(&mut self) -> Result<char, Fault> {
        let rest = self.cursor.rest();
        let first =
            hex_escape(rest).ok_or_else(|| self.cursor.fault("expected four hex digits after \\u"))?;
        self.cursor.advance(6);
        let pair = hex_escape(&rest[6..]).map(|second| [first, second]);
        if let Some(Ok(char)) = pair.and_then(|pair| char::decode_utf16(pair).next())
            && (0xD800..0xDC00).contains(&first)
        {
            self.cursor.advance(6);
            return Ok(char);
        }
        Ok(char::from_u32(u32::from(first)).unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}

/// The code unit of a `\uXXXX` at the start of a text.
fn hex_escape(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

struct Cursor<'a> {
    text: &'a str,
    offset: usize,
    position: Position,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.offset..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.offset).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.advance(1);
        }
        found
    }

    fn skip_blanks(&mut self) {
        let length = self.rest().bytes().take_while(|b| is_blank(*b)).count();
        self.advance(length);
    }

    /// What comes before the next quote, backslash or control character.
    fn until_special(&mut self) -> &'a str {
        let rest = self.rest();
        let length = rest.bytes().take_while(|b| !matches!(b, b'"' | b'\\' | 0..=0x1f)).count();
        self.advance(length);
        &rest[..length]
    }

    fn advance(&mut self, length: usize) {
        let end = self.offset + length;
        self.position = self.position.after(&self.text.as_bytes()[self.offset..end]);
        self.offset = end;
    }

    fn fault(&self, message: &str) -> Fault {
        Fault::at(self.position, format!("not valid JSON: {message}"))
    }
}

fn closing(in_map: bool) -> u8 {
    if in_map { b'}' } else { b']' }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
