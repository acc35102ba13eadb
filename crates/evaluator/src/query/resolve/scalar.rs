//! Conditions on scalars and on lists of scalars.

use std::ops::Range;

use apollo_compiler::Node;
use apollo_compiler::ast::Value;
use assay_model::schema::Scalar;
use regex::Regex;

use super::super::diagnostic::Diagnostic;
use super::super::{FieldPath, Filter, Literal, Test, TextTest};
use super::condition::Condition;
use super::literal::{self, literal};
use super::operator::{self, For, Operator};
use super::pattern::is_whole;
use super::variable::single;
use super::{Place, Resolver};

/// A scalar field, or a list of scalars, and where it is asked for.
pub(super) struct Subject<'p> {
    pub(super) place: &'p Place,
    pub(super) path: FieldPath,
    pub(super) scalar: Scalar,
    pub(super) list: bool,
}

impl Subject<'_> {
    fn kind(&self) -> For {
        kind(self.scalar, self.list)
    }

    fn passes(&self, test: Test) -> Filter {
        Filter::Test { path: self.path.clone(), scalar: self.scalar, test }
    }
}

impl Resolver<'_> {
    /// What a condition on a scalar field means.
    pub(super) fn scalar(
        &mut self,
        place: &Place,
        path: FieldPath,
        scalar: Scalar,
        list: bool,
        condition: &Condition<'_>,
    ) -> Filter {
        let subject = Subject { place, path, scalar, list };
        let value = self.substitute(condition.value);
        let is_value = ["field", "list"].iter().any(|key| single(&value, key).is_some());
        let filter = match (condition.operator, value.as_ref()) {
            (Operator::Is, Value::Object(entries)) if !is_value => {
                let ignoring_case = condition.ignoring_case || operator::ignores_case(entries);
                let words: Vec<_> =
                    entries.iter().filter(|(word, value)| !operator::is_flag(word, value)).collect();
                if words.is_empty() && !entries.is_empty() {
                    self.compares_nothing(condition.span.clone(), subject.kind());
                }
                let each = words.into_iter().map(|(word, value)| {
                    match operator::word(word).filter(|(operator, _)| subject.kind().allows(*operator)) {
                        Some((operator, negated)) => {
                            let at = self.shift.span(word.location());
                            self.case_counts(subject.kind(), operator, value, ignoring_case, &at);
                            self.one(&subject, operator, value, ignoring_case).negate_if(negated)
                        }
                        None => {
                            self.unknown_word(word, subject.kind());
                            Filter::everything()
                        }
                    }
                });
                Filter::And(each.collect())
            }
            (operator, _) if subject.kind().allows(operator) => {
                let (at, ignoring_case) = (&condition.span, condition.ignoring_case);
                self.case_counts(subject.kind(), operator, &value, ignoring_case, at);
                self.one(&subject, operator, &value, ignoring_case)
            }
            _ => self.refused(condition, type_words(scalar, list), subject.kind()),
        };
        filter.negate_if(condition.negated)
    }

    /// Tells of an operator that `caseInsensitive` stands beside and changes nothing of.
    pub(super) fn case_counts(
        &mut self,
        kind: For,
        operator: Operator,
        value: &Node<Value>,
        ignoring_case: bool,
        at: &Range<usize>,
    ) {
        if !ignoring_case {
            return;
        }
        let value = self.substitute(value);
        let is_text =
            single(&value, "field").is_none() && (operator != Operator::Is || value.as_list().is_none());
        if !(kind.passes_over_case(operator) && is_text) {
            let words = "eq, neq, in, notIn, contains, startsWith, endsWith and matches";
            let mistake = Diagnostic::new(at.clone(), "`caseInsensitive` changes nothing of this comparison");
            self.mistake(mistake.help(format!("it goes with {words} on text")));
        }
    }

    /// Tells of words that say how to compare, and not with what.
    pub(super) fn compares_nothing(&mut self, at: Range<usize>, kind: For) {
        let help = format!("there are: {}", kind.words().join(", "));
        self.mistake(Diagnostic::new(at, "nothing is compared here").help(help));
    }

    /// One operator, in its positive form.
    fn one(
        &mut self,
        subject: &Subject<'_>,
        operator: Operator,
        value: &Node<Value>,
        ignoring_case: bool,
    ) -> Filter {
        let value = &self.substitute(value);
        if let Some(other) = single(value, "field") {
            return self.fields(subject, operator, other);
        }
        if operator == Operator::DuplicatedIn {
            return self.duplicated(subject, value);
        }
        if let Some(entries) = self.named_list(value) {
            return self.any_of(subject, operator, value, entries, ignoring_case);
        }
        let test = self.test(subject.scalar, subject.list, operator, value, ignoring_case);
        test.map_or_else(Filter::everything, |test| subject.passes(test))
    }

    /// An operator with a named list: the list itself where one belongs, else any of its entries.
    fn any_of(
        &mut self,
        subject: &Subject<'_>,
        operator: Operator,
        value: &Node<Value>,
        entries: Vec<Node<Value>>,
        ignoring_case: bool,
    ) -> Filter {
        let of = operand(subject.scalar, operator);
        let entries: Vec<_> = entries.into_iter().map(|entry| literal::entry(of, &entry)).collect();
        let takes_list = match operator {
            Operator::Is => subject.list,
            operator => matches!(operator, Operator::In | Operator::AnyIn | Operator::AnyNotIn),
        };
        if takes_list {
            let list = value.same_location(Value::List(entries));
            let test = self.test(subject.scalar, subject.list, operator, &list, ignoring_case);
            return test.map_or_else(Filter::everything, |test| subject.passes(test));
        }
        let each = entries
            .iter()
            .filter_map(|entry| self.test(subject.scalar, subject.list, operator, entry, ignoring_case));
        Filter::Or(each.map(|test| subject.passes(test)).collect())
    }

    /// The test that an operator and its value are.
    pub(super) fn test(
        &mut self,
        scalar: Scalar,
        list: bool,
        operator: Operator,
        value: &Node<Value>,
        ignoring_case: bool,
    ) -> Option<Test> {
        match (operator, value.as_ref()) {
            (Operator::Is, Value::Null) => Some(Test::Missing),
            (_, Value::Null) => {
                let help = "use `null` or `{eq: null}` to ask for what is missing";
                self.mistake(Diagnostic::new(self.span(value), "null has no place here").help(help));
                None
            }
            (Operator::Is, Value::String(text)) if text.is_empty() => Some(Test::Empty),
            (Operator::Is, Value::List(values)) if values.is_empty() => Some(Test::Empty),
            (Operator::Is, _) if list => self.literals(scalar, value).map(Test::Elements),
            (Operator::Is, _) if ignoring_case => self.literal(scalar, value).map(same_ignoring_case),
            (Operator::In, Value::List(values)) if ignoring_case => self.among(scalar, value, values),
            (Operator::Is, _) => self.literal(scalar, value).map(|literal| Test::In(vec![literal])),
            (Operator::In, _) => self.literals(scalar, value).map(Test::In),
            (Operator::Compare(order), _) => {
                self.literal(operand(scalar, operator), value).map(|literal| Test::Compare(order, literal))
            }
            (Operator::Includes, _) => self.literal(scalar, value).map(Test::Includes),
            (Operator::AnyIn, _) => self.literals(scalar, value).map(Test::AnyIn),
            (Operator::AnyNotIn, _) => self.literals(scalar, value).map(Test::AnyNotIn),
            (operator, _) => self.text(operator, value, ignoring_case).map(Test::Text),
        }
    }

    fn literal(&mut self, scalar: Scalar, value: &Node<Value>) -> Option<Literal> {
        let value = self.substitute(value);
        let span = self.span(&value);
        if !self.step(&span) {
            return None;
        }
        match literal(scalar, &value, self.bindings.as_of) {
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

    /// A list of values; a single one is a list of one. Each of its mistakes is told.
    fn literals(&mut self, scalar: Scalar, value: &Node<Value>) -> Option<Vec<Literal>> {
        let Value::List(values) = value.as_ref() else {
            return self.literal(scalar, value).map(|literal| vec![literal]);
        };
        let literals: Vec<_> = values.iter().map(|value| self.literal(scalar, value)).collect();
        literals.into_iter().collect()
    }

    /// One of several texts, but for case.
    fn among(&mut self, scalar: Scalar, at: &Node<Value>, values: &[Node<Value>]) -> Option<Test> {
        let texts: Option<Vec<String>> = values
            .iter()
            .map(|value| {
                let literal = self.literal(scalar, value)?;
                if let Literal::Text(text) = literal {
                    return Some(regex::escape(&text));
                }
                self.expected_text(value);
                None
            })
            .collect();
        let pattern = if values.is_empty() { "[^\\s\\S]".to_owned() } else { texts?.join("|") };
        let regex = self.pattern(&format!("(?i)\\A(?:{pattern})\\z"));
        self.compiled(regex, at).map(|regex| Test::Text(TextTest::Matches(regex)))
    }

    fn compiled(&mut self, regex: Result<Regex, String>, at: &Node<Value>) -> Option<Regex> {
        if let Err(reason) = &regex {
            let help = "write an RE2 expression over the whole value, such as `app-.*`";
            let message = format!("no regular expression: {reason}");
            self.mistake(Diagnostic::new(self.span(at), message).help(help));
        }
        regex.ok()
    }

    fn expected_text(&mut self, value: &Node<Value>) {
        let message = format!("expected {}", literal::expected(Scalar::String));
        self.mistake(Diagnostic::new(self.span(value), message));
    }

    fn text(&mut self, operator: Operator, value: &Node<Value>, ignoring_case: bool) -> Option<TextTest> {
        let Value::String(text) = value.as_ref() else {
            self.expected_text(value);
            return None;
        };
        let escaped = regex::escape(text);
        let pattern = match operator {
            Operator::IgnoringCase => return Some(TextTest::SameIgnoringCase(text.to_lowercase())),
            Operator::Contains if !ignoring_case => return Some(TextTest::Contains(text.clone())),
            Operator::StartsWith if !ignoring_case => return Some(TextTest::StartsWith(text.clone())),
            Operator::EndsWith if !ignoring_case => return Some(TextTest::EndsWith(text.clone())),
            Operator::Contains => format!("(?s:.*){escaped}(?s:.*)"),
            Operator::StartsWith => format!("{escaped}(?s:.*)"),
            Operator::EndsWith => format!("(?s:.*){escaped}"),
            _ => text.clone(),
        };
        // The option is part of the text: what a pattern is known by has to say all that it means.
        let flags = if ignoring_case { "(?i)" } else { "" };
        let regex = self.pattern(&format!("{flags}\\A(?:{pattern})\\z"));
        let regex = regex.and_then(|regex| is_whole(&pattern).map(|()| regex));
        self.compiled(regex, value).map(TextTest::Matches)
    }
}

/// That it is the value, whatever its case if it is a text.
pub(super) fn same_ignoring_case(literal: Literal) -> Test {
    match literal {
        Literal::Text(text) => Test::Text(TextTest::SameIgnoringCase(text.to_lowercase())),
        other => Test::In(vec![other]),
    }
}

/// The type of what a field is compared with. Of numbers and names, numbers alone have an order: letter by letter 80
/// would come after 1024.
fn operand(scalar: Scalar, operator: Operator) -> Scalar {
    match (scalar, operator) {
        (Scalar::IntOrString, Operator::Compare(_)) => Scalar::Int,
        (scalar, _) => scalar,
    }
}

pub(super) fn kind(scalar: Scalar, list: bool) -> For {
    match scalar {
        _ if list => For::List,
        Scalar::String | Scalar::IntOrString | Scalar::LabelSelector => For::Text,
        Scalar::Boolean => For::Boolean,
        Scalar::Int | Scalar::Float | Scalar::Quantity | Scalar::Duration | Scalar::DateTime => For::Ordered,
    }
}

pub(super) fn type_words(scalar: Scalar, list: bool) -> &'static str {
    match kind(scalar, list) {
        For::List => "a list",
        For::Text => "text",
        For::Boolean => "a boolean",
        _ => "an ordered value",
    }
}
