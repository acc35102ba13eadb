//! `where` → [`Filter`]: which field a key is about, and what kind of field decides.

use std::ops::Range;

use apollo_compiler::ast::Value;
use apollo_compiler::{Name, Node};
use assay_model::schema::{Field, Source, Via};

use super::super::diagnostic::Diagnostic;
use super::super::parse::parse_filter;
use super::super::{Filter, Order};
use super::operator::{self, For, Operator};
use super::{DEFINITIONS, Place, Resolver};

/// A key with its operator, as one condition to resolve.
pub(super) struct Condition<'c> {
    pub(super) operator: Operator,
    pub(super) negated: bool,
    pub(super) value: &'c Node<Value>,
    pub(super) span: Range<usize>,
    pub(super) ignoring_case: bool,
}

/// The key under which an object's own JSON is asked for, whatever the model knows of it.
pub(super) const OBJECT: &str = "object";

impl Resolver<'_> {
    /// The filter an object describes for rows at a place.
    pub(super) fn filter(&mut self, place: &Place, value: &Node<Value>) -> Filter {
        let value = self.substitute(value);
        match value.as_ref() {
            Value::Object(entries) => {
                Filter::And(entries.iter().map(|(key, value)| self.entry(place, key, value)).collect())
            }
            Value::List(values) => {
                Filter::And(values.iter().map(|value| self.filter(place, value)).collect())
            }
            _ => {
                let span = self.span(&value);
                self.mistake(Diagnostic::new(span, "a filter is an object such as {name: \"x\"}"));
                Filter::everything()
            }
        }
    }

    fn entry(&mut self, place: &Place, key: &Name, value: &Node<Value>) -> Filter {
        let span = self.shift.span(key.location());
        if !self.step(&span) {
            return Filter::everything();
        }
        match key.as_str() {
            "AND" => return Filter::And(self.filters(place, value)),
            "OR" => return Filter::Or(self.filters(place, value)),
            "NOT" => return self.filter(place, value).negate(),
            OBJECT if self.has_object(place) => return self.object(value),
            _ => {}
        }
        let mut condition =
            Condition { operator: Operator::Is, negated: false, value, span, ignoring_case: false };
        if let Some(field) = self.field(place, key) {
            return self.condition(place, &field, None, &condition);
        }
        for (name, operator, negated) in operator::split(key) {
            if let Some(field) = self.field(place, name) {
                condition.operator = operator;
                condition.negated = negated;
                return self.condition(place, &field, None, &condition);
            }
        }
        self.unknown_field(place, key, condition.span);
        Filter::everything()
    }

    /// The entries of AND and OR; a single object is a list of one.
    fn filters(&mut self, place: &Place, value: &Node<Value>) -> Vec<Filter> {
        let value = self.substitute(value);
        match value.as_ref() {
            Value::List(values) => values.iter().map(|value| self.filter(place, value)).collect(),
            _ => vec![self.filter(place, &value)],
        }
    }

    /// What a condition on a field means; `narrow` is what an alias narrows a relation by.
    pub(super) fn condition(
        &mut self,
        place: &Place,
        field: &Field,
        narrow: Option<&str>,
        condition: &Condition<'_>,
    ) -> Filter {
        let path = place.path(&field.name);
        match &field.source {
            Source::Alias { of, filter } => self.aliased(place, of, filter.as_deref(), condition),
            Source::Defined { filter } => self.defined(place, filter, condition),
            Source::Count { of, filter } => self.counted(place, of, filter.as_deref(), condition),
            Source::Scalar(scalar) => self.scalar(place, path, scalar.scalar, scalar.list, condition),
            Source::Derived(derived) => self.scalar(place, path, derived.scalar, derived.list, condition),
            Source::Struct { of, .. } => self.nested(place, field, of, condition),
            Source::Map(_) => {
                let set = self.set(path, "KeyValue", narrow);
                self.related(set, For::Relation, condition)
            }
            Source::Relation(relation) => {
                let set = self.set(path, &relation.to, narrow);
                let kind = match &relation.via {
                    _ if relation.many => For::Relation,
                    Via::Derived { .. } => For::Derived,
                    _ => For::Reference,
                };
                self.related(set, kind, condition)
            }
        }
    }

    /// A boolean that a filter defines: true or false, never missing.
    fn defined(&mut self, place: &Place, filter: &str, condition: &Condition<'_>) -> Filter {
        let holds = self.model_filter(place, filter);
        let value = self.substitute(condition.value);
        let filter = match value.as_ref() {
            Value::Object(entries) => {
                let each = entries.iter().map(|(word, value)| match operator::word(word) {
                    Some((Operator::Is, negated)) => self.equals(&holds, value).negate_if(negated),
                    _ => {
                        self.unknown_word(word, For::Boolean);
                        Filter::everything()
                    }
                });
                Filter::And(each.collect())
            }
            _ if condition.operator == Operator::Is => self.equals(&holds, &value),
            _ => self.refused(condition, "a boolean", For::Boolean),
        };
        filter.negate_if(condition.negated)
    }

    fn equals(&mut self, holds: &Filter, value: &Node<Value>) -> Filter {
        let value = self.substitute(value);
        match value.as_ref() {
            Value::Boolean(true) => holds.clone(),
            Value::Boolean(false) => holds.clone().negate(),
            // It is never missing.
            Value::Null => Filter::Or(Vec::new()),
            _ => {
                let span = self.span(&value);
                self.mistake(Diagnostic::new(span, "expected true or false"));
                Filter::everything()
            }
        }
    }

    /// A number of related rows.
    fn counted(
        &mut self,
        place: &Place,
        of: &str,
        narrow: Option<&str>,
        condition: &Condition<'_>,
    ) -> Filter {
        let Some(set) = self.count_set(place, of, narrow) else { return Filter::everything() };
        let value = self.substitute(condition.value);
        let filter = match (condition.operator, value.as_ref()) {
            (Operator::Is, Value::Object(_)) => self.count(&set, &value),
            // A count is never missing.
            (Operator::Is, Value::Null) => Filter::Or(Vec::new()),
            (Operator::Is, value) => self.count_one(&set, Order::Eq, value, &condition.span),
            (Operator::Compare(order), value) => self.count_one(&set, order, value, &condition.span),
            _ => self.refused(condition, "a count", For::Count),
        };
        filter.negate_if(condition.negated)
    }

    /// A nested object: its fields are conditions on the same row.
    fn nested(&mut self, place: &Place, field: &Field, of: &str, condition: &Condition<'_>) -> Filter {
        let value = self.substitute(condition.value);
        let present = Filter::Present(place.path(&field.name));
        let filter = match (condition.operator, value.as_ref()) {
            (Operator::Is, Value::Null) => present.negate(),
            (Operator::Is, Value::Object(entries)) => match entries.as_slice() {
                [(word, value)] if word == "eq" && value.is_null() => present.negate(),
                [(word, value)] if word == "neq" && value.is_null() => present,
                _ => self.filter(&place.within(&field.name, of), &value),
            },
            _ => {
                let message = format!("`{}` is an object: give a filter on its fields, or null", field.name);
                let names = self.field_names(of).join(", ");
                let mistake = Diagnostic::new(condition.span.clone(), message);
                self.mistake(mistake.help(format!("there are: {names}")));
                Filter::everything()
            }
        };
        filter.negate_if(condition.negated)
    }

    /// A filter that the model itself is written with; its mistakes are the model's.
    pub(super) fn model_filter(&mut self, place: &Place, text: &str) -> Filter {
        let known = self.mistakes.len();
        let filter = match parse_filter(text) {
            Ok((value, _)) if self.enter_model() => {
                let filter = self.filter(place, &value);
                self.within_model -= 1;
                filter
            }
            Ok(_) => Filter::everything(),
            Err(_) => {
                self.mistake(Diagnostic::new(0..0, "it is no filter"));
                Filter::everything()
            }
        };
        for mistake in self.mistakes.iter_mut().skip(known) {
            mistake.span = 0..0;
            mistake.message = format!("the model's own `{text}`: {}", mistake.message);
        }
        filter
    }

    /// Goes into a definition of the model; false where they lead to each other in a circle.
    pub(super) fn enter_model(&mut self) -> bool {
        if self.within_model == DEFINITIONS {
            self.mistake(Diagnostic::new(0..0, "the model defines a field by itself"));
            return false;
        }
        self.within_model += 1;
        true
    }

    /// Whether the rows at a place are objects, whose own JSON can be asked for.
    pub(super) fn has_object(&self, place: &Place) -> bool {
        place.is_row()
            && self
                .schema
                .get(place.type_name())
                .is_some_and(|def| def.is_asset() && def.derived.is_none() && def.field(OBJECT).is_none())
    }

    fn unknown_field(&mut self, place: &Place, key: &str, span: Range<usize>) {
        // A suffix is part of the mistake only if what stands before it is close to a field.
        let stem = operator::split(key).next().map_or(key, |(stem, ..)| stem);
        let message = format!("`{}` has no field `{key}`", place.type_name());
        let names = self.field_names(place.type_name());
        self.unknown(span, message, stem, names.into_iter());
    }

    pub(super) fn unknown_word(&mut self, word: &Name, kind: For) {
        let span = self.shift.span(word.location());
        self.unknown(span, format!("`{word}` is no operator here"), word, kind.words().iter().copied());
    }

    /// An operator that the field's kind does not have.
    pub(super) fn refused(&mut self, condition: &Condition<'_>, what: &str, kind: For) -> Filter {
        let mistake = Diagnostic::new(condition.span.clone(), format!("this operator is not for {what}"));
        self.mistake(mistake.help(format!("there are: {}", kind.words().join(", "))));
        Filter::everything()
    }
}
