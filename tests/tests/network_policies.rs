//! Other people's verdicts on network policies: isolation, openness and who reaches whom, by queries over the model.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_connector::manifest::Input;
use assay_connector::{ManifestRequest, collect_manifests};
use assay_controls::{Control, Library};
use assay_evaluator::data::Data;
use assay_evaluator::{Request, evaluate, query};
use assay_model::schema::Schema;
use assay_snapshot::{Snapshot, Store};
use assay_tests::skip::{Skip, want};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// What the cases ask of each workload.
const QUERY: &str = "{ workloads { ...AssetFragment kind namespace name network {
    ingressIsolated egressIsolated openToEveryAddress reachesEveryAddress
    allowsFrom { ports peers { workloads { kind namespace name } } }
} } }";

fn corpus() -> Result<PathBuf, Skip> {
    let folder = assay_tests::tools::root().join("../shared/corpora/netpol");
    if folder.is_dir() { Ok(folder) } else { Err(Skip("the cases are not beside this checkout".to_owned())) }
}

/// The manifests as a snapshot, in a folder that goes with it.
fn collect(schema: &Schema, manifest: &Path) -> (Snapshot, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let inputs = vec![Input::Path(manifest.to_owned())];
    let request = ManifestRequest::new(inputs);
    (collect_manifests(&request, schema, &store, &()).unwrap(), folder)
}

/// The answers of a folder's or file's workloads, by kind, namespace and name.
fn answers(schema: &Schema, manifest: &Path) -> BTreeMap<String, Map<String, Value>> {
    let (snapshot, _folder) = collect(schema, manifest);
    let data = Data::open(schema, &snapshot);
    let query = query::query(schema, QUERY, Timestamp::UNIX_EPOCH).unwrap();
    let found = data.run(&query).unwrap();
    let mut answers = BTreeMap::new();
    for (table, found) in found.tables() {
        for row in found.result.sure.set_indices() {
            let answer = data.project(table, row, &query.roots[0].selected.fields).unwrap();
            answers.insert(key(&Value::Object(answer.clone())), answer);
        }
    }
    answers
}

fn key(object: &Value) -> String {
    let text = |field: &str| object[field].as_str().unwrap_or_default();
    format!("{}/{}/{}", text("kind"), text("namespace"), text("name"))
}

/// The ports on which a peer connects, in the words of the cases; none if it can't.
fn connection(answer: &Map<String, Value>, peer: &str) -> Option<String> {
    let traffic = answer["network"]["allowsFrom"].as_array().unwrap().iter();
    let from_peer = |traffic: &&Value| {
        let groups = traffic["peers"].as_array().unwrap().iter();
        groups.flat_map(|group| group["workloads"].as_array().unwrap()).any(|workload| key(workload) == peer)
    };
    let ports: Vec<&str> = traffic
        .filter(from_peer)
        .flat_map(|t| t["ports"].as_array().unwrap())
        .map(|p| p.as_str().unwrap())
        .collect();
    match ports.as_slice() {
        [] => None,
        ["*"] => Some("All Connections".to_owned()),
        ports => Some(in_words_of_the_cases(ports)),
    }
}

/// `TCP 80,90, UDP 53`: each protocol once.
fn in_words_of_the_cases(ports: &[&str]) -> String {
    let mut by_protocol: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for port in ports {
        let (protocol, range) = port.split_once(' ').unwrap();
        by_protocol.entry(protocol).or_default().push(if range == "*" { "1-65535" } else { range });
    }
    let all = by_protocol.into_iter().map(|(protocol, ranges)| format!("{protocol} {}", ranges.join(",")));
    all.collect::<Vec<_>>().join(", ")
}

/// What is found, in the words of the cases.
fn verdict(answers: &BTreeMap<String, Map<String, Value>>, case: &Value) -> String {
    let Some(answer) = answers.get(&key(&case["object"])) else { return "no such workload".to_owned() };
    let fact = |field: &str, passes: bool| match answer["network"][field].as_bool() {
        Some(value) if value == passes => "pass".to_owned(),
        Some(_) => "fail".to_owned(),
        None => "unknown".to_owned(),
    };
    match case["check"].as_str().unwrap() {
        "netpol/ingress-isolated" => fact("ingressIsolated", true),
        "netpol/egress-isolated" => fact("egressIsolated", true),
        "netpol/ingress-not-from-everywhere" => fact("openToEveryAddress", false),
        "netpol/egress-not-to-everywhere" => fact("reachesEveryAddress", false),
        "netpol/connection" => match connection(answer, &key(&case["peer"])) {
            None => "fail".to_owned(),
            Some(ports) if case.get("ports").is_none_or(|expected| *expected == *ports) => "pass".to_owned(),
            Some(ports) => format!("pass, on {ports} and not {}", case["ports"]),
        },
        other => panic!("no such check: {other}"),
    }
}

#[test]
fn every_case_of_other_projects_is_right() {
    let Some(corpus) = want("every_case_of_other_projects_is_right", corpus()) else { return };
    let schema = Schema::built_in().unwrap();
    let cases = std::fs::read_to_string(corpus.join("cases.jsonl")).unwrap();
    let mut manifests: BTreeMap<String, BTreeMap<String, Map<String, Value>>> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in cases.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        if case.get("needs").is_some() {
            continue;
        }
        let path = case["manifest"].as_str().unwrap().to_owned();
        let answers = manifests.entry(path.clone()).or_insert_with(|| answers(&schema, &corpus.join(&path)));
        let found = verdict(answers, &case);
        count += 1;
        if case["expect"] != *found {
            wrong.push(format!("{}: expected {}, found {found}", case["case"], case["expect"]));
        }
    }
    assert!(count >= 414, "{count} cases");
    assert!(wrong.is_empty(), "{} of {count} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_policy_that_is_not_resolved_is_told_as_the_reason_where_it_leaves_something_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("manifest.yaml");
    let text = "
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: api, namespace: shop}
spec: {endpointSelector: {matchLabels: {app: api}}, ingress: [{}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop, labels: {app: api}}
spec: {containers: [{name: c, image: api}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: bank, labels: {app: web}}
spec: {containers: [{name: c, image: web}]}
";
    std::fs::write(&manifest, text).unwrap();
    let (schema, library) = (Schema::built_in().unwrap(), Library::built_in().unwrap());
    let (snapshot, _folder) = collect(&schema, &manifest);
    let controls: Vec<&Control> = library.controls().iter().collect();
    let audit = evaluate(&Request::new(&schema, &snapshot, &controls)).unwrap().audit;
    assert!(!audit.unknowns.is_empty());
    for unknown in &audit.unknowns {
        assert_eq!(unknown.asset.name, "api", "{unknown:?}");
        let reasons: Vec<&str> =
            unknown.gaps.iter().map(|gap| audit.gaps[*gap].asset.as_ref().unwrap().kind.as_str()).collect();
        assert_eq!(reasons, ["CiliumNetworkPolicy"], "{unknown:?}");
    }
}
