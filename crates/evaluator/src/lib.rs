//! Stored check → typed query → columnar evaluation → the audit.
//!
//! [`query`] knows the model and no engine; [`data`] opens a snapshot's columns and computes relations;
//! `eval` answers a filter for all rows of a table at once; `check` walks a query; `audit` runs all controls
//! and makes the document that reports render.

mod answer;
mod audit;
mod check;
mod compare;
mod compile;
pub mod data;
mod describe;
mod duplicated;
mod elsewhere;
mod error;
mod eval;
mod evidence;
mod explain;
mod findings;
mod json_test;
mod judge;
mod mask;
mod object;
mod positions;
mod project;
pub mod query;
mod results;
pub mod sql;
mod test;
mod texts;
mod unread;

pub use answer::{Answer, Row};
pub use audit::{Evaluated, Request, evaluate, evaluate_checks};
pub use check::{Found, Site, Yield};
pub use compile::{Checks, result_type};
pub use error::{CheckMistake, Error};
pub use evidence::SnapshotEvidence;
pub use explain::{Condition, Explained, explain_query};
pub use mask::Mask;
pub use results::Results;
pub use texts::Texts;
