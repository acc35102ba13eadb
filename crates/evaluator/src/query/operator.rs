//! Names of operators, in both styles.

use super::Order;

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
}

/// Suffixes, longest first, with what they negate.
const SUFFIXES: [(&str, Operator, bool); 20] = [
    ("_NOT_STARTS_WITH", Operator::StartsWith, true),
    ("_NOT_ENDS_WITH", Operator::EndsWith, true),
    ("_NOT_CONTAINS", Operator::Contains, true),
    ("_NOT_INCLUDES", Operator::Includes, true),
    ("_STARTS_WITH", Operator::StartsWith, false),
    ("_ENDS_WITH", Operator::EndsWith, false),
    ("_CONTAINS", Operator::Contains, false),
    ("_INCLUDES", Operator::Includes, false),
    ("_MATCHES", Operator::Matches, false),
    ("_NOT_IN", Operator::In, true),
    ("_SINGLE", Operator::Single, false),
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
const WORDS: [(&str, Operator, bool); 21] = [
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
];

/// The ways a key can be a field's name and an operator, longest suffix first.
pub(super) fn split(key: &str) -> impl Iterator<Item = (&str, Operator, bool)> {
    SUFFIXES.iter().filter_map(|(suffix, operator, negated)| {
        key.strip_suffix(suffix).map(|field| (field, *operator, *negated))
    })
}

/// The operator of a word of the object style, and whether it is negated.
pub(super) fn word(word: &str) -> Option<(Operator, bool)> {
    if word == "count" {
        return Some((Operator::Count, false));
    }
    WORDS.iter().find(|(known, ..)| *known == word).map(|(_, operator, negated)| (*operator, *negated))
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
            ],
            Self::Ordered => &["eq", "neq", "in", "notIn", "lt", "lte", "gt", "gte"],
            Self::Boolean => &["eq", "neq"],
            Self::List => &["eq", "neq", "includes", "notIncludes", "anyIn", "anyNotIn"],
            Self::Relation => &["some", "none", "all", "single", "count"],
            Self::Reference => &["a filter", "null"],
        }
    }

    /// Whether the operator makes sense.
    pub(super) fn allows(self, operator: Operator) -> bool {
        use Operator as O;
        match self {
            Self::Text => matches!(
                operator,
                O::Is
                    | O::In
                    | O::Contains
                    | O::StartsWith
                    | O::EndsWith
                    | O::Matches
                    | O::Compare(_)
                    | O::IgnoringCase
            ),
            Self::Ordered => matches!(operator, O::Is | O::In | O::Compare(_)),
            Self::Boolean => operator == O::Is,
            Self::List => matches!(operator, O::Is | O::Includes | O::AnyIn | O::AnyNotIn),
            Self::Relation => matches!(operator, O::Is | O::Some | O::None | O::All | O::Single | O::Count),
            Self::Reference => matches!(operator, O::Is | O::Some | O::None),
        }
    }
}
