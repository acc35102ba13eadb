//! A check: a query, what is expected of its result, and what to tell about a failing asset.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::document::{Item, Part, RawSection};
use crate::problem::Mistakes;
use crate::{CheckSlug, Expected, FrameworkId};

/// One question to a snapshot.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Stable name within the control.
    pub slug: CheckSlug,
    /// What should hold.
    pub title: String,
    /// The stored query.
    pub query: Block,
    /// A selection on the failing asset's type: more facts for each finding.
    pub evidence: Option<Block>,
    /// A query for what was examined, where the default is too wide.
    pub population: Option<Block>,
    /// What makes it pass.
    pub expected: Expected,
    /// Why no snapshot can decide it: what it asks for is no Kubernetes object. Its query is empty then.
    pub unknown: Option<String>,
    /// Dot path of the query's selections to the failing assets, where the fragment stands elsewhere.
    pub return_path: Option<String>,
    /// How its findings are sorted; by asset id if it says nothing.
    pub order: Option<Order>,
    /// Which of the control's requirements it serves; nothing for all of them.
    pub serves: Vec<String>,
    /// Bytes of the heading in the file, to point at the whole check.
    pub span: Range<usize>,
}

impl Check {
    /// Names that stand behind a `$` in its blocks.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let blocks = [Some(&self.query), self.evidence.as_ref(), self.population.as_ref()];
        blocks.into_iter().flatten().flat_map(|block| variables(&block.text))
    }
}

/// The names of the variables in a query's text.
pub fn variables(query: &str) -> impl Iterator<Item = &str> {
    query.split('$').skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        &rest[..end]
    })
}

/// A fenced block, with its place in the file, so that an error in it can be shown there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What stands between the fences, byte for byte.
    pub text: String,
    /// The byte of the file at which `text` starts.
    pub offset: usize,
}

/// A field of the evidence to sort findings by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Dot path into the evidence.
    pub field: String,
    /// Largest first.
    pub descending: bool,
}

impl Order {
    /// Reads `field` or `-field`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (field, descending) = text.strip_prefix('-').map_or((text, false), |field| (field, true));
        let word = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                && !part.starts_with(|c: char| c.is_ascii_digit())
        };
        if field.split('.').all(word) {
            Ok(Self { field: field.to_owned(), descending })
        } else {
            Err(format!(
                "`{text}` is no field: write `Order: podCount`, or `Order: -podCount` for largest first"
            ))
        }
    }
}

/// Reads the parts of the Checks section.
pub(crate) fn read_all(text: &str, section: &RawSection, mistakes: &mut Mistakes) -> Vec<Check> {
    for item in &section.items {
        mistakes.add_with_help(item.span(), "text outside a check", "start a check with `### slug: title`");
    }
    if section.parts.is_empty() {
        mistakes.add(section.heading_span.clone(), "there is no check: start one with `### slug: title`");
    }
    let mut checks: Vec<Check> = Vec::new();
    for part in &section.parts {
        let Some(check) = read(text, part, mistakes) else { continue };
        if checks.iter().any(|other| other.slug == check.slug) {
            mistakes.add(check.span.clone(), format!("a second check `{}`", check.slug));
        }
        checks.push(check);
    }
    checks
}

/// What each check serves is the control's to serve, and each requirement is served by some check.
pub(crate) fn serve(
    checks: &[Check],
    frameworks: &BTreeMap<FrameworkId, Vec<String>>,
    mistakes: &mut Mistakes,
) {
    let all: Vec<&str> = frameworks.values().flatten().map(String::as_str).collect();
    for check in checks {
        for id in check.serves.iter().filter(|id| !all.contains(&id.as_str())) {
            let message = format!("the control does not serve `{id}`, so that its check cannot");
            mistakes.add_unknown(check.span.clone(), message, id, &all);
        }
    }
    let serves = |check: &Check, id: &str| check.serves.is_empty() || check.serves.iter().any(|it| it == id);
    let is_served = |id: &str| checks.iter().any(|check| serves(check, id));
    let (Some(first), Some(id)) = (checks.first(), all.iter().find(|id| !is_served(id))) else { return };
    let message = format!("no check serves `{id}`, which the control does");
    mistakes.add_with_help(
        first.span.clone(),
        message,
        format!("add `{id}` to the line `Serves:` of a check"),
    );
}

/// The slugs that the headings give, for examples to name; nothing if a heading could not be read, since then
/// an example's mistake would only follow from that.
pub(crate) fn slugs(section: &RawSection) -> Option<Vec<&str>> {
    let slugs: Option<Vec<&str>> =
        section.parts.iter().map(|part| Some(part.heading.split_once(": ")?.0)).collect();
    slugs.filter(|slugs| !slugs.is_empty() && slugs.iter().all(|slug| CheckSlug::new(*slug).is_ok()))
}

/// The blocks and lines of one check, each at most once.
#[derive(Default)]
struct Parts {
    query: Option<Block>,
    evidence: Option<Block>,
    population: Option<Block>,
    expected: Option<Expected>,
    unknown: Option<String>,
    return_path: Option<String>,
    order: Option<Order>,
    serves: Vec<String>,
    /// A line that was there but wrong has been reported, and is not missing.
    expected_seen: bool,
}

fn read(text: &str, part: &Part, mistakes: &mut Mistakes) -> Option<Check> {
    let name = heading(part, mistakes);
    let mut parts = Parts::default();
    for item in &part.items {
        match item {
            Item::Fence { info, span, block } => parts.fence(info, span, block, mistakes),
            Item::Paragraph { span } => parts.lines(text, span, mistakes),
            Item::Other { span } => stray(span.clone(), mistakes),
        }
    }
    let place = &part.heading_span;
    if parts.unknown.is_some() {
        parts.query.get_or_insert(Block { text: String::new(), offset: place.end });
        parts.expected.get_or_insert(Expected::Assets { empty: true });
        parts.expected_seen = true;
    }
    if parts.query.is_none() {
        mistakes.add_with_help(place.clone(), "the check has no query", "add a `graphql` block");
    }
    if !parts.expected_seen {
        let help = "add a line such as ``Expected: `eq []` ``";
        mistakes.add_with_help(place.clone(), "the check does not say what it expects", help);
    }
    let Parts { query, evidence, population, expected, unknown, return_path, order, serves, .. } = parts;
    let ((slug, title), span) = (name?, place.clone());
    let (query, expected) = (query?, expected?);
    Some(Check {
        slug,
        title,
        query,
        evidence,
        population,
        expected,
        unknown,
        return_path,
        order,
        serves,
        span,
    })
}

fn heading(part: &Part, mistakes: &mut Mistakes) -> Option<(CheckSlug, String)> {
    let place = part.heading_span.clone();
    let Some((slug, title)) = part.heading.split_once(": ") else {
        mistakes.add_with_help(place, "a check's heading has a slug and a title", "write `### slug: title`");
        return None;
    };
    match CheckSlug::new(slug) {
        Ok(slug) => Some((slug, title.trim().to_owned())),
        Err(error) => {
            mistakes.add(place, error.to_string());
            None
        }
    }
}

fn stray(span: Range<usize>, mistakes: &mut Mistakes) {
    let help = "a check has `graphql` blocks, and lines `Expected:`, `Serves:`, `Return path:` and `Order:`; explanations belong into Audit";
    mistakes.add_with_help(span, "this is no part of a check", help);
}

impl Parts {
    fn fence(&mut self, info: &str, span: &Range<usize>, block: &Block, mistakes: &mut Mistakes) {
        let words: Vec<&str> = info.split_whitespace().collect();
        let slot = match words[..] {
            ["graphql"] => &mut self.query,
            ["graphql", "evidence"] => &mut self.evidence,
            ["graphql", "population"] => &mut self.population,
            _ => {
                let help = "use `graphql`, `graphql evidence` or `graphql population`";
                return mistakes.add_with_help(span.clone(), format!("a check has no `{info}` block"), help);
            }
        };
        if block.text.trim().is_empty() {
            mistakes.add(span.clone(), format!("the `{info}` block is empty"));
        }
        if slot.replace(block.clone()).is_some() {
            mistakes.add(span.clone(), format!("a second `{info}` block"));
        }
    }

    fn lines(&mut self, text: &str, span: &Range<usize>, mistakes: &mut Mistakes) {
        let mut start = span.start;
        for line in text[span.clone()].split_inclusive('\n') {
            let place = start..start + line.trim_end().len();
            start += line.len();
            match line.split_once(':').map(|(key, value)| (key, unquoted(value))) {
                Some(("Expected", value)) => self.expected(value, place, mistakes),
                Some(("Order", value)) => self.order(value, place, mistakes),
                Some(("Unknown", value)) if !value.is_empty() => self.unknown = Some(value.to_owned()),
                Some(("Return path", value)) => self.return_path(value, place, mistakes),
                Some(("Serves", value)) => self.serves(value, place, mistakes),
                _ => stray(place, mistakes),
            }
        }
    }

    fn expected(&mut self, value: &str, place: Range<usize>, mistakes: &mut Mistakes) {
        if std::mem::replace(&mut self.expected_seen, true) {
            mistakes.add(place.clone(), "a second `Expected:` line");
        }
        self.expected = value.parse().map_err(|error: String| mistakes.add(place, error)).ok();
    }

    fn return_path(&mut self, value: &str, place: Range<usize>, mistakes: &mut Mistakes) {
        if self.return_path.is_some() {
            mistakes.add(place.clone(), "a second `Return path:` line");
        }
        if value.is_empty() {
            let help = "write the names from a root field to the failing assets: `namespaces.configMaps`";
            mistakes.add_with_help(place, "the return path is empty", help);
        }
        self.return_path = Some(value.to_owned());
    }

    fn serves(&mut self, value: &str, place: Range<usize>, mistakes: &mut Mistakes) {
        if !self.serves.is_empty() {
            mistakes.add(place.clone(), "a second `Serves:` line");
        }
        self.serves = value.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect();
        if self.serves.is_empty() {
            let help = "write ids of the control's requirements: `Serves: 5.2.1, 5.2.2`; without the line it serves all";
            mistakes.add_with_help(place, "the check serves nothing", help);
        }
    }

    fn order(&mut self, value: &str, place: Range<usize>, mistakes: &mut Mistakes) {
        if self.order.is_some() {
            mistakes.add(place.clone(), "a second `Order:` line");
        }
        self.order = Order::parse(value).map_err(|error| mistakes.add(place, error)).ok();
    }
}

/// The value of a line, with or without backticks around it.
fn unquoted(value: &str) -> &str {
    let value = value.trim();
    value.strip_prefix('`').and_then(|value| value.strip_suffix('`')).unwrap_or(value).trim()
}
