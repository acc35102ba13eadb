//! Bad input ends in a clear message and exit code 2, and leaves no half output.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::path::Path;
use std::process::Command;

use assay_snapshot::Digest;
use assay_tests::assay::{Place, Run, path_with_assay};
use assay_tests::tools::root;

/// Fails unless assay refused, saying each of `told`, and left neither reports nor a folder without manifest.
fn refused(place: &Place, run: &Run, told: &[&str]) {
    assert_eq!(run.code, 2, "{run:?}");
    for text in told {
        assert!(run.stderr.contains(text), "{text:?} is not told: {}", run.stderr);
    }
    let reports = place.files("report");
    assert!(reports.is_empty(), "half a report: {reports:?}");
    let store = place.files("store");
    let complete = store.iter().any(|file| file.ends_with("manifest.json"));
    assert!(complete || !store.iter().any(|f| f.extension().is_some_and(|e| e == "parquet")), "{store:?}");
}

#[test]
fn unreadable_manifests() {
    let cases = [
        ("broken.yaml", vec!["broken.yaml:12:14:", "--exclude", "--keep-going"]),
        ("broken.json", vec!["broken.json:4:23:"]),
        ("no-kind.yaml", vec!["no-kind.yaml:1:1: no kind", "no-kind.yaml:4:1: no apiVersion"]),
        ("alias-bomb.yaml", vec!["alias-bomb.yaml:8:34:", "aliases"]),
        ("alias-cycle.yaml", vec!["alias-cycle.yaml:7:11:", "alias-cycle.yaml:13:14:"]),
        ("helm-template.yaml", vec!["helm-template.yaml:1:1:", "helm template"]),
        ("nul-bytes.yaml", vec!["nul-bytes.yaml", "UTF-8"]),
    ];
    for (name, told) in cases {
        let place = Place::new();
        refused(&place, &place.audit(&root().join("testdata/hostile").join(name), &[]), &told);
    }
}

/// What a pipe brings whose other end failed, and folders that hold no manifests, must not be a green build.
#[test]
fn nothing_to_audit() {
    let place = Place::new();
    fs::create_dir(place.path("chart")).unwrap();
    place.write("chart/values.yaml", "replicas: 3\n");
    place.write("empty.yaml", "");
    place.write("marker.yaml", "---\n");
    place.write("list.yaml", "apiVersion: v1\nkind: List\nitems: []\n");
    for input in ["-", "chart", "empty.yaml", "marker.yaml", "list.yaml"] {
        let name = if input == "-" { "the standard input" } else { input };
        let told = format!("nothing to audit: {name} holds no Kubernetes object");
        refused(&place, &place.audit(Path::new(input), &["--fail-on", "low"]), &[&told, "helm template"]);
        refused(&place, &place.audit(Path::new(input), &["--partial"]), &[&told]);
    }
    place.write("one.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: one}}");
    let piped = place.run(["audit", "--store", "store", "--out", "report", "one.yaml", "-"]);
    refused(&place, &piped, &["nothing to audit: the standard input holds no Kubernetes object"]);
    let both = "nothing to audit: chart, marker.yaml hold no Kubernetes object";
    for command in [&["collect", "--store", "store"][..], &["query", "{ pods { name } }"]] {
        refused(&place, &place.run([command, &["chart", "marker.yaml"][..]].concat()), &[both]);
    }
}

/// Nothing of it can be corrected, and it is not a document to leave out.
#[test]
fn inputs_that_are_not_there() {
    let place = Place::new();
    let told = ["gone.yaml: there is no such file or folder", "help: see whether it is spelt so"];
    let run = place.audit(Path::new("gone.yaml"), &[]);
    refused(&place, &run, &told);
    assert!(!run.stderr.contains("--keep-going"), "{run:?}");
    place.write("one.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: one}}");
    let run = place.run(["audit", "--store", "store", "--out", "report", "one.yaml", "a", "gone.yaml"]);
    refused(&place, &run, &["a, gone.yaml: there is no such file or folder"]);
    let run = place.run(["collect", "--store", "store", "--keep-going", "one.yaml", "gone.yaml"]);
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn one_object_counts_as_one() {
    let place = Place::new();
    let one = place.write("one.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: one}}");
    let run = place.audit(&one, &["--fail-on", "high"]);
    assert_eq!((run.code, run.stdout.contains(": 1 object,")), (0, true), "{run:?}");
}

#[test]
fn nesting_of_ten_thousand_levels() {
    let (open, close) = ("[".repeat(10_000), "]".repeat(10_000));
    let object = |value: &str| format!("{{\"apiVersion\": \"v1\", \"kind\": \"X\", \"spec\": {value}}}\n");
    for (name, content) in [
        ("deep.yaml", object(&format!("{open}{close}"))),
        ("deep.json", object(&format!("{open}{close}"))),
        ("open.yaml", object(&open)),
        ("blocks.yaml", "- ".repeat(10_000)),
    ] {
        let place = Place::new();
        let input = place.write(name, content);
        refused(&place, &place.audit(&input, &[]), &[name]);
    }
}

#[test]
fn every_mistake_of_a_query() {
    let library = root().join("crates/controls/library/pod-security/container-privileged.md");
    let control = fs::read_to_string(library).unwrap();
    let query = "containers(where: {securityContext: {privileged: true}})";
    assert!(control.contains(query));
    let wrong =
        "containres: containers(where: {imag: {eq: \"a\"}, AND: [{tty: {eqq: true}}, {stdim: true}]})";
    let control = control.replace(query, wrong).replace("container-privileged", "my-own");
    let place = Place::new();
    fs::create_dir(place.path("own")).unwrap();
    place.write("own/my-own.md", control);
    let run = place.audit(&root().join("testdata/hostile/empty.yaml"), &["--controls", "own"]);
    refused(&place, &run, &["my-own.md:", "imag", "image", "eqq", "stdim", "stdin"]);
}

/// Fails unless a snapshot with a file damaged is refused.
fn damage(how: impl Fn(&mut Vec<u8>), name: &str) {
    let place = Place::new();
    let input = root().join("testdata/shop/default");
    let run = place.run(["collect".as_ref(), "--store".as_ref(), "store".as_ref(), input.as_os_str()]);
    assert_eq!(run.code, 0, "{run:?}");
    let file = place.snapshot().join(name);
    let mut bytes = fs::read(&file).unwrap();
    how(&mut bytes);
    fs::write(&file, bytes).unwrap();
    let before = place.files("store");
    let run = place.run(["evaluate", "--store", "store"]);
    refused(&place, &run, &[name]);
    assert_eq!(place.files("store"), before, "an audit of a damaged snapshot is kept");
    let run = place.run([Path::new("verify").as_os_str(), place.snapshot().as_os_str()]);
    assert_ne!(run.code, 0, "{run:?}");
}

#[test]
fn a_truncated_table() {
    damage(|bytes| bytes.truncate(bytes.len() / 2), "pods.parquet");
}

#[test]
fn a_flipped_byte_in_a_table() {
    damage(
        |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        },
        "pods.parquet",
    );
}

#[test]
fn a_flipped_byte_in_the_objects_of_findings() {
    let place = Place::new();
    let input = root().join("testdata/shop/default");
    let run = place.run(["collect".as_ref(), "--store".as_ref(), "store".as_ref(), input.as_os_str()]);
    assert_eq!(run.code, 0, "{run:?}");
    let file = place.snapshot().join("objects/pods.parquet");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let exception = "{id: a, controls: [container-privileged], reason: r, owner: o, expires: 2999-01-01, assets: {labels: {a: b}}}";
    fs::write(place.path("exceptions.yaml"), format!("exceptions: [{exception}]")).unwrap();
    let run = place.run(["evaluate", "--store", "store", "--exceptions", "exceptions.yaml"]);
    refused(&place, &run, &["objects/pods.parquet"]);
}

#[test]
fn a_flipped_byte_in_the_manifest() {
    damage(
        |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        },
        "manifest.json",
    );
}

#[test]
fn a_manifest_that_was_changed_with_its_digest() {
    let place = Place::new();
    let input = place.write("one.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: one}}");
    let collected = place.run(["collect", "--store", "store", input.to_str().unwrap()]);
    let printed = collected.stdout.lines().last().unwrap();
    let verify = |digest: &str| place.run(["verify", "--store", "store", "--digest", digest]);
    assert_eq!(verify(printed).code, 0, "{collected:?}");
    let files = ["manifest.json", "manifest.json.sha256"];
    let [manifest, list] = files.map(|name| place.snapshot().join(name));
    let changed = [fs::read(&manifest).unwrap(), b"\n".to_vec()].concat();
    fs::write(&list, format!("{}  manifest.json\n", Digest::of(&changed))).unwrap();
    fs::write(&manifest, changed).unwrap();
    assert_eq!(place.run(["verify", "--store", "store"]).code, 0, "the folder alone cannot tell");
    refused(&place, &verify(printed), &[printed, "was to be there"]);
    refused(&place, &verify("sha256:12"), &["64 lower-case hexadecimal digits"]);
}

/// Rows of another snapshot are rows of nothing here: left out, they would pass.
#[test]
fn a_table_that_was_changed_with_all_digests() {
    let place = Place::new();
    let collect = |store: &str| {
        let pod = format!("{{name: {store}}}, spec: {{containers: [{{name: one, image: web}}]}}");
        let input = place.write("one.yaml", format!("{{apiVersion: v1, kind: Pod, metadata: {pod}}}"));
        assert_eq!(place.run(["collect", "--store", store, input.to_str().unwrap()]).code, 0);
        let files = place.files(store);
        files.iter().find(|file| file.ends_with("manifest.json")).unwrap().parent().unwrap().to_owned()
    };
    let (other, snapshot) = (collect("other"), collect("store"));
    let table = "pods.containers.parquet";
    let [old, new] = [&snapshot, &other].map(|folder| fs::read(folder.join(table)).unwrap());
    fs::write(snapshot.join(table), &new).unwrap();
    let manifest = fs::read_to_string(snapshot.join("manifest.json")).unwrap();
    let mut written: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let files = written["files"].as_array_mut().unwrap();
    let file = files.iter_mut().find(|file| file["path"] == table).unwrap();
    assert_eq!(file["sha256"], Digest::of(&old).to_string());
    file["bytes"] = new.len().into();
    file["sha256"] = Digest::of(&new).to_string().into();
    let manifest = serde_json::to_vec(&written).unwrap();
    let list = format!("{}  manifest.json\n", Digest::of(&manifest));
    fs::write(snapshot.join("manifest.json.sha256"), list).unwrap();
    fs::write(snapshot.join("manifest.json"), manifest).unwrap();
    let evaluate = place.run(["evaluate", "--store", "store"]);
    refused(&place, &evaluate, &["pods.containers of the snapshot has an entry of nothing that is in pods"]);
}

/// Who knows kubectl means a form by `-o json`, and would look for it in vain.
#[test]
fn a_format_that_is_given_for_the_folder() {
    let place = Place::new();
    let input = place.write("one.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: one}}");
    let audit = || place.run(["audit", "-o", "json", input.to_str().unwrap()]);
    refused(&place, &audit(), &["`json` is a format", "--format json"]);
    fs::create_dir(place.path("json")).unwrap();
    assert_eq!((audit().code, place.path("json/audit.json").exists()), (0, true));
}

/// What the next snapshot recorded tells, where the folder alone cannot.
#[test]
fn a_snapshot_that_was_put_in_anothers_place() {
    let place = Place::new();
    let collect = |name: &str| {
        let text = format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}");
        let input = place.write("one.yaml", text);
        assert_eq!(place.run(["collect", "--store", "store", input.to_str().unwrap()]).code, 0);
    };
    collect("first");
    let first = place.snapshot();
    collect("second");
    let verify = || place.run(["verify", "--all", "--store", "store"]);
    let run = verify();
    assert_eq!((run.code, run.stdout.matches("Intact:").count(), run.stderr.as_str()), (0, 2, ""));
    // One that cannot be read keeps no other from being verified.
    fs::create_dir_all(first.join("audits/torn")).unwrap();
    let run = verify();
    assert_eq!((run.code, run.stdout.matches("Intact:").count()), (2, 1), "{run:?}");
    assert!(run.stderr.contains("audits has no `torn`"), "{run:?}");
    fs::remove_dir_all(first.join("audits")).unwrap();
    let files = ["manifest.json", "manifest.json.sha256"];
    let [manifest, list] = files.map(|name| first.join(name));
    let changed = [fs::read(&manifest).unwrap(), b"\n".to_vec()].concat();
    fs::write(&list, format!("{}  manifest.json\n", Digest::of(&changed))).unwrap();
    fs::write(&manifest, changed).unwrap();
    refused(&place, &verify(), &["had another digest then"]);
    fs::remove_file(manifest).unwrap();
    refused(&place, &verify(), &["is no snapshot: it has no manifest.json"]);
    fs::remove_dir_all(&first).unwrap();
    let run = verify();
    assert!(run.code == 0 && run.stderr.contains("the one before it, cannot be seen"), "{run:?}");
    refused(
        &place,
        &place.run(["verify", "--all", "--store", "nothing"]),
        &["there is no snapshot in nothing"],
    );
}

/// Of collections that overlapped, the next one names the last alone.
#[test]
fn a_snapshot_that_no_later_one_names() {
    let place = Place::new();
    let input = place.write("one.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: one}}");
    let collect = || place.run(["collect", "--store", "store", input.to_str().unwrap()]);
    assert_eq!(collect().code, 0);
    let (first, aside) = (place.snapshot(), place.path("aside"));
    fs::rename(&first, &aside).unwrap();
    assert_eq!(collect().code, 0);
    fs::rename(&aside, &first).unwrap();
    let run = place.run(["verify", "--all", "--store", "store"]);
    let id = &first.file_name().unwrap().to_str().unwrap()["snapshot=".len()..];
    let told =
        format!("{id} is named by no later snapshot: that nobody put another in its place cannot be seen");
    assert_eq!((run.code, run.stderr), (0, format!("warning: {told}\n")), "{}", run.stdout);
    // The third names the second, and nobody the first.
    assert_eq!(collect().code, 0);
    let run = place.run(["verify", "--all", "--store", "store"]);
    assert_eq!((run.code, run.stderr), (0, format!("warning: {told}\n")), "{}", run.stdout);
}

/// One of them would be reported, or compared, in place of the other.
#[test]
fn an_id_that_may_be_any_of_several() {
    let place = Place::new();
    let input = place.write("one.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: one}}");
    assert_eq!(place.run(["audit", "--store", "store", "--out", "whole", input.to_str().unwrap()]).code, 0);
    let snapshot = place.snapshot();
    let audits = snapshot.join("audits");
    let id = fs::read_dir(&audits).unwrap().next().unwrap().unwrap().file_name().into_string().unwrap();
    let day = &snapshot.file_name().unwrap().to_str().unwrap()["snapshot=".len()..][..8];
    let again = |name: &str| {
        fs::create_dir(audits.join(name)).unwrap();
        for file in fs::read_dir(audits.join(&id)).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), audits.join(name).join(file.file_name())).unwrap();
        }
    };
    let report = |wanted: &str| place.run(["report", "--store", "store", "--out", "report", wanted]);
    let (second, dated) = (format!("{}ffffffff", &id[..8]), format!("{day}ffffffff"));
    again(&second);
    refused(&place, &report(&id[..8]), &["may be any of", &id, &second, "give more of the id"]);
    again(&dated);
    refused(&place, &report(day), &["may be any of", &format!("snapshot {day}T"), &format!("audit {dated}")]);
    let run = report(&second[..12]);
    assert_eq!(run.code, 0, "{run:?}");
}

/// Fields that this assay knows may mean something else in it.
#[test]
fn a_document_of_a_newer_assay() {
    let place = Place::new();
    let input = place.write("one.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: one}}");
    assert_eq!(place.run(["audit", "--store", "store", "--out", "whole", input.to_str().unwrap()]).code, 0);
    let document = fs::read_to_string(place.path("whole/audit.json")).unwrap();
    let newer = document.replace("\"schemaVersion\": \"1\"", "\"schemaVersion\": \"2\"");
    let diff = || place.run(["diff", "newer.json", "whole/audit.json", "--store", "store"]);
    for newer in [newer.clone(), newer.replace("\"summary\": {", "\"summary\": 1, \"counts\": {")] {
        place.write("newer.json", newer);
        let told = ["newer.json was written by a newer assay, in version 2", "help: use a newer assay"];
        refused(&place, &diff(), &told);
    }
    place.write("newer.json", document.replace("\"summary\": {", "\"summary\": 1, \"counts\": {"));
    refused(&place, &diff(), &["newer.json is no audit"]);
    let forged = "\"origin\": \"a\\n::error::b\\n##[c]\"";
    place.write("newer.json", document.replace("\"origin\": \"manifests\"", forged));
    refused(&place, &diff(), &[r"unknown variant `a\u{a}::error::b\u{a}#\u{23}[c]`"]);
}

#[test]
fn a_store_that_cannot_be_written() {
    let place = Place::new();
    let input = place.write("one.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: one}}");
    assert_eq!(place.run(["collect", "--store", "store", input.to_str().unwrap()]).code, 0);
    // Nothing keeps root, who may run this, from writing to a folder: where a folder is wanted is a file.
    fs::write(place.snapshot().join("derived"), "").unwrap();
    let run = place.run(["sql", "pod-host-network", "--store", "store"]);
    refused(&place, &run, &["cannot create", "derived", "write access", "`--store`"]);
}

/// A limit of files' sizes stands for a full disk.
#[test]
fn a_report_that_does_not_fit_says_why() {
    let place = Place::new();
    place.write("one.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: one}}");
    assert_eq!(place.run(["audit", "--store", "store", "--out", "whole", "one.yaml"]).code, 0);
    let limited = "trap '' XFSZ; ulimit -f 4; assay report --store store --format html --out report";
    let mut shell = Command::new("sh");
    shell.args(["-c", limited]).current_dir(place.path("")).env("PATH", path_with_assay());
    let output = shell.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("audit.html") && told.contains("File too large"), "{told}");
}

#[test]
fn exceptions_without_owner() {
    let place = Place::new();
    let exceptions =
        "exceptions:\n- id: one\n  controls: [pod-host-pid]\n  reason: because\n  expires: 2027-06-30\n";
    place.write("exceptions.yaml", exceptions);
    let input = root().join("testdata/shop/default");
    let run = place.audit(&input, &["--exceptions", "exceptions.yaml"]);
    refused(&place, &run, &["exceptions.yaml", "owner"]);
}
