//! Work on all cores.

pub(crate) use assay_model::cores::{Turns, count, in_turn, side_by_side};

/// Objects that no thread is worth being started for, to be parsed.
pub(crate) const FEW: usize = 32;
