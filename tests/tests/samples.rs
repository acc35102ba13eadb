//! The sample reports are what assay makes of the shop today; `UPDATE=1` writes them anew.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::path::PathBuf;

use assay_audit::Audit;
use assay_connector::{ManifestRequest, collect_manifests, manifest::Input};
use assay_controls::{Control, Library};
use assay_evaluator::{Request, SnapshotEvidence, evaluate};
use assay_model::schema::Schema;
use assay_reporter::{Format, Options, Report, formats};
use assay_snapshot::Store;
use assay_tests::tools::root;

/// When the sample is from: a snapshot's own time would make each run another sample.
const TIME: &str = "2026-06-30T06:00:00Z";

#[test]
fn sample_reports_are_current() {
    // Files are named from where an audit is started.
    std::env::set_current_dir(root()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (schema, library) = (Schema::built_in().unwrap(), Library::built_in().unwrap());
    let store = Store::open(folder.path()).unwrap();
    let request = ManifestRequest {
        cluster_name: Some("shop".to_owned()),
        ..ManifestRequest::new(vec![Input::Path(PathBuf::from("testdata/shop"))])
    };
    let snapshot = collect_manifests(&request, &schema, &store, &()).unwrap();
    let controls: Vec<&Control> = library.controls().iter().collect();
    let as_of = Some(TIME.parse().unwrap());
    let request = Request { as_of, ..Request::new(&schema, &snapshot, &controls) };
    let audit = timeless(evaluate(&request).unwrap().audit);
    let evidence = SnapshotEvidence::new(&snapshot);
    let report =
        Report { audit: &audit, library: &library, evidence: &evidence, options: Options::default() };
    let old = formats().iter().filter(|format| !is_current(**format, &report));
    let old: Vec<&str> = old.map(|format| format.file_name()).collect();
    assert!(old.is_empty(), "reports/sample is not what assay makes: {old:?}; run again with UPDATE=1");
}

/// The same audit, as if its snapshot were made at the sample's time.
fn timeless(mut audit: Audit) -> Audit {
    let snapshot = &mut audit.snapshot;
    snapshot.id = "20260630T060000Z-000000000".to_owned();
    snapshot.digest = "0".repeat(64);
    snapshot.started_at = TIME.to_owned();
    snapshot.finished_at = TIME.to_owned();
    audit.result_digest = "0".repeat(64);
    audit
}

fn is_current(format: &dyn Format, report: &Report<'_>) -> bool {
    let mut text = Vec::new();
    format.write(report, &mut text).unwrap();
    let path = root().join("reports/sample").join(format.file_name());
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    fs::read(&path).unwrap_or_default() == text
}
