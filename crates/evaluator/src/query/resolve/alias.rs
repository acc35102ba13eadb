//! Catalogue names for fields that are elsewhere: in a struct, or in what a relation leads to.

use apollo_compiler::ast::{self, Value};
use apollo_compiler::{Name, Node};
use assay_model::schema::{Field, Source};

use super::super::diagnostic::Diagnostic;
use super::super::{Filter, Picked, Selected, Set, What};
use super::condition::Condition;
use super::operator::{self, Operator};
use super::relation::{none_related, some_related};
use super::variable::single;
use super::{Place, Resolver};

/// Where an alias leads: over relations, to a field of the last one's rows.
pub(super) struct Target {
    /// Each relation on the way, and whether it leads to any number of rows.
    pub(super) hops: Vec<(Set, bool)>,
    pub(super) place: Place,
    pub(super) field: Field,
}

impl Resolver<'_> {
    /// Follows an alias from a place to its field; `None` if the model's alias leads nowhere.
    pub(super) fn follow(&mut self, place: &Place, of: &[String]) -> Option<Target> {
        let (last, way) = of.split_last()?;
        let mut place = place.clone();
        let mut hops = Vec::new();
        for name in way {
            place = match &self.field(&place, name)?.source {
                Source::Struct { of, .. } => place.within(name, of),
                Source::Relation(relation) => {
                    hops.push((self.set(place.path(name), &relation.to, None), relation.many));
                    Place::row(&relation.to)
                }
                _ => return None,
            };
        }
        let field = self.field(&place, last)?;
        Some(Target { hops, place, field })
    }

    /// The condition at the end of an alias. Through a reference, what is missing there is missing here.
    pub(super) fn aliased(
        &mut self,
        place: &Place,
        of: &[String],
        narrow: Option<&str>,
        condition: &Condition<'_>,
    ) -> Filter {
        let Some(target) = self.follow(place, of) else { return Filter::everything() };
        if !self.enter_model() {
            return Filter::everything();
        }
        let filter = self.at(&target, narrow, condition);
        self.within_model -= 1;
        filter
    }

    fn at(&mut self, target: &Target, narrow: Option<&str>, condition: &Condition<'_>) -> Filter {
        if target.hops.is_empty() {
            return self.condition(&target.place, &target.field, narrow, condition);
        }
        let value = self.substitute(condition.value);
        match value.as_ref() {
            // No word asks nothing, also of what is not there.
            Value::Object(entries)
                if entries.is_empty() && matches!(target.field.source, Source::Scalar(_)) =>
            {
                Filter::everything().negate_if(condition.negated)
            }
            Value::Object(entries) if condition.operator == Operator::Is && operators(entries) => {
                let ignoring_case = condition.ignoring_case || operator::ignores_case(entries);
                // Each operator's complement takes in what the relations do not reach.
                let each = entries.iter().filter_map(|(word, value)| {
                    let (operator, negated) =
                        operator::word(word).filter(|_| !operator::is_flag(word, value))?;
                    let span = condition.span.clone();
                    Some(Condition { operator, negated, value, span, ignoring_case })
                });
                let each: Vec<_> = each.collect();
                let each = each.iter().map(|one| self.through(target, narrow, one));
                Filter::And(each.collect()).negate_if(condition.negated)
            }
            _ => self.through(target, narrow, condition),
        }
    }

    /// One operator on what the relations lead to.
    fn through(&mut self, target: &Target, narrow: Option<&str>, condition: &Condition<'_>) -> Filter {
        let value = self.substitute(condition.value);
        if condition.operator == Operator::DuplicatedIn || single(&value, "field").is_some() {
            let message = "it is a field of another asset, and only an asset's own compare with others";
            let names: Vec<&str> =
                target.hops.iter().flat_map(|(set, _)| &set.path).map(String::as_str).collect();
            let help = format!("ask it of `{}` as `{}`", names.join("."), target.field.name);
            self.mistake(Diagnostic::new(condition.span.clone(), message).help(help));
            return Filter::everything();
        }
        let positive = Condition { negated: false, span: condition.span.clone(), ..*condition };
        let inner = self.condition(&target.place, &target.field, narrow, &positive);
        let or_missing = condition.operator == Operator::Is && is_empty(&self.substitute(condition.value));
        let there = target.hops.iter().rev().fold(inner, |inner, (set, _)| {
            let there = some_related(set, inner);
            if or_missing { Filter::Or(vec![none_related(set), there]) } else { there }
        });
        there.negate_if(condition.negated)
    }

    /// What a selected alias shows.
    pub(super) fn aliased_what(
        &mut self,
        place: &Place,
        of: &[String],
        narrow: Option<&str>,
        field: &Node<ast::Field>,
    ) -> Option<What> {
        let target = self.follow(place, of)?;
        if !self.enter_model() {
            return None;
        }
        let what = self.what(&target.place, &target.field, narrow, field);
        self.within_model -= 1;
        let name = target.field.name.clone();
        let around = |(what, name): (What, String), (set, many): &(Set, bool)| {
            let selected = Selected { fragment: false, fields: vec![Picked { name, what }] };
            let name = set.path.join(".");
            let filter = Filter::everything();
            (What::Related { set: set.clone(), filter, many: *many, selected }, name)
        };
        Some(target.hops.iter().rev().fold((what?, name), around).0)
    }
}

fn operators(entries: &[(Name, Node<Value>)]) -> bool {
    !entries.is_empty() && entries.iter().all(|(word, _)| operator::word(word).is_some())
}

/// Whether a value also stands for what is missing.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::List(list) => list.is_empty(),
        _ => false,
    }
}
