//! Variables, and the named lists that stand in a value's place.

use apollo_compiler::ast::{Value, VariableDefinition};
use apollo_compiler::collections::HashSet;
use apollo_compiler::{Name, Node};
use assay_model::nearest::closest;
use serde_json::Value as Json;

use super::super::diagnostic::Diagnostic;
use super::super::sdl;
use super::Resolver;
use super::given::{Given, OPERAND};

impl Resolver<'_> {
    /// Gives each declared variable the value it was set to, else its default.
    pub(super) fn bind(&mut self, variables: &[Node<VariableDefinition>]) {
        let mut declared = HashSet::default();
        for variable in variables {
            if !declared.insert(&variable.name) {
                let message = format!("a second variable `${}`", variable.name);
                self.mistake(Diagnostic::new(self.shift.span(variable.location()), message));
                continue;
            }
            let is_typed = self.is_typed(variable);
            let value = match self.bindings.variables.get(variable.name.as_str()) {
                Some(value) => Some(self.given(variable, value, is_typed)),
                None => variable.default_value.clone(),
            };
            if let Some(value) = value {
                self.variables.insert(variable.name.clone(), value);
            }
        }
    }

    fn given(&mut self, variable: &Node<VariableDefinition>, value: &Json, is_typed: bool) -> Node<Value> {
        let mut given = Given::to(variable);
        let read = given.read(value);
        let (span, name) = (self.shift.span(variable.location()), &variable.name);
        let told = match given.unclear {
            None => is_typed.then(|| format!("`${name}` is given {value}")),
            Some((text, literal)) => {
                let other = if literal.to_bool().is_some() { "a boolean" } else { "a number" };
                let message = format!("`${name}` is given `{text}`, which may be {other} or a text");
                let literal = format!("{name}: {} = {literal}", variable.ty);
                let help = format!("let its default say which: ${literal}, or \"{text}\" for a text");
                self.mistake(Diagnostic::new(span.clone(), message).help(help));
                None
            }
        };
        self.given.insert(span.start, told);
        read
    }

    /// Whether the variable's type is one; another would be taken for text.
    fn is_typed(&mut self, variable: &VariableDefinition) -> bool {
        let name = variable.ty.inner_named_type();
        if sdl::is_input(self.schema, name) {
            return true;
        }
        if !self.has_room() {
            return false;
        }
        let inputs = sdl::inputs(self.schema);
        let near = closest(name, inputs.iter().map(String::as_str));
        let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        let others = "Boolean, Float, ID, Int, String and the other inputs of the schema";
        let help = format!("{near}`{OPERAND}` stands for a value of any field; there are {others}");
        let message = format!("there is no type `{name}` for a variable");
        self.mistake(Diagnostic::new(self.shift.span(name.location()), message).help(help));
        false
    }

    /// The value a variable stands for, or the value itself.
    pub(super) fn substitute(&mut self, value: &Node<Value>) -> Node<Value> {
        let Value::Variable(name) = value.as_ref() else { return value.clone() };
        match self.variables.get(name) {
            Some(bound) => bound.clone(),
            None => {
                self.unbound(value, name);
                value.same_location(Value::Null)
            }
        }
    }

    fn unbound(&mut self, value: &Node<Value>, name: &Name) {
        let help = format!("declare it with a default: query (${name}: {OPERAND} = 90) {{ … }}");
        let mistake = Diagnostic::new(self.span(value), format!("`${name}` has no value"));
        self.mistake(mistake.help(help));
    }

    /// The entries of the list that `{list: "name"}` names; `None` for any other value.
    pub(super) fn named_list(&mut self, value: &Node<Value>) -> Option<Vec<Node<Value>>> {
        let name = single(value, "list")?;
        let name = self.substitute(name);
        let Some(text) = name.as_str() else {
            let help = "write the name of a list: {list: \"trusted-registries\"}";
            self.mistake(Diagnostic::new(self.span(&name), "a list has a name").help(help));
            return Some(Vec::new());
        };
        let lists = self.bindings.lists;
        match lists.get(text) {
            Some(entries) => {
                Some(entries.iter().map(|entry| value.same_location(Value::String(entry.clone()))).collect())
            }
            None => {
                let message = format!("there is no list `{text}`");
                self.unknown(self.span(&name), message, text, lists.names());
                Some(Vec::new())
            }
        }
    }
}

/// The value of an object's one key, if that is its name.
pub(super) fn single<'v>(value: &'v Node<Value>, key: &str) -> Option<&'v Node<Value>> {
    match value.as_object()? {
        [(name, value)] if name == key => Some(value),
        _ => None,
    }
}
