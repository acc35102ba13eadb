//! Catalogues kept as JSON: controls with rules, queries that rules name, policies that name controls. What can be
//! read of them, with what years of edits left; and the pages that controls become.

mod fields;
mod page;
mod read;
mod repair;

use serde_json::Value;

pub use page::{Ported, Rule, framework_file, page};
pub use read::read;

/// A catalogue as read.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// Controls, by slug.
    pub controls: Vec<CatalogueControl>,
    /// Queries, by slug: the text, braces put right.
    pub queries: std::collections::BTreeMap<String, String>,
    /// Policies, by slug.
    pub policies: Vec<Policy>,
    /// What could not be read or was put right, each with its file.
    pub notes: Vec<String>,
    /// How often a field that nothing is made of has a value, by what it is of and its name; and in which file first.
    left_out: std::collections::BTreeMap<(&'static str, String), (usize, String)>,
}

/// A control of a catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogueControl {
    /// The file, below the catalogue's folder.
    pub file: String,
    /// Its name.
    pub slug: String,
    /// Its title.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// Markdown.
    pub body: String,
    /// 1 low, 2 medium, 3 high.
    pub severity: u64,
    /// Markdown.
    pub remediation: String,
    /// Whether the catalogue uses it.
    pub enabled: bool,
    /// What it asks.
    pub rules: Vec<CatalogueRule>,
}

/// A rule of a control.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogueRule {
    /// Whose data it is about.
    pub providers: Vec<String>,
    /// How the result is compared.
    pub comparator: String,
    /// With what.
    pub expected: Value,
    /// The types it says it is about.
    pub subjects: Vec<String>,
    /// The slug of its query.
    pub query: String,
    /// Where the failing assets are, if not at the fragment.
    pub return_path: Option<String>,
    /// The slug or text of a query for the population.
    pub population: Option<String>,
    /// A person decides it.
    pub manual: bool,
}

/// A policy: a framework's requirements and the controls that serve each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The file, below the catalogue's folder.
    pub file: String,
    /// Its name.
    pub slug: String,
    /// Its title.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its requirements: slug, title, and the slugs of controls.
    pub procedures: Vec<(String, String, Vec<String>)>,
}

/// A name as ids are written: lower-case words with hyphens.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}
