//! The four outcomes, which are never mixed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The outcome of a check for one asset, or of a check or control as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// What should hold was seen not to.
    Fail,
    /// What the verdict needs was excluded, forbidden, failed to be read or could not be read.
    Unknown,
    /// What should hold was seen to.
    Pass,
    /// There is no such asset.
    NotApplicable,
}

impl Outcome {
    /// All of them, each at its number.
    pub const ALL: [Self; 4] = [Self::Fail, Self::Unknown, Self::Pass, Self::NotApplicable];

    /// The outcome of a whole from those of its parts: any failure fails it, else anything unknown makes it
    /// unknown, else anything passed passes it, else it is not applicable.
    pub fn of(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().min().unwrap_or(Self::NotApplicable)
    }

    /// The word used in tables and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Pass => "pass",
            Self::NotApplicable => "notApplicable",
        }
    }
}

impl std::str::FromStr for Outcome {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == word).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome::{self, *};

    #[test]
    fn each_outcome_is_at_its_number() {
        assert!(Outcome::ALL.iter().enumerate().all(|(number, outcome)| *outcome as usize == number));
    }

    #[test]
    fn unknown_is_never_pass() {
        for (parts, whole) in [
            (vec![Pass, Fail, Unknown], Fail),
            (vec![Pass, Unknown], Unknown),
            (vec![Unknown, NotApplicable], Unknown),
            (vec![NotApplicable, Pass], Pass),
            (vec![], NotApplicable),
        ] {
            assert_eq!(Outcome::of(parts.clone()), whole, "{parts:?}");
        }
    }
}
