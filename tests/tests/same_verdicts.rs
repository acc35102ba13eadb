//! The same objects get the same verdicts, however they come: as files, from the cluster, or as kubectl exports them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

mod live;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::Once;

use assay_connector::manifest::Input;
use assay_connector::{ManifestRequest, collect_manifests};
use assay_model::id::AssetId;
use assay_snapshot::Snapshot;
use assay_tests::apiserver::ApiServer;
use assay_tests::skip::need;
use assay_tests::tools::root;

use live::{Bench, Verdicts, apply_shop, objects};

/// The control plane with the shop.
fn shop(test: &str) -> Option<&'static ApiServer> {
    static APPLIED: Once = Once::new();
    let server = need(test, ApiServer::shared())?;
    APPLIED.call_once(|| apply_shop(server));
    Some(server)
}

fn collect_path(bench: &Bench, path: &Path) -> Snapshot {
    collect_paths(bench, &[path], false)
}

fn collect_paths(bench: &Bench, paths: &[&Path], partial: bool) -> Snapshot {
    let inputs = paths.iter().map(|path| Input::Path((*path).to_owned())).collect();
    let request = ManifestRequest { partial, ..ManifestRequest::new(inputs) };
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
    let Some(server) = shop("of_folder_cluster_and_export") else { return };
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

/// What `kubectl cluster-info dump` writes, besides events and logs.
const DUMPED: [&str; 7] =
    ["Node", "Pod", "Service", "ReplicationController", "DaemonSet", "Deployment", "ReplicaSet"];

/// Controls that a dump decides: they read nothing else.
const DECIDED: [&str; 3] = ["pod-host-network", "container-privileged", "image-tag-mutable"];

#[test]
fn of_cluster_and_dump() {
    let Some(server) = shop("of_cluster_and_dump") else { return };
    let bench = Bench::new();
    let cluster = bench.collect(server, "admin");
    let whole = bench.judge(&cluster);
    let folder = tempfile::tempdir().unwrap();
    for format in ["json", "yaml"] {
        let dump = folder.path().join(format);
        let to = format!("--output-directory={}", dump.display());
        server.kubectl(&["cluster-info", "dump", "--all-namespaces", &to, "--output", format]);
        let packed = folder.path().join(format!("{format}.tar.gz"));
        let tar = Command::new("tar").arg("-C").arg(&dump).arg("-czf").arg(&packed).arg(".").status();
        assert!(tar.unwrap().success());
        for path in [&dump, &packed] {
            let dumped = collect_paths(&bench, &[path], true);
            check_part(&bench, &dumped, &cluster, &whole);
        }
    }
}

/// A dump has the verdicts of what it holds; what needs kinds that it lacks is unknown, and never decided otherwise.
fn check_part(bench: &Bench, dumped: &Snapshot, cluster: &Snapshot, whole: &Verdicts) {
    let held: BTreeSet<AssetId> = objects(dumped).into_iter().filter(|id| id.parts().1 != "Event").collect();
    let expected: BTreeSet<AssetId> =
        objects(cluster).into_iter().filter(|id| DUMPED.contains(&id.parts().1)).collect();
    let difference: Vec<_> = held.symmetric_difference(&expected).collect();
    assert!(difference.is_empty() && held.len() > 30, "{} objects; {difference:?}", held.len());
    let verdicts = bench.judge(dumped);
    let (here, there) = (said(&verdicts, &held), said(whole, &held));
    // A pod whose owner the dump lacks stands for itself there.
    let both = here.iter().filter_map(|(what, said)| Some((what, said, there.get(what)?)));
    let otherwise: Vec<_> = both.filter(|(_, here, there)| *here != "unknown" && here != there).collect();
    assert!(otherwise.is_empty(), "decided otherwise: {otherwise:#?}");
    let is_decided = |what: &str| DECIDED.iter().any(|id| what.contains(&format!("{id}/")));
    let undecided: Vec<_> =
        there.iter().filter(|(what, said)| is_decided(what) && here.get(*what) != Some(said)).collect();
    assert!(undecided.is_empty(), "not decided: {undecided:#?}");
    assert!(there.keys().filter(|what| is_decided(what)).count() > 20);
}
