//! Stored check → typed query → columnar evaluation → the audit.
//!
//! [`query`] knows the model and no engine; [`data`] opens a snapshot's columns and computes relations;
//! `eval` answers a filter for all rows of a table at once; `check` walks a query; `audit` runs all controls
//! and makes the document that reports render.

mod check;
pub mod data;
mod error;
mod eval;
mod mask;
mod project;
pub mod query;
mod test;

pub use check::{Site, Yield};
pub use error::{CheckMistake, Error};
pub use mask::Mask;
