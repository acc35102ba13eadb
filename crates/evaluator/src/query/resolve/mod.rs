//! Syntax → a typed [`Query`]: every name is looked up in the model, every mistake is told.

mod alias;
mod condition;
mod extra;
mod format;
mod given;
mod literal;
mod model;
mod operator;
mod pattern;
mod place;
mod question;
mod relation;
mod return_path;
mod retype;
mod rewrite;
mod scalar;
mod select;
mod variable;

use std::ops::Range;

use apollo_compiler::ast::{FragmentDefinition, Value};
use apollo_compiler::collections::{HashMap, HashSet};
use apollo_compiler::{Name, Node};
use assay_model::nearest::nearest;
use assay_model::schema::{Field, Schema};
use regex::Regex;

use super::diagnostic::Diagnostic;
use super::parse::{Shift, parse, parse_filter};
use super::{Bindings, Filter, Query, Selected};
pub use format::{format, format_selection};
pub use model::own_mistakes;
use place::Place;
pub use question::question;

/// Steps beyond this are no question: fragments that spread others twice over, or variables in variables' places,
/// could ask for more than a machine can hold.
const STEPS: usize = 20_000;
/// Mistakes beyond this are not told: nobody reads them.
const MISTAKES: usize = 100;
/// Definitions of the model that lead to others, one within the other.
const DEFINITIONS: usize = 16;

/// Looks up names and collects mistakes.
struct Resolver<'s> {
    schema: &'s Schema,
    bindings: Bindings<'s>,
    shift: Shift,
    /// Whether the text is asked once, and no stored check.
    is_question: bool,
    variables: HashMap<Name, Node<Value>>,
    /// By where a variable is declared that is given a value: what mistakes there are about, unless that is told.
    given: HashMap<usize, Option<String>>,
    /// The variables that stand for operands in what has been rewritten.
    operands: HashSet<Name>,
    fragments: HashMap<Name, Node<FragmentDefinition>>,
    open_fragments: Vec<Name>,
    /// How many selections the resolver is in.
    depth: usize,
    /// How many definitions of the model the resolver is in.
    within_model: usize,
    steps: usize,
    /// Patterns by their text, and what compiling them has cost.
    patterns: HashMap<String, Regex>,
    pattern_cost: usize,
    mistakes: Vec<Diagnostic>,
}

/// Resolves a query's text.
pub fn query<'b>(
    schema: &'b Schema,
    text: &str,
    bindings: impl Into<Bindings<'b>>,
) -> Result<Query, Vec<Diagnostic>> {
    stored(schema, text, None, bindings.into())
}

/// Resolves a query's text whose result is at a dot path of its selections, wherever it spreads the fragment.
pub fn query_at<'b>(
    schema: &'b Schema,
    text: &str,
    return_path: &str,
    bindings: impl Into<Bindings<'b>>,
) -> Result<Query, Vec<Diagnostic>> {
    stored(schema, text, Some(return_path), bindings.into())
}

fn stored(
    schema: &Schema,
    text: &str,
    return_path: Option<&str>,
    bindings: Bindings<'_>,
) -> Result<Query, Vec<Diagnostic>> {
    let syntax = parse(text)?;
    let mut resolver = Resolver::new(schema, bindings, syntax.shift);
    resolver.fragments = syntax.fragments;
    resolver.bind(&syntax.operation.variables);
    let mut roots = resolver.roots(&syntax.operation.selection_set);
    if let Some(path) = return_path.filter(|_| resolver.mistakes.is_empty()) {
        let names = syntax.operation.selection_set.iter().filter_map(|selection| {
            selection.as_field().map(|field| field.alias.as_ref().unwrap_or(&field.name).as_str())
        });
        if let Err(mistake) = return_path::apply(schema, &mut roots, &names.collect::<Vec<_>>(), path) {
            resolver.mistake(Diagnostic::new(0..text.len(), mistake));
        }
    } else if resolver.mistakes.is_empty() && !roots.iter().any(|root| root.selected.yields()) {
        let help = "write ...AssetFragment where the failing assets are";
        resolver.mistake(Diagnostic::new(0..text.len(), "the query yields no assets").help(help));
    }
    resolver.finish(Query { roots })
}

/// Resolves a selection on rows of a type: `{ name pods { name } }`.
pub fn selection<'b>(
    schema: &'b Schema,
    type_name: &str,
    text: &str,
    bindings: impl Into<Bindings<'b>>,
) -> Result<Selected, Vec<Diagnostic>> {
    let syntax = parse(text)?;
    let mut resolver = Resolver::new(schema, bindings.into(), syntax.shift);
    resolver.fragments = syntax.fragments;
    resolver.bind(&syntax.operation.variables);
    let selected = resolver.selected(&Place::row(type_name), &syntax.operation.selection_set);
    resolver.finish(selected)
}

/// Resolves a filter's text for rows of a type.
pub fn filter_of<'b>(
    schema: &'b Schema,
    type_name: &str,
    text: &str,
    bindings: impl Into<Bindings<'b>>,
) -> Result<Filter, Vec<Diagnostic>> {
    let (value, shift) = parse_filter(text)?;
    let mut resolver = Resolver::new(schema, bindings.into(), shift);
    let filter = resolver.filter(&Place::row(type_name), &value);
    resolver.finish(filter)
}

impl<'s> Resolver<'s> {
    fn new(schema: &'s Schema, bindings: Bindings<'s>, shift: Shift) -> Self {
        Self {
            schema,
            bindings,
            shift,
            is_question: false,
            variables: HashMap::default(),
            given: HashMap::default(),
            operands: HashSet::default(),
            fragments: HashMap::default(),
            open_fragments: Vec::new(),
            depth: 0,
            within_model: 0,
            steps: 0,
            patterns: HashMap::default(),
            pattern_cost: 0,
            mistakes: Vec::new(),
        }
    }

    fn finish<T>(mut self, value: T) -> Result<T, Vec<Diagnostic>> {
        if self.mistakes.is_empty() {
            return Ok(value);
        }
        self.mistakes.sort_by_key(|mistake| mistake.span.start);
        self.mistakes.dedup();
        Err(self.mistakes)
    }

    /// Whether one more mistake is told.
    fn has_room(&self) -> bool {
        self.mistakes.len() < MISTAKES
    }

    fn mistake(&mut self, mistake: Diagnostic) {
        if !self.has_room() {
            return;
        }
        match self.given.get(&mistake.span.start) {
            None => self.mistakes.push(mistake),
            Some(None) => {}
            Some(Some(given)) => {
                let Diagnostic { span, message, help } = mistake;
                let told = Diagnostic::new(span, format!("{message}, and {given}"));
                self.mistakes.push(Diagnostic { help, ..told });
            }
        }
    }

    /// A mistake in a name, with the nearest of those that are known.
    fn unknown<'n>(
        &mut self,
        span: Range<usize>,
        message: String,
        name: &str,
        known: impl Iterator<Item = &'n str> + Clone,
    ) {
        if self.has_room() {
            self.mistake(Diagnostic::new(span, message).help(nearest(name, known)));
        }
    }

    /// Counts one more thing to resolve; false once there are too many, which is told once.
    fn step(&mut self, span: &Range<usize>) -> bool {
        self.steps += 1;
        if self.steps == STEPS {
            let message = "the query is too large once its fragments and variables are put in";
            self.mistake(Diagnostic::new(span.clone(), message));
        }
        self.steps < STEPS
    }

    fn span(&self, value: &Node<Value>) -> Range<usize> {
        self.shift.span(value.location())
    }

    fn field(&self, place: &Place, name: &str) -> Option<Field> {
        self.schema.get(place.type_name())?.field(name).cloned()
    }

    /// The fields of a type, but for those kept for old catalogues alone.
    fn field_names(&self, type_name: &str) -> Vec<&'s str> {
        let fields = self.schema.get(type_name).map(|def| def.fields.as_slice()).unwrap_or_default();
        fields.iter().filter(|field| field.deprecated.is_none()).map(|field| field.name.as_str()).collect()
    }
}
