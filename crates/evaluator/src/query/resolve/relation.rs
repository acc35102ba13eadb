//! Conditions on relations: quantifiers, counts, and what a reference may be.

use std::ops::Range;

use apollo_compiler::Node;
use apollo_compiler::ast::Value;
use assay_model::schema::Source;

use super::super::diagnostic::Diagnostic;
use super::super::{FieldPath, Filter, Order, Quantifier, Set};
use super::condition::Condition;
use super::operator::{self, For, Operator};
use super::{Place, Resolver};

impl Resolver<'_> {
    /// Related rows, as an alias narrows them.
    pub(super) fn set(&mut self, path: FieldPath, to: &str, narrow: Option<&str>) -> Set {
        let narrow = narrow.map(|text| Box::new(self.model_filter(&Place::row(to), text)));
        Set { path, to: to.to_owned(), narrow }
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

    /// A relation: a quantifier over the related rows.
    pub(super) fn related(&mut self, set: Set, kind: For, condition: &Condition<'_>) -> Filter {
        if !kind.allows(condition.operator) {
            return self.refused(condition, "a relation", kind);
        }
        if kind == For::Derived && self.asks_for_name(condition) {
            return Filter::everything();
        }
        let value = self.substitute(condition.value);
        let filter = match (condition.operator, value.as_ref()) {
            (Operator::Is, Value::Object(entries))
                if !entries.is_empty() && entries.iter().all(|(word, _)| kind.quantifies(word)) =>
            {
                let all = entries.iter().map(|(word, value)| match operator::word(word) {
                    Some((operator, _)) => self.quantified(&set, operator, value, &condition.span),
                    None => Filter::everything(),
                });
                Filter::And(all.collect())
            }
            (Operator::Is, Value::List(values)) if values.is_empty() => none_related(&set),
            (operator, _) => self.quantified(&set, operator, &value, &condition.span),
        };
        filter.negate_if(condition.negated)
    }

    /// Whether a derived relation is asked for the name that it gives, which is a mistake: it has none.
    fn asks_for_name(&mut self, condition: &Condition<'_>) -> bool {
        let is_name = |operator| matches!(operator, Operator::Given | Operator::Dangling);
        let value = self.substitute(condition.value);
        let words = value.as_object().unwrap_or_default().iter();
        let worded = condition.operator == Operator::Is
            && words.clone().all(|(word, _)| For::Derived.quantifies(word))
            && words
                .clone()
                .any(|(word, _)| operator::word(word).is_some_and(|(operator, _)| is_name(operator)));
        let asks = worded || is_name(condition.operator);
        if asks {
            let message =
                "this relation is derived from other objects: it has no name that could be given or dangling";
            let help = "use `{found: true}` or `{found: false}`, or null for what leads to nothing";
            self.mistake(Diagnostic::new(condition.span.clone(), message).help(help));
        }
        asks
    }

    fn quantified(
        &mut self,
        set: &Set,
        operator: Operator,
        value: &Node<Value>,
        at: &Range<usize>,
    ) -> Filter {
        let value = self.substitute(value);
        match (operator, value.as_ref()) {
            (Operator::Given | Operator::Found | Operator::Dangling, _) => self.state(set, operator, &value),
            (Operator::Is | Operator::Some, Value::Null) => none_related(set),
            (Operator::None, Value::Null) => none_related(set).negate(),
            (Operator::Count, _) => self.count(set, &value),
            (_, Value::Object(_)) => {
                let filter = self.filter(&Place::row(&set.to), &value);
                match operator {
                    Operator::None => some_related(set, filter).negate(),
                    Operator::All => quantify(set, Quantifier::All, filter),
                    Operator::Single => quantify(set, Quantifier::Single, filter),
                    _ => some_related(set, filter),
                }
            }
            _ => {
                let message = format!("a relation takes a filter on {}, or null", set.to);
                let names = self.field_names(&set.to).join(", ");
                self.mistake(Diagnostic::new(at.clone(), message).help(format!("there are: {names}")));
                Filter::everything()
            }
        }
    }

    /// Whether a reference is given, found, or given and not found.
    fn state(&mut self, set: &Set, operator: Operator, value: &Node<Value>) -> Filter {
        let Value::Boolean(wanted) = value.as_ref() else {
            self.mistake(Diagnostic::new(self.span(value), "expected true or false"));
            return Filter::everything();
        };
        let given = Filter::Given(set.path.clone());
        let holds = match operator {
            Operator::Given => given,
            Operator::Dangling => Filter::And(vec![given, none_related(set)]),
            _ => some_related(set, Filter::everything()),
        };
        holds.negate_if(!wanted)
    }

    /// `{gt: 1}` on the number of related rows.
    pub(super) fn count(&mut self, set: &Set, value: &Node<Value>) -> Filter {
        let Value::Object(entries) = value.as_ref() else {
            let span = self.span(value);
            self.mistake(Diagnostic::new(span, "a count is compared: {count: {gt: 1}}"));
            return Filter::everything();
        };
        let mut all = Vec::new();
        for (word, value) in entries {
            let value = self.substitute(value);
            let span = self.shift.span(word.location());
            match operator::word(word) {
                Some((Operator::Is, negated)) => {
                    all.push(self.count_one(set, Order::Eq, &value, &span).negate_if(negated))
                }
                Some((Operator::Compare(order), _)) => all.push(self.count_one(set, order, &value, &span)),
                _ => self.unknown_word(word, For::Count),
            }
        }
        Filter::And(all)
    }

    pub(super) fn count_one(&mut self, set: &Set, order: Order, value: &Value, at: &Range<usize>) -> Filter {
        let number = if let Value::Int(number) = value { number.as_str().parse().ok() } else { None };
        let Some(number) = number else {
            self.mistake(Diagnostic::new(at.clone(), "a count is compared with an integer"));
            return Filter::everything();
        };
        quantify(set, Quantifier::Count(order, number), Filter::everything())
    }
}

fn quantify(set: &Set, quantifier: Quantifier, filter: Filter) -> Filter {
    Filter::Related { set: set.clone(), quantifier, filter: Box::new(filter) }
}

pub(super) fn some_related(set: &Set, filter: Filter) -> Filter {
    quantify(set, Quantifier::Some, filter)
}

pub(super) fn none_related(set: &Set) -> Filter {
    some_related(set, Filter::everything()).negate()
}
