//! Regular expressions in the words that RE2 (DuckDB) and Java (Spark) understand alike.
//!
//! `\d`, `.`, `\w` and ignoring case differ between engines, so a pattern is written from its parsed form: with
//! every class spelled as ranges of code points.

use std::fmt::Write as _;

use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// RE2 repeats nothing more often.
const MOST: u32 = 1_000;

/// Matches nothing.
const NOTHING: &str = "[^\\x{0}-\\x{10ffff}]";

/// The pattern in portable words, or why there are none.
pub(super) fn portable(pattern: &str) -> Result<String, String> {
    let hir = regex_syntax::parse(pattern).map_err(|error| error.to_string())?;
    let mut text = String::new();
    write(&hir, &mut text)?;
    Ok(text)
}

fn write(hir: &Hir, into: &mut String) -> Result<(), String> {
    match hir.kind() {
        HirKind::Empty => into.push_str("(?:)"),
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).map_err(|_| "it matches bytes that are no text")?;
            text.chars().for_each(|c| escape(c, into));
        }
        HirKind::Class(Class::Unicode(class)) => {
            into.push('[');
            for range in class.ranges() {
                escape(range.start(), into);
                if range.end() > range.start() {
                    into.push('-');
                    escape(range.end(), into);
                }
            }
            into.push(']');
        }
        HirKind::Class(Class::Bytes(class)) if class.ranges().is_empty() => into.push_str(NOTHING),
        HirKind::Class(Class::Bytes(_)) => return Err("it matches bytes that are no text".to_owned()),
        HirKind::Look(Look::Start) => into.push_str("\\A"),
        HirKind::Look(Look::End) => into.push_str("\\z"),
        HirKind::Look(_) => {
            return Err("word boundaries and lines mean something else in each engine".to_owned());
        }
        HirKind::Repetition(repetition) => {
            let (least, most) = (repetition.min, repetition.max);
            if least > MOST || most.is_some_and(|most| most > MOST) {
                return Err(format!("it repeats a part more than {MOST} times"));
            }
            group(&repetition.sub, into)?;
            let _ = match (least, most) {
                (0, None) => write!(into, "*"),
                (1, None) => write!(into, "+"),
                (0, Some(1)) => write!(into, "?"),
                (least, None) => write!(into, "{{{least},}}"),
                (least, Some(most)) => write!(into, "{{{least},{most}}}"),
            };
        }
        HirKind::Capture(capture) => group(&capture.sub, into)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| match part.kind() {
            HirKind::Alternation(_) => group(part, into),
            _ => write(part, into),
        })?,
        HirKind::Alternation(parts) => {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    into.push('|');
                }
                write(part, into)?;
            }
        }
    }
    Ok(())
}

fn group(hir: &Hir, into: &mut String) -> Result<(), String> {
    into.push_str("(?:");
    write(hir, into)?;
    into.push(')');
    Ok(())
}

/// Letters, digits and a few signs as they are, everything else by its code point.
fn escape(c: char, into: &mut String) {
    if c.is_ascii_alphanumeric() || " _/:@%,;=<>!".contains(c) {
        into.push(c);
    } else {
        let _ = write!(into, "\\x{{{:x}}}", u32::from(c));
    }
}

#[cfg(test)]
mod tests {
    use super::portable;

    #[test]
    fn a_pattern_is_written_in_words_that_engines_share() {
        for (pattern, expected) in [
            ("\\A(?:a.b)\\z", Ok("\\Aa[\\x{0}-\\x{9}\\x{b}-\\x{10ffff}]b\\z")),
            ("[^/:]+", Ok("(?:[\\x{0}-\\x{2e}0-9;-\\x{10ffff}])+")),
            ("(?i)k", Ok("[Kk\\x{212a}]")),
            ("[^\\s\\S]", Ok("[^\\x{0}-\\x{10ffff}]")),
            ("(a|bc)?d{2,3}", Ok("(?:(?:a|bc))?(?:d){2,3}")),
        ] {
            assert_eq!(portable(pattern).as_deref(), expected, "{pattern}");
        }
        assert!(portable("\\bword\\b").is_err_and(|why| why.contains("word boundaries")));
    }
}
