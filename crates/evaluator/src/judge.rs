//! What a query yields, and what is expected of it, as verdicts: an outcome for each asset.

use std::collections::BTreeMap;

use arrow::buffer::BooleanBuffer;
use assay_audit::Outcome;
use assay_audit::audit::OutcomeCounts;
use assay_controls::{Comparison, Equality, Expected};
use assay_model::schema::TableId;

use crate::Error;
use crate::check::{Found, Yield};
use crate::compile::Compiled;
use crate::data::Data;

/// The outcomes of one check.
pub(crate) struct Judged {
    /// Of assets and containers, by table.
    pub(crate) rows: BTreeMap<TableId, Verdicts>,
    /// Of the cluster itself, where the verdict belongs to no other asset.
    pub(crate) cluster: Option<Outcome>,
    /// What the query yielded.
    pub(crate) found: Yield,
}

/// The outcome for each row of a table that was examined, as bits.
#[derive(Debug, Clone)]
pub(crate) struct Verdicts {
    /// The rows that were examined.
    pub(crate) examined: BooleanBuffer,
    /// Those of them that fail.
    pub(crate) fail: BooleanBuffer,
    /// Those of them that are unknown.
    pub(crate) unknown: BooleanBuffer,
}

impl Verdicts {
    /// The outcome for a row that was examined.
    pub(crate) fn outcome(&self, row: usize) -> Outcome {
        match (self.fail.value(row), self.unknown.value(row)) {
            (true, _) => Outcome::Fail,
            (false, true) => Outcome::Unknown,
            (false, false) => Outcome::Pass,
        }
    }

    /// How many rows have each outcome.
    pub(crate) fn count(&self, into: &mut OutcomeCounts) {
        let count = |rows: &BooleanBuffer| rows.count_set_bits() as u64;
        into.fail += count(&self.fail);
        into.unknown += count(&self.unknown);
        into.pass += count(&self.examined) - count(&self.fail) - count(&self.unknown);
    }

    fn none(rows: usize) -> Self {
        let none = BooleanBuffer::new_unset(rows);
        Self { examined: none.clone(), fail: none.clone(), unknown: none }
    }
}

/// Runs a check and judges each asset.
pub(crate) fn judge(data: &Data<'_>, check: &Compiled<'_>) -> Result<Judged, Error> {
    let mut found = data.run(&check.query)?;
    if check.check.unknown.is_some() {
        return Ok(Judged { rows: BTreeMap::new(), cluster: Some(Outcome::Unknown), found });
    }
    let (rows, cluster) = match &check.check.expected {
        Expected::Assets { empty: true } => judge_rows(data, check, &mut found)?,
        expected => (BTreeMap::new(), Some(judge_whole(expected, &found))),
    };
    Ok(Judged { rows, cluster, found })
}

type Rows = (BTreeMap<TableId, Verdicts>, Option<Outcome>);

fn judge_rows(data: &Data<'_>, check: &Compiled<'_>, found: &mut Yield) -> Result<Rows, Error> {
    let mut rows: BTreeMap<TableId, Verdicts> = BTreeMap::new();
    for (table, Found { result, examined }) in found.tables() {
        let examined = match &check.population {
            Some(_) => result.maybe.clone(),
            None => examined,
        };
        let unknown = &(&result.maybe & &!&result.sure) & &examined;
        rows.insert(table, Verdicts { fail: &result.sure & &examined, unknown, examined });
    }
    if let Some(query) = &check.population {
        let population = data.run(query)?;
        for (table, Found { result, .. }) in population.tables() {
            let verdicts = rows.entry(table).or_insert_with(|| Verdicts::none(result.maybe.len()));
            verdicts.examined = &verdicts.examined | &result.maybe;
        }
        found.gaps.extend(&population.gaps);
        found.open_elsewhere |= population.open_elsewhere;
        found.reads.extend(&population.reads);
        found.flags |= population.flags;
        found.paths |= population.paths;
    }
    // Below an asset that could not be read there may be anything.
    for (table, open) in &found.open {
        let verdicts = rows.entry(*table).or_insert_with(|| Verdicts::none(open.len()));
        verdicts.examined = &verdicts.examined | open;
        verdicts.unknown = &verdicts.unknown | &(open & &!&verdicts.fail);
    }
    rows.retain(|_, verdicts| verdicts.examined.count_set_bits() > 0);
    Ok((rows, (!found.gaps.is_empty() || found.open_elsewhere).then_some(Outcome::Unknown)))
}

/// The verdict on the result as a whole, which belongs to the cluster.
fn judge_whole(expected: &Expected, found: &Yield) -> Outcome {
    let (mut least, mut most) = (0, 0);
    for Found { result, .. } in found.tables().into_values() {
        least += result.sure.count_set_bits() as u64;
        most += result.maybe.count_set_bits() as u64;
    }
    let open = !found.gaps.is_empty() || !found.open.is_empty() || found.open_elsewhere;
    let most = if open { u64::MAX } else { most };
    // A result of assets equals no other JSON value, but what was not read passes nothing.
    if let (Expected::Json { equality: Equality::Neq, .. }, true) = (expected, open) {
        return Outcome::Unknown;
    }
    let holds = |number: u64| match expected {
        Expected::Assets { empty } => (number == 0) == *empty,
        Expected::Boolean { equality, value } => (*equality == Equality::Eq) == ((number > 0) == *value),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_read_passes_nothing() {
        let unread = Yield { gaps: [0].into(), ..Yield::default() };
        for expected in [
            "eq []",
            "neq []",
            "eq true",
            "neq true",
            "neq null",
            "neq 1",
            "neq {}",
            "count lt 3",
            "count neq 3",
        ] {
            let expected = expected.parse().unwrap();
            assert_eq!(judge_whole(&expected, &unread), Outcome::Unknown, "{expected}");
        }
        // Whatever is there, it is more than that, or no such value.
        for expected in ["count gte 0", "eq 1"] {
            let expected: Expected = expected.parse().unwrap();
            assert_ne!(judge_whole(&expected, &unread), Outcome::Unknown, "{expected}");
        }
    }

    #[test]
    fn an_empty_result_that_is_whole_is_judged() {
        for (expected, outcome) in [
            ("neq []", Outcome::Fail),
            ("neq null", Outcome::Fail),
            ("eq null", Outcome::Pass),
            ("neq 1", Outcome::Pass),
            ("eq 1", Outcome::Fail),
        ] {
            assert_eq!(judge_whole(&expected.parse().unwrap(), &Yield::default()), outcome, "{expected}");
        }
    }
}
