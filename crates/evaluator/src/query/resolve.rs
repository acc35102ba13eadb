//! Syntax → a typed [`Query`]: every field is looked up in the model, every mistake is told.

use std::ops::Range;

use apollo_compiler::Name;
use apollo_compiler::Node;
use apollo_compiler::ast::{self, FragmentDefinition, Selection, Value};
use apollo_compiler::collections::HashMap;
use apollo_compiler::parser::Parser;
use assay_model::schema::{Field, Schema, Source, TypeDef, root_field};
use jiff::Timestamp;

use super::diagnostic::{Diagnostic, nearest};
use super::parse::{Shift, parse};
use super::{FieldPath, Filter, Picked, Query, Root, Selected, Set, What};

/// The fragment that every check may spread without defining it.
const ASSET_FRAGMENT: &str = "AssetFragment";
/// Catalogue names of root fields, and the types they mean.
const ROOT_ALIASES: [(&str, &str); 3] =
    [("kubernetesNodes", "Node"), ("endpoints", "EndpointSlice"), ("bindings", "RoleBinding")];

/// A place in a query: a row of a type, or a struct within it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) type_name: String,
    prefix: FieldPath,
}

impl Place {
    pub(super) fn row(type_name: &str) -> Self {
        Self { type_name: type_name.to_owned(), prefix: Vec::new() }
    }

    pub(super) fn within(&self, field: &str, of: &str) -> Self {
        Self { type_name: of.to_owned(), prefix: self.path(field) }
    }

    pub(super) fn path(&self, field: &str) -> FieldPath {
        self.prefix.iter().cloned().chain([field.to_owned()]).collect()
    }

    fn is_row(&self) -> bool {
        self.prefix.is_empty()
    }
}

/// Looks up names and collects mistakes.
pub(super) struct Resolver<'s> {
    schema: &'s Schema,
    pub(super) as_of: Timestamp,
    pub(super) shift: Shift,
    variables: HashMap<Name, Node<Value>>,
    fragments: HashMap<Name, Node<FragmentDefinition>>,
    open_fragments: Vec<Name>,
    mistakes: Vec<Diagnostic>,
}

/// Resolves a query's text.
pub fn query(schema: &Schema, text: &str, as_of: Timestamp) -> Result<Query, Vec<Diagnostic>> {
    let syntax = parse(text)?;
    let mut resolver = Resolver::new(schema, as_of, syntax.shift);
    resolver.fragments = syntax.fragments;
    resolver.bind(&syntax.operation.variables);
    let roots = resolver.roots(&syntax.operation.selection_set);
    if resolver.mistakes.is_empty() && !roots.iter().any(|root| has_fragment(&root.selected)) {
        let help = "write ...AssetFragment where the failing assets are";
        resolver.mistake(Diagnostic::new(0..text.len(), "the query yields no assets").help(help));
    }
    resolver.finish(Query { roots })
}

/// Resolves a selection on rows of a type: `{ name pods { name } }`.
pub fn selection(
    schema: &Schema,
    type_name: &str,
    text: &str,
    as_of: Timestamp,
) -> Result<Selected, Vec<Diagnostic>> {
    let syntax = parse(text)?;
    let mut resolver = Resolver::new(schema, as_of, syntax.shift);
    resolver.fragments = syntax.fragments;
    let selected = resolver.selected(&Place::row(type_name), &syntax.operation.selection_set);
    resolver.finish(selected)
}

/// Resolves a filter's text for rows of a type.
pub fn filter_of(
    schema: &Schema,
    type_name: &str,
    text: &str,
    as_of: Timestamp,
) -> Result<Filter, Vec<Diagnostic>> {
    const BEFORE: &str = "{x(where:";
    let document = Parser::new()
        .recursion_limit(200)
        .parse_ast(format!("{BEFORE}{text})}}"), "filter")
        .map_err(|with| vec![Diagnostic::new(0..text.len(), with.errors.to_string())])?;
    let syntax = parse("{x}")?;
    let mut resolver = Resolver::new(schema, as_of, syntax.shift);
    let value = where_of(&document);
    let filter = match value {
        Some(value) => resolver.filter(&Place::row(type_name), &value),
        None => return Err(vec![Diagnostic::new(0..text.len(), "no filter")]),
    };
    // Places were of the text in its wrapping, so they are told for all of it.
    resolver.mistakes.iter_mut().for_each(|mistake| mistake.span = 0..text.len());
    resolver.finish(filter)
}

fn where_of(document: &ast::Document) -> Option<Node<Value>> {
    let operation = document.definitions.first()?.as_operation_definition()?;
    let field = operation.selection_set.first()?.as_field()?;
    field.arguments.first().map(|argument| argument.value.clone())
}

impl<'s> Resolver<'s> {
    fn new(schema: &'s Schema, as_of: Timestamp, shift: Shift) -> Self {
        Self {
            schema,
            as_of,
            shift,
            variables: HashMap::default(),
            fragments: HashMap::default(),
            open_fragments: Vec::new(),
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

    pub(super) fn mistake(&mut self, mistake: Diagnostic) {
        self.mistakes.push(mistake);
    }

    pub(super) fn span(&self, value: &Node<Value>) -> Range<usize> {
        self.shift.span(value.location())
    }

    /// The value a variable stands for, or the value itself.
    pub(super) fn substitute(&mut self, value: &Node<Value>) -> Node<Value> {
        let Value::Variable(name) = value.as_ref() else { return value.clone() };
        if let Some(bound) = self.variables.get(name) {
            return bound.clone();
        }
        let help = "declare it with a default: query ($name: Int = 90) { … }";
        self.mistake(Diagnostic::new(self.span(value), format!("`${name}` has no value")).help(help));
        Node::new(Value::Null)
    }

    fn bind(&mut self, variables: &[Node<ast::VariableDefinition>]) {
        for variable in variables {
            if let Some(value) = &variable.default_value {
                self.variables.insert(variable.name.clone(), value.clone());
            }
        }
    }

    /// A filter that the model itself is written with; its mistakes are the model's.
    pub(super) fn model_filter(&mut self, place: &Place, text: &str) -> Filter {
        let document = Parser::new().parse_ast(format!("{{x(where:{text})}}"), "model");
        match document.ok().as_ref().and_then(where_of) {
            Some(value) => self.filter(place, &value),
            None => {
                let message =
                    format!("the model defines a field of {} by no filter: {text}", place.type_name);
                self.mistake(Diagnostic::new(0..0, message));
                Filter::everything()
            }
        }
    }

    pub(super) fn field(&self, place: &Place, name: &str) -> Option<Field> {
        self.schema.get(&place.type_name)?.field(name).cloned()
    }

    pub(super) fn field_names(&self, place: &Place) -> Vec<String> {
        let fields = self.schema.get(&place.type_name).map(|def| def.fields.as_slice()).unwrap_or_default();
        fields.iter().filter(|field| field.deprecated.is_none()).map(|field| field.name.clone()).collect()
    }

    fn roots(&mut self, selections: &[Selection]) -> Vec<Root> {
        let mut roots = Vec::new();
        for selection in selections {
            let Some(field) = selection.as_field() else {
                let span = self.shift.span(selection.location());
                self.mistake(Diagnostic::new(span, "only fields can stand at the top of a query"));
                continue;
            };
            if let Some(type_name) = self.root_type(field) {
                let place = Place::row(&type_name);
                let filter = self.arguments(&place, field);
                let selected = self.selected(&place, &field.selection_set);
                roots.push(Root { top_level: type_name == "Workload", type_name, filter, selected });
            }
        }
        roots
    }

    fn root_type(&mut self, field: &Node<ast::Field>) -> Option<String> {
        let name = field.name.as_str();
        if let Some((_, type_name)) = ROOT_ALIASES.iter().find(|(alias, _)| *alias == name) {
            return Some((*type_name).to_owned());
        }
        let rooted = self.schema.types().filter(|def| def.is_asset());
        let names: Vec<(String, String)> =
            rooted.map(|def| (root_field(&def.name), def.name.clone())).collect();
        if let Some((_, type_name)) = names.iter().find(|(root, _)| root == name) {
            return Some(type_name.clone());
        }
        let help = nearest(name, names.iter().map(|(root, _)| root.as_str()));
        let span = self.shift.span(field.name.location());
        self.mistake(Diagnostic::new(span, format!("there are no `{name}` to ask for")).help(help));
        None
    }

    /// The filter of a field's `where`.
    fn arguments(&mut self, place: &Place, field: &ast::Field) -> Filter {
        let mut filter = Filter::everything();
        for argument in &field.arguments {
            match argument.name.as_str() {
                "where" => filter = self.filter(place, &argument.value),
                name => {
                    let span = self.shift.span(argument.name.location());
                    let message = format!("`{name}` is no argument of a stored check");
                    self.mistake(Diagnostic::new(span, message).help("there is: where"));
                }
            }
        }
        filter
    }

    fn selected(&mut self, place: &Place, selections: &[Selection]) -> Selected {
        let mut selected = Selected::default();
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    if let Some(what) = self.picked(place, field) {
                        let name = field.alias.as_ref().unwrap_or(&field.name).to_string();
                        selected.fields.push(Picked { name, what });
                    }
                }
                Selection::FragmentSpread(spread) => self.spread(place, spread, &mut selected),
                Selection::InlineFragment(inline) => {
                    let more = self.selected(place, &inline.selection_set);
                    selected.fragment |= more.fragment;
                    selected.fields.extend(more.fields);
                }
            }
        }
        selected
    }

    fn spread(&mut self, place: &Place, spread: &Node<ast::FragmentSpread>, selected: &mut Selected) {
        let name = &spread.fragment_name;
        let span = self.shift.span(spread.location());
        if let Some(fragment) = self.fragments.get(name).cloned() {
            if self.open_fragments.contains(name) {
                self.mistake(Diagnostic::new(span, format!("fragment `{name}` spreads itself")));
                return;
            }
            self.open_fragments.push(name.clone());
            let more = self.selected(place, &fragment.selection_set);
            self.open_fragments.pop();
            selected.fragment |= more.fragment;
            selected.fields.extend(more.fields);
        } else if name != ASSET_FRAGMENT {
            let message = format!("there is no fragment `{name}`");
            self.mistake(
                Diagnostic::new(span, message).help("there is: AssetFragment, and those you define"),
            );
        } else if place.is_row() && self.schema.get(&place.type_name).is_some_and(TypeDef::is_asset) {
            selected.fragment = true;
        } else {
            let message = format!("`{}` is no asset, so it cannot be a result", place.type_name);
            self.mistake(
                Diagnostic::new(span, message).help("spread ...AssetFragment on what it belongs to"),
            );
        }
    }

    fn picked(&mut self, place: &Place, field: &Node<ast::Field>) -> Option<What> {
        let name = field.name.as_str();
        let span = self.shift.span(field.name.location());
        let Some(def) = self.field(place, name) else {
            let names = self.field_names(place);
            let help = nearest(name, names.iter().map(String::as_str));
            self.mistake(
                Diagnostic::new(span, format!("`{}` has no field `{name}`", place.type_name)).help(help),
            );
            return None;
        };
        self.what(place, &def, None, field)
    }

    fn what(&mut self, place: &Place, def: &Field, narrow: Option<&str>, field: &ast::Field) -> Option<What> {
        let path = place.path(&def.name);
        match &def.source {
            Source::Scalar(_) | Source::Derived(_) => Some(What::Value(path)),
            Source::Defined { filter } => Some(What::Holds(self.model_filter(place, filter))),
            Source::Count { of, filter } => self.count_set(place, of, filter.as_deref()).map(What::Count),
            Source::Alias { of, filter } => self.aliased_what(place, of, filter.as_deref(), field),
            Source::Struct { of, .. } => {
                let selected = self.selected(&place.within(&def.name, of), &field.selection_set);
                Some(What::Struct(selected.fields))
            }
            Source::Map(_) => {
                let set = self.set(path, "KeyValue", narrow);
                Some(self.related_what(set, true, field))
            }
            Source::Relation(relation) => {
                let set = self.set(path, &relation.to, narrow);
                Some(self.related_what(set, relation.many, field))
            }
        }
    }

    fn related_what(&mut self, set: Set, many: bool, field: &ast::Field) -> What {
        let there = Place::row(&set.to);
        let filter = self.arguments(&there, field);
        let selected = self.selected(&there, &field.selection_set);
        What::Related { set, filter, many, selected }
    }

    fn aliased_what(
        &mut self,
        place: &Place,
        of: &[String],
        narrow: Option<&str>,
        field: &ast::Field,
    ) -> Option<What> {
        let (first, rest) = of.split_first()?;
        let def = self.field(place, first)?;
        if rest.is_empty() {
            return self.what(place, &def, narrow, field);
        }
        match &def.source {
            Source::Struct { of: to, .. } => self.aliased_what(&place.within(first, to), rest, narrow, field),
            Source::Relation(relation) => {
                let set = self.set(place.path(first), &relation.to, None);
                let what = self.aliased_what(&Place::row(&relation.to), rest, narrow, field)?;
                let picked = Picked { name: rest.join("."), what };
                let selected = Selected { fragment: false, fields: vec![picked] };
                Some(What::Related { set, filter: Filter::everything(), many: relation.many, selected })
            }
            _ => None,
        }
    }
}

fn has_fragment(selected: &Selected) -> bool {
    selected.fragment || selected.fields.iter().any(picks_fragment)
}

fn picks_fragment(picked: &Picked) -> bool {
    match &picked.what {
        What::Struct(fields) => fields.iter().any(picks_fragment),
        What::Related { selected, .. } => has_fragment(selected),
        _ => false,
    }
}
