//! Stored check → one SQL statement over a store's Parquet files, for engines that are not assay.
//!
//! A statement answers for all snapshots of a store at once. A truth value is never NULL because a value is missing:
//! missing is a value, and each test of one is two-valued, so that `NOT` is the exact complement. NULL is what was
//! not collected, and SQL's own `AND`, `OR` and `NOT` then do with it what the evaluator does.
//!
//! Tests and lists within objects are lowered to SQL. What relates objects, and facts that are derived from several
//! tables, come from Parquet files under `derived/`, which [`derive()`] makes of a snapshot's own tables: they are no
//! part of the snapshot, and can be made again. A snapshot that this was not done for is unknown, whatever the
//! statement finds of it.

mod derive;
mod dialect;
mod filter;
mod needs;
mod outcome;
mod pattern;
mod relation;
mod select;
mod statement;
mod value;

use assay_controls::{Check, Control};
use assay_model::schema::{Schema, TableId};
use jiff::Timestamp;

use crate::compile::compile;
use crate::error::CheckMistake;
use crate::query::Bindings;
use statement::Statement;

pub use derive::derive;
pub use dialect::Dialect;
pub use needs::Needs;

/// Where a statement finds its tables.
pub struct Sources<'s> {
    /// The folder with the snapshots, as a pattern that the engine expands: `store/*/*`.
    pub folder: &'s str,
    /// Whether every snapshot there has a table with all of its columns.
    pub is_stored: &'s dyn Fn(TableId) -> bool,
    /// The instant that ages are counted from; each snapshot's own if there is none.
    pub as_of: Option<Timestamp>,
}

/// A statement, and what has to be derived before it can run.
#[derive(Debug)]
pub struct Lowered {
    /// The statement.
    pub text: String,
    /// What it reads from `derived/`.
    pub needs: Needs,
}

/// Why there is no statement.
#[derive(Debug, thiserror::Error)]
pub enum Unlowered {
    /// The check holds mistakes.
    #[error("the check has mistakes")]
    Mistakes(Vec<CheckMistake>),
    /// SQL cannot say what the check says.
    #[error("{0}")]
    Unsupported(String),
}

/// Lowers a check of a control.
pub fn lower(
    schema: &Schema,
    control: &Control,
    check: &Check,
    bindings: &Bindings<'_>,
    dialect: Dialect,
    sources: &Sources<'_>,
) -> Result<Lowered, Unlowered> {
    let compiled = compile(schema, &[control], bindings).map_err(Unlowered::Mistakes)?;
    let compiled = compiled.iter().find(|compiled| compiled.check.slug == check.slug);
    let compiled = compiled.ok_or_else(|| Unlowered::Unsupported(format!("no check `{}`", check.slug)))?;
    let mut statement = Statement::new(schema, dialect, sources);
    let outcome = statement.judge(compiled)?;
    let title = format!("{} / {}: {}", control.id, check.slug, check.title);
    let command = format!("`assay sql {}/{}`", control.id, check.slug);
    Ok(statement.finish(&title, &command, &outcome))
}

/// Lowers a query alone: for each asset that it examines, whether it is in the result (NULL: unknown). A row
/// `is_open` if there may be more below its asset; one without an asset, if there may be more assets in the snapshot.
pub fn lower_query(
    schema: &Schema,
    query: &crate::query::Query,
    dialect: Dialect,
    sources: &Sources<'_>,
) -> Result<Lowered, Unlowered> {
    let mut statement = Statement::new(schema, dialect, sources);
    let found = statement.query(query)?;
    let text = statement.answers(&found);
    Ok(statement.finish("a query", "`derive`", &text))
}
