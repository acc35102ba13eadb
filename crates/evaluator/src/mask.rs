//! What is known of a condition, row by row.

use arrow::buffer::BooleanBuffer;

/// Two bits a row: whether the condition surely holds, and whether it may. Kleene's three values, with
/// unknown as "may, but not surely". Nearly all masks are known on every row: both are the same bits then, which are
/// computed once.
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

    /// Rows on which it surely holds, and on which it may.
    pub(crate) fn new(sure: BooleanBuffer, maybe: BooleanBuffer) -> Self {
        if sure == maybe { Self::known(sure) } else { Self { sure, maybe } }
    }

    /// The same condition, unknown on these rows.
    pub fn unknown_on(&self, rows: &BooleanBuffer) -> Self {
        if rows.count_set_bits() == 0 {
            return self.clone();
        }
        Self { sure: &self.sure & &!rows, maybe: &self.maybe | rows }
    }

    /// Both hold.
    pub fn and(&self, other: &Self) -> Self {
        if self.is_known() && other.is_known() {
            return Self::known(&self.sure & &other.sure);
        }
        Self { sure: &self.sure & &other.sure, maybe: &self.maybe & &other.maybe }
    }

    /// One holds.
    pub fn or(&self, other: &Self) -> Self {
        if self.is_known() && other.is_known() {
            return Self::known(&self.sure | &other.sure);
        }
        Self { sure: &self.sure | &other.sure, maybe: &self.maybe | &other.maybe }
    }

    /// It does not hold.
    pub fn not(&self) -> Self {
        if self.is_known() {
            return Self::known(!&self.sure);
        }
        Self { sure: !&self.maybe, maybe: !&self.sure }
    }

    /// What follows for other rows from where it surely holds, and from where it may.
    pub(crate) fn map(&self, follow: impl Fn(&BooleanBuffer) -> BooleanBuffer) -> Self {
        let sure = follow(&self.sure);
        if self.is_known() { Self::known(sure) } else { Self { maybe: follow(&self.maybe), sure } }
    }

    /// Whether both are the same bits, and so nothing is unknown.
    fn is_known(&self) -> bool {
        self.sure.ptr_eq(&self.maybe)
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

    #[test]
    fn what_is_known_stays_so_and_meets_what_is_not() {
        let bits = |bits: [bool; 4]| bits.into_iter().collect::<BooleanBuffer>();
        let [left, right] =
            [[true, true, false, false], [true, false, true, false]].map(|one| Mask::known(bits(one)));
        let known = [left.and(&right), left.or(&right), left.not(), left.unknown_on(&bits([false; 4]))];
        assert!(known.iter().all(Mask::is_known));
        assert_eq!(
            known,
            [
                Mask::known(bits([true, false, false, false])),
                Mask::known(bits([true, true, true, false])),
                Mask::known(bits([false, false, true, true])),
                left.clone(),
            ]
        );
        assert!(Mask::new(bits([true; 4]), bits([true; 4])).is_known());
        let unknown = left.unknown_on(&bits([true, false, false, true]));
        assert_eq!(
            unknown,
            Mask { sure: bits([false, true, false, false]), maybe: bits([true, true, false, true]) }
        );
        assert_eq!(unknown.and(&right).sure, bits([false; 4]));
        assert_eq!(unknown.or(&right).maybe, bits([true; 4]));
    }
}
