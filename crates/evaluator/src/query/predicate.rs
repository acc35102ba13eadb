//! Conditions on rows: what a `where` means.

use std::cmp::Ordering;

use assay_model::schema::Scalar;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use regex::Regex;

use super::{FieldPath, Set};

/// A condition on a row. Two that are equal hold on the same rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Filter {
    /// All hold; none is everything.
    And(Vec<Filter>),
    /// One holds; none is nothing.
    Or(Vec<Filter>),
    /// The exact complement.
    Not(Box<Filter>),
    /// A struct is there.
    Present(FieldPath),
    /// A scalar, or a list of scalars, passes a test.
    Test {
        /// The field.
        path: FieldPath,
        /// Its type.
        scalar: Scalar,
        /// The test.
        test: Test,
    },
    /// A scalar compares so with another of the same row; false where either is missing.
    Fields {
        /// The field.
        path: FieldPath,
        /// The type of both.
        scalar: Scalar,
        /// How they compare.
        order: Order,
        /// The other field.
        other: FieldPath,
    },
    /// Another asset has the same value in this field; false where it is missing or empty.
    Duplicated {
        /// The type of the row: rows of all its tables are compared.
        of: String,
        /// The field.
        path: FieldPath,
        /// Its type.
        scalar: Scalar,
        /// Where the other asset may be.
        scope: Scope,
    },
    /// A reference names something, be it there or not. A name that is only its default does not count.
    Given(FieldPath),
    /// What stands at a path of the object itself passes a test. The path's keys lead through lists to each of
    /// their entries; it holds if it holds for one of the values reached.
    Object {
        /// The keys.
        path: FieldPath,
        /// The test. Its literals are of the type they were written in.
        test: Test,
    },
    /// Related rows, as many as the quantifier says, satisfy the filter.
    Related {
        /// Which rows.
        set: Set,
        /// How many of them.
        quantifier: Quantifier,
        /// The filter.
        filter: Box<Filter>,
    },
}

impl Filter {
    /// The filter that everything satisfies.
    pub fn everything() -> Self {
        Self::And(Vec::new())
    }

    /// The exact complement.
    pub fn negate(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// The same, with each moment changed.
    pub(crate) fn with_moments(&self, change: &mut dyn FnMut(&Moment) -> Moment) -> Self {
        match self {
            Self::And(all) => Self::And(all.iter().map(|filter| filter.with_moments(change)).collect()),
            Self::Or(any) => Self::Or(any.iter().map(|filter| filter.with_moments(change)).collect()),
            Self::Not(inner) => Self::Not(Box::new(inner.with_moments(change))),
            Self::Test { path, scalar, test } => {
                Self::Test { path: path.clone(), scalar: *scalar, test: test.with_moments(change) }
            }
            Self::Object { path, test } => {
                Self::Object { path: path.clone(), test: test.with_moments(change) }
            }
            Self::Related { set, quantifier, filter } => {
                let narrow = set.narrow.as_ref().map(|narrow| Box::new(narrow.with_moments(change)));
                let set = Set { narrow, ..set.clone() };
                let filter = Box::new(filter.with_moments(change));
                Self::Related { set, quantifier: *quantifier, filter }
            }
            Self::Present(_) | Self::Fields { .. } | Self::Duplicated { .. } | Self::Given(_) => self.clone(),
        }
    }

    /// Whether it depends on the instant that ages are counted from.
    pub(super) fn counts_ages(&self) -> bool {
        let mut counts = false;
        self.with_moments(&mut |moment| {
            counts |= moment.age.is_some();
            moment.clone()
        });
        counts
    }

    /// The filter, or its exact complement.
    pub fn negate_if(self, negated: bool) -> Self {
        if negated { self.negate() } else { self }
    }
}

/// How many of the related rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// At least one.
    Some,
    /// At least one row, and each of them.
    All,
    /// Exactly one.
    Single,
    /// A number of them.
    Count(Order, i64),
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// `=`
    Eq,
    /// `<`
    Lt,
    /// `≤`
    Lte,
    /// `>`
    Gt,
    /// `≥`
    Gte,
}

impl Order {
    /// Whether an ordering is one of these.
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Eq => ordering.is_eq(),
            Self::Lt => ordering.is_lt(),
            Self::Lte => ordering.is_le(),
            Self::Gt => ordering.is_gt(),
            Self::Gte => ordering.is_ge(),
        }
    }
}

/// Where duplicates are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The asset's own namespace; for assets without one, all without one.
    Namespace,
    /// The whole cluster.
    Cluster,
}

/// A positive test of a value. All but the first two are false on a missing value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Test {
    /// The value is missing.
    Missing,
    /// The value is missing, the empty string or the empty list.
    Empty,
    /// It is one of these.
    In(Vec<Literal>),
    /// It compares so.
    Compare(Order, Literal),
    /// Its text passes.
    Text(TextTest),
    /// The list holds this element.
    Includes(Literal),
    /// The list holds just these elements, in this order.
    Elements(Vec<Literal>),
    /// Some element of the list is one of these.
    AnyIn(Vec<Literal>),
    /// Some element of the list is none of these.
    AnyNotIn(Vec<Literal>),
}

/// A test of a text.
#[derive(Debug, Clone)]
pub enum TextTest {
    /// The same, but for case.
    SameIgnoringCase(String),
    /// It holds this somewhere.
    Contains(String),
    /// It starts so.
    StartsWith(String),
    /// It ends so.
    EndsWith(String),
    /// All of it matches.
    Matches(Regex),
}

impl TextTest {
    /// The text, or the pattern, that it tests for.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::SameIgnoringCase(text)
            | Self::Contains(text)
            | Self::StartsWith(text)
            | Self::EndsWith(text) => text,
            Self::Matches(regex) => regex.as_str(),
        }
    }

    /// Whether a text passes.
    pub fn passes(&self, text: &str) -> bool {
        match self {
            Self::SameIgnoringCase(other) => text.to_lowercase() == *other,
            Self::Contains(part) => text.contains(part.as_str()),
            Self::StartsWith(start) => text.starts_with(start.as_str()),
            Self::EndsWith(end) => text.ends_with(end.as_str()),
            Self::Matches(regex) => regex.is_match(text),
        }
    }
}

/// A value written in a query, of the field's type.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub enum Literal {
    /// Text.
    Text(String),
    /// An integer.
    Int(i64),
    /// A number.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// An amount.
    Quantity(assay_model::quantity::Quantity),
    /// A span of time.
    Duration(assay_model::duration::Duration),
    /// An instant.
    Time(Moment),
}

/// An instant, compared by when it is.
#[derive(Debug, Clone)]
pub struct Moment {
    /// Microseconds since 1970 UTC.
    pub micros: i64,
    /// The duration (ISO 8601) by which it was written, before or after the instant that ages are counted from.
    pub age: Option<String>,
}

impl Moment {
    /// The moment so long before or after another; `None` if it is none.
    pub fn after(duration: &str, from: Timestamp) -> Option<Self> {
        let span: Span = duration.parse().ok()?;
        let moved = from.to_zoned(TimeZone::UTC).checked_add(span).ok()?;
        Some(Self { micros: moved.timestamp().as_microsecond(), age: Some(duration.to_owned()) })
    }
}

impl From<i64> for Moment {
    fn from(micros: i64) -> Self {
        Self { micros, age: None }
    }
}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.micros.partial_cmp(&other.micros)
    }
}

impl Test {
    /// The same, with each moment changed.
    pub(crate) fn with_moments(&self, change: &mut dyn FnMut(&Moment) -> Moment) -> Self {
        let mut one = |literal: &Literal| match literal {
            Literal::Time(moment) => Literal::Time(change(moment)),
            other => other.clone(),
        };
        let mut all = |literals: &[Literal]| literals.iter().map(&mut one).collect();
        match self {
            Self::In(literals) => Self::In(all(literals)),
            Self::Elements(literals) => Self::Elements(all(literals)),
            Self::AnyIn(literals) => Self::AnyIn(all(literals)),
            Self::AnyNotIn(literals) => Self::AnyNotIn(all(literals)),
            Self::Compare(order, literal) => Self::Compare(*order, one(literal)),
            Self::Includes(literal) => Self::Includes(one(literal)),
            Self::Missing | Self::Empty | Self::Text(_) => self.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_counts_ages_wherever_they_stand() {
        let test = |moment| {
            let (path, scalar) = (vec!["createdAt".to_owned()], Scalar::DateTime);
            Filter::Test { path, scalar, test: Test::Compare(Order::Lt, Literal::Time(moment)) }
        };
        let aged = || test(Moment::after("-P90D", Timestamp::UNIX_EPOCH).unwrap());
        let related = |narrow, filter| {
            let set = Set { path: Vec::new(), to: "Pod".to_owned(), narrow: Some(Box::new(narrow)) };
            Filter::Related { set, quantifier: Quantifier::Some, filter: Box::new(filter) }
        };
        assert!(!related(test(0.into()), test(1.into())).counts_ages());
        for counts in [aged(), related(aged(), test(0.into())), related(test(0.into()), aged())] {
            assert!(counts.negate().counts_ages());
        }
    }
}
