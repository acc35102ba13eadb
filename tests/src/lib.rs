//! End-to-end and architecture tests.

pub mod apiserver;
pub mod assay;
pub mod skip;
pub mod tools;
