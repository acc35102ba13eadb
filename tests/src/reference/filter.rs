//! What a `where` says of one row.

use apollo_compiler::Node;
use apollo_compiler::ast::{Definition, Document, Value as Syntax};
use assay_model::schema::{Field, Relation, Scalar, Source};
use serde_json::{Value, json};

use super::extra::single;
use super::field::Place;
use super::quantifier::{compared, quantified, states};
use super::relation::Related;
use super::scalar::{self, Operator};
use super::truth::{Bounds, Truth};
use super::world::World;

/// Suffixes of the suffix style with the words of the object style that they mean.
const SUFFIXES: [(&str, &str); 24] = [
    ("_DUPLICATED_IN", "duplicatedIn"),
    ("_DANGLING", "dangling"),
    ("_GIVEN", "given"),
    ("_FOUND", "found"),
    ("_NOT_STARTS_WITH", "!startsWith"),
    ("_NOT_ENDS_WITH", "!endsWith"),
    ("_NOT_CONTAINS", "!contains"),
    ("_NOT_INCLUDES", "notIncludes"),
    ("_NOT_IN", "notIn"),
    ("_NOT", "!"),
    ("_STARTS_WITH", "startsWith"),
    ("_ENDS_WITH", "endsWith"),
    ("_CONTAINS", "contains"),
    ("_MATCHES", "matches"),
    ("_INCLUDES", "includes"),
    ("_SINGLE", "single"),
    ("_SOME", "some"),
    ("_NONE", "none"),
    ("_ALL", "all"),
    ("_LTE", "lte"),
    ("_GTE", "gte"),
    ("_LT", "lt"),
    ("_GT", "gt"),
    ("_IN", "in"),
];

/// One condition on a field: a word of the object style, or none for the value itself, `!` for its complement.
#[derive(Clone, Copy)]
pub(super) struct Condition<'c> {
    pub(super) word: &'c str,
    pub(super) value: &'c Syntax,
    pub(super) ignoring_case: bool,
}

impl World<'_> {
    /// Whether a row, or an object within it, satisfies a filter.
    pub(super) fn satisfies(&self, place: &Place, filter: &Syntax) -> Truth {
        match filter {
            Syntax::Object(entries) => {
                Truth::all(entries.iter().map(|(key, value)| self.entry(place, key, value)))
            }
            Syntax::List(filters) => Truth::all(filters.iter().map(|filter| self.satisfies(place, filter))),
            other => panic!("{other} is no filter"),
        }
    }

    fn entry(&self, place: &Place, key: &str, value: &Node<Syntax>) -> Truth {
        let each = || match value.as_ref() {
            Syntax::List(filters) => filters.iter().map(|filter| self.satisfies(place, filter)).collect(),
            one => vec![self.satisfies(place, one)],
        };
        match key {
            "AND" => return Truth::all(each()),
            "OR" => return Truth::any(each()),
            "NOT" => return !Truth::all(each()),
            "object" if self.has_object(place) => return self.on_object(place, value),
            _ => {}
        }
        if let Some(field) = self.field(place, key) {
            return self.asked(place, field, Condition { word: "", value, ignoring_case: false });
        }
        let suffixed = SUFFIXES
            .iter()
            .find_map(|(suffix, word)| Some((self.field(place, key.strip_suffix(suffix)?)?, *word)));
        let (field, word) = suffixed.unwrap_or_else(|| panic!("{} has no field {key}", place.type_name));
        self.asked(place, field, Condition { word, value, ignoring_case: false })
    }

    /// Whether a place is an object of Kubernetes, whose own JSON can be asked for.
    fn has_object(&self, place: &Place) -> bool {
        let def = self.schema.get(&place.type_name);
        place.asked.is_empty() && def.is_some_and(|def| def.is_asset() && def.field("object").is_none())
    }

    /// A condition on a field, or its complement.
    fn asked(&self, place: &Place, field: &Field, condition: Condition<'_>) -> Truth {
        complemented(condition, &|condition| self.holds(place, field, condition))
    }

    fn holds(&self, place: &Place, field: &Field, condition: Condition<'_>) -> Truth {
        match &field.source {
            Source::Alias { of, filter } => {
                let asked = self.schema.get(&place.of).and_then(|def| def.field(&field.name));
                // Of an interface's rows some have elsewhere what others have themselves.
                let lends = !asked.is_some_and(|field| matches!(field.source, Source::Alias { .. }));
                self.through(place, of, filter.as_deref(), lends, condition)
            }
            Source::Struct { of, path } => self.nested(place, field, of, path.is_some(), condition),
            Source::Relation(relation) => self.on_relation(place, field, relation, None, condition),
            Source::Map(_) => self.on_map(place, field, condition),
            _ => match is_worded(condition) {
                true => each_word(condition, &|one| self.asked(place, field, one)),
                false => self.on_value(place, field, condition),
            },
        }
    }

    fn on_value(&self, place: &Place, field: &Field, condition: Condition<'_>) -> Truth {
        match &field.source {
            Source::Defined { filter } => {
                let holds = self.satisfies(place, &parsed(filter));
                match condition.value {
                    Syntax::Boolean(true) => holds,
                    Syntax::Boolean(false) => !holds,
                    // It is never missing.
                    _ => Truth::False,
                }
            }
            Source::Count { of, filter } => self.counted(place, of, filter.as_deref(), condition),
            Source::Scalar(of) => self.tested(place, field, of.scalar, of.list, condition),
            Source::Derived(of) => self.tested(place, field, of.scalar, of.list, condition),
            other => panic!("{other:?} is no value"),
        }
    }

    fn tested(
        &self,
        place: &Place,
        field: &Field,
        scalar: Scalar,
        list: bool,
        asked: Condition<'_>,
    ) -> Truth {
        if let Some(other) = single(asked.value, "field") {
            return self.compared_fields(place, field, scalar, asked.word, other);
        }
        if asked.word == "duplicatedIn" {
            return self.duplicated(place, field, scalar, asked.value);
        }
        self.passes_or_list(self.value(place, field).as_ref(), scalar, list, asked)
    }

    /// Whether a value, which may not be known, passes; a named list takes its part as one or as any of its entries.
    fn passes_or_list(
        &self,
        value: Option<&Value>,
        scalar: Scalar,
        list: bool,
        asked: Condition<'_>,
    ) -> Truth {
        let passes = |asked| value.map(|value| self.passes_on(value, scalar, list, asked));
        let passes = |asked| passes(asked).map_or(Truth::Unknown, Truth::from);
        match single(asked.value, "list").map(|name| self.entries(name, Some(scalar))) {
            Some(entries) if list && asked.word.is_empty() || takes_list(asked.word) => {
                passes(Condition { value: &Syntax::List(entries), ..asked })
            }
            // Elsewhere a list stands for any of its entries.
            Some(entries) => Truth::any(entries.iter().map(|value| passes(Condition { value, ..asked }))),
            None => passes(asked),
        }
    }

    fn passes_on(&self, value: &Value, scalar: Scalar, list: bool, asked: Condition<'_>) -> bool {
        let operator = Operator { word: asked.word, ignoring_case: asked.ignoring_case };
        scalar::passes(value, scalar, list, operator, asked.value, self.as_of)
    }

    /// A nested object: its fields are asked even where it is absent.
    fn nested(&self, place: &Place, field: &Field, of: &str, own: bool, condition: Condition<'_>) -> Truth {
        let inner = self.within(place, &field.name, of, own);
        let absent = || match self.is_known(place, &field.name) {
            true => inner.value.is_null().into(),
            false => Truth::Unknown,
        };
        match condition.value {
            Syntax::Null => absent(),
            Syntax::Object(words)
                if words.len() == 1 && *words[0].1 == Syntax::Null && words[0].0 == "eq" =>
            {
                absent()
            }
            Syntax::Object(words)
                if words.len() == 1 && *words[0].1 == Syntax::Null && words[0].0 == "neq" =>
            {
                !absent()
            }
            filter => self.satisfies(&inner, filter),
        }
    }

    /// Another name for a field, which may be one of a related row: where there is none, the field is missing.
    fn through(
        &self,
        place: &Place,
        of: &[String],
        narrow: Option<&str>,
        lends: bool,
        condition: Condition<'_>,
    ) -> Truth {
        let field = self.field(place, &of[0]).unwrap_or_else(|| panic!("no field {}", of[0]));
        if of.len() == 1 {
            return match &field.source {
                Source::Relation(relation) => self.on_relation(place, field, relation, narrow, condition),
                _ => self.holds(place, field, condition),
            };
        }
        match &field.source {
            Source::Struct { of: to, path } => {
                let inner = self.within(place, &field.name, to, path.is_some());
                self.through(&inner, &of[1..], narrow, lends, condition)
            }
            Source::Relation(relation) => {
                let related = self.related(place, &field.name, relation);
                match related.rows.first() {
                    Some(row) => {
                        let there =
                            if lends { self.lending(place, *row) } else { self.place(*row, &relation.to) };
                        self.through(&there, &of[1..], narrow, lends, condition)
                    }
                    None if related.more => Truth::Unknown,
                    None => self.on_nothing(&relation.to, &of[1..], condition),
                }
            }
            other => panic!("an alias leads through {other:?}"),
        }
    }

    /// A condition on a field of a row that isn't there: a value is missing, and a relation leads nowhere.
    fn on_nothing(&self, type_name: &str, of: &[String], condition: Condition<'_>) -> Truth {
        let field = self.schema.get(type_name).and_then(|def| def.field(&of[0]));
        let (scalar, list) = match field.map(|field| &field.source) {
            Some(Source::Scalar(of)) => (of.scalar, of.list),
            Some(Source::Derived(of)) => (of.scalar, of.list),
            other => panic!("{other:?} is asked of no row"),
        };
        each_word(condition, &|one| {
            complemented(one, &|one| self.passes_or_list(Some(&Value::Null), scalar, list, one))
        })
    }

    fn on_relation(
        &self,
        place: &Place,
        field: &Field,
        relation: &Relation,
        narrow: Option<&str>,
        condition: Condition<'_>,
    ) -> Truth {
        let related = self.related(place, &field.name, relation);
        if !relation.many
            && let Some(states) = states(condition)
        {
            let found =
                Bounds::of(&vec![Truth::True; related.rows.len()], related.more).satisfy(1, |n| n > 0);
            let given = || self.given(place, relation);
            return Truth::all(states.into_iter().map(|(word, wanted)| {
                let holds = match word {
                    "given" => given(),
                    "found" => found,
                    _ => given().and(!found),
                };
                if wanted { holds } else { !holds }
            }));
        }
        let places: Vec<Place> = related.rows.iter().map(|row| self.place(*row, &relation.to)).collect();
        let narrow = narrow.map(parsed);
        let belongs = |place| narrow.as_ref().map_or(Truth::True, |narrow| self.satisfies(place, narrow));
        let members: Vec<Truth> = places.iter().map(belongs).collect();
        let holds = |filter: &Syntax| places.iter().map(|place| self.satisfies(place, filter)).collect();
        quantified(relation.many, related.more, &members, &holds, condition)
    }

    /// A map of strings: its entries are objects with a key and a value.
    fn map_entries(&self, place: &Place, field: &Field) -> Vec<Place> {
        let map = place.value.get(&field.name).and_then(Value::as_object);
        let entries = map.into_iter().flatten().map(|(key, value)| Place {
            row: self.rows[place.row].asset,
            from: self.rows[place.row].asset,
            of: "KeyValue".to_owned(),
            type_name: "KeyValue".to_owned(),
            // Entries of a map are there only where the object was read.
            path: vec!["id".to_owned()],
            asked: Vec::new(),
            value: json!({"key": key, "value": value}),
        });
        entries.collect()
    }

    fn on_map(&self, place: &Place, field: &Field, condition: Condition<'_>) -> Truth {
        let entries = self.map_entries(place, field);
        let more = self.is_unreadable(place.row);
        let holds = |filter: &Syntax| entries.iter().map(|entry| self.satisfies(entry, filter)).collect();
        quantified(true, more, &vec![Truth::True; entries.len()], &holds, condition)
    }

    fn counted(&self, place: &Place, of: &str, narrow: Option<&str>, condition: Condition<'_>) -> Truth {
        let field = self.field(place, of).unwrap_or_else(|| panic!("no field {of}"));
        let (places, more) = match &field.source {
            Source::Relation(relation) => {
                let Related { rows, more } = self.related(place, of, relation);
                (rows.iter().map(|row| self.place(*row, &relation.to)).collect(), more)
            }
            Source::Map(_) => (self.map_entries(place, field), self.is_unreadable(place.row)),
            other => panic!("{other:?} is counted"),
        };
        let narrow = narrow.map(parsed);
        let counts = |place| narrow.as_ref().map_or(Truth::True, |narrow| self.satisfies(place, narrow));
        let counts: Vec<Truth> = places.iter().map(counts).collect();
        compared(Bounds::of(&counts, more), condition.word, condition.value)
    }
}

/// Whether a word is followed by several values.
pub(super) fn takes_list(word: &str) -> bool {
    ["in", "anyIn", "anyNotIn"].contains(&word)
}

/// A condition, or its complement if its word is one.
fn complemented(condition: Condition<'_>, holds: &dyn Fn(Condition<'_>) -> Truth) -> Truth {
    let (word, negated) = match condition.word {
        "eq" => ("", false),
        "neq" => ("", true),
        "notIn" => ("in", true),
        "notIncludes" => ("includes", true),
        word => (word.trim_start_matches('!'), word.starts_with('!')),
    };
    let holds = holds(Condition { word, ..condition });
    if negated { !holds } else { holds }
}

/// Whether a value is conditions in words of the object style.
fn is_worded(condition: Condition<'_>) -> bool {
    let stands_for_another = |key| single(condition.value, key).is_some();
    let is_object = matches!(condition.value, Syntax::Object(_));
    is_object && condition.word.is_empty() && !stands_for_another("field") && !stands_for_another("list")
}

/// Each word of the object style as a condition of its own, all of which have to hold.
fn each_word(condition: Condition<'_>, holds: &dyn Fn(Condition<'_>) -> Truth) -> Truth {
    let Syntax::Object(words) = condition.value else { return holds(condition) };
    if !is_worded(condition) {
        return holds(condition);
    }
    let case = words.iter().find(|(word, _)| word == "caseInsensitive");
    let ignoring_case = case.is_some_and(|(_, value)| **value == Syntax::Boolean(true));
    let words = words.iter().filter(|(word, _)| word != "caseInsensitive");
    Truth::all(words.map(|(word, value)| holds(Condition { word, value, ignoring_case })))
}

/// A filter of the model's own.
pub(super) fn parsed(text: &str) -> Syntax {
    let text = format!("{{ x(where: {text}) }}");
    let document = Document::parse(text, "model").expect("the model's filters are right");
    let Definition::OperationDefinition(operation) = &document.definitions[0] else { panic!("no operation") };
    let field = operation.selection_set[0].as_field().expect("a field");
    field.arguments[0].value.as_ref().clone()
}
