//! Why an evaluation could not be done.

use crate::query::Diagnostic;

/// Why an evaluation could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The snapshot cannot be read.
    #[error(transparent)]
    Snapshot(#[from] assay_snapshot::Error),
    /// A column cannot be computed with.
    #[error("{0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// The results cannot be written down.
    #[error("the results cannot be digested: {0}")]
    Digest(#[from] serde_json::Error),
    /// A kept object cannot be read.
    #[error("{table} of the snapshot has no object at {id}: {reason}")]
    Object {
        /// The table of objects.
        table: String,
        /// The object's id.
        id: String,
        /// What is wrong with it; quotes nothing of it.
        reason: String,
    },
    /// The objects that columns have to be taken from are not there.
    #[error(
        "the snapshot has {stored} rows in {table}, not as they are needed, and {kept} objects to take them from"
    )]
    Objects {
        /// The table.
        table: String,
        /// Its rows.
        stored: u64,
        /// The objects there are.
        kept: usize,
    },
    /// An entry of a list belongs to nothing: whatever was asked of its parent, it would be left out.
    #[error("{list} of the snapshot has an entry of nothing that is in {parent}, or not in its order")]
    Entry {
        /// The table of entries.
        list: String,
        /// The table of what has them.
        parent: String,
    },
    /// Checks hold mistakes; all of them are told.
    #[error("{} in stored checks", mistakes(.0.len()))]
    Checks(Vec<CheckMistake>),
    /// The model declares something as derived that no derivation makes, or that one makes otherwise.
    #[error("the model does not fit what derives it: {0}")]
    Derivation(String),
    /// The exceptions' filters hold mistakes, or could not be evaluated.
    #[error("{0}")]
    Exceptions(String),
}

/// A mistake in one check of one control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckMistake {
    /// The control's id.
    pub control: String,
    /// The check's slug.
    pub check: String,
    /// The byte of the control's file at which the mistaken block starts.
    pub offset: usize,
    /// The mistake, with its place within the block.
    pub mistake: Diagnostic,
}

fn mistakes(count: usize) -> String {
    if count == 1 { "1 mistake".to_owned() } else { format!("{count} mistakes") }
}
