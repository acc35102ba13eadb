//! A comparison of two audits in words.

use std::fmt::Write as _;

use anstyle::Style;
use assay_audit::compare::{ComparedAudit, Comparison, FindingChange, FindingState, InventoryChanges};

use crate::output::{self, BOLD, ERROR, FAINT, GOOD, WARNING, count, shown, styled};
use crate::summary::{seconds, subject};

/// The states that are told one by one, with a heading and its style.
const STATES: [(FindingState, &str, Style); 9] = [
    (FindingState::New, "New", ERROR),
    (FindingState::Worsened, "Worsened", ERROR),
    (FindingState::UnknownNow, "Could not be examined again", WARNING),
    (FindingState::NotExamined, "Not examined", WARNING),
    (FindingState::ControlChanged, "The control changed", WARNING),
    (FindingState::Excepted, "Excepted now", BOLD),
    (FindingState::NotFoundAgain, "Not found again, since it passed or its asset is gone", BOLD),
    (FindingState::AssetGone, "Asset gone", BOLD),
    (FindingState::Resolved, "Resolved", GOOD),
];

/// Assets named in each list of the inventory.
const ASSETS: usize = 10;

/// What changed, worst first.
pub(crate) fn describe(comparison: &Comparison) -> String {
    let mut text = format!("From {}\nto   {}\n\n", audit(&comparison.old), audit(&comparison.new));
    if comparison.is_empty() {
        let unchanged = comparison.of(FindingState::Unchanged).count() as u64;
        let _ = writeln!(text, "Nothing changed: {} as before.", count(unchanged, "finding"));
        return text;
    }
    for (state, heading, style) in STATES {
        let changes: Vec<_> = comparison.of(state).filter(|change| change.is_change()).collect();
        if !changes.is_empty() {
            let _ = writeln!(text, "{} ({})", styled(style, heading), changes.len());
            changes.iter().for_each(|change| text += &line(change));
        }
    }
    if let Some(inventory) = &comparison.inventory {
        assets(inventory, &mut text);
    }
    let unchanged = comparison.of(FindingState::Unchanged).count() as u64;
    let _ = writeln!(text, "\nUnchanged: {}", count(unchanged, "finding"));
    text
}

fn audit(audit: &ComparedAudit) -> String {
    let cluster = shown(&audit.cluster);
    let id = styled(FAINT, audit.result_digest.get(..16).unwrap_or(&audit.result_digest));
    format!("{cluster}, snapshot {}, as of {}, audit {id}", shown(&audit.snapshot), seconds(&audit.as_of))
}

fn line(change: &FindingChange) -> String {
    let finding = &change.finding;
    let severity = styled(output::severity(finding.severity), format!("{:<8}", finding.severity));
    let check = styled(FAINT, format!("{}/{}", shown(&finding.control), shown(&finding.check)));
    format!("  {severity}  {}  {check}\n", subject(finding))
}

fn assets(inventory: &InventoryChanges, text: &mut String) {
    let lists = [
        ("Assets added", &inventory.added),
        ("Assets removed", &inventory.removed),
        ("Assets changed", &inventory.changed),
        ("Assets that could not be compared", &inventory.unknown),
    ];
    for (heading, list) in lists.iter().filter(|(_, list)| !list.is_empty()) {
        let _ = writeln!(text, "{} ({})", styled(BOLD, heading), list.len());
        for asset in list.iter().take(ASSETS) {
            let _ = writeln!(text, "  {}", shown(asset.as_str()));
        }
        if list.len() > ASSETS {
            let _ = writeln!(text, "  and {} more", list.len() - ASSETS);
        }
    }
}
