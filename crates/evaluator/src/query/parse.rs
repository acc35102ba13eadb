//! Text → syntax: a GraphQL document whose outer braces may be missing.

use std::ops::Range;

use apollo_compiler::ast::{Definition, Document, FragmentDefinition, OperationDefinition, Value};
use apollo_compiler::collections::HashMap;
use apollo_compiler::diagnostic::ToCliReport;
use apollo_compiler::parser::{Parser, SourceSpan};
use apollo_compiler::{Name, Node};

use super::diagnostic::Diagnostic;

/// Nesting beyond this is a mistake, not a question; it keeps every later stage's recursion small.
const DEPTH: usize = 100;
/// Tokens beyond this would make even a mistake slow to tell.
const TOKENS: usize = 50_000;
/// Bytes beyond this are no question either: the longest query of a catalogue has a few thousand.
const LENGTH: usize = 200_000;

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
    let (before, after) = if needs_braces(text) { ("{", "\n}") } else { ("", "") };
    let (document, shift) = document(before, text, after)?;
    operation(&document, shift)
}

/// The syntax of a query, as text: what the parser made of it.
pub fn syntax(text: &str) -> Result<String, Vec<Diagnostic>> {
    let Syntax { operation, fragments, .. } = parse(text)?;
    let mut fragments: Vec<_> = fragments.values().map(|fragment| fragment.to_string()).collect();
    fragments.sort();
    Ok(operation.to_string() + &fragments.concat())
}

/// Parses the text of a filter: `{name: "x"}`.
pub(super) fn parse_filter(text: &str) -> Result<(Node<Value>, Shift), Vec<Diagnostic>> {
    let (document, shift) = document("{x(where:", text, "\n)}")?;
    // What closes the filter early would leave out the rest without a word.
    let value = only(&document.definitions).and_then(|definition| {
        let field = only(&definition.as_operation_definition()?.selection_set)?.as_field()?;
        let is_bare = field.selection_set.is_empty() && field.directives.is_empty();
        only(&field.arguments).filter(|_| is_bare).map(|argument| argument.value.clone())
    });
    let help = "write one object, such as {namespace: \"shop\"}";
    let value =
        value.ok_or_else(|| vec![Diagnostic::new(0..text.len(), "this is not one filter").help(help)])?;
    Ok((value, shift))
}

fn only<T>(all: &[T]) -> Option<&T> {
    if let [only] = all { Some(only) } else { None }
}

fn document(before: &str, text: &str, after: &str) -> Result<(Document, Shift), Vec<Diagnostic>> {
    if text.len() > LENGTH {
        let message = format!("a query of {} bytes is too long: {LENGTH} is the most", text.len());
        return Err(vec![Diagnostic::new(0..1, message)]);
    }
    let shift = Shift { by: before.len(), length: text.len() };
    let document = Parser::new()
        .recursion_limit(DEPTH)
        .token_limit(TOKENS)
        .parse_ast(format!("{before}{text}{after}"), "query")
        .map_err(|with| syntax_errors(&with.errors, shift))?;
    Ok((document, shift))
}

fn syntax_errors(errors: &apollo_compiler::validation::DiagnosticList, shift: Shift) -> Vec<Diagnostic> {
    let told = errors.iter().map(|error| {
        let message = error.error.to_string();
        let message = in_characters(message.trim_start_matches("syntax error: "));
        Diagnostic::new(shift.span(error.error.location()), message)
    });
    told.collect()
}

/// The parser's names of tokens, as one writes them.
fn in_characters(message: &str) -> String {
    const TOKENS: [(&str, &str); 9] = [
        ("L_CURLY", "`{`"),
        ("R_CURLY", "`}`"),
        ("L_PAREN", "`(`"),
        ("R_PAREN", "`)`"),
        ("L_BRACK", "`[`"),
        ("R_BRACK", "`]`"),
        ("COLON", "`:`"),
        ("EOF", "the end"),
        ("NAME", "a name"),
    ];
    TOKENS.iter().fold(message.to_owned(), |message, (token, shown)| message.replace(token, shown))
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
                let name = &fragment.name;
                if fragments.insert(name.clone(), fragment.clone()).is_some() {
                    let place = shift.span(name.location());
                    mistakes.push(Diagnostic::new(place, format!("a second fragment `{name}`")));
                }
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

#[cfg(test)]
mod tests {
    use super::parse_filter;

    #[test]
    fn a_filter_is_one_object_and_nothing_after_it() {
        assert!(parse_filter("{namespace: \"shop\"}").is_ok());
        for more in [
            "{}, name: \"x\"",
            "{}) y(where: {name: \"x\"}",
            "{}) { a } z(where: {}",
            "{}) @skip(if: true",
            "",
        ] {
            assert!(parse_filter(more).is_err(), "{more}");
        }
    }
}
