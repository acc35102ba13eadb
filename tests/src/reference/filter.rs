//! What a `where` says of one row.

use apollo_compiler::Node;
use apollo_compiler::ast::{Definition, Document, Value as Syntax};
use assay_model::schema::{Field, Relation, Source};
use serde_json::{Value, json};

use super::field::Place;
use super::relation::Related;
use super::scalar::{self, Operator};
use super::truth::{Bounds, Truth};
use super::world::World;

/// Suffixes of the suffix style with the words of the object style that they mean.
const SUFFIXES: [(&str, &str); 20] = [
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
struct Condition<'c> {
    word: &'c str,
    value: &'c Syntax,
    ignoring_case: bool,
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

    /// A condition on a field, or its complement.
    fn asked(&self, place: &Place, field: &Field, condition: Condition<'_>) -> Truth {
        match condition.word {
            word if word.starts_with('!') => {
                !self.holds(place, field, Condition { word: &word[1..], ..condition })
            }
            "notIn" => !self.holds(place, field, Condition { word: "in", ..condition }),
            "notIncludes" => !self.holds(place, field, Condition { word: "includes", ..condition }),
            "neq" => !self.holds(place, field, Condition { word: "", ..condition }),
            "eq" => self.holds(place, field, Condition { word: "", ..condition }),
            _ => self.holds(place, field, condition),
        }
    }

    fn holds(&self, place: &Place, field: &Field, condition: Condition<'_>) -> Truth {
        match &field.source {
            Source::Alias { of, filter } => self.through(place, of, filter.as_deref(), condition),
            Source::Struct { of, path } => self.nested(place, field, of, path.is_some(), condition),
            Source::Relation(relation) => self.on_relation(place, field, relation, None, condition),
            Source::Map(_) => self.on_map(place, field, condition),
            _ => match condition.value {
                // Words of the object style, each a condition of its own.
                Syntax::Object(words) if condition.word.is_empty() => {
                    let case = words.iter().find(|(word, _)| word == "caseInsensitive");
                    let ignoring_case = case.is_some_and(|(_, value)| **value == Syntax::Boolean(true));
                    let words = words.iter().filter(|(word, _)| word != "caseInsensitive");
                    Truth::all(words.map(|(word, value)| {
                        self.asked(place, field, Condition { word, value, ignoring_case })
                    }))
                }
                _ => self.on_value(place, field, condition),
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
            _ if !self.is_known(place, &field.name) => Truth::Unknown,
            source => {
                let (scalar, list) = match source {
                    Source::Scalar(field) => (field.scalar, field.list),
                    Source::Derived(derived) => (derived.scalar, derived.list),
                    other => panic!("{other:?} is no value"),
                };
                let operator = Operator { word: condition.word, ignoring_case: condition.ignoring_case };
                let value = self.value(place, field);
                scalar::passes(&value, scalar, list, operator, condition.value, self.as_of).into()
            }
        }
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
    fn through(&self, place: &Place, of: &[String], narrow: Option<&str>, condition: Condition<'_>) -> Truth {
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
                self.through(&inner, &of[1..], narrow, condition)
            }
            Source::Relation(relation) => {
                let related = self.related(place, &field.name, relation);
                match related.rows.first() {
                    Some(row) => self.through(&self.place(*row), &of[1..], narrow, condition),
                    None if related.more => Truth::Unknown,
                    None => self.on_nothing(&relation.to, &of[1..], condition),
                }
            }
            other => panic!("an alias leads through {other:?}"),
        }
    }

    /// A condition on a field of a row that isn't there.
    fn on_nothing(&self, type_name: &str, of: &[String], condition: Condition<'_>) -> Truth {
        let field = self.schema.get(type_name).and_then(|def| def.field(&of[0]));
        let source = field.map(|field| &field.source);
        if let (Some(Source::Scalar(scalar)), Syntax::Object(words)) = (source, condition.value) {
            let on_missing = |word: &str, value: &Syntax| {
                let (negated, word) = match word {
                    "neq" => (true, ""),
                    "eq" => (false, ""),
                    "notIn" => (true, "in"),
                    "notIncludes" => (true, "includes"),
                    word => (false, word),
                };
                let operator = Operator { word, ignoring_case: false };
                let passes =
                    scalar::passes(&Value::Null, scalar.scalar, scalar.list, operator, value, self.as_of);
                passes != negated
            };
            let asked = words.iter().filter(|(word, _)| word != "caseInsensitive");
            return Truth::all(asked.map(|(word, value)| on_missing(word, value).into()));
        }
        let asks_for_nothing = match condition.value {
            Syntax::Null => true,
            Syntax::String(text) => text.is_empty(),
            Syntax::List(list) => list.is_empty(),
            _ => false,
        };
        (condition.word.is_empty() && asks_for_nothing).into()
    }

    fn on_relation(
        &self,
        place: &Place,
        field: &Field,
        relation: &Relation,
        narrow: Option<&str>,
        condition: Condition<'_>,
    ) -> Truth {
        let mut related = self.related(place, &field.name, relation);
        if let Some(narrow) = narrow {
            let narrow = parsed(narrow);
            // What an alias is narrowed by is known of every row: a list's entries are read or not there.
            related.rows.retain(|row| self.satisfies(&self.place(*row), &narrow) == Truth::True);
        }
        let places: Vec<Place> = related.rows.iter().map(|row| self.place(*row)).collect();
        let holds = |filter: &Syntax| places.iter().map(|place| self.satisfies(place, filter)).collect();
        quantified(relation.many, related.more, &holds, condition)
    }

    /// A map of strings: its entries are objects with a key and a value.
    fn on_map(&self, place: &Place, field: &Field, condition: Condition<'_>) -> Truth {
        let map = place.value.get(&field.name).and_then(Value::as_object);
        let entries = map.into_iter().flatten().map(|(key, value)| Place {
            row: self.rows[place.row].asset,
            type_name: "KeyValue".to_owned(),
            // Entries of a map are there only where the object was read.
            path: vec!["id".to_owned()],
            value: json!({"key": key, "value": value}),
        });
        let entries: Vec<Place> = entries.collect();
        let more = self.is_unreadable(place.row);
        let holds = |filter: &Syntax| entries.iter().map(|entry| self.satisfies(entry, filter)).collect();
        quantified(true, more, &holds, condition)
    }

    fn counted(&self, place: &Place, of: &str, narrow: Option<&str>, condition: Condition<'_>) -> Truth {
        let field = self.field(place, of).unwrap_or_else(|| panic!("no field {of}"));
        let Source::Relation(relation) = &field.source else { panic!("{of} is counted") };
        let Related { rows, more } = self.related(place, of, relation);
        let narrow = narrow.map(parsed);
        let counts = |row: &usize| match &narrow {
            Some(narrow) => self.satisfies(&self.place(*row), narrow),
            None => Truth::True,
        };
        let counts: Vec<Truth> = rows.iter().map(counts).collect();
        compared(Bounds::of(&counts, more), condition.word, condition.value)
    }
}

/// A quantifier over related rows, given what a filter says of each.
fn quantified(
    many: bool,
    more: bool,
    holds: &dyn Fn(&Syntax) -> Vec<Truth>,
    condition: Condition<'_>,
) -> Truth {
    let everything = Syntax::Object(Vec::new());
    let some = |filter: &Syntax| Bounds::of(&holds(filter), more).satisfy(1, |n| n > 0);
    let is_word = |word: &str| ["some", "none", "all", "single", "count"].contains(&word);
    match (condition.word, condition.value) {
        ("", Syntax::Object(words))
            if many && !words.is_empty() && words.iter().all(|(word, _)| is_word(word)) =>
        {
            Truth::all(words.iter().map(|(word, value)| {
                quantified(many, more, holds, Condition { word, value, ignoring_case: false })
            }))
        }
        ("" | "some", Syntax::Null) => !some(&everything),
        ("", Syntax::List(list)) if list.is_empty() => !some(&everything),
        ("none", Syntax::Null) => some(&everything),
        ("" | "some", filter) => some(filter),
        ("none", filter) => !some(filter),
        ("all", filter) => {
            let each = Truth::all(holds(filter)).and(if more { Truth::Unknown } else { Truth::True });
            some(&everything).and(each)
        }
        ("single", filter) => Bounds::of(&holds(filter), more).satisfy(1, |n| n == 1),
        ("count", Syntax::Object(words)) => {
            let bounds = Bounds::of(&holds(&everything), more);
            Truth::all(words.iter().map(|(word, value)| compared(bounds, word, value)))
        }
        (word, value) => panic!("{word}: {value} is no quantifier"),
    }
}

/// How a number of rows compares.
fn compared(bounds: Bounds, word: &str, value: &Syntax) -> Truth {
    if let (Syntax::Object(words), "") = (value, word) {
        return Truth::all(words.iter().map(|(word, value)| compared(bounds, word, value)));
    }
    let Syntax::Int(number) = value else { panic!("{value} is no count") };
    let wanted: i64 = number.as_str().parse().expect("a count");
    let holds = |n: usize| {
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        match word {
            "" | "eq" => n == wanted,
            "neq" => n != wanted,
            "lt" => n < wanted,
            "lte" => n <= wanted,
            "gt" => n > wanted,
            "gte" => n >= wanted,
            word => panic!("{word} compares no counts"),
        }
    };
    bounds.satisfy(usize::try_from(wanted.max(0)).unwrap_or_default() + 1, holds)
}

/// A filter of the model's own.
pub(super) fn parsed(text: &str) -> Syntax {
    let text = format!("{{ x(where: {text}) }}");
    let document = Document::parse(text, "model").expect("the model's filters are right");
    let Definition::OperationDefinition(operation) = &document.definitions[0] else { panic!("no operation") };
    let field = operation.selection_set[0].as_field().expect("a field");
    field.arguments[0].value.as_ref().clone()
}
