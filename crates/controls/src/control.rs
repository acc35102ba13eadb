//! A control as read from its file.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_model::severity::Severity;

use crate::{Check, ControlId, Example, FrameworkId};

/// The connectors a control can be written for.
pub const CONNECTORS: &[&str] = &["kubernetes", "manifests"];

/// One control: what must hold, why, and how to get there.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// Stable name; the file's name without its ending.
    pub id: ControlId,
    /// Its subject, in a few words.
    pub title: String,
    /// How bad a failure of any of its checks is.
    pub severity: Severity,
    /// What it is about; the folder it is in.
    pub category: String,
    /// Which requirements of which frameworks it serves.
    pub frameworks: BTreeMap<FrameworkId, Vec<String>>,
    /// Which connectors' snapshots it can be decided from (see [`CONNECTORS`]).
    pub connectors: Vec<String>,
    /// Ids it had in earlier releases; exceptions and old audits may still use them.
    pub former_ids: Vec<ControlId>,
    /// No snapshot can decide it: the Audit section says how a person does.
    pub manual: bool,
    /// Values for variables of its queries, in place of the queries' own defaults.
    pub variables: BTreeMap<String, serde_json::Value>,
    /// The sections of the page, in order, without Checks and Examples.
    pub sections: Vec<Section>,
    /// What is asked of a snapshot; empty if and only if it is manual.
    pub checks: Vec<Check>,
    /// Snapshots in small, with what must come of them.
    pub examples: Vec<Example>,
    /// Where it was read.
    pub source: ControlSource,
    /// SHA-256 of the file in lower-case hex: an audit names the text that it used.
    pub digest: String,
}

impl Control {
    /// The check of this slug.
    pub fn check(&self, slug: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.slug.as_str() == slug)
    }

    /// The Markdown of the section under this heading.
    pub fn section(&self, heading: &str) -> Option<&str> {
        self.sections.iter().find(|section| section.heading == heading).map(|s| s.markdown.as_str())
    }
}

/// A section of a control's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The heading's text.
    pub heading: String,
    /// What stands under it, without the heading.
    pub markdown: String,
}

/// The file a control was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlSource {
    /// The file: below this crate for a built-in control, else below the folder that was named.
    pub path: String,
    /// The file as the user would name it.
    pub shown_path: String,
    /// Its whole text; every `Block::offset` is a place in it.
    pub text: Arc<str>,
}
