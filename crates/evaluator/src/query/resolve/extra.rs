//! Conditions that catalogues lack: two fields compared, duplicates, and the object's own JSON.

use apollo_compiler::Node;
use apollo_compiler::ast::Value;
use assay_model::schema::{Scalar, Source};

use super::super::diagnostic::Diagnostic;
use super::super::{FieldPath, Filter, Literal, Order, Scope, Test};
use super::literal::untyped;
use super::operator::{self, For, Operator};
use super::scalar::{Subject, kind, same_ignoring_case, type_words};
use super::{Place, Resolver};

impl Resolver<'_> {
    /// A field compared with another of the same row.
    pub(super) fn fields(
        &mut self,
        subject: &Subject<'_>,
        operator: Operator,
        other: &Node<Value>,
    ) -> Filter {
        let order = match operator {
            Operator::Is if !subject.list => Order::Eq,
            Operator::Compare(order) => order,
            _ => {
                let message = "another field is compared with eq, neq, lt, lte, gt or gte";
                self.mistake(Diagnostic::new(self.span(other), message));
                return Filter::everything();
            }
        };
        let Some((path, scalar)) = self.other_field(subject.place, other) else {
            return Filter::everything();
        };
        let of_one_type = kind(scalar, false) == For::Ordered
            || order != Order::Eq && [scalar, subject.scalar].contains(&Scalar::IntOrString);
        if kind(scalar, false) != kind(subject.scalar, false) || of_one_type && scalar != subject.scalar {
            let message = format!(
                "`{}` is {}, which does not compare with {}",
                path.join("."),
                type_words(scalar, false),
                type_words(subject.scalar, false)
            );
            self.mistake(Diagnostic::new(self.span(other), message));
        }
        Filter::Fields { path: subject.path.clone(), scalar: subject.scalar, order, other: path }
    }

    /// The field that a path names, from the innermost place that has it.
    fn other_field(&mut self, place: &Place, other: &Node<Value>) -> Option<(FieldPath, Scalar)> {
        let other = self.substitute(other);
        let Some(text) = other.as_str() else {
            let help = "write the path of a field: {field: \"requests.memory\"}";
            self.mistake(Diagnostic::new(self.span(&other), "a field has a path").help(help));
            return None;
        };
        let names: Vec<&str> = text.split('.').collect();
        let found = place.outward().find_map(|from| self.scalar_at(&from, &names));
        if found.is_none() {
            let message = format!("`{}` has no single value at `{text}`", place.row_type());
            let known = self.field_names(place.row_type());
            self.unknown(self.span(&other), message, names[0], known.into_iter());
        }
        found
    }

    /// The scalar at the end of a path through structs.
    pub(super) fn scalar_at(&self, place: &Place, names: &[&str]) -> Option<(FieldPath, Scalar)> {
        let (name, rest) = names.split_first()?;
        let field = self.field(place, name)?;
        match &field.source {
            Source::Struct { of, .. } if !rest.is_empty() => self.scalar_at(&place.within(name, of), rest),
            Source::Scalar(scalar) if rest.is_empty() && !scalar.list => {
                Some((place.path(name), scalar.scalar))
            }
            Source::Derived(derived) if rest.is_empty() && !derived.list => {
                Some((place.path(name), derived.scalar))
            }
            _ => None,
        }
    }

    /// A value that another asset has, too.
    pub(super) fn duplicated(&mut self, subject: &Subject<'_>, value: &Node<Value>) -> Filter {
        if subject.place.row_type() == "KeyValue" {
            let message = "entries of a map are no assets, so they have no duplicates";
            self.mistake(Diagnostic::new(self.span(value), message));
            return Filter::everything();
        }
        let scope = match value.as_ref() {
            Value::String(text) => text.as_str(),
            Value::Enum(name) => name.as_str(),
            _ => "",
        };
        let scope = match scope {
            "namespace" => Scope::Namespace,
            "cluster" => Scope::Cluster,
            _ => {
                self.mistake(Diagnostic::new(self.span(value), "expected \"namespace\" or \"cluster\""));
                return Filter::everything();
            }
        };
        let of = subject.place.row_type().to_owned();
        Filter::Duplicated { of, path: subject.path.clone(), scalar: subject.scalar, scope }
    }

    /// `{path: "spec.secretName", eq: null}` on the object's own JSON; several in a list.
    pub(super) fn object(&mut self, value: &Node<Value>) -> Filter {
        let value = self.substitute(value);
        let entries = match value.as_ref() {
            Value::List(values) => {
                return Filter::And(values.iter().map(|value| self.object(value)).collect());
            }
            Value::Object(entries) => entries.as_slice(),
            _ => &[],
        };
        let path = entries.iter().find(|(key, _)| key == "path").map(|(_, path)| self.substitute(path));
        let Some(path) = path.as_ref().and_then(|path| path.as_str()).and_then(object_path) else {
            let help = "write {path: \"spec.secretName\", eq: null}; `\\\\.` is a dot within a key";
            let mistake = Diagnostic::new(self.span(&value), "an object is asked for a path and a test");
            self.mistake(mistake.help(help));
            return Filter::everything();
        };
        let ignoring_case = operator::ignores_case(entries);
        let mut all = Vec::new();
        let (paths, tests): (Vec<_>, Vec<_>) = entries.iter().partition(|(word, _)| word == "path");
        let mut tests = tests.into_iter().filter(|(word, value)| !operator::is_flag(word, value)).peekable();
        if let Some((word, _)) = paths.get(1) {
            let mistake = Diagnostic::new(self.shift.span(word.location()), "a second path");
            self.mistake(mistake.help("write several tests in a list: [{path: …}, {path: …}]"));
        }
        if tests.peek().is_none() {
            self.compares_nothing(self.span(&value), For::Object);
        }
        for (word, value) in tests {
            match operator::word(word).filter(|(operator, _)| For::Object.allows(*operator)) {
                Some((operator, negated)) => {
                    let at = self.shift.span(word.location());
                    self.case_counts(For::Object, operator, value, ignoring_case, &at);
                    all.extend(
                        self.object_test(&path, operator, value, ignoring_case)
                            .map(|one| one.negate_if(negated)),
                    );
                }
                None => self.unknown_word(word, For::Object),
            }
        }
        Filter::And(all)
    }

    fn object_test(
        &mut self,
        path: &FieldPath,
        operator: Operator,
        value: &Node<Value>,
        ignoring_case: bool,
    ) -> Option<Filter> {
        let value = self.substitute(value);
        let passes = |test| Filter::Object { path: path.clone(), test };
        let named = self.named_list(&value);
        if operator == Operator::In && ignoring_case {
            let entries = named.clone().or_else(|| value.as_list().map(<[_]>::to_vec));
            let entries = entries.unwrap_or_else(|| vec![value.clone()]);
            // None of nothing is unknown, too, where the object is: the test of an empty list says so.
            if !entries.is_empty() {
                let each = entries.iter().filter_map(|entry| self.untyped(entry));
                return Some(Filter::Or(each.map(same_ignoring_case).map(passes).collect()));
            }
        }
        if let Some(entries) = named {
            if matches!(operator, Operator::In | Operator::AnyIn | Operator::AnyNotIn) {
                let list = value.same_location(Value::List(entries));
                return self.untyped_test(operator, &list, ignoring_case).map(passes);
            }
            let each = entries.iter().filter_map(|e| self.untyped_test(operator, e, ignoring_case));
            return Some(Filter::Or(each.map(passes).collect()));
        }
        self.untyped_test(operator, &value, ignoring_case).map(passes)
    }

    /// A test of a value whose type nobody declared: literals keep the type they are written in.
    fn untyped_test(&mut self, operator: Operator, value: &Node<Value>, ignoring_case: bool) -> Option<Test> {
        let several = |resolver: &mut Self| -> Option<Vec<Literal>> {
            match value.as_ref() {
                Value::List(values) => {
                    let literals: Vec<_> = values.iter().map(|value| resolver.untyped(value)).collect();
                    literals.into_iter().collect()
                }
                _ => resolver.untyped(value).map(|literal| vec![literal]),
            }
        };
        match (operator, value.as_ref()) {
            (Operator::Is, Value::Null) => Some(Test::Missing),
            (Operator::Is, Value::String(text)) if text.is_empty() => Some(Test::Empty),
            (Operator::Is, Value::List(values)) if values.is_empty() => Some(Test::Empty),
            (Operator::Is, Value::List(_)) => several(self).map(Test::Elements),
            (Operator::Is, _) if ignoring_case => self.untyped(value).map(same_ignoring_case),
            (Operator::Is | Operator::In, _) => several(self).map(Test::In),
            (Operator::AnyIn, _) => several(self).map(Test::AnyIn),
            (Operator::AnyNotIn, _) => several(self).map(Test::AnyNotIn),
            (Operator::Includes, _) => self.untyped(value).map(Test::Includes),
            (Operator::Compare(order), _) => self.untyped(value).map(|literal| Test::Compare(order, literal)),
            _ => self.test(Scalar::String, false, operator, value, ignoring_case),
        }
    }

    fn untyped(&mut self, value: &Node<Value>) -> Option<Literal> {
        let value = self.substitute(value);
        let literal = untyped(&value, self.bindings.as_of);
        if literal.is_none() {
            let message = "expected a string, a number, true or false";
            self.mistake(Diagnostic::new(self.span(&value), message));
        }
        literal
    }
}

/// The keys of a dot path; `\.` is a dot within a key. No path if a key is empty.
pub(super) fn object_path(text: &str) -> Option<FieldPath> {
    let mut keys = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, keys.last_mut()) {
            ('.', _) => keys.push(String::new()),
            ('\\', Some(key)) => key.extend(chars.next()),
            (c, Some(key)) => key.push(c),
            _ => {}
        }
    }
    keys.iter().all(|key| !key.is_empty()).then_some(keys)
}
