//! Selections → what a query yields and shows.

use apollo_compiler::ast::{self, Argument, DirectiveList, Selection};
use apollo_compiler::collections::HashMap;
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::{Name, Node};
use assay_model::schema::{Field, Source, TypeDef};

use super::super::diagnostic::Diagnostic;
use super::super::{Filter, Picked, Root, Selected, Set, What};
use super::condition::OBJECT;
use super::extra::object_path;
use super::{Place, Resolver};

/// The fragment that every check may spread without defining it.
const ASSET_FRAGMENT: &str = "AssetFragment";
/// The arguments of most fields.
const ONLY_WHERE: &str = "there is: where";
/// Catalogue names of root fields, and the types they mean.
const ROOT_ALIASES: [(&str, &str); 3] =
    [("kubernetesNodes", "Node"), ("endpoints", "EndpointSlice"), ("bindings", "RoleBinding")];

/// Selections within each other, those of fragments included.
const DEPTH: usize = 100;

/// What is selected of a row, fragments put in.
#[derive(Default)]
struct Gathered {
    fragment: bool,
    /// Each with the fragments it stands in.
    fields: Vec<(Node<ast::Field>, Vec<Name>)>,
    names: HashMap<Name, usize>,
}

impl Gathered {
    /// Adds a field. What is selected of the same thing under the same name is selected together; two things of one
    /// name would be one of them in the answer: false.
    fn add(&mut self, field: &Node<ast::Field>, open: &[Name]) -> bool {
        let name = field.alias.as_ref().unwrap_or(&field.name);
        let Some(index) = self.names.get(name).copied() else {
            self.names.insert(name.clone(), self.fields.len());
            self.fields.push((field.clone(), open.to_vec()));
            return true;
        };
        let (known, within) = &mut self.fields[index];
        let is_same = known.name == field.name && known.arguments == field.arguments;
        if is_same {
            known.make_mut().selection_set.extend(field.selection_set.iter().cloned());
            within.retain(|name| open.contains(name));
        }
        is_same
    }
}

impl Resolver<'_> {
    pub(super) fn roots(&mut self, selections: &[Selection]) -> Vec<Root> {
        let mut roots = Vec::new();
        for selection in selections {
            let Some(field) = selection.as_field() else {
                let span = self.shift.span(selection.location());
                self.mistake(Diagnostic::new(span, "only fields can stand at the top of a query"));
                continue;
            };
            self.no_directives(&field.directives);
            if let Some(type_name) = self.root_type(field) {
                let place = Place::row(&type_name);
                let others =
                    if self.is_question { "there are: where, limit, offset, sort" } else { ONLY_WHERE };
                let filter = self.arguments(&place, field, others);
                let selected = self.selected(&place, &field.selection_set);
                roots.push(Root { top_level: type_name == "Workload", type_name, filter, selected });
            }
        }
        roots
    }

    pub(super) fn root_type(&mut self, field: &Node<ast::Field>) -> Option<String> {
        let name = field.name.as_str();
        if let Some((_, type_name)) = ROOT_ALIASES.iter().find(|(alias, _)| *alias == name) {
            return Some((*type_name).to_owned());
        }
        let roots = self.schema.roots();
        if let Some(type_name) = roots.get(name) {
            return Some(type_name.clone());
        }
        let span = self.shift.span(field.name.location());
        let message = format!("there are no `{name}` to ask for");
        self.unknown(span, message, name, roots.keys().map(String::as_str));
        None
    }

    /// The filter of a field's `where`; of other arguments `others` says which there are.
    fn arguments(&mut self, place: &Place, field: &ast::Field, others: &str) -> Filter {
        let mut filter = None;
        for argument in &field.arguments {
            if argument.name != "where" {
                self.no_argument(argument, others);
            } else if filter.is_some() {
                let span = self.shift.span(argument.name.location());
                let mistake = Diagnostic::new(span, "a second `where`");
                self.mistake(mistake.help("put both into one: where: {AND: [{…}, {…}]}"));
            } else {
                filter = Some(self.filter(place, &argument.value));
            }
        }
        filter.unwrap_or_else(Filter::everything)
    }

    fn no_argument(&mut self, argument: &Node<Argument>, help: &str) {
        let span = self.shift.span(argument.name.location());
        let message = match argument.name.as_str() {
            name @ ("limit" | "offset" | "sort") if self.is_question => {
                format!("`{name}` is for the fields at the top of a question")
            }
            name @ ("limit" | "offset" | "sort") => {
                format!("`{name}` is for questions asked once (`assay query`), not for a stored check")
            }
            name => format!("`{name}` is no argument here"),
        };
        self.mistake(Diagnostic::new(span, message).help(help));
    }

    /// Directives would change what a query asks, and nothing here would obey them.
    fn no_directives(&mut self, directives: &DirectiveList) {
        for directive in &directives.0 {
            let span = self.shift.span(directive.location());
            self.mistake(Diagnostic::new(span, "directives have no meaning in a check"));
        }
    }

    pub(super) fn selected(&mut self, place: &Place, selections: &[Selection]) -> Selected {
        let mut selected = Selected::default();
        let mut gathered = Gathered::default();
        self.gather(place, selections, &mut gathered);
        selected.fragment = gathered.fragment;
        self.depth += 1;
        for (field, open) in gathered.fields {
            let outer = std::mem::replace(&mut self.open_fragments, open);
            if let Some(what) = self.picked(place, &field) {
                let name = field.alias.as_ref().unwrap_or(&field.name).to_string();
                selected.fields.push(Picked { name, what });
            }
            self.open_fragments = outer;
        }
        self.depth -= 1;
        selected
    }

    fn gather(&mut self, place: &Place, selections: &[Selection], gathered: &mut Gathered) {
        if self.depth == DEPTH {
            let span = self.shift.span(selections.first().and_then(Selection::location));
            let message = "the query is nested too deep once its fragments are put in";
            self.mistake(Diagnostic::new(span, message));
            return;
        }
        for selection in selections {
            let span = self.shift.span(selection.location());
            if !self.step(&span) {
                break;
            }
            match selection {
                Selection::Field(field) => {
                    self.no_directives(&field.directives);
                    if !gathered.add(field, &self.open_fragments) {
                        let name = field.alias.as_ref().unwrap_or(&field.name);
                        let message = format!("`{name}` is selected twice, as two different things");
                        let help = format!("give one of them another name: other: {} …", field.name);
                        self.mistake(Diagnostic::new(span, message).help(help));
                    }
                }
                Selection::FragmentSpread(spread) => {
                    self.no_directives(&spread.directives);
                    self.spread(place, spread, gathered);
                }
                Selection::InlineFragment(inline) => {
                    self.no_directives(&inline.directives);
                    let on = inline.type_condition.as_ref().map(|name| (name.as_str(), name.location()));
                    self.spread_on(place, on, &inline.selection_set, gathered);
                }
            }
        }
    }

    fn spread(&mut self, place: &Place, spread: &Node<ast::FragmentSpread>, gathered: &mut Gathered) {
        let name = &spread.fragment_name;
        let span = self.shift.span(spread.location());
        if let Some(fragment) = self.fragments.get(name).cloned() {
            if self.open_fragments.contains(name) {
                self.mistake(Diagnostic::new(span, format!("fragment `{name}` spreads itself")));
                return;
            }
            self.open_fragments.push(name.clone());
            let on = Some((fragment.type_condition.as_str(), spread.location()));
            self.spread_on(place, on, &fragment.selection_set, gathered);
            self.open_fragments.pop();
        } else if name != ASSET_FRAGMENT {
            let mut known: Vec<String> = self.fragments.keys().map(ToString::to_string).collect();
            known.push(ASSET_FRAGMENT.to_owned());
            known.sort();
            let message = format!("there is no fragment `{name}`");
            self.unknown(span, message, name, known.iter().map(String::as_str));
        } else if place.is_row() && self.schema.get(place.type_name()).is_some_and(TypeDef::is_asset) {
            gathered.fragment = true;
        } else {
            let message = format!("`{}` is no asset, so it cannot be a result", place.type_name());
            self.mistake(
                Diagnostic::new(span, message).help("spread ...AssetFragment on what it belongs to"),
            );
        }
    }

    /// What a fragment selects. It has to be on a type that every row here is of: on a narrower one it would leave
    /// out rows without a word.
    fn spread_on(
        &mut self,
        place: &Place,
        on: Option<(&str, Option<SourceSpan>)>,
        selections: &[Selection],
        gathered: &mut Gathered,
    ) {
        if let Some((on, location)) = on
            && !self.schema.get(place.type_name()).is_some_and(|def| def.implements(on))
        {
            let span = self.shift.span(location);
            let message = format!("a fragment on `{on}` does not fit all of `{}`", place.type_name());
            let help = format!("write it on `{}`, or ask for that type alone", place.type_name());
            self.mistake(Diagnostic::new(span, message).help(help));
            return;
        }
        self.depth += 1;
        self.gather(place, selections, gathered);
        self.depth -= 1;
    }

    fn picked(&mut self, place: &Place, field: &Node<ast::Field>) -> Option<What> {
        let name = field.name.as_str();
        if name == OBJECT && self.has_object(place) {
            return self.picked_object(field);
        }
        let Some(def) = self.field(place, name) else {
            let span = self.shift.span(field.name.location());
            let message = format!("`{}` has no field `{name}`", place.type_name());
            let names = self.field_names(place.type_name());
            self.unknown(span, message, name, names.into_iter());
            return None;
        };
        self.what(place, &def, None, field)
    }

    /// `object(path: "spec.secretName")`.
    fn picked_object(&mut self, field: &Node<ast::Field>) -> Option<What> {
        self.leaf(field, Some("path"));
        let argument = field.arguments.iter().find(|argument| argument.name == "path");
        let path = argument.map(|argument| self.substitute(&argument.value));
        let path = path.as_ref().and_then(|path| path.as_str()).and_then(object_path);
        if path.is_none() {
            let span = self.shift.span(field.name.location());
            let help = "write object(path: \"spec.secretName\")";
            self.mistake(Diagnostic::new(span, "an object is shown at a path").help(help));
        }
        path.map(What::Object)
    }

    pub(super) fn what(
        &mut self,
        place: &Place,
        def: &Field,
        narrow: Option<&str>,
        field: &Node<ast::Field>,
    ) -> Option<What> {
        let path = place.path(&def.name);
        match &def.source {
            Source::Scalar(_) | Source::Derived(_) => {
                self.leaf(field, None);
                Some(What::Value(path))
            }
            Source::Defined { filter } => {
                self.leaf(field, None);
                Some(What::Holds(self.model_filter(place, filter)))
            }
            Source::Count { of, filter } => {
                self.leaf(field, None);
                self.count_set(place, of, filter.as_deref()).map(What::Count)
            }
            Source::Alias { of, filter } => self.aliased_what(place, of, filter.as_deref(), field),
            Source::Struct { of, .. } => {
                self.branch(of, field);
                field
                    .arguments
                    .iter()
                    .for_each(|argument| self.no_argument(argument, "a nested object has none"));
                let selected = self.selected(&place.within(&def.name, of), &field.selection_set);
                Some(What::Struct(selected.fields))
            }
            Source::Map(_) => {
                let set = self.set(path, "KeyValue", narrow);
                Some(self.related_what(set, true, field))
            }
            Source::Relation(relation) => {
                self.branch(&relation.to, field);
                let set = self.set(path, &relation.to, narrow);
                Some(self.related_what(set, relation.many, field))
            }
        }
    }

    fn related_what(&mut self, set: Set, many: bool, field: &ast::Field) -> What {
        let there = Place::row(&set.to);
        let filter = self.arguments(&there, field, ONLY_WHERE);
        let selected = self.selected(&there, &field.selection_set);
        What::Related { set, filter, many, selected }
    }

    /// A value has no fields, and no arguments but this one.
    fn leaf(&mut self, field: &Node<ast::Field>, argument: Option<&str>) {
        for other in field.arguments.iter().filter(|given| argument != Some(given.name.as_str())) {
            self.no_argument(other, "a value has none");
        }
        if !field.selection_set.is_empty() {
            let span = self.shift.span(field.name.location());
            self.mistake(Diagnostic::new(span, format!("`{}` is a value and has no fields", field.name)));
        }
    }

    /// Of an object, or of related ones, some fields have to be selected.
    fn branch(&mut self, of: &str, field: &Node<ast::Field>) {
        if field.selection_set.is_empty() {
            let span = self.shift.span(field.name.location());
            let names = self.field_names(of).join(", ");
            let message = format!("say which fields of `{}` are meant: {} {{ … }}", field.name, field.name);
            self.mistake(Diagnostic::new(span, message).help(format!("there are: {names}")));
        }
    }
}
