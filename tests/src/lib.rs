//! End-to-end and architecture tests.

pub mod apiserver;
pub mod assay;
pub mod fake;
pub mod random;
pub mod skip;
pub mod tools;
