//! What code scanning refuses or misreads.

use std::collections::BTreeSet;
use std::sync::Arc;

use assay_audit::Audit;
use assay_audit::evidence::{EvidenceError, EvidenceSource};
use assay_audit::finding::AssetRef;
use assay_model::id::AssetId;
use serde_json::Value;

use crate::tests::{Objects, audit, library, write};
use crate::{Options, Report, ReportError};

fn run(options: Options, max_results: usize) -> Value {
    run_of(&audit(), options, max_results)
}

fn run_of(audit: &Audit, options: Options, max_results: usize) -> Value {
    let library = library();
    let report = Report { audit, library: &library, evidence: &Objects, options };
    super::log(&report, max_results, serde_json::value::Serializer).unwrap()["runs"][0].clone()
}

#[test]
fn results_are_open_findings_worst_first() {
    let run = run(Options::default(), 100);
    let levels: Vec<&str> =
        run["results"].as_array().unwrap().iter().map(|r| r["level"].as_str().unwrap()).collect();
    assert_eq!(levels, ["error", "error", "note"]);
    let text = run.to_string();
    for refused in ["suppressions", "baselineState", "\"kind\":\"pass\""] {
        assert!(!text.contains(refused), "{refused}");
    }
}

#[test]
fn every_result_has_what_code_scanning_needs() {
    let run = run(Options::default(), 100);
    let mut fingerprints = BTreeSet::new();
    for result in run["results"].as_array().unwrap() {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(!result["message"]["text"].as_str().unwrap().contains(['\u{202e}', '\n']));
        let location = &result["locations"][0]["physicalLocation"];
        let artifact = &run["artifacts"][location["artifactLocation"]["index"].as_u64().unwrap() as usize];
        assert_eq!(artifact["location"]["uri"], location["artifactLocation"]["uri"]);
        let number = |field: &str| location["region"][field].as_u64().unwrap();
        assert!(number("startLine") >= 1 && number("endLine") == number("startLine"));
        assert!(number("startColumn") >= 1 && number("endColumn") > number("startColumn"));
        fingerprints.insert(result["partialFingerprints"]["primaryLocationLineHash"].to_string());
    }
    assert_eq!(fingerprints.len(), run["results"].as_array().unwrap().len());
}

#[test]
fn a_live_finding_points_at_its_field() {
    let run = run(Options::default(), 100);
    let artifact = &run["artifacts"][0];
    assert_eq!(artifact["location"]["uri"], "cluster/prod%2Feu/shop/Pod/web.yaml");
    let line = run["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64().unwrap();
    let text = artifact["contents"]["text"].as_str().unwrap();
    assert_eq!(text.lines().nth(line as usize - 1).unwrap().trim(), "privileged: true");
}

#[test]
fn an_object_of_the_same_name_does_not_lend_its_lines() {
    let mut audit = audit();
    let mut other = audit.findings[0].clone();
    let AssetRef { kind, namespace, name, .. } = &*other.asset;
    let id = AssetId::new("other.example", kind, namespace.as_deref().unwrap_or_default(), name);
    other.asset = Arc::new(AssetRef { id, ..(*other.asset).clone() });
    other.places[0].asset = Arc::clone(&other.asset);
    audit.findings.insert(1, other);
    let run = run_of(&audit, Options::default(), 100);
    let place = |at: usize| run["results"][at]["locations"][0]["physicalLocation"].clone();
    assert_eq!(place(0)["artifactLocation"], place(1)["artifactLocation"]);
    assert!(place(0)["region"]["startLine"].as_u64() > Some(1));
    assert_eq!(place(1)["region"]["startLine"], 1);
}

#[test]
fn rules_keep_the_limits() {
    let mut audit = audit();
    audit.controls[2].category = "security".to_owned();
    audit.controls[3].category = "sample-1.0".to_owned();
    let run = run_of(&audit, Options::default(), 100);
    for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
        for description in ["shortDescription", "fullDescription"] {
            let length = rule[description]["text"].as_str().unwrap().chars().count();
            assert!((1..=1024).contains(&length), "{description} of {}", rule["id"]);
        }
        let tags = rule["properties"]["tags"].as_array().unwrap();
        assert!(tags.len() <= 20);
        let different: BTreeSet<_> = tags.iter().map(Value::to_string).collect();
        assert_eq!(different.len(), tags.len(), "{tags:?}");
        assert!(rule["help"]["text"].as_str().is_some_and(|text| !text.is_empty()));
    }
    let address = run["tool"]["driver"]["informationUri"].as_str().unwrap();
    assert!(address.starts_with("https://"), "{address}");
}

#[test]
fn what_is_left_out_is_said() {
    let texts = |run: &Value| run["invocations"][0]["toolExecutionNotifications"].to_string();
    let all = run(Options::default(), 100);
    assert!(texts(&all).contains("Missing permission: list networkpolicies.networking.k8s.io."));
    assert!(texts(&all).contains("Undecided in 1 case: sample-unknown."));
    assert!(!texts(&all).contains("left out: code scanning"));
    let cut = run(Options::default(), 2);
    assert_eq!(cut["results"].as_array().unwrap().len(), 2);
    assert!(texts(&cut).contains("1 finding of the lowest severities is left out"), "{}", texts(&cut));
    assert_eq!(cut["artifacts"].as_array().unwrap().len(), 2, "only what results point to");
}

/// A snapshot that is damaged.
struct Damaged;

impl EvidenceSource for Damaged {
    fn objects(
        &self,
        _: &BTreeSet<AssetId>,
        _: &(dyn Fn(&AssetId, &str) + Sync),
    ) -> Result<(), EvidenceError> {
        Err(EvidenceError("restore it".into()))
    }
}

#[test]
fn objects_that_cannot_be_read_leave_no_report() {
    let (audit, library) = (audit(), library());
    let report = Report { audit: &audit, library: &library, evidence: &Damaged, options: Options::default() };
    let written = super::log(&report, 100, serde_json::value::Serializer);
    assert!(matches!(written, Err(ReportError::Evidence(_))), "{written:?}");
}

#[test]
fn one_category_for_each_cluster() {
    let id = |options| run(options, 100)["automationDetails"]["id"].clone();
    assert_eq!(id(Options::default()), "assay/prod%2Feu/20260102T030405Z-ab12");
    let own = Options { sarif_category: Some("nightly/eu/".into()) };
    assert_eq!(id(own), "nightly/eu/20260102T030405Z-ab12");
}

#[test]
fn names_stay_text() {
    let text = write("sarif", &audit());
    assert!(!text.contains('\u{202e}'));
    let log: Value = serde_json::from_str(&text).unwrap();
    for result in log["runs"][0]["results"].as_array().unwrap() {
        assert!(!result["message"]["text"].as_str().unwrap().contains("]("), "no name becomes a link");
    }
}
