//! A query's text → its root fields, with variables and fragments put in.

use std::collections::BTreeMap;

use apollo_compiler::Node;
use apollo_compiler::ast::{Definition, Document, Field, Selection, Value as Syntax};

/// What stands in a query for other things, by name.
#[derive(Default)]
struct Names {
    variables: BTreeMap<String, Node<Syntax>>,
    fragments: BTreeMap<String, Vec<Selection>>,
}

/// The root fields of a query.
pub(super) fn roots(text: &str) -> Vec<Node<Field>> {
    let starts_document = ["{", "query", "fragment"].iter().any(|word| text.starts_with(word));
    let whole = if starts_document { text.to_owned() } else { format!("{{ {text} }}") };
    let document = Document::parse(whole, "query").unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut names = Names::default();
    let mut roots = Vec::new();
    for definition in document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => {
                for variable in &operation.variables {
                    let default = variable.default_value.clone().expect("a default");
                    names.variables.insert(variable.name.to_string(), default);
                }
                roots.extend(operation.selection_set.clone());
            }
            Definition::FragmentDefinition(fragment) => {
                names.fragments.insert(fragment.name.to_string(), fragment.selection_set.clone());
            }
            other => panic!("{other} is no query"),
        }
    }
    let roots = names.selections(roots).into_iter();
    roots.map(|root| root.as_field().expect("fields stand at the top").clone()).collect()
}

impl Names {
    fn selections(&self, selections: Vec<Selection>) -> Vec<Selection> {
        selections.into_iter().flat_map(|selection| self.selection(selection)).collect()
    }

    fn selection(&self, selection: Selection) -> Vec<Selection> {
        match selection {
            Selection::Field(mut field) => {
                let inner = field.make_mut();
                inner.selection_set = self.selections(std::mem::take(&mut inner.selection_set));
                for argument in &mut inner.arguments {
                    let value = self.value(&argument.value);
                    argument.make_mut().value = value;
                }
                vec![Selection::Field(field)]
            }
            Selection::InlineFragment(inline) => self.selections(inline.selection_set.clone()),
            Selection::FragmentSpread(spread) => match self.fragments.get(spread.fragment_name.as_str()) {
                Some(selections) => self.selections(selections.clone()),
                None => vec![Selection::FragmentSpread(spread)],
            },
        }
    }

    fn value(&self, value: &Node<Syntax>) -> Node<Syntax> {
        match value.as_ref() {
            Syntax::Variable(name) => self.variables[name.as_str()].clone(),
            Syntax::List(values) => Node::new(Syntax::List(values.iter().map(|v| self.value(v)).collect())),
            Syntax::Object(entries) => {
                let entries = entries.iter().map(|(key, value)| (key.clone(), self.value(value)));
                Node::new(Syntax::Object(entries.collect()))
            }
            _ => value.clone(),
        }
    }
}
