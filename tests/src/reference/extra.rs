//! Conditions that catalogues lack: a field compared with another, values that other assets have too, named lists.

use apollo_compiler::Node;
use apollo_compiler::ast::Value as Syntax;
use assay_model::schema::{Field, Scalar, Source};

use super::field::Place;
use super::scalar;
use super::truth::Truth;
use super::world::World;

/// The value of an object's one key, if that is its name.
pub(super) fn single<'s>(value: &'s Syntax, key: &str) -> Option<&'s str> {
    match value {
        Syntax::Object(entries) if entries.len() == 1 && entries[0].0 == key => entries[0].1.as_str(),
        _ => None,
    }
}

impl World<'_> {
    /// A field compared with another of the row, which is looked for from the innermost object outwards.
    pub(super) fn compared_fields(
        &self,
        place: &Place,
        field: &Field,
        scalar: Scalar,
        word: &str,
        other: &str,
    ) -> Truth {
        let names: Vec<String> = other.split('.').map(str::to_owned).collect();
        let (name, way) = names.split_last().expect("a path");
        let whole = self.place(place.from, &place.of);
        let outward = (0..=place.asked.len()).rev();
        let places = outward.filter_map(|depth| self.below(&whole, &place.asked[..depth]));
        let places = if place.type_name == "KeyValue" { vec![place.clone()] } else { places.collect() };
        let found = places.into_iter().find_map(|from| {
            let (at, field) = self.having(&self.below(&from, way)?, name)?;
            let is_value = match &field.source {
                Source::Scalar(scalar) => !scalar.list,
                Source::Derived(derived) => !derived.list,
                _ => false,
            };
            is_value.then(|| (at, field.clone()))
        });
        let (at, other) = found.unwrap_or_else(|| panic!("{} has no value {other}", place.type_name));
        let (left, right) = (self.value(place, field), self.value(&at, &other));
        // Where one is surely missing, the other doesn't matter.
        let is_missing =
            |value: &Option<_>| value.as_ref().is_some_and(|v| !scalar::is_given(v, scalar, word));
        match (&left, &right) {
            _ if is_missing(&left) || is_missing(&right) => Truth::False,
            (Some(left), Some(right)) => scalar::compares(left, right, scalar, word).into(),
            _ => Truth::Unknown,
        }
    }

    /// Whether another asset has the same value in a field.
    pub(super) fn duplicated(&self, place: &Place, field: &Field, scalar: Scalar, scope: &Syntax) -> Truth {
        let namespace = match scope {
            Syntax::String(text) if text == "cluster" => None,
            _ => Some(self.namespace(place.row).unwrap_or_default()),
        };
        let Some(own) = self.value(place, field) else { return Truth::Unknown };
        if !scalar::is_given(&own, scalar, "") || own == "" {
            return Truth::False;
        }
        let in_scope = |row: usize| namespace.is_none_or(|n| self.namespace(row).unwrap_or_default() == n);
        let others = self.of_type(&place.of).into_iter();
        let others =
            others.filter(|row| in_scope(*row) && self.rows[*row].asset != self.rows[place.row].asset);
        let is_same = |row: usize| {
            let there = self.below(&self.place(row, &place.of), &place.asked);
            let Some((there, field)) = there.as_ref().and_then(|there| self.having(there, &field.name))
            else {
                return Truth::False;
            };
            match self.value(&there, field) {
                Some(other) => scalar::compares(&own, &other, scalar, "").into(),
                None => Truth::Unknown,
            }
        };
        let known = Truth::any(others.map(is_same));
        known.or(if self.may_hide(place, namespace) { Truth::Unknown } else { Truth::False })
    }

    /// Whether other assets' rows like one may be among what could not be collected or read in a namespace, or
    /// anywhere. An object that could not be read is there itself, but its lists' entries are not, and nothing is
    /// derived from it.
    fn may_hide(&self, place: &Place, namespace: Option<&str>) -> bool {
        let in_scope = |row: usize| namespace.is_none_or(|n| self.namespace(row).unwrap_or_default() == n);
        let is_other = |row: usize| self.rows[row].asset != self.rows[place.row].asset;
        let hides = |row: usize| self.is_unreadable(row) && is_other(row) && in_scope(row);
        let sources = self.asset_types(&place.of);
        let is_derived = self.schema.get(&place.of).is_some_and(|def| def.derived.is_some());
        let mut hiding = sources.clone();
        if !is_derived {
            let lists = self.schema.tables_of(&place.of).into_iter();
            let lists = lists.filter(|table| self.schema.table(*table).is_list());
            let owners = lists.map(|table| self.schema.table(self.schema.asset_table(table)));
            hiding = owners.map(|table| table.type_name.as_str()).collect();
        }
        sources.into_iter().any(|of| self.lacks(of, &[], namespace))
            || hiding.into_iter().any(|of| self.of_type(of).into_iter().any(hides))
    }

    /// The entries of a list as a query would write them.
    pub(super) fn entries(&self, list: &str, scalar: Option<Scalar>) -> Vec<Node<Syntax>> {
        let entries = self.lists.get(list).unwrap_or_else(|| panic!("no list {list}"));
        let typed = |entry: &String| {
            let text = match scalar {
                Some(Scalar::Int | Scalar::Float | Scalar::Boolean) => entry.clone(),
                _ => serde_json::Value::from(entry.as_str()).to_string(),
            };
            let Syntax::Object(mut fields) = super::filter::parsed(&format!("{{entry: {text}}}")) else {
                panic!("{text} is no value")
            };
            fields.remove(0).1
        };
        entries.iter().map(typed).collect()
    }
}
