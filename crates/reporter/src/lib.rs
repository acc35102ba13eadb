//! Renders an audit. Each format is one module below `format`, found by the build script; nothing here
//! evaluates, reads a clock or asks a cluster, so the same audit gives the same bytes.

mod formats;
mod text;
mod undecided;
mod visible_json;
mod yaml;

#[cfg(test)]
mod tests;

use std::io;

use assay_audit::Audit;
use assay_audit::evidence::{EvidenceError, EvidenceSource};
use assay_controls::Library;

pub use formats::{format, formats};

/// All that a format may draw on.
pub struct Report<'a> {
    /// What is reported.
    pub audit: &'a Audit,
    /// The controls' texts and the frameworks.
    pub library: &'a Library,
    /// The objects that findings are about.
    pub evidence: &'a (dyn EvidenceSource + Sync),
    /// What the user chose.
    pub options: Options,
}

/// What a user may choose about reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The category under which code scanning keeps the results; `assay/<cluster>` if missing. An upload
    /// replaces the one before it of the same category, so two clusters must not share one.
    pub sarif_category: Option<String>,
}

/// A way to write a report.
pub trait Format: Sync {
    /// The name it is asked for by.
    fn name(&self) -> &'static str;

    /// The name of its file in a folder of reports.
    fn file_name(&self) -> &'static str;

    /// Writes the whole report.
    fn write(&self, report: &Report<'_>, out: &mut dyn io::Write) -> Result<(), ReportError>;
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The objects that findings are about could not be read.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// Its file could not be written.
    #[error("cannot write the report: {0}")]
    Io(#[from] io::Error),
    /// The audit could not be made JSON.
    #[error("cannot write the report as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The template failed, which is a mistake in it.
    #[error("cannot render the report: {0:#}")]
    Template(#[from] minijinja::Error),
}
