//! The same input gives the same bytes, and the exit code says what the gate came to.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::path::PathBuf;

use assay_tests::assay::Place;
use assay_tests::tools::root;
use serde_json::Value;

fn shop(part: &str) -> PathBuf {
    root().join("testdata/shop").join(part)
}

/// The digest of each table, but of that which says where in a file each object was.
fn digests(place: &Place) -> Vec<(String, String)> {
    let manifest: Value =
        serde_json::from_slice(&fs::read(place.snapshot().join("manifest.json")).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let files = manifest["files"].as_array().unwrap().iter();
    let tables = files.map(|file| (text(&file["path"]), text(&file["sha256"])));
    tables.filter(|(path, _)| path != "sources.parquet").collect()
}

#[test]
fn collecting_in_another_order() {
    let object = |name: &str| {
        [
            "apiVersion: v1".to_owned(),
            "kind: Pod".to_owned(),
            format!("metadata: {{name: {name}, labels: {{a: b, c: d}}}}"),
            "spec: {hostPID: true, containers: [{name: c, image: i}]}".to_owned(),
        ]
    };
    let (one, two) = (object("one"), object("two"));
    let reversed = |lines: &[String]| lines.iter().rev().cloned().collect::<Vec<_>>().join("\n");
    let orders = [
        format!("{}\n---\n{}\n", one.join("\n"), two.join("\n")),
        format!("{}\n---\n{}\n", reversed(&two), reversed(&one)).replace("a: b, c: d", "c: d, a: b"),
    ];
    let tables = orders.map(|content| {
        let place = Place::new();
        place.write("in.yaml", content);
        let run = place.run(["collect", "--store", "store", "in.yaml"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        digests(&place)
    });
    assert!(tables[0].iter().any(|(path, _)| path == "pods.parquet"));
    assert_eq!(tables[0], tables[1]);
}

#[test]
fn evaluating_twice() {
    let place = Place::new();
    assert_eq!(place.audit(&shop("observability"), &[]).code, 0);
    for out in ["one", "two"] {
        for arguments in [vec!["evaluate"], vec!["report", "--out", out]] {
            let run = place.run(arguments.into_iter().chain(["--store", "store"]));
            assert_eq!(run.code, 0, "{}", run.stderr);
        }
    }
    for name in ["audit.json", "audit.sarif", "audit.html"] {
        let read = |folder: &str| fs::read(place.path(folder).join(name)).unwrap();
        assert!(read("one") == read("two"), "{name} differs");
        assert!(read("one") == read("report"), "{name} differs from that of `assay audit`");
    }
}

/// The folder that is audited is often the one that assay runs in.
#[test]
fn auditing_what_holds_the_store_and_the_reports() {
    let place = Place::new();
    place.write("one.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: one}}");
    let objects = |flags: &[&str]| {
        let run = place.run([&["audit", ".", "--store", "store"], flags].concat());
        assert!(run.code == 0 && !run.stdout.contains("Note:"), "{run:?}");
        let path = place.path(flags.last().unwrap_or(&"assay-report")).join("audit.json");
        let audit: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        audit["snapshot"]["resources"]["configmaps"]["objects"].clone()
    };
    assert_eq!(objects(&[]), 1);
    assert_eq!(objects(&[]), 1);
    fs::remove_dir_all(place.path("assay-report")).unwrap();
    assert_eq!((objects(&["--out", "out"]), objects(&["--out", "out"])), (1.into(), 1.into()));
    let manifests: Vec<_> =
        place.files("store").into_iter().filter(|f| f.ends_with("manifest.json")).collect();
    for manifest in manifests {
        let manifest: Value = serde_json::from_slice(&fs::read(manifest).unwrap()).unwrap();
        assert_eq!(manifest["collection"]["inputs"].as_array().unwrap().len(), 1, "{manifest:#}");
    }
}

#[test]
fn gate() {
    let place = Place::new();
    let select = ["--select", "container-privileged"];
    for (part, severity, code) in [("default", "critical", 1), ("observability", "critical", 0)] {
        let run = place.audit(&shop(part), &[&select[..], &["--fail-on", severity]].concat());
        assert_eq!(run.code, code, "{part}: {}", run.stderr);
    }
    let broken = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: nothing}\n";
    let broken = place.write("broken.yaml", broken);
    // Only something low is certain: that the pod is in the default namespace.
    let run = place.audit(&broken, &["--fail-on", "high", "--keep-going"]);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    let run = place.audit(&broken, &["--fail-on", "high", "--keep-going", "--allow-unknown"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}
