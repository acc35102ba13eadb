//! Examples: YAML with the outcome that a control must give for it.

use assay_model::id::AssetId;

use crate::document::{Item, Part, RawSection};
use crate::problem::{Mistakes, nearest_or_all};
use crate::{Block, CheckSlug};

/// Objects, and what must come of auditing them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// What it shows.
    pub title: String,
    /// What must come of it.
    pub expectation: Expectation,
    /// The check it is about; without one, all of the control's.
    pub check: Option<CheckSlug>,
    /// The one asset that must have this outcome.
    pub asset: Option<AssetId>,
    /// One or several YAML documents.
    pub yaml: String,
    /// The line of the file (from 1) that `yaml` starts in.
    pub line: usize,
}

/// The outcome an example must give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// At least one check passes, and none fails.
    Pass,
    /// At least one check fails.
    Fail,
    /// What is needed for a verdict is not readable.
    Unknown,
    /// There is nothing to examine.
    NotApplicable,
}

impl Expectation {
    const ALL: [Self; 4] = [Self::Pass, Self::Fail, Self::Unknown, Self::NotApplicable];

    /// The word in a fence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not-applicable",
        }
    }
}

const FENCE_HELP: &str = "write `yaml fail`, `yaml pass`, `yaml unknown` or `yaml not-applicable`, then, if \
                          needed, a check's slug and an asset's id";

/// What a fence says after `yaml`: `fail`, `fail slug`, `fail asset/id`, `fail slug asset/id`.
struct Fence {
    expectation: Expectation,
    check: Option<CheckSlug>,
    asset: Option<AssetId>,
}

impl Fence {
    fn parse(info: &str) -> Result<Self, String> {
        let mut words = info.split_whitespace().peekable();
        if words.next() != Some("yaml") {
            return Err("an example is a `yaml` block".to_owned());
        }
        let word = words.next().ok_or("an example says what must come of it")?;
        let expectation = Expectation::ALL
            .into_iter()
            .find(|expectation| expectation.as_str() == word)
            .ok_or_else(|| format!("`{word}` is no outcome"))?;
        // A slug cannot have a slash and an asset id always has.
        let check = words.next_if(|word| !word.contains('/')).map(CheckSlug::new).transpose();
        let asset = words.next_if(|word| word.contains('/')).map(AssetId::from_stored);
        match words.next() {
            Some(rest) => Err(format!("`{rest}` is one word too many")),
            None => Ok(Self { expectation, check: check.map_err(|e| e.to_string())?, asset }),
        }
    }
}

/// Reads the parts of the Examples section.
pub(crate) fn read_all(
    text: &str,
    section: &RawSection,
    checks: Option<&[&str]>,
    mistakes: &mut Mistakes,
) -> Vec<Example> {
    for item in section.items.iter().filter(|item| matches!(item, Item::Fence { .. })) {
        mistakes.add_with_help(item.span(), "an example without a heading", "put `### title` above it");
    }
    section.parts.iter().flat_map(|part| read(text, part, checks, mistakes)).collect()
}

fn read(text: &str, part: &Part, checks: Option<&[&str]>, mistakes: &mut Mistakes) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut fences = 0;
    for item in &part.items {
        let Item::Fence { info, span, block } = item else { continue };
        fences += 1;
        let example = Fence::parse(info).and_then(|fence| named(fence, checks));
        match example {
            Ok(fence) => examples.push(Example::new(text, &part.heading, fence, block)),
            Err(error) => {
                let info_line = text[span.start..block.offset].trim_end().len();
                mistakes.add_with_help(span.start..span.start + info_line, error, FENCE_HELP);
            }
        }
    }
    if fences == 0 {
        mistakes.add(part.heading_span.clone(), "the example has no `yaml` block");
    }
    examples
}

/// Refuses a check that the control does not have.
fn named(fence: Fence, checks: Option<&[&str]>) -> Result<Fence, String> {
    let (Some(slug), Some(checks)) = (&fence.check, checks) else { return Ok(fence) };
    if checks.contains(&slug.as_str()) {
        return Ok(fence);
    }
    let hint = nearest_or_all(slug.as_str(), checks).map(|hint| format!("; {hint}")).unwrap_or_default();
    Err(format!("there is no check `{slug}`{hint}"))
}

impl Example {
    fn new(text: &str, title: &str, fence: Fence, block: &Block) -> Self {
        let Fence { expectation, check, asset } = fence;
        let line = text.as_bytes()[..block.offset].iter().filter(|&&byte| byte == b'\n').count() + 1;
        Self { title: title.to_owned(), expectation, check, asset, yaml: block.text.clone(), line }
    }
}
