//! What the evaluator and SQL answer to a query, in the reference's words.

#![allow(clippy::unwrap_used, reason = "only tests call this, and a panic is how they fail")]

use assay_evaluator::Found;
use assay_evaluator::data::Data;
use assay_evaluator::query::Query;

use crate::reference::{Answer, Truth};
use crate::tools::Rows;

/// What the evaluator answers.
pub fn evaluated(data: &Data<'_>, query: &Query) -> Answer {
    let found = data.run(query).unwrap();
    let mut answer =
        Answer { incomplete: !found.gaps.is_empty() || found.open_elsewhere, ..Answer::default() };
    for (table, Found { result, examined }) in found.tables() {
        let ids = data.ids(table).unwrap();
        for row in examined.set_indices() {
            let truth = match (result.is_sure(row), result.is_unknown(row)) {
                (true, _) => Truth::True,
                (false, true) => Truth::Unknown,
                (false, false) => Truth::False,
            };
            // A service account and the subject that it is have one id.
            let known = answer.assets.entry(ids.value(row).to_owned()).or_insert(truth);
            *known = truth.max(*known);
        }
    }
    for (table, open) in &found.open {
        let ids = data.ids(*table).unwrap();
        answer.open.extend(open.set_indices().map(|row| ids.value(row).to_owned()));
    }
    answer
}

/// What the rows say that a query's SQL gives.
pub fn answered(rows: &Rows) -> Answer {
    let mut answer = Answer::default();
    for row in rows {
        let Some(id) = row["id"].as_str().map(str::to_owned) else {
            answer.incomplete = true;
            continue;
        };
        if row["is_open"] == true {
            answer.open.insert(id);
            continue;
        }
        let truth = match row["holds"].as_bool() {
            Some(holds) => holds.into(),
            None => Truth::Unknown,
        };
        answer.assets.insert(id, truth);
    }
    answer
}
