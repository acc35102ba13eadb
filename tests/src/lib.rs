//! End-to-end and architecture tests.

pub mod answers;
pub mod apiserver;
pub mod assay;
pub mod fake;
pub mod generated;
pub mod leaks;
pub mod lookalikes;
mod process;
pub mod proxy;
pub mod random;
pub mod reference;
pub mod skip;
pub mod tools;

pub use process::Watch;
