//! Stored checks, from text to a typed query. The stages, one file each:
//! text → syntax ([`parse`]) → resolved ([`resolve`], with [`filter`] and [`literal`] for `where`).
//! What they make is neutral: it knows types and fields of the model, and no engine.

pub mod diagnostic;
mod filter;
mod literal;
mod operator;
mod parse;
mod resolve;
mod scalar;

use regex::Regex;

use assay_model::schema::Scalar;

pub use diagnostic::Diagnostic;
pub use resolve::{filter_of, query, selection};

/// A field from a row: names within structs, outermost first.
pub type FieldPath = Vec<String>;

/// A typed query: the root fields it asks for.
#[derive(Debug, Clone)]
pub struct Query {
    /// Its root fields.
    pub roots: Vec<Root>,
}

/// A root field: rows of a type, narrowed by a filter.
#[derive(Debug, Clone)]
pub struct Root {
    /// The type: an asset type, `Container`, or an interface.
    pub type_name: String,
    /// Whether only workloads that stand for their pods are meant.
    pub top_level: bool,
    /// The filter; everything without.
    pub filter: Filter,
    /// What is selected of each row.
    pub selected: Selected,
}

/// What is selected of a row.
#[derive(Debug, Clone, Default)]
pub struct Selected {
    /// Whether `...AssetFragment` stands here: the rows are the result.
    pub fragment: bool,
    /// Fields, in the order written.
    pub fields: Vec<Picked>,
}

/// A selected field.
#[derive(Debug, Clone)]
pub struct Picked {
    /// The name it gets in the result: its alias, else its own.
    pub name: String,
    /// What it is.
    pub what: What,
}

/// What a selected field is.
#[derive(Debug, Clone)]
pub enum What {
    /// A scalar or a list of scalars.
    Value(FieldPath),
    /// A boolean that a filter defines.
    Holds(Filter),
    /// A nested object.
    Struct(Vec<Picked>),
    /// Related rows.
    Related {
        /// Which.
        set: Set,
        /// The filter of its `where`.
        filter: Filter,
        /// Whether the relation leads to any number.
        many: bool,
        /// What is selected of them.
        selected: Selected,
    },
    /// How many related rows there are.
    Count(Set),
}

/// Related rows: those that a relation leads to and that an alias leaves over.
#[derive(Debug, Clone)]
pub struct Set {
    /// The relation's field.
    pub path: FieldPath,
    /// The type of the rows.
    pub to: String,
    /// What an alias narrows them by.
    pub narrow: Option<Box<Filter>>,
}

/// A condition on a row.
#[derive(Debug, Clone)]
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
}

/// How many of the related rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// A positive test of a value. All but the first two are false on a missing value.
#[derive(Debug, Clone)]
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
    /// Microseconds since 1970 UTC.
    Time(i64),
}
