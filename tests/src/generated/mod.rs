//! Random snapshots and random queries over the model, the same for the same seed. Both draw their names and values
//! from the same few, so that references are found and dangle, and conditions hold and don't.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "only tests call this, and a panic is how they fail"
)]

mod condition;
mod lists;
mod object;
mod objects;
mod query;
mod relation;
mod scalar;
mod shrink;
mod values;

use assay_model::schema::Schema;

/// The model, and a type of a user's own.
pub fn schema() -> Schema {
    let own = ("own.graphql".to_owned(), include_str!("own.graphql").to_owned());
    Schema::with_files(&[own]).unwrap()
}

pub use lists::lists;
pub use objects::{Cluster, Kinds};
pub use query::{Literal, Query, Selection, Style, query};
pub use shrink::shrink;
