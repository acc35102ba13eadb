//! The canonical text of a query: object style, one layout. It resolves to the same.

use apollo_compiler::Node;
use apollo_compiler::ast::{Field, OperationDefinition, Selection};
use assay_model::schema::{Schema, Source};

use super::super::Bindings;
use super::super::diagnostic::Diagnostic;
use super::super::layout::{Line, lines};
use super::super::parse::{Syntax, parse};
use super::alias::Target;
use super::rewrite::as_written;
use super::{Place, Resolver, query, selection};

/// A stored check's query in canonical style. Mistakes are told; comments have no place in it, so a text with some
/// stays as it is.
pub fn format<'b>(
    schema: &'b Schema,
    text: &str,
    bindings: impl Into<Bindings<'b>>,
) -> Result<String, Vec<Diagnostic>> {
    let bindings = bindings.into();
    query(schema, text, bindings)?;
    if has_comments(text) {
        return Ok(text.to_owned());
    }
    let syntax = parse(text)?;
    let mut resolver = Resolver::new(schema, bindings, syntax.shift);
    let below = resolver.root_lines(&syntax.operation);
    Ok(resolver.document(&syntax, &below))
}

/// A selection on rows of a type in canonical style.
pub fn format_selection<'b>(
    schema: &'b Schema,
    type_name: &str,
    text: &str,
    bindings: impl Into<Bindings<'b>>,
) -> Result<String, Vec<Diagnostic>> {
    let bindings = bindings.into();
    selection(schema, type_name, text, bindings)?;
    if has_comments(text) {
        return Ok(text.to_owned());
    }
    let syntax = parse(text)?;
    let mut resolver = Resolver::new(schema, bindings, syntax.shift);
    let below = resolver.lines(&Place::row(type_name), &syntax.operation.selection_set);
    Ok(resolver.document(&syntax, &below))
}

/// Whether a `#` stands outside of strings.
fn has_comments(text: &str) -> bool {
    let mut in_string = false;
    let mut escaped = false;
    for c in text.chars() {
        match c {
            '#' if !in_string => return true,
            '"' if !escaped => in_string = !in_string,
            _ => {}
        }
        escaped = in_string && c == '\\' && !escaped;
    }
    false
}

impl Resolver<'_> {
    fn root_lines(&mut self, operation: &Node<OperationDefinition>) -> Vec<Line> {
        let fields = operation.selection_set.iter().filter_map(Selection::as_field);
        let each = fields.filter_map(|field| {
            let place = Place::row(&self.root_type(field)?);
            Some(self.line(&place, field))
        });
        each.collect()
    }

    fn document(&mut self, syntax: &Syntax, below: &[Line]) -> String {
        let operation = &syntax.operation;
        let fragments = self.fragment_texts(syntax);
        let variables = operation.variables.iter().map(|variable| {
            let default = variable.default_value.as_ref();
            let default = default.map(|value| format!(" = {}", as_written(value).flat()));
            format!("${}: {}{}", variable.name, self.retyped(variable), default.unwrap_or_default())
        });
        let variables: Vec<String> = variables.collect();
        let name = operation.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        let head = match (name.is_empty(), variables.is_empty()) {
            (true, true) => String::new(),
            (_, true) => format!("query{name} "),
            (true, false) => format!("query ({}) ", variables.join(", ")),
            (false, false) => format!("query{name}({}) ", variables.join(", ")),
        };
        format!("{head}{{\n{}}}\n{fragments}", lines(below, 1))
    }

    fn fragment_texts(&mut self, syntax: &Syntax) -> String {
        let mut fragments: Vec<_> = syntax.fragments.values().collect();
        fragments.sort_by_key(|fragment| fragment.name.clone());
        let text = fragments.into_iter().map(|fragment| {
            let on = &fragment.type_condition;
            let below = self.lines(&Place::row(on), &fragment.selection_set);
            format!("fragment {} on {on} {{\n{}}}\n", fragment.name, lines(&below, 1))
        });
        text.collect()
    }

    fn lines(&mut self, place: &Place, selections: &[Selection]) -> Vec<Line> {
        let line = |selection: &Selection| match selection {
            Selection::Field(field) => {
                let inner = self.field(place, &field.name).map(|def| self.place_of(place, &def));
                self.line(&inner.unwrap_or_else(|| place.clone()), field)
            }
            Selection::FragmentSpread(spread) => Line {
                head: format!("...{}", spread.fragment_name),
                arguments: Vec::new(),
                below: Vec::new(),
            },
            Selection::InlineFragment(inline) => Line {
                head: match &inline.type_condition {
                    Some(on) => format!("... on {on}"),
                    None => "...".to_owned(),
                },
                arguments: Vec::new(),
                below: self.lines(place, &inline.selection_set),
            },
        };
        selections.iter().map(line).collect()
    }

    /// A field whose selections are at a place.
    fn line(&mut self, place: &Place, field: &Node<Field>) -> Line {
        let alias = field.alias.as_ref().map(|alias| format!("{alias}: ")).unwrap_or_default();
        let arguments = field.arguments.iter().map(|argument| {
            let value = match argument.name.as_str() {
                "where" => self.rewrite(place, &argument.value),
                _ => as_written(&argument.value),
            };
            (argument.name.to_string(), value)
        });
        let arguments = arguments.collect();
        let below = self.lines(place, &field.selection_set);
        Line { head: format!("{alias}{}", field.name), arguments, below }
    }

    /// Where the selections of a field are.
    fn place_of(&mut self, place: &Place, def: &assay_model::schema::Field) -> Place {
        match &def.source {
            Source::Alias { of, .. } => match self.follow(place, of) {
                Some(Target { place, field, .. }) => self.place_of(&place, &field),
                None => place.clone(),
            },
            Source::Struct { of, .. } => place.within(&def.name, of),
            Source::Relation(relation) => Place::row(&relation.to),
            Source::Map(_) => Place::row("KeyValue"),
            _ => place.clone(),
        }
    }
}
