//! Exceptions: failures that somebody answers for, until a day. They mark findings and never remove one.

mod fields;
mod parse;
mod select;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use assay_model::id::AssetId;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::audit::ExceptionUse;
use crate::finding::Finding;

pub use select::AssetSelector;

/// A file of exceptions, as parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exceptions {
    path: String,
    text: String,
    list: Vec<Exception>,
}

/// One exception: what it covers, why, who answers for it, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Its id, unique in the file.
    pub id: String,
    /// The ids of the controls it is for; empty for all.
    pub controls: Vec<String>,
    /// The slugs of their checks; empty for all.
    pub checks: Vec<String>,
    /// The assets it is for.
    pub assets: AssetSelector,
    /// Why it was granted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day it covers anything.
    pub expires: Date,
    /// Where it starts in the file, from 1.
    pub line: u32,
    /// The column of that place, from 1, in characters.
    pub column: u32,
}

/// A mistake in a file of exceptions, with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExceptionProblem {
    /// The file, as it was given.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for ExceptionProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.path, self.line, self.column, self.message)
    }
}

impl std::error::Error for ExceptionProblem {}

impl Exceptions {
    /// Reads the text of a file; `path` is for messages alone. All mistakes are returned, in the file's order.
    pub fn parse(path: &str, text: &str) -> Result<Self, Vec<ExceptionProblem>> {
        let list = parse::parse(path, text)?;
        Ok(Self { path: path.to_owned(), text: text.to_owned(), list })
    }

    /// The exceptions, in the file's order.
    pub fn iter(&self) -> impl Iterator<Item = &Exception> {
        self.list.iter()
    }

    /// The text they were read from, to be kept beside the audit.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of the text, in hexadecimal: what `sha256sum` says of the file.
    pub fn digest(&self) -> String {
        assay_model::canonical::hex(&Sha256::digest(self.text.as_bytes()))
    }

    /// Replaces controls' former ids by their present ones: `current` gives the id that a control goes by now,
    /// and `None` for one there is not. Those are returned as mistakes, since a misspelt exception would
    /// cover nothing in silence.
    pub fn resolve_controls(&mut self, current: &dyn Fn(&str) -> Option<String>) -> Vec<ExceptionProblem> {
        let mut problems = Vec::new();
        for exception in &mut self.list {
            for control in &mut exception.controls {
                match current(control) {
                    Some(id) => *control = id,
                    None => problems.push(ExceptionProblem {
                        path: self.path.clone(),
                        line: exception.line,
                        column: exception.column,
                        message: format!(
                            "exception `{}`: there is no control `{control}`: correct its id, or delete it here",
                            exception.id
                        ),
                    }),
                }
            }
        }
        problems
    }

    /// Marks each finding with the first exception in force that covers it, and takes the mark from the others.
    ///
    /// An exception covers a finding if it selects the asset the finding belongs to, or each of the places it
    /// was seen at: selecting some of them covers nothing, so that no other one hides behind it.
    ///
    /// `as_of` is the day, in UTC, of the audit's as-of time. `labels` gives an asset's labels (`None` for one
    /// that isn't known), `where_ids` the assets that a filter selects. Each exception counts all findings it
    /// selects, whichever the finding is marked with; an expired one marks none. If a filter is refused,
    /// nothing is marked and the error says which, by file and line.
    pub fn apply(
        &self,
        findings: &mut [Finding],
        as_of: Date,
        labels: &dyn Fn(&AssetId) -> Option<BTreeMap<String, String>>,
        where_ids: &dyn Fn(&str) -> Result<BTreeSet<AssetId>, String>,
    ) -> Result<Vec<ExceptionUse>, String> {
        let filtered = self.filtered(where_ids)?;
        for finding in &mut *findings {
            finding.exception = None;
        }
        let uses = self.list.iter().zip(&filtered).map(|(exception, filtered)| {
            let expired = exception.expires < as_of;
            let mut count = 0;
            for finding in &mut *findings {
                if !exception.covers(finding, filtered.as_ref(), labels) {
                    continue;
                }
                count += 1;
                if !expired && finding.exception.is_none() {
                    finding.exception = Some(exception.id.clone());
                }
            }
            ExceptionUse {
                id: exception.id.clone(),
                reason: exception.reason.clone(),
                owner: exception.owner.clone(),
                expires: exception.expires.to_string(),
                expired,
                findings: count,
            }
        });
        Ok(uses.collect())
    }

    /// What each exception's filter selects; `None` for one that has no filter.
    fn filtered(
        &self,
        where_ids: &dyn Fn(&str) -> Result<BTreeSet<AssetId>, String>,
    ) -> Result<Vec<Option<BTreeSet<AssetId>>>, String> {
        let mut errors = Vec::new();
        let mut filtered = Vec::new();
        for exception in &self.list {
            match exception.assets.filter.as_deref().map(where_ids).transpose() {
                Ok(ids) => filtered.push(ids),
                Err(error) => errors.push(format!(
                    "{}:{}:{}: exception `{}`: `where`: {error}",
                    self.path, exception.line, exception.column, exception.id
                )),
            }
        }
        if errors.is_empty() { Ok(filtered) } else { Err(errors.join("\n")) }
    }
}

impl Exception {
    fn covers(
        &self,
        finding: &Finding,
        filtered: Option<&BTreeSet<AssetId>>,
        labels: &dyn Fn(&AssetId) -> Option<BTreeMap<String, String>>,
    ) -> bool {
        let named = |names: &[String], name: &str| names.is_empty() || names.iter().any(|one| one == name);
        let selects = |asset| self.assets.selects(asset, finding.container.as_deref(), filtered, labels);
        named(&self.controls, &finding.control)
            && named(&self.checks, &finding.check)
            && self.assets.selects_container(finding.container.as_deref())
            && (selects(&finding.asset)
                || (!finding.places.is_empty() && finding.places.iter().all(|place| selects(&place.asset))))
    }
}
