//! Conditions on scalars and on lists of scalars.

use apollo_compiler::Node;
use apollo_compiler::ast::Value;
use assay_model::schema::Scalar;
use regex::Regex;

use super::diagnostic::Diagnostic;
use super::filter::Condition;
use super::literal::{self, literal};
use super::operator::{self, For, Operator};
use super::resolve::Resolver;
use super::{FieldPath, Filter, Literal, Test, TextTest};

impl Resolver<'_> {
    /// What a condition on a scalar field means.
    pub(super) fn scalar(
        &mut self,
        path: &FieldPath,
        scalar: Scalar,
        list: bool,
        condition: &Condition<'_>,
    ) -> Filter {
        let value = self.substitute(condition.value);
        let filter = match (condition.operator, value.as_ref()) {
            (Operator::Is, Value::Object(entries)) => {
                let ignoring_case = entries
                    .iter()
                    .any(|(word, value)| word == "caseInsensitive" && value.to_bool() == Some(true));
                let mut all = Vec::new();
                for (word, value) in entries {
                    if word == "caseInsensitive" && value.to_bool().is_some() {
                        continue;
                    }
                    let value = self.substitute(value);
                    match operator::word(word).filter(|(operator, _)| kind(scalar, list).allows(*operator)) {
                        Some((operator, negated)) => {
                            let one = self.one(path, scalar, list, operator, &value, ignoring_case);
                            all.push(if negated { one.negate() } else { one });
                        }
                        None => self.unknown_word(word, kind(scalar, list)),
                    }
                }
                Filter::And(all)
            }
            (operator, _) if kind(scalar, list).allows(operator) => {
                self.one(path, scalar, list, operator, &value, false)
            }
            _ => {
                let words = kind(scalar, list).words().join(", ");
                let message = format!("this operator is not for {}", type_words(scalar, list));
                self.mistake(
                    Diagnostic::new(condition.span.clone(), message).help(format!("there are: {words}")),
                );
                Filter::everything()
            }
        };
        if condition.negated { filter.negate() } else { filter }
    }

    fn one(
        &mut self,
        path: &FieldPath,
        scalar: Scalar,
        list: bool,
        operator: Operator,
        value: &Node<Value>,
        ignoring_case: bool,
    ) -> Filter {
        let test = match (operator, value.as_ref()) {
            (Operator::Is, Value::Null) => Some(Test::Missing),
            (_, Value::Null) => {
                let help = "use `null` or `{eq: null}` to ask for what is missing";
                self.mistake(Diagnostic::new(self.span(value), "null has no place here").help(help));
                None
            }
            (Operator::Is, Value::String(text)) if text.is_empty() => Some(Test::Empty),
            (Operator::Is, Value::List(values)) if values.is_empty() => Some(Test::Empty),
            (Operator::Is, Value::List(_)) if list => self.literals(scalar, value).map(Test::Elements),
            (Operator::Is, _) if list => self.literals(scalar, value).map(Test::Elements),
            (Operator::Is, Value::String(text)) if ignoring_case => {
                Some(Test::Text(TextTest::SameIgnoringCase(text.to_lowercase())))
            }
            (Operator::Is, _) => self.literal(scalar, value).map(|literal| Test::In(vec![literal])),
            (Operator::In, _) => self.literals(scalar, value).map(Test::In),
            (Operator::Compare(order), _) => self.literal(scalar, value).map(|l| Test::Compare(order, l)),
            (Operator::Includes, _) => self.literal(scalar, value).map(Test::Includes),
            (Operator::AnyIn, _) => self.literals(scalar, value).map(Test::AnyIn),
            (Operator::AnyNotIn, _) => self.literals(scalar, value).map(Test::AnyNotIn),
            (operator, _) => self.text(operator, value, ignoring_case).map(Test::Text),
        };
        match test {
            Some(test) => Filter::Test { path: path.clone(), scalar, test },
            None => Filter::everything(),
        }
    }

    fn literal(&mut self, scalar: Scalar, value: &Node<Value>) -> Option<Literal> {
        let value = self.substitute(value);
        match literal(scalar, &value, self.as_of) {
            Ok(literal) => Some(literal),
            Err(expected) => {
                let message = match expected.strip_prefix('`') {
                    Some(_) => expected,
                    None => format!("expected {expected}"),
                };
                self.mistake(Diagnostic::new(self.span(&value), message));
                None
            }
        }
    }

    /// A list of values; a single one is a list of one.
    fn literals(&mut self, scalar: Scalar, value: &Node<Value>) -> Option<Vec<Literal>> {
        match value.as_ref() {
            Value::List(values) => values.iter().map(|value| self.literal(scalar, value)).collect(),
            _ => self.literal(scalar, value).map(|literal| vec![literal]),
        }
    }

    fn text(&mut self, operator: Operator, value: &Node<Value>, ignoring_case: bool) -> Option<TextTest> {
        let Value::String(text) = value.as_ref() else {
            self.mistake(Diagnostic::new(
                self.span(value),
                format!("expected {}", literal::expected(Scalar::String)),
            ));
            return None;
        };
        let pattern = |pattern: String| {
            let flags = if ignoring_case { "(?i)" } else { "" };
            Regex::new(&format!("{flags}\\A(?:{pattern})\\z"))
        };
        let escaped = regex::escape(text);
        let regex = match operator {
            Operator::IgnoringCase => return Some(TextTest::SameIgnoringCase(text.to_lowercase())),
            Operator::Contains if !ignoring_case => return Some(TextTest::Contains(text.clone())),
            Operator::StartsWith if !ignoring_case => return Some(TextTest::StartsWith(text.clone())),
            Operator::EndsWith if !ignoring_case => return Some(TextTest::EndsWith(text.clone())),
            Operator::Contains => pattern(format!("(?s:.*){escaped}(?s:.*)")),
            Operator::StartsWith => pattern(format!("{escaped}(?s:.*)")),
            Operator::EndsWith => pattern(format!("(?s:.*){escaped}")),
            _ => pattern(text.clone()),
        };
        match regex {
            Ok(regex) => Some(TextTest::Matches(regex)),
            Err(error) => {
                let message = error.to_string();
                let reason = message.lines().last().unwrap_or_default().trim().to_owned();
                self.mistake(Diagnostic::new(self.span(value), format!("no regular expression: {reason}")));
                None
            }
        }
    }
}

fn kind(scalar: Scalar, list: bool) -> For {
    match scalar {
        _ if list => For::List,
        Scalar::String | Scalar::IntOrString | Scalar::LabelSelector => For::Text,
        Scalar::Boolean => For::Boolean,
        Scalar::Int | Scalar::Float | Scalar::Quantity | Scalar::DateTime => For::Ordered,
    }
}

fn type_words(scalar: Scalar, list: bool) -> &'static str {
    match kind(scalar, list) {
        For::List => "a list",
        For::Text => "text",
        For::Boolean => "a boolean",
        _ => "an ordered value",
    }
}
