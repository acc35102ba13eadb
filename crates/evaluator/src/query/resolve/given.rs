//! Values that variables are given from outside of the query.

use apollo_compiler::ast::{FloatValue, IntValue, Value, VariableDefinition};
use apollo_compiler::{Name, Node};
use serde_json::Value as Json;

/// The type that any operand has for editors, whatever its field's.
pub(super) const OPERAND: &str = "Operand";

/// What a text is, which is all that the command line gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    Boolean,
    Number,
    Text,
    Nothing,
}

impl Says {
    /// A built-in type says it itself; for an operand its default does.
    pub(super) fn of(type_name: &str, default: Option<&Value>) -> Self {
        match (type_name, default) {
            ("Boolean", _) => Self::Boolean,
            ("Int" | "Float" | "Long", _) => Self::Number,
            (OPERAND, Some(Value::List(values))) => {
                values.first().map_or(Self::Nothing, |first| Self::of(type_name, Some(first)))
            }
            (OPERAND, Some(Value::Boolean(_))) => Self::Boolean,
            (OPERAND, Some(Value::Int(_) | Value::Float(_))) => Self::Number,
            (OPERAND, Some(Value::String(_) | Value::Enum(_))) => Self::Text,
            (OPERAND, _) => Self::Nothing,
            _ => Self::Text,
        }
    }
}

/// Reads what one variable is given.
pub(super) struct Given<'v> {
    variable: &'v Node<VariableDefinition>,
    says: Says,
    is_list: bool,
    /// A text that is another type's literal, too, where nothing says which it is; and that literal.
    pub(super) unclear: Option<(String, Value)>,
}

impl<'v> Given<'v> {
    pub(super) fn to(variable: &'v Node<VariableDefinition>) -> Self {
        let default = variable.default_value.as_deref();
        let says = Says::of(variable.ty.inner_named_type(), default);
        let is_list = variable.ty.is_list() || default.and_then(Value::as_list).is_some();
        Self { variable, says, is_list, unclear: None }
    }

    /// The value; `a,b` for a list is two.
    pub(super) fn read(&mut self, value: &Json) -> Node<Value> {
        match value {
            Json::String(text) if self.is_list => {
                let entries = text.split(',').filter(|entry| !entry.is_empty());
                let entries = entries.map(|entry| self.variable.same_location(self.text(entry))).collect();
                self.variable.same_location(Value::List(entries))
            }
            value => self.value(value),
        }
    }

    /// A value that stands where the variable is declared: it has no other place in the query.
    fn value(&mut self, value: &Json) -> Node<Value> {
        let value = match value {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Boolean(*value),
            Json::Number(number) => number_of(&number.to_string()),
            Json::String(text) => self.text(text),
            Json::Array(values) => Value::List(values.iter().map(|value| self.value(value)).collect()),
            Json::Object(entries) => {
                let entry = |(key, value): (&String, &Json)| Some((Name::new(key).ok()?, self.value(value)));
                Value::Object(entries.iter().filter_map(entry).collect())
            }
        };
        self.variable.same_location(value)
    }

    /// A text that is no literal of the type stays a text: whether that may be is up to the field.
    fn text(&mut self, text: &str) -> Value {
        let typed = match self.says {
            Says::Boolean => boolean_of(text),
            Says::Number => finite(text),
            Says::Text => None,
            Says::Nothing => boolean_of(text).or_else(|| finite(text)),
        };
        if self.says == Says::Nothing {
            self.unclear = self.unclear.take().or_else(|| Some((text.to_owned(), typed.clone()?)));
        }
        typed.unwrap_or_else(|| Value::String(text.to_owned()))
    }
}

fn boolean_of(text: &str) -> Option<Value> {
    text.parse().ok().map(Value::Boolean)
}

fn finite(text: &str) -> Option<Value> {
    text.parse::<f64>().is_ok_and(f64::is_finite).then(|| number_of(text))
}

fn number_of(text: &str) -> Value {
    match (text.parse::<i64>(), text.parse::<f64>()) {
        (Ok(number), _) => Value::Int(IntValue::new_parsed(&number.to_string())),
        (_, Ok(number)) => Value::Float(FloatValue::from(number)),
        _ => Value::String(text.to_owned()),
    }
}
