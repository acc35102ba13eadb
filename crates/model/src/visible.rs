//! Untrusted text, made safe to look at: what is invisible, or would move the cursor or reorder its surroundings, is
//! written out. A name must neither hide what it says nor forge what stands beside it.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::RangeInclusive;

/// What a reader doesn't see as it is, above ASCII and sorted: control characters, separators of lines and paragraphs,
/// marks of annotations, and what Unicode calls default ignorable (`DerivedCoreProperties.txt`): joiners, overrides of
/// direction, fillers, selectors of variants, tags.
const HIDDEN: [RangeInclusive<char>; 19] = [
    '\u{80}'..='\u{9f}',
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fff8}',
    '\u{fff9}'..='\u{fffb}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e0fff}',
];

/// The text with what hides as `\u{202e}`, line ends and tabs too.
pub fn visible(text: &str) -> Cow<'_, str> {
    escape(text, is_hidden)
}

/// As [`visible`], but keeps line ends and tabs, for text that is shown as a block.
pub fn visible_block(text: &str) -> Cow<'_, str> {
    escape(text, |c| is_hidden(c) && c != '\n' && c != '\t')
}

/// JSON with what hides in its strings as `\u202e`, which readers of JSON take for the same: a whole document, or a
/// part of a string.
pub fn visible_json(json: &str) -> Cow<'_, str> {
    // Of ASCII, JSON escapes all that hides but this; what is not in its strings are line ends.
    let delete = '\u{7f}';
    if json.is_ascii() && !json.contains(delete) {
        return Cow::Borrowed(json);
    }
    escape_as(
        json,
        |c| c == delete || !c.is_ascii() && is_hidden(c),
        |c, escaped| {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        },
    )
}

/// Whether a reader would not see the character as it is.
pub fn is_hidden(c: char) -> bool {
    // Nearly all text is ASCII.
    c.is_ascii_control() || !c.is_ascii() && HIDDEN.iter().any(|hidden| hidden.contains(&c))
}

fn escape(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    escape_as(text, hidden, |c, escaped| escaped.extend(c.escape_unicode()))
}

fn escape_as(text: &str, hidden: impl Fn(char) -> bool, write: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if !text.contains(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if hidden(c) { write(c, &mut escaped) } else { escaped.push(c) }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_written_out() {
        assert_eq!(visible("a\u{1b}[2Jb\r\n\u{202e}c\u{9b}é"), r"a\u{1b}[2Jb\u{d}\u{a}\u{202e}c\u{9b}é");
        assert_eq!(visible("admin\u{3164}\u{e0101}"), r"admin\u{3164}\u{e0101}");
        assert_eq!(visible_block("a\u{1b}[0m\n\t"), "a\\u{1b}[0m\n\t");
        assert!(matches!(visible("Zoë/名前"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_with_what_hides_written_out_is_the_same() {
        let hidden = "{\n  \"a\": \"\\n\u{7f}\u{9b}é\u{202e}\u{e0101}\"\n}";
        let shown = "{\n  \"a\": \"\\n\\u007f\\u009bé\\u202e\\udb40\\udd01\"\n}";
        assert_eq!(visible_json(hidden), shown);
        let [hidden, shown]: [serde_json::Value; 2] =
            [hidden, shown].map(|json| serde_json::from_str(json).unwrap());
        assert_eq!(hidden, shown);
        assert!(matches!(visible_json("{\n\t\"é\": 1}"), Cow::Borrowed(_)));
    }

    #[test]
    fn nothing_that_unicode_ignores_is_left_out() {
        let hidden =
            regex::Regex::new(r"^[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u{fff9}-\u{fffb}]$")
                .unwrap();
        for c in '\0'..=char::MAX {
            assert_eq!(is_hidden(c), hidden.is_match(c.encode_utf8(&mut [0; 4])), "{:x}", u32::from(c));
        }
    }
}
