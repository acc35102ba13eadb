//! Text as the YAML parser takes it.
//!
//! Its own input for texts has it reserve 128 bytes for each plain scalar beyond the 32 that most of them fit into: to
//! ask for more took an eighth of the time of parsing.

use saphyr_parser::input::{Input, is_blank, is_blank_or_breakz, is_breakz, is_flow};

/// How many characters of a plain scalar the parser looks at before it asks for memory again; it has 32 bytes at first.
const AT_ONCE: usize = 16;

/// What is left of a text.
pub(super) struct Chars<'a> {
    rest: &'a str,
    /// As many characters as were asked for at a time: all of them are there.
    ahead: usize,
}

impl<'a> Chars<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, ahead: 0 }
    }

    fn starts_with(&self, start: &str) -> bool {
        self.rest.starts_with(start)
    }

    /// Whether three of these are all of a line, or of its first word.
    fn is_mark(&self, mark: &str) -> bool {
        self.starts_with(mark) && is_blank_or_breakz(self.peek_nth(3))
    }
}

impl Input for Chars<'_> {
    #[inline]
    fn lookahead(&mut self, count: usize) {
        self.ahead = self.ahead.max(count);
    }

    #[inline]
    fn buflen(&self) -> usize {
        self.ahead
    }

    #[inline]
    fn bufmaxlen(&self) -> usize {
        AT_ONCE
    }

    #[inline]
    fn raw_read_ch(&mut self) -> char {
        let next = self.peek();
        self.skip();
        next
    }

    #[inline]
    fn raw_read_non_breakz_ch(&mut self) -> Option<char> {
        let next = self.peek_opt().filter(|next| !ends_line(*next))?;
        self.skip();
        Some(next)
    }

    #[inline]
    fn skip(&mut self) {
        let mut chars = self.rest.chars();
        chars.next();
        self.rest = chars.as_str();
    }

    #[inline]
    fn skip_n(&mut self, count: usize) {
        (0..count).for_each(|_| self.skip());
    }

    #[inline]
    fn peek(&self) -> char {
        self.peek_opt().unwrap_or('\0')
    }

    #[inline]
    fn peek_nth(&self, n: usize) -> char {
        self.rest.chars().nth(n).unwrap_or('\0')
    }

    #[inline]
    fn peek_opt(&self) -> Option<char> {
        match self.rest.as_bytes().first() {
            Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
            _ => self.rest.chars().next(),
        }
    }

    #[inline]
    fn next_2_are(&self, one: char, other: char) -> bool {
        self.peek() == one && self.peek_nth(1) == other
    }

    #[inline]
    fn next_3_are(&self, one: char, two: char, three: char) -> bool {
        self.next_2_are(one, two) && self.peek_nth(2) == three
    }

    #[inline]
    fn next_is_document_indicator(&self) -> bool {
        self.next_is_document_start() || self.next_is_document_end()
    }

    #[inline]
    fn next_is_document_start(&self) -> bool {
        self.is_mark("---")
    }

    #[inline]
    fn next_is_document_end(&self) -> bool {
        self.is_mark("...")
    }

    #[inline]
    fn next_is_blank_or_breakz(&self) -> bool {
        matches!(self.rest.as_bytes().first(), None | Some(b' ' | b'\t' | b'\n' | b'\r' | b'\0'))
    }

    #[inline]
    fn next_can_be_plain_scalar(&self, in_flow: bool) -> bool {
        match self.peek() {
            ':' => {
                let next = self.peek_nth(1);
                !(is_blank_or_breakz(next) || in_flow && is_flow(next))
            }
            '\u{feff}' => false,
            next => !(in_flow && is_flow(next)),
        }
    }

    /// Says how many bytes there were, as the parser's own input does where characters were meant: places behind a
    /// directive stay what they are.
    fn fetch_while_is_yaml_non_space(&mut self, out: &mut String) -> usize {
        let end = self.rest.find(|next| ends_line(next) || is_blank(next)).unwrap_or(self.rest.len());
        let (fetched, rest) = self.rest.split_at(end);
        out.push_str(fetched);
        self.rest = rest;
        end
    }
}

/// Whether a character ends what is read of a line.
fn ends_line(next: char) -> bool {
    is_breakz(next) || next == '\u{feff}'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use saphyr_parser::Parser;

    use super::*;
    use crate::manifest::tests::fuzz::piece;

    /// Up to the first error, what the parser makes of a text.
    fn events(parser: Parser<'_, impl Input>) -> Vec<String> {
        let mut failed = false;
        let until = parser.take_while(|event| !std::mem::replace(&mut failed, event.is_err()));
        until.map(|event| format!("{event:?}")).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

        #[test]
        fn it_is_read_as_the_parsers_own_input_is(pieces in prop::collection::vec(piece(), 0..40)) {
            let text = pieces.concat();
            prop_assert_eq!(events(Parser::new(Chars::new(&text))), events(Parser::new_from_str(&text)));
        }
    }

    #[test]
    fn long_scalars_and_deep_blocks_are_read_as_the_parsers_own_input_reads_them() {
        for length in [15, 16, 17, 31, 32, 33, 127, 128, 129, 1000] {
            let (word, deep) = ("ä".repeat(length), " ".repeat(length));
            let text = format!("{word}: {word} {word}\nb:\n{deep}c: |\n{deep} {word}\n\n{deep}  x\n");
            assert_eq!(events(Parser::new(Chars::new(&text))), events(Parser::new_from_str(&text)));
        }
    }
}
