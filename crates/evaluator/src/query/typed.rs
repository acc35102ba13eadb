//! A typed query: what resolving makes, and what every engine takes.

use assay_model::schema::Scalar;

use super::Filter;

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
    /// What stands at a path of the object itself, whatever the model knows of it.
    Object(FieldPath),
}

/// Related rows: those that a relation leads to and that an alias leaves over.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Set {
    /// The relation's field.
    pub path: FieldPath,
    /// The type of the rows.
    pub to: String,
    /// What an alias narrows them by.
    pub narrow: Option<Box<Filter>>,
}

/// A question that is asked once, of a snapshot and not of an audit.
#[derive(Debug, Clone)]
pub struct Question {
    /// Its root fields.
    pub asked: Vec<Asked>,
}

/// A root field of a question.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its name in the answer: its alias, else its own.
    pub name: String,
    /// The rows.
    pub root: Root,
    /// Which of them, in which order.
    pub page: Page,
}

/// A part of a question's rows.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// How many of the first rows to leave out.
    pub offset: usize,
    /// How many to take; all if none is said.
    pub limit: Option<usize>,
    /// What to sort by, the first key first; by id without.
    pub sort: Vec<SortKey>,
}

/// A field to sort by.
#[derive(Debug, Clone)]
pub struct SortKey {
    /// The field.
    pub path: FieldPath,
    /// Its type.
    pub scalar: Scalar,
    /// Largest first.
    pub descending: bool,
}

impl Query {
    /// Whether it depends on the instant that ages are counted from.
    pub(crate) fn counts_ages(&self) -> bool {
        self.roots.iter().any(|root| root.filter.counts_ages() || root.selected.counts_ages())
    }
}

impl Selected {
    /// Whether it depends on the instant that ages are counted from.
    pub(crate) fn counts_ages(&self) -> bool {
        self.fields.iter().any(Picked::counts_ages)
    }

    /// Whether the result stands here or below.
    pub fn yields(&self) -> bool {
        self.fragment || self.fields.iter().any(Picked::yields)
    }
}

impl Set {
    fn counts_ages(&self) -> bool {
        self.narrow.as_ref().is_some_and(|narrow| narrow.counts_ages())
    }
}

impl Picked {
    fn counts_ages(&self) -> bool {
        match &self.what {
            What::Value(_) | What::Object(_) => false,
            What::Holds(filter) => filter.counts_ages(),
            What::Struct(fields) => fields.iter().any(Self::counts_ages),
            What::Related { set, filter, selected, .. } => {
                set.counts_ages() || filter.counts_ages() || selected.counts_ages()
            }
            What::Count(set) => set.counts_ages(),
        }
    }

    /// Whether the result stands here or below.
    pub fn yields(&self) -> bool {
        match &self.what {
            What::Struct(fields) => fields.iter().any(Self::yields),
            What::Related { selected, .. } => selected.yields(),
            _ => false,
        }
    }
}
