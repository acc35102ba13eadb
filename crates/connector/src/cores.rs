//! Work on all cores.

pub(crate) use assay_model::cores::{count, side_by_side};

/// Objects that no thread is worth being started for, to be parsed.
pub(crate) const FEW: usize = 32;
