//! Questions asked once: as a stored check, with `limit`, `offset` and `sort`, and without a need for a fragment.

use std::collections::HashSet;

use apollo_compiler::Node;
use apollo_compiler::ast::{Argument, Selection, Value};
use assay_model::schema::Schema;

use super::super::diagnostic::Diagnostic;
use super::super::parse::parse;
use super::super::{Asked, Bindings, Page, Question, SortKey};
use super::{Place, Resolver};

/// The arguments that a stored check has no use for.
const PAGING: [&str; 3] = ["limit", "offset", "sort"];

/// Resolves the text of a question.
pub fn question<'b>(
    schema: &'b Schema,
    text: &str,
    bindings: impl Into<Bindings<'b>>,
) -> Result<Question, Vec<Diagnostic>> {
    let mut syntax = parse(text)?;
    let mut resolver = Resolver::new(schema, bindings.into(), syntax.shift);
    resolver.is_question = true;
    resolver.fragments = syntax.fragments;
    resolver.bind(&syntax.operation.variables);
    let (mut asked, mut names) = (Vec::new(), HashSet::new());
    for selection in &mut syntax.operation.make_mut().selection_set {
        let name = selection.as_field().map(|field| field.alias.as_ref().unwrap_or(&field.name).to_string());
        let is_new = name.as_ref().is_none_or(|name| names.insert(name.clone()));
        if !is_new {
            let span = resolver.shift.span(selection.location());
            let name = name.as_deref().unwrap_or_default();
            let help = format!("give it a name of its own: other: {name} …");
            resolver.mistake(Diagnostic::new(span, format!("a second `{name}`")).help(help));
        }
        let paging = take_paging(selection);
        for root in resolver.roots(std::slice::from_ref(selection)) {
            let page = resolver.page(&root.type_name, &paging);
            if !page.sort.is_empty() && root.selected.fields.iter().any(|field| field.yields()) {
                let span = resolver.shift.span(selection.location());
                let message = "`sort` needs its assets at the top: spread ...AssetFragment there";
                resolver.mistake(Diagnostic::new(span, message));
            }
            asked.push(Asked { name: name.clone().unwrap_or_default(), root, page });
        }
    }
    resolver.finish(Question { asked })
}

fn take_paging(selection: &mut Selection) -> Vec<Node<Argument>> {
    let Selection::Field(field) = selection else { return Vec::new() };
    let is_paging = |argument: &Node<Argument>| PAGING.contains(&argument.name.as_str());
    let field = field.make_mut();
    let (paging, others) = std::mem::take(&mut field.arguments).into_iter().partition(is_paging);
    field.arguments = others;
    paging
}

impl Resolver<'_> {
    fn page(&mut self, type_name: &str, arguments: &[Node<Argument>]) -> Page {
        let mut page = Page::default();
        for argument in arguments {
            let value = self.substitute(&argument.value);
            match argument.name.as_str() {
                "sort" => page.sort = self.sort_keys(type_name, &value),
                "limit" => page.limit = self.amount(&value),
                _ => page.offset = self.amount(&value).unwrap_or_default(),
            }
        }
        page
    }

    fn amount(&mut self, value: &Node<Value>) -> Option<usize> {
        let amount =
            if let Value::Int(number) = value.as_ref() { number.as_str().parse().ok() } else { None };
        if amount.is_none() {
            self.mistake(Diagnostic::new(self.span(value), "expected a number of rows"));
        }
        amount
    }

    /// `"name"`, `"-createdAt"`, or several in a list.
    fn sort_keys(&mut self, type_name: &str, value: &Node<Value>) -> Vec<SortKey> {
        match value.as_ref() {
            Value::List(values) => values.iter().flat_map(|value| self.sort_keys(type_name, value)).collect(),
            Value::String(text) => {
                let (path, descending) =
                    text.strip_prefix('-').map_or((text.as_str(), false), |path| (path, true));
                let found = self.scalar_at(&Place::row(type_name), &path.split('.').collect::<Vec<_>>());
                if found.is_none() {
                    let message = format!("`{type_name}` has no single value at `{path}`");
                    let known = self.field_names(type_name);
                    self.unknown(self.span(value), message, path, known.into_iter());
                }
                found.map(|(path, scalar)| SortKey { path, scalar, descending }).into_iter().collect()
            }
            _ => {
                let help = "write a field: sort: \"name\", or sort: \"-createdAt\" for the largest first";
                let mistake = Diagnostic::new(self.span(value), "expected the name of a field");
                self.mistake(mistake.help(help));
                Vec::new()
            }
        }
    }
}
