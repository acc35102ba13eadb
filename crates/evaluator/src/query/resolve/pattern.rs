//! Regular expressions, compiled within what a query may cost.

use regex::{Regex, RegexBuilder};
use regex_syntax::ast;

use super::Resolver;

/// How many bytes a compiled pattern may take, and what one that takes no more costs: repetitions of repetitions are
/// refused.
const SIZES: [(usize, usize); 3] = [(1 << 13, 1), (1 << 16, 8), (1 << 20, 128)];
/// What the patterns of a query may cost together: some milliseconds and megabytes for each hundred.
const MOST: usize = 4_096;

impl Resolver<'_> {
    /// Compiles a pattern, or says why it is none.
    pub(super) fn pattern(&mut self, text: &str) -> Result<Regex, String> {
        if let Some(known) = self.patterns.get(text) {
            return Ok(known.clone());
        }
        let mut reason = String::new();
        for (bytes, cost) in SIZES {
            self.pattern_cost += cost;
            if self.pattern_cost > MOST {
                return Err("the patterns of this query are too large together".to_owned());
            }
            match RegexBuilder::new(text).size_limit(bytes).build() {
                Ok(regex) => {
                    self.patterns.insert(text.to_owned(), regex.clone());
                    return Ok(regex);
                }
                Err(error @ regex::Error::CompiledTooBig(_)) => reason = error.to_string(),
                Err(error) => return Err(said(&error)),
            }
        }
        Err(reason)
    }
}

/// Whether a pattern is one by itself: `a)|(b` would be one within the groups that are put around it, with another
/// meaning.
pub(super) fn is_whole(text: &str) -> Result<(), String> {
    ast::parse::Parser::new().parse(text).map(|_| ()).map_err(|error| said(&error))
}

fn said(error: &impl ToString) -> String {
    error.to_string().lines().last().unwrap_or_default().trim().to_owned()
}
