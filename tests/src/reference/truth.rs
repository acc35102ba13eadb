//! Kleene's three truth values: unknown is what was not collected, never what is missing.

use std::ops::Not;

/// Whether something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// It doesn't.
    False,
    /// It depends on what was not collected.
    Unknown,
    /// It does.
    True,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

impl Truth {
    pub(super) fn and(self, other: Self) -> Self {
        self.min(other)
    }

    pub(super) fn or(self, other: Self) -> Self {
        self.max(other)
    }

    pub(super) fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        truths.into_iter().fold(Self::True, Self::and)
    }

    pub(super) fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        truths.into_iter().fold(Self::False, Self::or)
    }
}

/// How many of some things hold: so many surely, and at most so many; `None` where there may be any number more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    least: usize,
    most: Option<usize>,
}

impl Bounds {
    pub(super) fn of(holds: &[Truth], more: bool) -> Self {
        let number = |least: Truth| holds.iter().filter(|truth| **truth >= least).count();
        Self { least: number(Truth::True), most: (!more).then(|| number(Truth::Unknown)) }
    }

    /// Whether a condition on the number holds: known if it is the same for every number that is possible. The
    /// condition must not change beyond `limit`.
    pub(super) fn satisfy(self, limit: usize, condition: impl Fn(usize) -> bool) -> Truth {
        let most = self.most.unwrap_or(usize::MAX).min(limit.max(self.least) + 1);
        let possible: Vec<bool> = (self.least..=most.max(self.least)).map(condition).collect();
        match (possible.contains(&true), possible.contains(&false)) {
            (true, false) => Truth::True,
            (false, _) => Truth::False,
            (true, true) => Truth::Unknown,
        }
    }
}
