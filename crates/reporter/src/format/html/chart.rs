//! The two bar plots of the summary, as numbers for the template's SVG.

use std::collections::BTreeMap;

use assay_audit::Audit;
use assay_model::severity::Severity;
use serde::Serialize;

use super::control::{OUTCOMES, outcome_key};

/// The width of the longest bar, in the plot's own units.
const WIDTH: f64 = 400.0;
/// Where bars start, right of the labels.
const START: f64 = 140.0;

/// A row of bars with its label.
#[derive(Serialize)]
pub(super) struct Row {
    label: String,
    total: u64,
    /// Where the last bar ends.
    end: String,
    bars: Vec<Bar>,
}

/// A part of a row.
#[derive(Serialize)]
struct Bar {
    class: &'static str,
    label: &'static str,
    count: u64,
    x: String,
    width: String,
}

/// Open findings by severity, worst first.
pub(super) fn severities(audit: &Audit) -> Vec<Row> {
    let count = |severity| audit.summary.open_findings.get(&severity).copied().unwrap_or(0);
    let most = Severity::ALL.into_iter().map(count).max().unwrap_or(0);
    let row = |severity: Severity| {
        let parts = [(severity.as_str(), severity.as_str(), count(severity))];
        self::row(severity.as_str(), &parts, most)
    };
    Severity::ALL.into_iter().rev().map(row).collect()
}

/// Controls of each category by outcome.
pub(super) fn categories(audit: &Audit) -> Vec<Row> {
    let mut counts: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    for control in &audit.controls {
        let category = counts.entry(&control.category).or_default();
        *category.entry(outcome_key(control.outcome)).or_default() += 1;
    }
    let most = counts.values().map(|category| category.values().sum()).max().unwrap_or(0);
    let row = |(category, counts): (&&str, &BTreeMap<&str, u64>)| {
        let count = |key| counts.get(key).copied().unwrap_or(0);
        let parts: Vec<_> = OUTCOMES.iter().map(|(key, label)| (*key, *label, count(*key))).collect();
        self::row(category, &parts, most)
    };
    counts.iter().map(row).collect()
}

fn row(label: &str, parts: &[(&'static str, &'static str, u64)], most: u64) -> Row {
    #[allow(clippy::cast_precision_loss, reason = "a plot needs no more than a few digits")]
    let length = |count: u64| if most == 0 { 0.0 } else { count as f64 / most as f64 * WIDTH };
    let mut x = START;
    let mut bars = Vec::new();
    for &(class, label, count) in parts.iter().filter(|(.., count)| *count > 0) {
        let width = length(count);
        bars.push(Bar { class, label, count, x: format!("{x:.1}"), width: format!("{width:.1}") });
        x += width;
    }
    let total = parts.iter().map(|(.., count)| count).sum();
    Row { label: label.to_owned(), total, end: format!("{:.1}", x + 8.0), bars }
}
