//! Controls' examples as tests: each is collected as a manifest and evaluated, as a user's would be.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use arrow::array::{Array, RecordBatch, StringArray};
use assay_audit::Outcome;
use assay_connector::{ManifestRequest, collect_manifests, manifest};
use assay_controls::{Control, Example, Expectation, Lists};
use assay_evaluator::{Request, evaluate};
use assay_model::cores::side_by_side;
use assay_model::schema::Schema;
use assay_snapshot::Store;

use crate::failure::{Failure, internal};

/// An example that was tried.
pub(crate) struct Tried<'c> {
    /// Its control.
    pub(crate) control: &'c Control,
    /// The example.
    pub(crate) example: &'c Example,
    /// What came of it instead of what must; nothing if that did.
    pub(crate) failure: Option<String>,
}

/// Tries the examples of controls, on all cores, and returns them in order.
pub(crate) fn try_all<'c>(
    schema: &Schema,
    controls: &[&'c Control],
    lists: &Lists,
) -> Result<Vec<Tried<'c>>, Failure> {
    let folder = tempfile::tempdir().map_err(internal)?;
    let examples: Vec<(usize, &Control, &Example)> = controls
        .iter()
        .flat_map(|control| control.examples.iter().map(move |example| (*control, example)))
        .enumerate()
        .map(|(index, (control, example))| (index, control, example))
        .collect();
    Ok(side_by_side(&examples, 1, |(index, control, example)| {
        let place = folder.path().join(index.to_string());
        let failure = try_one(schema, control, lists, example, &place).err();
        // Thousands of snapshots would fill a small file system.
        let _ = fs::remove_dir_all(&place);
        Tried { control, example, failure }
    }))
}

/// Collects and evaluates one example in a folder of its own.
fn try_one(
    schema: &Schema,
    control: &Control,
    lists: &Lists,
    example: &Example,
    folder: &Path,
) -> Result<(), String> {
    let failed = |error: &dyn std::error::Error| format!("  {error}");
    fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    let file = folder.join("example.yaml");
    fs::write(&file, &example.yaml).map_err(|error| failed(&error))?;
    let store = Store::open(folder.join("store")).map_err(|error| failed(&error))?;
    let request = ManifestRequest::new(vec![manifest::Input::Path(file)]);
    let snapshot = collect_manifests(&request, schema, &store, &()).map_err(|error| failed(&error))?;
    let controls = [control];
    let request = Request { lists, ..Request::new(schema, &snapshot, &controls) };
    let evaluated = evaluate(&request).map_err(|error| failed(&error))?;
    let results = evaluated.results.whole().map_err(|error| failed(&error))?;
    let rows = rows(&results).ok_or("  the results lack a column")?;
    judge(example, &rows)
}

/// What a check says of an asset.
struct Row {
    check: String,
    asset: String,
    outcome: Outcome,
}

fn rows(results: &RecordBatch) -> Option<Vec<Row>> {
    let texts = |name: &str| results.column_by_name(name)?.as_any().downcast_ref::<StringArray>();
    let (checks, assets, outcomes) = (texts("check")?, texts("asset")?, texts("outcome")?);
    let row = |row: usize| {
        let outcome = outcomes.value(row).parse().ok()?;
        Some(Row { check: checks.value(row).to_owned(), asset: assets.value(row).to_owned(), outcome })
    };
    (0..checks.len()).map(row).collect()
}

/// Whether the outcome is the one that the example names, and if not, what each check said.
fn judge(example: &Example, rows: &[Row]) -> Result<(), String> {
    let meant = |row: &&Row| {
        example.check.as_ref().is_none_or(|check| check.as_str() == row.check)
            && example.asset.as_ref().is_none_or(|asset| asset.as_str() == row.asset)
    };
    let outcome = Outcome::of(rows.iter().filter(meant).map(|row| row.outcome));
    if outcome == expected(example.expectation) {
        return Ok(());
    }
    let mut text = format!("  expected {}, got {}", example.expectation.as_str(), outcome.as_str());
    if let Some(asset) = &example.asset {
        let _ = write!(text, " for {asset}");
    }
    for row in rows {
        let _ = write!(text, "\n    {:<13} {} {}", row.outcome.as_str(), row.check, row.asset);
    }
    Err(text)
}

fn expected(expectation: Expectation) -> Outcome {
    match expectation {
        Expectation::Pass => Outcome::Pass,
        Expectation::Fail => Outcome::Fail,
        Expectation::Unknown => Outcome::Unknown,
        Expectation::NotApplicable => Outcome::NotApplicable,
    }
}
