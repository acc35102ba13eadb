//! End-to-end and architecture tests.

pub mod apiserver;
pub mod skip;
pub mod tools;
