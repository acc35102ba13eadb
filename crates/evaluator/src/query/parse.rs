//! Text → syntax: a GraphQL document whose outer braces may be missing.

use std::ops::Range;

use apollo_compiler::ast::{Definition, Document, FragmentDefinition, OperationDefinition};
use apollo_compiler::collections::HashMap;
use apollo_compiler::diagnostic::ToCliReport;
use apollo_compiler::parser::{Parser, SourceSpan};
use apollo_compiler::{Name, Node};

use super::diagnostic::Diagnostic;

/// Nesting beyond this is a mistake, not a question; it keeps every later stage's recursion small.
const DEPTH: usize = 200;
/// Tokens beyond this would make even a mistake slow to tell.
const TOKENS: usize = 50_000;

/// A parsed document.
pub(super) struct Syntax {
    pub(super) operation: Node<OperationDefinition>,
    pub(super) fragments: HashMap<Name, Node<FragmentDefinition>>,
    pub(super) shift: Shift,
}

/// How far the parsed text is moved against the written one.
#[derive(Clone, Copy)]
pub(super) struct Shift {
    by: usize,
    length: usize,
}

impl Shift {
    /// The written bytes of a parsed place.
    pub(super) fn span(self, location: Option<SourceSpan>) -> Range<usize> {
        let at = |offset: usize| offset.saturating_sub(self.by).min(self.length);
        location.map_or(0..self.length, |span| at(span.offset())..at(span.end_offset()))
    }
}

/// Parses the text of a query or of a selection.
pub(super) fn parse(text: &str) -> Result<Syntax, Vec<Diagnostic>> {
    let wrap = needs_braces(text);
    let shift = Shift { by: usize::from(wrap), length: text.len() };
    let wrapped = if wrap { format!("{{{text}\n}}") } else { text.to_owned() };
    let document = Parser::new()
        .recursion_limit(DEPTH)
        .token_limit(TOKENS)
        .parse_ast(wrapped, "query")
        .map_err(|with| syntax_errors(&with.errors, shift))?;
    operation(&document, shift)
}

fn syntax_errors(errors: &apollo_compiler::validation::DiagnosticList, shift: Shift) -> Vec<Diagnostic> {
    let told = errors.iter().map(|error| {
        let message = error.error.to_string();
        Diagnostic::new(shift.span(error.error.location()), message.trim_start_matches("syntax error: "))
    });
    told.collect()
}

fn operation(document: &Document, shift: Shift) -> Result<Syntax, Vec<Diagnostic>> {
    let mut operations = Vec::new();
    let mut fragments = HashMap::default();
    let mut mistakes = Vec::new();
    for definition in &document.definitions {
        match definition {
            Definition::OperationDefinition(operation) if operation.operation_type.is_query() => {
                operations.push(operation.clone());
            }
            Definition::FragmentDefinition(fragment) => {
                fragments.insert(fragment.name.clone(), fragment.clone());
            }
            other => mistakes.push(
                Diagnostic::new(shift.span(other.location()), "a check is one query")
                    .help("leave only the query and its fragments"),
            ),
        }
    }
    let mut operations = operations.into_iter();
    let first = operations.next();
    for more in operations {
        mistakes.push(Diagnostic::new(shift.span(more.location()), "a check is one query, this is a second"));
    }
    match first {
        Some(operation) if mistakes.is_empty() => Ok(Syntax { operation, fragments, shift }),
        Some(_) => Err(mistakes),
        None => Err(vec![Diagnostic::new(0..shift.length, "there is no query")]),
    }
}

/// Whether the text starts with a field instead of a document.
fn needs_braces(text: &str) -> bool {
    let start = text
        .lines()
        .map(|line| {
            line.split('#').next().unwrap_or_default().trim_matches([' ', '\t', '\r', ',', '\u{feff}'])
        })
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let word: String = start.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    !matches!(word.as_str(), "" | "query" | "fragment" | "mutation" | "subscription")
}
