//! Types of variables as editors want them: an operand's own, where it says no less.

use apollo_compiler::Node;
use apollo_compiler::ast::{Type, Value, VariableDefinition};

use super::Resolver;
use super::given::{OPERAND, Says};

/// Words whose values have another type, or none that editors look at.
const OTHERS: [&str; 4] = ["duplicatedIn", "field", "list", "path"];

impl Resolver<'_> {
    /// Keeps in mind which variables stand for operands in a condition on a value.
    pub(super) fn operands(&mut self, value: &Node<Value>) {
        match value.as_ref() {
            Value::Variable(name) => drop(self.operands.insert(name.clone())),
            Value::List(values) => values.iter().for_each(|value| self.operands(value)),
            Value::Object(entries) => {
                let operands = entries.iter().filter(|(word, _)| !OTHERS.contains(&word.as_str()));
                operands.for_each(|(_, value)| self.operands(value));
            }
            _ => {}
        }
    }

    /// The type of a variable in canonical style, once all that it stands in has been rewritten.
    pub(super) fn retyped(&self, variable: &VariableDefinition) -> String {
        let (ty, default) = (variable.ty.as_ref(), variable.default_value.as_deref());
        let same = Says::of(ty.inner_named_type(), default) == Says::of(OPERAND, default);
        match ty {
            _ if !same || !self.operands.contains(&variable.name) => ty.to_string(),
            Type::Named(_) => OPERAND.to_owned(),
            Type::NonNullNamed(_) => format!("{OPERAND}!"),
            Type::List(item) if !item.is_list() => format!("[{OPERAND}!]"),
            Type::NonNullList(item) if !item.is_list() => format!("[{OPERAND}!]!"),
            _ => ty.to_string(),
        }
    }
}
