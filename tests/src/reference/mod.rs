//! The check language, interpreted as plainly as it can be: row by row, without an index, from the query's syntax
//! alone. It was written from the description of the dialect and not from the evaluator, and shares no code with
//! it, so that both being wrong in the same way is unlikely. What it knows of a snapshot is its rows and its schema.
//!
//! A query that the evaluator would refuse makes it panic: its callers bring queries that the evaluator accepted.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "only tests call this, and a panic is how they fail"
)]

mod document;
mod extra;
mod field;
mod filter;
mod object;
mod quantifier;
mod relation;
mod scalar;
mod selection;
mod template;
mod truth;
mod world;

/// The derived facts that the interpreter derives too, in its own way.
pub const DERIVED: [&str; 4] = ["builtIn", "cluster", "topLevel", "uidOrId"];

pub use selection::{Answer, answer};
pub use truth::Truth;
pub use world::World;
