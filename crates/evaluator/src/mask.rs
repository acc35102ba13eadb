//! What is known of a condition, row by row.

use arrow::buffer::BooleanBuffer;

/// Two bits a row: whether the condition surely holds, and whether it may. Kleene's three values, with
/// unknown as "may, but not surely".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// It holds, whatever could not be read.
    pub sure: BooleanBuffer,
    /// It holds, or could: never unset where `sure` is set.
    pub maybe: BooleanBuffer,
}

impl Mask {
    /// The same known value on every row.
    pub fn constant(rows: usize, value: bool) -> Self {
        let all = if value { BooleanBuffer::new_set(rows) } else { BooleanBuffer::new_unset(rows) };
        Self { sure: all.clone(), maybe: all }
    }

    /// A condition that is known on every row.
    pub fn known(holds: BooleanBuffer) -> Self {
        Self { sure: holds.clone(), maybe: holds }
    }

    /// The same condition, unknown on these rows.
    pub fn unknown_on(&self, rows: &BooleanBuffer) -> Self {
        Self { sure: &self.sure & &!rows, maybe: &self.maybe | rows }
    }

    /// Both hold.
    pub fn and(&self, other: &Self) -> Self {
        Self { sure: &self.sure & &other.sure, maybe: &self.maybe & &other.maybe }
    }

    /// One holds.
    pub fn or(&self, other: &Self) -> Self {
        Self { sure: &self.sure | &other.sure, maybe: &self.maybe | &other.maybe }
    }

    /// It does not hold.
    pub fn not(&self) -> Self {
        Self { sure: !&self.maybe, maybe: !&self.sure }
    }

    /// Whether it surely holds on a row.
    pub fn is_sure(&self, row: usize) -> bool {
        self.sure.value(row)
    }

    /// Whether it is unknown on a row.
    pub fn is_unknown(&self, row: usize) -> bool {
        self.maybe.value(row) && !self.sure.value(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connectives_are_kleenes() {
        // false, unknown, true: all pairs.
        let mask = |values: &[(bool, bool)]| Mask {
            sure: values.iter().map(|v| v.0).collect(),
            maybe: values.iter().map(|v| v.1).collect(),
        };
        let (f, u, t) = ((false, false), (false, true), (true, true));
        let left = mask(&[f, f, f, u, u, u, t, t, t]);
        let right = mask(&[f, u, t, f, u, t, f, u, t]);
        assert_eq!(left.and(&right), mask(&[f, f, f, f, u, u, f, u, t]));
        assert_eq!(left.or(&right), mask(&[f, u, t, u, u, t, t, t, t]));
        assert_eq!(left.not(), mask(&[t, t, t, u, u, u, f, f, f]));
    }
}
