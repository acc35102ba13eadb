//! The official fixtures of the Pod Security Standards: every case, by the controls mapped to its rule.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_connector::manifest::Input;
use assay_connector::{ManifestRequest, collect_manifests};
use assay_controls::{Control, Library};
use assay_evaluator::{Request, evaluate};
use assay_model::schema::Schema;
use assay_snapshot::Store;
use assay_tests::skip::{Skip, want};
use serde_json::Value;

/// The framework that the fixtures are of.
const FRAMEWORK: &str = "pss-1.37";

fn corpus() -> Result<PathBuf, Skip> {
    let folder = assay_tests::tools::root().join("../shared/corpora/psa");
    if folder.is_dir() {
        Ok(folder)
    } else {
        Err(Skip("the fixtures are not beside this checkout".to_owned()))
    }
}

/// The requirements of the framework that a manifest's findings are about.
fn failed(schema: &Schema, library: &Library, manifest: &Path) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let inputs = vec![Input::Path(manifest.to_owned())];
    let request = ManifestRequest::new(inputs);
    let snapshot = collect_manifests(&request, schema, &store, &()).unwrap();
    let controls: Vec<&Control> =
        library.controls().iter().filter(|control| control.frameworks.contains_key(FRAMEWORK)).collect();
    let request = Request::new(schema, &snapshot, &controls);
    let audit = evaluate(&request).unwrap().audit;
    let requirements: BTreeMap<&str, &Vec<String>> =
        audit.controls.iter().map(|control| (control.id.as_str(), &control.frameworks[FRAMEWORK])).collect();
    audit.findings.iter().flat_map(|finding| requirements[&*finding.control].clone()).collect()
}

#[test]
fn every_official_case_is_right() {
    let Some(corpus) = want("every_official_case_is_right", corpus()) else { return };
    let (schema, library) = (Schema::built_in().unwrap(), Library::built_in().unwrap());
    let cases = std::fs::read_to_string(corpus.join("cases.jsonl")).unwrap();
    let mut manifests: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in cases.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let text = |key: &str| case[key].as_str().unwrap().to_owned();
        let path = text("manifest");
        let failed =
            manifests.entry(path.clone()).or_insert_with(|| failed(&schema, &library, &corpus.join(&path)));
        let check = text("check");
        let fails = match check.strip_prefix("level/") {
            // A rule of the baseline is one of restricted's too.
            Some("restricted") => !failed.is_empty(),
            Some(level) => failed.iter().any(|rule| rule.starts_with(&format!("{level}/"))),
            None => failed.contains(&check),
        };
        count += 1;
        if fails != (text("expect") == "fail") {
            wrong.push(format!("{}: expected {}, failed {failed:?}", text("case"), text("expect")));
        }
    }
    assert!(count >= 149, "{count} cases");
    assert!(wrong.is_empty(), "{} of {count} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
