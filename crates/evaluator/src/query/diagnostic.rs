//! Mistakes in a query, with their place.

use std::ops::Range;

/// A mistake in a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The bytes of the query's text it is about.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write instead, where that is known.
    pub help: Option<String>,
}

/// What a message quotes may be as long as the text.
const MESSAGE: usize = 300;

impl Diagnostic {
    /// A mistake without advice.
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if message.len() > MESSAGE {
            let end = (0..=MESSAGE).rev().find(|at| message.is_char_boundary(*at)).unwrap_or_default();
            message.truncate(end);
            message.push('…');
        }
        Self { span, message, help: None }
    }

    /// The same mistake, with advice.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// No name of the model is longer.
const LONGEST: usize = 80;

/// Advice on an unknown name: the nearest known one if there is one, and all there are.
pub(super) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone) -> String {
    // A name of more letters is a mistyped one of nothing, and would take long to compare.
    let lower: String = name.to_lowercase().chars().take(LONGEST).collect();
    let close = known
        .clone()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min();
    let all = known.collect::<Vec<_>>().join(", ");
    match close {
        Some((_, candidate)) => format!("did you mean `{candidate}`? There are: {all}"),
        None => format!("there are: {all}"),
    }
}
