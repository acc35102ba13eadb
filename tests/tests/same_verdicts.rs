//! The same objects get the same verdicts, however they come: as files, from the cluster, or as kubectl exports them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

mod live;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use assay_connector::manifest::Input;
use assay_connector::{ManifestRequest, collect_manifests};
use assay_model::id::AssetId;
use assay_snapshot::Snapshot;
use assay_tests::apiserver::ApiServer;
use assay_tests::skip::need;
use assay_tests::tools::root;

use live::{Bench, Verdicts, apply_shop, objects};

fn collect_path(bench: &Bench, path: &Path) -> Snapshot {
    let request = ManifestRequest::new(vec![Input::Path(path.to_owned())]);
    collect_manifests(&request, &bench.schema, &bench.store, &()).unwrap()
}

/// The kinds that a snapshot has objects of, as kubectl takes them.
fn kinds(snapshot: &Snapshot) -> String {
    let read =
        snapshot.manifest.collection.resources.iter().filter(|read| read.count > 0 && read.group != "assay");
    let name = |group: &str, version: &str, plural: &str| match group {
        "" => plural.to_owned(),
        _ => format!("{plural}.{version}.{group}"),
    };
    let names: Vec<String> = read.map(|read| name(&read.group, &read.version, &read.resource)).collect();
    names.join(",")
}

/// What is said of the declared objects: outcomes, and findings with what makes them out.
fn said(verdicts: &Verdicts, declared: &BTreeSet<AssetId>) -> BTreeMap<String, String> {
    let outcomes = verdicts
        .outcomes
        .iter()
        .filter(|((_, _, asset), _)| declared.contains(&AssetId::from_stored(asset.as_str()).object()));
    let outcomes = outcomes
        .map(|((control, check, asset), outcome)| (format!("{control}/{check} of {asset}"), outcome.clone()));
    let findings =
        verdicts.audit.findings.iter().filter(|finding| declared.contains(&finding.asset.id.object()));
    let findings = findings.map(|finding| {
        let container = finding.container.as_deref().unwrap_or_default();
        let what = format!(
            "finding {}/{} of {} {container}",
            finding.control,
            finding.check,
            finding.asset.id.as_str()
        );
        (what, format!("{:?} builtIn={}", finding.severity, finding.built_in))
    });
    outcomes.chain(findings).collect()
}

fn differences(what: &str, one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> Vec<String> {
    let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let differing = keys.into_iter().filter(|key| one.get(*key) != other.get(*key));
    let show = |side: Option<&String>| side.map_or("-", String::as_str).to_owned();
    differing
        .map(|key| format!("{what}: {key}: folder {}, here {}", show(one.get(key)), show(other.get(key))))
        .collect()
}

#[test]
fn of_folder_cluster_and_export() {
    let Some(server) = need("of_folder_cluster_and_export", ApiServer::shared()) else { return };
    apply_shop(server);
    let bench = Bench::new();
    let folder = collect_path(&bench, &root().join("testdata/shop"));
    let declared = objects(&folder);
    assert!(declared.len() > 100, "{} objects", declared.len());
    let expected = said(&bench.judge(&folder), &declared);
    assert!(expected.keys().filter(|key| key.starts_with("finding")).count() > 100);

    let cluster = bench.collect(server, "admin");
    let missing: Vec<_> = declared.difference(&objects(&cluster)).cloned().collect();
    assert!(missing.is_empty(), "not collected: {missing:?}");
    let mut wrong = differences("cluster", &expected, &said(&bench.judge(&cluster), &declared));

    let export = tempfile::tempdir().unwrap();
    let file = export.path().join("export.yaml");
    let exported = server.kubectl(&["get", &kinds(&folder), "--all-namespaces", "--output=yaml"]);
    std::fs::write(&file, exported).unwrap();
    let exported = collect_path(&bench, &file);
    let missing: Vec<_> = declared.difference(&objects(&exported)).cloned().collect();
    assert!(missing.is_empty(), "not exported: {missing:?}");
    wrong.extend(differences("export", &expected, &said(&bench.judge(&exported), &declared)));
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
