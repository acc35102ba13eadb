//! Credentials go wherever they stand, and what only looks like one stays.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::print_stdout, reason = "the test harness shows the figures where the test fails")]

use std::collections::BTreeMap;
use std::sync::Mutex;

use assay_audit::evidence::EvidenceSource as _;
use assay_connector::manifest::Input;
use assay_connector::{ManifestRequest, collect_manifests};
use assay_evaluator::SnapshotEvidence;
use assay_model::id::AssetId;
use assay_model::schema::Schema;
use assay_snapshot::Store;
use assay_tests::assay::Place as Folder;
use assay_tests::leaks::nothing_is_in;
use assay_tests::lookalikes::{Planted, planted};
use serde_json::{Value, json};

fn list(planted: &[Planted]) -> String {
    let objects: Vec<&Value> = planted.iter().map(|it| &it.object).collect();
    json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string()
}

/// What a snapshot keeps of each object.
fn kept(planted: &[Planted]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("objects.json");
    std::fs::write(&path, list(planted)).unwrap();
    let request = ManifestRequest::new(vec![Input::Path(path)]);
    let store = Store::open(folder.path().join("store")).unwrap();
    let snapshot = collect_manifests(&request, &Schema::built_in().unwrap(), &store, &()).unwrap();
    let evidence = SnapshotEvidence::new(&snapshot);
    let ids: Vec<AssetId> = planted.iter().map(|it| id(&it.object)).collect();
    let kept = Mutex::new(BTreeMap::new());
    let read = evidence.objects(&ids.iter().cloned().collect(), &|id, object| {
        kept.lock().unwrap().insert(id.clone(), serde_json::from_str(object).unwrap());
    });
    read.unwrap();
    let mut kept = kept.into_inner().unwrap();
    ids.iter().map(|id| kept.remove(id).unwrap()).collect()
}

fn id(object: &Value) -> AssetId {
    let text = |path: &str| object.pointer(path).unwrap().as_str().unwrap();
    let group = text("/apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
    let namespace = if group == "shop.example" { "" } else { "default" };
    AssetId::new(group, text("/kind"), namespace, text("/metadata/name"))
}

#[test]
fn credentials_go_and_their_pattern_is_told() {
    let planted = planted("credentials.tsv");
    assert!(planted.len() >= 300, "{} planted", planted.len());
    let mut wrong = Vec::new();
    for (planted, kept) in planted.iter().zip(kept(&planted)) {
        let (told, text) = (planted.place.told(&kept), kept.to_string());
        if told != planted.pattern || planted.secrets.iter().any(|secret| text.contains(secret)) {
            wrong.push(format!("told {told:?} of {:?}: {text}", planted.pattern));
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), planted.len(), wrong.join("\n"));
}

#[test]
fn what_only_looks_like_one_stays() {
    let harmless = planted("harmless.tsv");
    assert!(harmless.len() >= 300, "{} harmless", harmless.len());
    let told =
        harmless.iter().zip(kept(&harmless)).filter_map(|(it, kept)| Some((it, it.place.told(&kept)?)));
    let alarms: Vec<String> = told.map(|(it, told)| format!("{told}: {}", it.object)).collect();
    println!("{} false alarms of {}", alarms.len(), harmless.len());
    assert!(alarms.len() * 50 < harmless.len(), "{} false alarms:\n{}", alarms.len(), alarms.join("\n"));
}

#[test]
fn no_credential_is_in_any_byte_written() {
    let planted = planted("credentials.tsv");
    let folder = Folder::new();
    let input = tempfile::tempdir().unwrap();
    let path = input.path().join("objects.json");
    std::fs::write(&path, list(&planted)).unwrap();
    let run = folder.audit(&path, &["-vv"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let mut secrets: Vec<String> = planted.iter().flat_map(|it| it.secrets.clone()).collect();
    secrets.sort();
    secrets.dedup();
    assert!(nothing_is_in(&folder, run, "credentials", &secrets) > 10);
}
