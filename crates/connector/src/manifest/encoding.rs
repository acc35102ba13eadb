//! Bytes into text, or why they are none.

use std::borrow::Cow;
use std::io::{self, BufRead, Read as _};

use super::problem::{Fault, Position};

/// The longest text in UTF-16: it is held as a whole.
const MAX_UTF_16: u64 = 256 << 20;

/// What starts a file that is no manifest, and what to do about it.
const FOREIGN: &[(&[u8], &str)] = &[
    (b"\x00\x00\xfe\xff", UTF_32),
    (b"\xff\xfe\x00\x00", UTF_32),
    (b"\x1f\x8b", "compressed with gzip: unpack it first, `gunzip --stdout FILE | assay audit -`"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd: unpack it first, `zstd -dc FILE | assay audit -`"),
    (b"PK\x03\x04", "a zip archive: unpack it first"),
    (b"age-encryption.org/", "encrypted with age: decrypt it first"),
];
const UTF_32: &str = "not UTF-8 but UTF-32: save it as UTF-8";

/// How a file's text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8 { byte_order_mark: usize },
    Utf16(ByteOrder),
}

/// The order of the two bytes of UTF-16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

/// Tells the encoding by the start of a file.
pub(super) fn detect(start: &[u8]) -> Result<Encoding, Fault> {
    if let Some((_, message)) = FOREIGN.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Err(Fault::of_file(*message));
    }
    match start {
        [0xff, 0xfe, ..] => return Ok(Encoding::Utf16(ByteOrder::Little)),
        [0xfe, 0xff, ..] => return Ok(Encoding::Utf16(ByteOrder::Big)),
        _ => {}
    }
    if start.contains(&0) {
        return Err(Fault::of_file("a binary file, or UTF-16 without a byte order mark: save it as UTF-8"));
    }
    let byte_order_mark = if start.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    Ok(Encoding::Utf8 { byte_order_mark })
}

/// The UTF-8 of a stream in UTF-16, its byte order mark left out.
pub(super) fn utf_16(input: &mut impl BufRead, order: ByteOrder) -> io::Result<Result<Vec<u8>, Fault>> {
    let mut bytes = Vec::new();
    input.take(MAX_UTF_16 + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_UTF_16 {
        return Ok(Err(Fault::of_file("too large for UTF-16: save it as UTF-8")));
    }
    let units = bytes.chunks_exact(2).map(|unit| match order {
        ByteOrder::Little => u16::from_le_bytes([unit[0], unit[1]]),
        ByteOrder::Big => u16::from_be_bytes([unit[0], unit[1]]),
    });
    let text: Result<String, _> = char::decode_utf16(units.skip(1)).collect();
    Ok(text.map(String::into_bytes).map_err(|_| Fault::of_file("not valid UTF-16: save it as UTF-8")))
}

/// A document's text.
pub(super) struct Text<'b> {
    pub(super) text: Cow<'b, str>,
    /// The first byte that is not UTF-8. It and all others became U+FFFD, as they do for kubectl.
    pub(super) replaced: Option<Position>,
}

/// Decodes a document, and refuses control characters: a parser could take NUL for the end.
pub(super) fn text(bytes: &[u8], first: Position) -> Result<Text<'_>, Fault> {
    let control = bytes.iter().position(|byte| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r'));
    if let Some(control) = control {
        let at = first.after(&bytes[..control]);
        return Err(Fault::at(
            at,
            "a control character: a manifest is text; in quotes, write it as an escape",
        ));
    }
    let replaced = str::from_utf8(bytes).err().map(|error| first.after(&bytes[..error.valid_up_to()]));
    Ok(Text { text: String::from_utf8_lossy(bytes), replaced })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_tell_the_encoding() {
        let utf_8 = |byte_order_mark| Some(Encoding::Utf8 { byte_order_mark });
        for (start, expected) in [
            (&b""[..], utf_8(0)),
            (b"kind: Pod", utf_8(0)),
            (b"\xef\xbb\xbfkind: Pod", utf_8(3)),
            (b"\xff\xfek\0", Some(Encoding::Utf16(ByteOrder::Little))),
            (b"\xfe\xff\0k", Some(Encoding::Utf16(ByteOrder::Big))),
            (b"\xff\xfe\0\0", None),
            (b"\x7fELF\0", None),
            (b"\x1f\x8b\x08", None),
        ] {
            assert_eq!(detect(start).ok(), expected, "{start:?}");
        }
    }

    #[test]
    fn control_characters_and_bad_bytes_have_their_places() {
        let fault = text(b"\xc3\xa4\nb\0", Position::START).err();
        assert_eq!(fault.and_then(|fault| fault.position), Some(Position { line: 2, column: 2 }));
        let text = text(b"\xc3\xa4 M\xfcnchen", Position::START).unwrap();
        assert_eq!(text.text, "ä M\u{fffd}nchen");
        assert_eq!(text.replaced, Some(Position { line: 1, column: 4 }));
    }
}
