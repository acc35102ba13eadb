//! The arrows between crates: data flows one way, and each outside world has one crate that knows it.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Which crates each crate may depend on, development aside.
const ARROWS: [(&str, &[&str]); 8] = [
    ("assay-model", &[]),
    ("assay-snapshot", &["assay-model"]),
    ("assay-connector", &["assay-model", "assay-snapshot"]),
    ("assay-controls", &["assay-model"]),
    ("assay-audit", &["assay-model"]),
    ("assay-evaluator", &["assay-model", "assay-snapshot", "assay-controls", "assay-audit"]),
    ("assay-reporter", &["assay-model", "assay-controls", "assay-audit"]),
    (
        "assay",
        &[
            "assay-model",
            "assay-snapshot",
            "assay-connector",
            "assay-controls",
            "assay-audit",
            "assay-evaluator",
            "assay-reporter",
        ],
    ),
];

/// Libraries that one crate alone may use.
const SOLE_USERS: [(&str, &str); 5] = [
    ("parquet", "assay-snapshot"),
    ("kube", "assay-connector"),
    ("saphyr-parser", "assay-connector"),
    ("minijinja", "assay-reporter"),
    ("clap", "assay"),
];

/// The dependencies of each member of the workspace, development aside.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(assay_tests::tools::root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let of = |package: &Value| {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        dependencies.filter(|dependency| dependency["kind"] != "dev").map(name).collect()
    };
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| (name(package), of(package)))
        .filter(|(name, _)| name != "assay-tests")
        .collect()
}

#[test]
fn crates_depend_only_along_the_arrows() {
    let found = dependencies();
    let known: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    assert_eq!(found.keys().map(String::as_str).collect::<BTreeSet<_>>(), known, "a crate without arrows");
    for (name, allowed) in ARROWS {
        let own = found[name].iter().filter(|dependency| known.contains(dependency.as_str()));
        let wrong: Vec<_> = own.filter(|dependency| !allowed.contains(&dependency.as_str())).collect();
        assert!(wrong.is_empty(), "{name} must not depend on {wrong:?}");
    }
}

#[test]
fn each_outside_world_has_one_crate() {
    let found = dependencies();
    for (library, owner) in SOLE_USERS {
        let users: Vec<&String> =
            found.iter().filter(|(_, uses)| uses.contains(library)).map(|(name, _)| name).collect();
        assert_eq!(users, [owner], "users of {library}");
    }
}
