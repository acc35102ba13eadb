//! What a check's result means: an outcome for each asset.

use std::collections::{BTreeMap, BTreeSet};

use assay_audit::Outcome;
use assay_controls::{Comparison, Equality, Expected};
use assay_model::schema::TableId;

use crate::Error;
use crate::check::Yield;
use crate::compile::Compiled;
use crate::data::Data;

/// The outcomes of one check.
pub(crate) struct Judged {
    /// By row of an asset or container.
    pub(crate) rows: BTreeMap<(TableId, usize), Outcome>,
    /// Of the cluster itself, where the verdict belongs to no other asset.
    pub(crate) cluster: Option<Outcome>,
    /// What the query yielded.
    pub(crate) found: Yield,
}

/// Runs a check and judges each asset.
pub(crate) fn judge(data: &Data<'_>, check: &Compiled<'_>) -> Result<Judged, Error> {
    let found = data.run(&check.query)?;
    let mut judged = Judged { rows: BTreeMap::new(), cluster: None, found };
    match &check.check.expected {
        Expected::Assets { empty: true } => judge_rows(data, check, &mut judged)?,
        expected => judged.cluster = Some(judge_whole(expected, &judged.found)),
    }
    Ok(judged)
}

fn judge_rows(data: &Data<'_>, check: &Compiled<'_>, judged: &mut Judged) -> Result<(), Error> {
    let result = judged.found.rows();
    let mut population: BTreeSet<(TableId, usize)> = result.keys().copied().collect();
    if let Some(query) = &check.population {
        let examined = data.run(query)?;
        judged.found.gaps.extend(&examined.gaps);
        judged.found.open_elsewhere |= examined.open_elsewhere;
        judged.found.reads.extend(&examined.reads);
        let examined = examined.rows();
        let both = examined.iter().chain(&result).filter(|(_, (_, maybe, _))| *maybe);
        population = both.map(|(row, _)| *row).collect();
    }
    for row in population {
        let outcome = match result.get(&row) {
            Some((true, ..)) => Outcome::Fail,
            Some((false, true, _)) => Outcome::Unknown,
            _ => Outcome::Pass,
        };
        judged.rows.insert(row, outcome);
    }
    // Below an asset that could not be read there may be anything.
    for row in &judged.found.open {
        let outcome = judged.rows.entry(*row).or_insert(Outcome::Unknown);
        *outcome = (*outcome).min(Outcome::Unknown);
    }
    if !judged.found.gaps.is_empty() || judged.found.open_elsewhere {
        judged.cluster = Some(Outcome::Unknown);
    }
    Ok(())
}

/// The verdict on the result as a whole, which belongs to the cluster.
fn judge_whole(expected: &Expected, found: &Yield) -> Outcome {
    let rows = found.rows();
    let least = rows.values().filter(|(sure, ..)| *sure).count() as u64;
    let most = rows.values().filter(|(_, maybe, _)| *maybe).count() as u64;
    let open = !found.gaps.is_empty() || !found.open.is_empty() || found.open_elsewhere;
    let most = if open { u64::MAX } else { most };
    let holds = |number: u64| match expected {
        Expected::Assets { empty } => (number == 0) == *empty,
        Expected::Boolean { equality, value } => (*equality == Equality::Eq) == ((number > 0) == *value),
        // A result of assets equals no other JSON value.
        Expected::Json { equality, .. } => *equality == Equality::Neq,
        Expected::Count { comparison, number: wanted } => comparison.holds(number, *wanted),
    };
    // Between the bounds only `eq` and `neq` can change their mind; the others are monotone.
    let edge = match expected {
        Expected::Count { comparison: Comparison::Eq | Comparison::Neq, number } => *number,
        _ => least,
    };
    let candidates = [least, most, edge.clamp(least, most)];
    match (candidates.iter().any(|n| holds(*n)), candidates.iter().all(|n| holds(*n))) {
        (_, true) => Outcome::Pass,
        (false, _) => Outcome::Fail,
        _ => Outcome::Unknown,
    }
}
