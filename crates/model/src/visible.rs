//! Untrusted text, made safe to look at: what is invisible, or would move the cursor or reorder its surroundings, is
//! written out. A name must neither hide what it says nor forge what stands beside it.

use std::borrow::Cow;
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

/// Whether a reader would not see the character as it is.
pub fn is_hidden(c: char) -> bool {
    // Nearly all text is ASCII.
    c.is_ascii_control() || !c.is_ascii() && HIDDEN.iter().any(|hidden| hidden.contains(&c))
}

fn escape(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if hidden(c) { escaped.extend(c.escape_unicode()) } else { escaped.push(c) }
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
    fn nothing_that_unicode_ignores_is_left_out() {
        let hidden =
            regex::Regex::new(r"^[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u{fff9}-\u{fffb}]$")
                .unwrap();
        for c in '\0'..=char::MAX {
            assert_eq!(is_hidden(c), hidden.is_match(c.encode_utf8(&mut [0; 4])), "{:x}", u32::from(c));
        }
    }
}
