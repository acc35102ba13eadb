//! Which literals and tests are the same, where that does not follow from what they are made of.

use std::hash::{Hash, Hasher};
use std::mem::discriminant;

use super::{Literal, Moment, TextTest};

impl PartialEq for TextTest {
    fn eq(&self, other: &Self) -> bool {
        discriminant(self) == discriminant(other) && self.text() == other.text()
    }
}

impl Eq for TextTest {}

impl Hash for TextTest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        discriminant(self).hash(state);
        self.text().hash(state);
    }
}

/// No literal is a number that is none: GraphQL can't write it.
impl Eq for Literal {}

impl Hash for Literal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        discriminant(self).hash(state);
        match self {
            Self::Text(text) => text.hash(state),
            Self::Int(number) => number.hash(state),
            // Zero equals minus zero.
            Self::Float(number) => (number + 0.0).to_bits().hash(state),
            Self::Boolean(value) => value.hash(state),
            Self::Quantity(quantity) => quantity.hash(state),
            Self::Duration(duration) => duration.hash(state),
            Self::Time(moment) => moment.hash(state),
        }
    }
}

/// However it is written.
impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        self.micros == other.micros
    }
}

impl Hash for Moment {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.micros.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher as _, RandomState};

    use regex::Regex;

    use super::*;

    #[test]
    fn what_is_the_same_has_one_hash() {
        let hasher = RandomState::new();
        let matches = |pattern: &str| TextTest::Matches(Regex::new(pattern).unwrap());
        let tests =
            [matches("a+"), matches("a*"), TextTest::Contains("a+".into()), TextTest::EndsWith("a+".into())];
        for (index, one) in tests.iter().enumerate() {
            for (other_index, other) in tests.iter().enumerate() {
                assert_eq!(one == other, index == other_index);
            }
        }
        assert_eq!(matches("a+"), matches("a+"));
        assert_eq!(hasher.hash_one(matches("a+")), hasher.hash_one(matches("a+")));
        let aged = Literal::Time(Moment { micros: 1, age: Some("P1D".into()) });
        let same = [(aged, Literal::Time(1.into())), (Literal::Float(0.0), Literal::Float(-0.0))];
        for (one, other) in same {
            assert_eq!(one, other);
            assert_eq!(hasher.hash_one(one), hasher.hash_one(other));
        }
        assert_ne!(Literal::Int(1), Literal::Float(1.0));
    }
}
