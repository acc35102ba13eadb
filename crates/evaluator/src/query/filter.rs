//! `where` → [`Filter`], typed against the model.

use std::ops::Range;

use apollo_compiler::ast::Value;
use apollo_compiler::{Name, Node};
use assay_model::schema::{Field, Source};

use super::diagnostic::{Diagnostic, nearest};
use super::operator::{self, For, Operator};
use super::resolve::{Place, Resolver};
use super::{Filter, Order, Quantifier, Set};

/// A key with its operator, as one condition to resolve.
pub(super) struct Condition<'c> {
    pub(super) operator: Operator,
    pub(super) negated: bool,
    pub(super) value: &'c Node<Value>,
    pub(super) span: Range<usize>,
}

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
                self.mistake(Diagnostic::new(
                    self.span(&value),
                    "a filter is an object such as {name: \"x\"}",
                ));
                Filter::everything()
            }
        }
    }

    fn entry(&mut self, place: &Place, key: &Name, value: &Node<Value>) -> Filter {
        match key.as_str() {
            "AND" => return Filter::And(self.filters(place, value)),
            "OR" => return Filter::Or(self.filters(place, value)),
            "NOT" => return self.filter(place, value).negate(),
            _ => {}
        }
        let span = self.shift.span(key.location());
        let mut condition = Condition { operator: Operator::Is, negated: false, value, span };
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
            Source::Scalar(scalar) => self.scalar(&path, scalar.scalar, scalar.list, condition),
            Source::Derived(derived) => self.scalar(&path, derived.scalar, derived.list, condition),
            Source::Struct { of, .. } => self.nested(place, field, of, condition),
            Source::Map(_) => {
                let set = self.set(path, "KeyValue", narrow);
                self.related(set, For::Relation, condition)
            }
            Source::Relation(relation) => {
                let set = self.set(path, &relation.to, narrow);
                let kind = if relation.many { For::Relation } else { For::Reference };
                self.related(set, kind, condition)
            }
        }
    }

    /// Related rows, as an alias narrows them.
    pub(super) fn set(&mut self, path: Vec<String>, to: &str, narrow: Option<&str>) -> Set {
        let narrow = narrow.map(|text| Box::new(self.model_filter(&Place::row(to), text)));
        Set { path, to: to.to_owned(), narrow }
    }

    /// An alias: the condition at the end of its path. Through a reference, what is missing there is missing
    /// here.
    fn aliased(
        &mut self,
        place: &Place,
        of: &[String],
        narrow: Option<&str>,
        condition: &Condition<'_>,
    ) -> Filter {
        let Some((first, rest)) = of.split_first() else { return Filter::everything() };
        let Some(field) = self.field(place, first) else { return Filter::everything() };
        if rest.is_empty() {
            return self.condition(place, &field, narrow, condition);
        }
        match &field.source {
            Source::Struct { of: to, .. } => self.aliased(&place.within(first, to), rest, narrow, condition),
            Source::Relation(relation) => {
                let set = self.set(place.path(first), &relation.to, None);
                let value = self.substitute(condition.value);
                if let (Operator::Is, Value::Object(entries)) = (condition.operator, value.as_ref()) {
                    let each = entries.iter().filter_map(|(word, value)| {
                        let (operator, negated) = operator::word(word)?;
                        Some(Condition { operator, negated, value, span: condition.span.clone() })
                    });
                    let each: Vec<_> = each.collect();
                    if !each.is_empty() {
                        let all = each.iter().map(|c| self.through(&set, rest, narrow, c)).collect();
                        let all = Filter::And(all);
                        return if condition.negated { all.negate() } else { all };
                    }
                }
                self.through(&set, rest, narrow, condition)
            }
            _ => Filter::everything(),
        }
    }

    fn through(
        &mut self,
        set: &Set,
        rest: &[String],
        narrow: Option<&str>,
        condition: &Condition<'_>,
    ) -> Filter {
        let positive = Condition { negated: false, span: condition.span.clone(), ..*condition };
        let there = Place::row(&set.to);
        let inner = self.aliased(&there, rest, narrow, &positive);
        let related = |filter| Filter::Related {
            set: set.clone(),
            quantifier: Quantifier::Some,
            filter: Box::new(filter),
        };
        let value = self.substitute(condition.value);
        let on_missing = matches!(value.as_ref(), Value::Null)
            || matches!(value.as_ref(), Value::String(text) if text.is_empty())
            || matches!(value.as_ref(), Value::List(list) if list.is_empty());
        let positive = if on_missing && condition.operator == Operator::Is {
            Filter::Or(vec![related(Filter::everything()).negate(), related(inner)])
        } else {
            related(inner)
        };
        if condition.negated { positive.negate() } else { positive }
    }

    /// A boolean that a filter defines: true or false, never missing.
    fn defined(&mut self, place: &Place, filter: &str, condition: &Condition<'_>) -> Filter {
        let holds = self.model_filter(place, filter);
        let value = self.substitute(condition.value);
        let mut all = Vec::new();
        let one = |resolver: &mut Self, operator, negated: bool, value: &Node<Value>| {
            let filter = match (operator, value.as_ref()) {
                (Operator::Is, Value::Boolean(true)) => holds.clone(),
                (Operator::Is, Value::Boolean(false)) => holds.clone().negate(),
                (Operator::Is, Value::Null) => Filter::Or(Vec::new()),
                _ => {
                    let span = resolver.span(value);
                    resolver.mistake(Diagnostic::new(span, "expected true or false"));
                    Filter::everything()
                }
            };
            if negated { filter.negate() } else { filter }
        };
        if let Value::Object(entries) = value.as_ref() {
            for (word, value) in entries {
                match operator::word(word) {
                    Some((operator, negated)) => all.push(one(self, operator, negated, value)),
                    None => self.unknown_word(word, For::Boolean),
                }
            }
        } else {
            all.push(one(self, condition.operator, false, &value));
        }
        let filter = Filter::And(all);
        if condition.negated { filter.negate() } else { filter }
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
        let filter = match (condition.operator, condition.value.as_ref()) {
            (Operator::Is, Value::Object(_)) => self.count(&set, condition.value, &Filter::everything()),
            (Operator::Is, value) => self.count_one(&set, Order::Eq, value, condition, &Filter::everything()),
            (Operator::Compare(order), value) => {
                self.count_one(&set, order, value, condition, &Filter::everything())
            }
            _ => {
                self.mistake(Diagnostic::new(condition.span.clone(), "a count takes eq, lt, lte, gt or gte"));
                Filter::everything()
            }
        };
        if condition.negated { filter.negate() } else { filter }
    }

    /// The relation that a count field counts.
    pub(super) fn count_set(&mut self, place: &Place, of: &str, narrow: Option<&str>) -> Option<Set> {
        let field = self.field(place, of)?;
        let to = match &field.source {
            Source::Relation(relation) => relation.to.clone(),
            Source::Map(_) => "KeyValue".to_owned(),
            _ => return None,
        };
        Some(self.set(place.path(of), &to, narrow))
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
                self.mistake(Diagnostic::new(condition.span.clone(), message));
                Filter::everything()
            }
        };
        if condition.negated { filter.negate() } else { filter }
    }

    /// A relation: a quantifier over the related rows.
    fn related(&mut self, set: Set, kind: For, condition: &Condition<'_>) -> Filter {
        if !kind.allows(condition.operator) {
            let message = "this operator is not for a relation".to_owned();
            let words = kind.words().join(", ");
            self.mistake(
                Diagnostic::new(condition.span.clone(), message).help(format!("there are: {words}")),
            );
            return Filter::everything();
        }
        let value = self.substitute(condition.value);
        let filter = match (condition.operator, value.as_ref()) {
            (Operator::Is, Value::Object(entries))
                if kind == For::Relation
                    && !entries.is_empty()
                    && entries.iter().all(|(k, _)| quantifies(k)) =>
            {
                let all = entries.iter().map(|(word, value)| match operator::word(word) {
                    Some((operator, _)) => self.quantified(&set, operator, value, condition),
                    None => Filter::everything(),
                });
                Filter::And(all.collect())
            }
            (Operator::Is, Value::List(values)) if values.is_empty() => none_related(&set),
            (operator, _) => self.quantified(&set, operator, &value, condition),
        };
        if condition.negated { filter.negate() } else { filter }
    }

    fn quantified(
        &mut self,
        set: &Set,
        operator: Operator,
        value: &Node<Value>,
        at: &Condition<'_>,
    ) -> Filter {
        let value = self.substitute(value);
        let related = |quantifier, filter: Filter| Filter::Related {
            set: set.clone(),
            quantifier,
            filter: Box::new(filter),
        };
        match (operator, value.as_ref()) {
            (Operator::Is | Operator::Some, Value::Null) => none_related(set),
            (Operator::None, Value::Null) => none_related(set).negate(),
            (Operator::Count, _) => self.count(set, &value, &Filter::everything()),
            (_, Value::Object(_)) => {
                let filter = self.filter(&Place::row(&set.to), &value);
                match operator {
                    Operator::None => related(Quantifier::Some, filter).negate(),
                    Operator::All => related(Quantifier::All, filter),
                    Operator::Single => related(Quantifier::Single, filter),
                    _ => related(Quantifier::Some, filter),
                }
            }
            _ => {
                let message = format!("a relation takes a filter on {}, or null", set.to);
                self.mistake(Diagnostic::new(at.span.clone(), message));
                Filter::everything()
            }
        }
    }

    fn count(&mut self, set: &Set, value: &Node<Value>, filter: &Filter) -> Filter {
        let Value::Object(entries) = value.as_ref() else {
            let span = self.span(value);
            self.mistake(Diagnostic::new(span, "a count is compared: {count: {gt: 1}}"));
            return Filter::everything();
        };
        let mut all = Vec::new();
        for (word, value) in entries {
            let at = Condition {
                operator: Operator::Count,
                negated: false,
                value,
                span: self.shift.span(word.location()),
            };
            match operator::word(word) {
                Some((Operator::Is, negated)) => {
                    let one = self.count_one(set, Order::Eq, value, &at, filter);
                    all.push(if negated { one.negate() } else { one });
                }
                Some((Operator::Compare(order), _)) => {
                    all.push(self.count_one(set, order, value, &at, filter))
                }
                _ => self.unknown_word(word, For::Ordered),
            }
        }
        Filter::And(all)
    }

    fn count_one(
        &mut self,
        set: &Set,
        order: Order,
        value: &Value,
        at: &Condition<'_>,
        filter: &Filter,
    ) -> Filter {
        let number = if let Value::Int(number) = value { number.as_str().parse().ok() } else { None };
        let Some(number) = number else {
            self.mistake(Diagnostic::new(at.span.clone(), "a count is compared with an integer"));
            return Filter::everything();
        };
        let quantifier = Quantifier::Count(order, number);
        Filter::Related { set: set.clone(), quantifier, filter: Box::new(filter.clone()) }
    }

    fn unknown_field(&mut self, place: &Place, key: &str, span: Range<usize>) {
        let names = self.field_names(place);
        // A suffix is part of the mistake only if what stands before it is close to a field.
        let stem = operator::split(key).next().map_or(key, |(stem, ..)| stem);
        let help = nearest(stem, names.iter().map(String::as_str));
        let message = format!("`{}` has no field `{key}`", place.type_name);
        self.mistake(Diagnostic::new(span, message).help(help));
    }

    pub(super) fn unknown_word(&mut self, word: &Name, kind: For) {
        let help = nearest(word, kind.words().iter().copied());
        let span = self.shift.span(word.location());
        self.mistake(Diagnostic::new(span, format!("`{word}` is no operator here")).help(help));
    }
}

fn none_related(set: &Set) -> Filter {
    let some = Filter::Related {
        set: set.clone(),
        quantifier: Quantifier::Some,
        filter: Box::new(Filter::everything()),
    };
    some.negate()
}

fn quantifies(word: &str) -> bool {
    matches!(word, "some" | "none" | "all" | "single" | "count")
}
