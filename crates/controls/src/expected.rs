//! What a check expects of its query's result.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

/// What makes a check pass.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// `eq []` (no asset may be in the result) or `neq []` (at least one must).
    Assets {
        /// True for `eq []`.
        empty: bool,
    },
    /// `eq true`, `neq false` …
    Boolean {
        /// Whether the result must be the value or must not.
        equality: Equality,
        /// The value.
        value: bool,
    },
    /// `eq` or `neq` with any other JSON value.
    Json {
        /// Whether the result must be the value or must not.
        equality: Equality,
        /// The value.
        value: Value,
    },
    /// `count lte 3`: how many assets the result may have.
    Count {
        /// How the count is compared.
        comparison: Comparison,
        /// With what.
        number: u64,
    },
}

/// `eq` or `neq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Equality {
    /// The same value.
    Eq,
    /// Any other, a missing one included.
    Neq,
}

/// How a count is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Eq,
    /// Not equal.
    Neq,
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
}

impl Comparison {
    const ALL: [(Self, &str); 6] = [
        (Self::Eq, "eq"),
        (Self::Neq, "neq"),
        (Self::Lt, "lt"),
        (Self::Lte, "lte"),
        (Self::Gt, "gt"),
        (Self::Gte, "gte"),
    ];

    /// Whether `left` compares so with `right`.
    pub fn holds(self, left: u64, right: u64) -> bool {
        match self {
            Self::Eq => left == right,
            Self::Neq => left != right,
            Self::Lt => left < right,
            Self::Lte => left <= right,
            Self::Gt => left > right,
            Self::Gte => left >= right,
        }
    }

    /// The word it is written with.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(comparison, _)| *comparison == self).map_or("", |(_, word)| word)
    }
}

impl Equality {
    /// The word it is written with.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Neq => "neq",
        }
    }
}

/// The error says which words would have been understood.
impl FromStr for Expected {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, operand) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
        match word {
            "eq" => value(Equality::Eq, operand.trim()),
            "neq" => value(Equality::Neq, operand.trim()),
            "count" => count(operand.trim()),
            _ => Err(format!("`{word}` is no comparator: use eq, neq or count")),
        }
    }
}

fn value(equality: Equality, operand: &str) -> Result<Expected, String> {
    if operand.is_empty() {
        return Err(format!("`{}` needs a value, such as `[]`", equality.as_str()));
    }
    let value: Value = serde_json::from_str(operand).map_err(|_| format!("`{operand}` is no JSON value"))?;
    Ok(match value {
        // Nothing, however a catalogue spells it.
        Value::Array(list) if list.is_empty() => Expected::Assets { empty: equality == Equality::Eq },
        Value::Null => Expected::Assets { empty: equality == Equality::Eq },
        Value::String(text) if text.is_empty() => Expected::Assets { empty: equality == Equality::Eq },
        Value::Bool(value) => Expected::Boolean { equality, value },
        value => Expected::Json { equality, value },
    })
}

fn count(operand: &str) -> Result<Expected, String> {
    let (word, number) = operand.split_once(char::is_whitespace).unwrap_or((operand, ""));
    let comparison = Comparison::ALL
        .into_iter()
        .find_map(|(comparison, known)| (known == word).then_some(comparison))
        .ok_or_else(|| format!("`{word}` compares no counts: use eq, neq, lt, lte, gt or gte"))?;
    let number = number.trim();
    let number = number.parse().map_err(|_| format!("`{number}` is no count: use a number such as 3"))?;
    Ok(Expected::Count { comparison, number })
}

/// As it is written in a control.
impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Assets { empty: true } => f.write_str("eq []"),
            Self::Assets { empty: false } => f.write_str("neq []"),
            Self::Boolean { equality, value } => write!(f, "{} {value}", equality.as_str()),
            Self::Json { equality, value } => write!(f, "{} {value}", equality.as_str()),
            Self::Count { comparison, number } => write!(f, "count {} {number}", comparison.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read_back() {
        for text in ["eq []", "neq []", "eq true", "neq false", "eq {\"a\":1}", "neq \"x\"", "count lte 3"] {
            assert_eq!(text.parse::<Expected>().map(|e| e.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn nothing_is_an_empty_result() {
        for (text, meant) in [("eq null", "eq []"), ("neq null", "neq []"), ("neq \"\"", "neq []")] {
            assert_eq!(text.parse::<Expected>(), meant.parse());
        }
    }

    #[test]
    fn mistakes() {
        for (text, message) in [
            ("", "`` is no comparator: use eq, neq or count"),
            ("equals []", "`equals` is no comparator: use eq, neq or count"),
            ("eq", "`eq` needs a value, such as `[]`"),
            ("eq [", "`[` is no JSON value"),
            ("count 3", "`3` compares no counts: use eq, neq, lt, lte, gt or gte"),
            ("count lt -1", "`-1` is no count: use a number such as 3"),
        ] {
            assert_eq!(text.parse::<Expected>(), Err(message.to_owned()));
        }
    }
}
