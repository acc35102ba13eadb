//! Names of operators, in both styles.

use apollo_compiler::ast::Value;
use apollo_compiler::{Name, Node};

use super::super::Order;

/// What a key of a filter asks of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// The value itself, or a filter on what the field leads to.
    Is,
    In,
    Contains,
    StartsWith,
    EndsWith,
    Matches,
    Compare(Order),
    Includes,
    AnyIn,
    AnyNotIn,
    IgnoringCase,
    Some,
    None,
    All,
    Single,
    Count,
    DuplicatedIn,
    /// A reference names something.
    Given,
    /// What it names is there.
    Found,
    /// It names something that is not there.
    Dangling,
}

/// Suffixes, longest first, with what they negate.
const SUFFIXES: [(&str, Operator, bool); 24] = [
    ("_DUPLICATED_IN", Operator::DuplicatedIn, false),
    ("_NOT_STARTS_WITH", Operator::StartsWith, true),
    ("_NOT_ENDS_WITH", Operator::EndsWith, true),
    ("_NOT_CONTAINS", Operator::Contains, true),
    ("_NOT_INCLUDES", Operator::Includes, true),
    ("_STARTS_WITH", Operator::StartsWith, false),
    ("_ENDS_WITH", Operator::EndsWith, false),
    ("_CONTAINS", Operator::Contains, false),
    ("_INCLUDES", Operator::Includes, false),
    ("_MATCHES", Operator::Matches, false),
    ("_DANGLING", Operator::Dangling, false),
    ("_NOT_IN", Operator::In, true),
    ("_SINGLE", Operator::Single, false),
    ("_GIVEN", Operator::Given, false),
    ("_FOUND", Operator::Found, false),
    ("_SOME", Operator::Some, false),
    ("_NONE", Operator::None, false),
    ("_ALL", Operator::All, false),
    ("_LTE", Operator::Compare(Order::Lte), false),
    ("_GTE", Operator::Compare(Order::Gte), false),
    ("_NOT", Operator::Is, true),
    ("_LT", Operator::Compare(Order::Lt), false),
    ("_GT", Operator::Compare(Order::Gt), false),
    ("_IN", Operator::In, false),
];

/// Operators of the object style, with what they negate.
const WORDS: [(&str, Operator, bool); 26] = [
    ("eq", Operator::Is, false),
    ("neq", Operator::Is, true),
    ("in", Operator::In, false),
    ("notIn", Operator::In, true),
    ("contains", Operator::Contains, false),
    ("startsWith", Operator::StartsWith, false),
    ("endsWith", Operator::EndsWith, false),
    ("matches", Operator::Matches, false),
    ("lt", Operator::Compare(Order::Lt), false),
    ("lte", Operator::Compare(Order::Lte), false),
    ("gt", Operator::Compare(Order::Gt), false),
    ("gte", Operator::Compare(Order::Gte), false),
    ("caseInsensitive", Operator::IgnoringCase, false),
    ("includes", Operator::Includes, false),
    ("notIncludes", Operator::Includes, true),
    ("anyIn", Operator::AnyIn, false),
    ("anyNotIn", Operator::AnyNotIn, false),
    ("some", Operator::Some, false),
    ("none", Operator::None, false),
    ("all", Operator::All, false),
    ("single", Operator::Single, false),
    ("count", Operator::Count, false),
    ("duplicatedIn", Operator::DuplicatedIn, false),
    ("given", Operator::Given, false),
    ("found", Operator::Found, false),
    ("dangling", Operator::Dangling, false),
];

/// The ways a key can be a field's name and an operator, longest suffix first.
pub(super) fn split(key: &str) -> impl Iterator<Item = (&str, Operator, bool)> {
    SUFFIXES.iter().filter_map(|(suffix, operator, negated)| {
        key.strip_suffix(suffix).map(|field| (field, *operator, *negated))
    })
}

/// The operator of a word of the object style, and whether it is negated.
pub(super) fn word(word: &str) -> Option<(Operator, bool)> {
    WORDS.iter().find(|(known, ..)| *known == word).map(|(_, operator, negated)| (*operator, *negated))
}

/// Whether an entry of an operator's object only says how its neighbours compare.
pub(super) fn is_flag(word: &str, value: &Node<Value>) -> bool {
    word == "caseInsensitive" && value.to_bool().is_some()
}

/// Whether an operator's object says that case does not count.
pub(super) fn ignores_case(entries: &[(Name, Node<Value>)]) -> bool {
    entries.iter().any(|(word, value)| word == "caseInsensitive" && value.to_bool() == Some(true))
}

/// The word of an operator, or of its complement if there is one.
pub(super) fn said(operator: Operator, negated: bool) -> Option<&'static str> {
    let same =
        |(_, known, complement): &&(&str, Operator, bool)| *known == operator && *complement == negated;
    WORDS.iter().find(same).map(|(word, ..)| *word)
}

/// Which kind of field an operator is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    Text,
    Ordered,
    Boolean,
    List,
    Relation,
    Reference,
    /// A relation to one that no name of the row's own makes.
    Derived,
    /// The number of related rows.
    Count,
    /// A value of the object's own JSON, of whatever type.
    Object,
}

impl For {
    /// The operators of the object style, for advice.
    pub(super) fn words(self) -> &'static [&'static str] {
        match self {
            Self::Text => &[
                "eq",
                "neq",
                "in",
                "notIn",
                "contains",
                "startsWith",
                "endsWith",
                "matches",
                "lt",
                "lte",
                "gt",
                "gte",
                "caseInsensitive",
                "duplicatedIn",
            ],
            Self::Ordered => &["eq", "neq", "in", "notIn", "lt", "lte", "gt", "gte", "duplicatedIn"],
            Self::Boolean => &["eq", "neq"],
            Self::List => &["eq", "neq", "includes", "notIncludes", "anyIn", "anyNotIn"],
            Self::Relation => &["some", "none", "all", "single", "count"],
            Self::Reference => &["given", "found", "dangling", "null", "a filter"],
            Self::Derived => &["found", "null", "a filter"],
            Self::Count => &["eq", "neq", "lt", "lte", "gt", "gte"],
            Self::Object => &[
                "eq",
                "neq",
                "in",
                "notIn",
                "contains",
                "startsWith",
                "endsWith",
                "matches",
                "lt",
                "lte",
                "gt",
                "gte",
                "includes",
                "notIncludes",
                "anyIn",
                "anyNotIn",
            ],
        }
    }

    /// Whether the operator makes sense.
    pub(super) fn allows(self, operator: Operator) -> bool {
        use Operator as O;
        match operator {
            O::Is => true,
            O::In => matches!(self, Self::Text | Self::Ordered | Self::Object),
            O::Contains | O::StartsWith | O::EndsWith | O::Matches => {
                matches!(self, Self::Text | Self::Object)
            }
            O::IgnoringCase => self == Self::Text,
            O::Compare(_) => matches!(self, Self::Text | Self::Ordered | Self::Count | Self::Object),
            O::Includes | O::AnyIn | O::AnyNotIn => matches!(self, Self::List | Self::Object),
            O::Some | O::None => matches!(self, Self::Relation | Self::Reference | Self::Derived),
            O::All | O::Single | O::Count => self == Self::Relation,
            O::DuplicatedIn => matches!(self, Self::Text | Self::Ordered),
            // What is no name is refused where it is told why.
            O::Given | O::Found | O::Dangling => matches!(self, Self::Reference | Self::Derived),
        }
    }

    /// Whether `caseInsensitive` beside the operator says something of it.
    pub(super) fn passes_over_case(self, operator: Operator) -> bool {
        use Operator as O;
        matches!(self, Self::Text | Self::Object)
            && matches!(
                operator,
                O::Is | O::In | O::Contains | O::StartsWith | O::EndsWith | O::Matches | O::IgnoringCase
            )
    }

    /// Whether the word is no field of what a relation leads to, but says how many or whether.
    pub(super) fn quantifies(self, key: &str) -> bool {
        let quantifier = |(operator, _)| match self {
            Self::Relation => {
                matches!(
                    operator,
                    Operator::Some | Operator::None | Operator::All | Operator::Single | Operator::Count
                )
            }
            _ => matches!(operator, Operator::Given | Operator::Found | Operator::Dangling),
        };
        word(key).is_some_and(quantifier)
    }
}
