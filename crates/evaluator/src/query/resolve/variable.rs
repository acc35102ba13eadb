//! Variables, and the named lists that stand in a value's place.

use apollo_compiler::ast::{FloatValue, IntValue, Type, Value, VariableDefinition};
use apollo_compiler::{Name, Node};

use super::super::diagnostic::Diagnostic;
use super::Resolver;

impl Resolver<'_> {
    /// Gives each declared variable the value it was set to, else its default.
    pub(super) fn bind(&mut self, variables: &[Node<VariableDefinition>]) {
        for variable in variables {
            let given = self.bindings.variables.get(variable.name.as_str());
            let given = given.map(|value| variable.same_location(value_of(value, &variable.ty)));
            if let Some(value) = given.or_else(|| variable.default_value.clone()) {
                self.variables.insert(variable.name.clone(), value);
            }
        }
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
        let help = format!("declare it with a default: query (${name}: Int = 90) {{ … }}");
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

/// A value from outside of the query, in its own words. Text for a variable of another type is what the command
/// line gives.
fn value_of(value: &serde_json::Value, ty: &Type) -> Value {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Boolean(*value),
        serde_json::Value::Number(number) => number_of(&number.to_string()),
        serde_json::Value::String(text) if ty.is_list() => list_of(text, ty),
        serde_json::Value::String(text) => typed(text, ty.inner_named_type().as_str()),
        serde_json::Value::Array(values) => {
            let item = ty.item_type();
            Value::List(values.iter().map(|value| Node::new(value_of(value, item))).collect())
        }
        serde_json::Value::Object(entries) => {
            let entry = |(key, value): (&String, &serde_json::Value)| {
                Some((Name::new(key).ok()?, Node::new(value_of(value, ty))))
            };
            Value::Object(entries.iter().filter_map(entry).collect())
        }
    }
}

/// `a,b` for a variable that is a list.
fn list_of(text: &str, ty: &Type) -> Value {
    let item = ty.inner_named_type().as_str();
    let entries = text.split(',').filter(|entry| !entry.is_empty());
    Value::List(entries.map(|entry| Node::new(typed(entry, item))).collect())
}

fn typed(text: &str, type_name: &str) -> Value {
    match (type_name, text) {
        ("Boolean", "true") => Value::Boolean(true),
        ("Boolean", "false") => Value::Boolean(false),
        ("Int" | "Float", _) if text.parse::<f64>().is_ok_and(f64::is_finite) => number_of(text),
        _ => Value::String(text.to_owned()),
    }
}

fn number_of(text: &str) -> Value {
    match (text.parse::<i64>(), text.parse::<f64>()) {
        (Ok(number), _) => Value::Int(IntValue::new_parsed(&number.to_string())),
        (_, Ok(number)) => Value::Float(FloatValue::from(number)),
        _ => Value::String(text.to_owned()),
    }
}
