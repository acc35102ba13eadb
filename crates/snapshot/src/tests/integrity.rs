//! Changed, missing and added bytes are noticed, and told in words.

use std::fs;
use std::path::Path;

use super::fixture::{lab, snapshot, store};
use crate::{Error, Mismatch, Snapshot, SnapshotRef};

/// Changes one byte of the file, runs the check, and changes it back.
fn with_flipped(path: &Path, at: usize, bit: u8, check: impl FnOnce()) {
    let bytes = fs::read(path).unwrap();
    let mut flipped = bytes.clone();
    flipped[at] ^= 1 << bit;
    fs::write(path, flipped).unwrap();
    check();
    fs::write(path, bytes).unwrap();
}

#[test]
fn an_untouched_snapshot_verifies() {
    let (_folder, store) = store();
    let snapshot = snapshot(&store, 0);
    snapshot.new_audit("a").unwrap().finish().unwrap();
    fs::create_dir_all(snapshot.dir().join("derived/duckdb")).unwrap();
    fs::write(snapshot.dir().join("derived/duckdb/refers.parquet"), "").unwrap();
    assert_eq!(snapshot.verify(), Ok(()));
}

#[test]
fn every_flipped_byte_of_a_table_is_found_before_it_is_parsed() {
    let (_folder, store) = store();
    let snapshot = snapshot(&store, 0);
    let path = snapshot.dir().join("objects/pods.parquet");
    let length = fs::read(&path).unwrap().len();
    for at in (0..length).step_by(37).chain(length - 16..length) {
        with_flipped(&path, at, (at % 8) as u8, || {
            let mismatches = snapshot.verify().unwrap_err();
            assert!(
                matches!(&mismatches[..], [Mismatch::Changed { path, .. }] if path == "objects/pods.parquet"),
                "{mismatches:?}"
            );
            let fresh = Snapshot::open(snapshot.dir()).unwrap();
            let error = fresh.read("objects/pods", None).unwrap_err();
            assert!(matches!(error, Error::Changed { .. }), "{error}");
        });
    }
    assert!(snapshot.read("objects/pods", None).is_ok());
}

#[test]
fn every_flipped_byte_of_the_manifest_is_found() {
    let (_folder, store) = store();
    let snapshot = snapshot(&store, 0);
    for file in ["manifest.json", "manifest.json.sha256"] {
        let path = snapshot.dir().join(file);
        for at in 0..fs::read(&path).unwrap().len() {
            with_flipped(&path, at, (at % 8) as u8, || {
                let error = Snapshot::open(snapshot.dir()).unwrap_err().to_string();
                assert!(error.contains("manifest.json") && error.contains("archived"), "byte {at}: {error}");
                assert!(snapshot.verify().is_err());
            });
        }
    }
}

#[test]
fn truncated_missing_and_added_files_are_told_apart() {
    let (_folder, store) = store();
    let snapshot = snapshot(&store, 0);
    let pods = snapshot.dir().join("pods.parquet");
    let bytes = fs::read(&pods).unwrap();
    fs::write(&pods, &bytes[..bytes.len() - 1]).unwrap();
    fs::remove_file(snapshot.dir().join("nodes.parquet")).unwrap();
    fs::write(snapshot.dir().join("objects/secrets.parquet"), "").unwrap();

    let found: Vec<_> = snapshot.verify().unwrap_err().iter().map(Mismatch::to_string).collect();
    let (now, before) = (bytes.len() - 1, bytes.len());
    assert_eq!(
        found,
        [
            "nodes.parquet is missing",
            &format!("pods.parquet has {now} bytes, {before} were written"),
            "objects/secrets.parquet was added",
        ]
    );
    let error = snapshot.read("pods", None).unwrap_err().to_string();
    assert!(error.contains("pods.parquet has") && error.contains("restore it"), "{error}");
    assert!(snapshot.read("nodes", None).unwrap_err().to_string().contains("nodes.parquet is missing"));
}

#[cfg(unix)]
#[test]
fn links_are_no_evidence() {
    let (folder, store) = store();
    let snapshot = snapshot(&store, 0);
    let pods = snapshot.dir().join("pods.parquet");
    fs::rename(&pods, folder.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("elsewhere"), &pods).unwrap();
    assert!(matches!(&snapshot.verify().unwrap_err()[..], [Mismatch::Unreadable { .. }]));
}

/// Writes another manifest with the digest that it needs, as a forger would.
fn forge(snapshot: &Snapshot, change: impl FnOnce(&mut serde_json::Value)) -> Error {
    forged(snapshot, change).unwrap_err()
}

fn forged(snapshot: &Snapshot, change: impl FnOnce(&mut serde_json::Value)) -> crate::Result<Snapshot> {
    let path = snapshot.dir().join("manifest.json");
    let mut manifest = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut manifest);
    let bytes = serde_json::to_vec(&manifest).unwrap();
    fs::write(snapshot.dir().join("manifest.json.sha256"), list(&bytes)).unwrap();
    fs::write(&path, bytes).unwrap();
    Snapshot::open(snapshot.dir())
}

fn list(manifest: &[u8]) -> String {
    format!("{}  manifest.json\n", crate::Digest::of(manifest))
}

#[test]
fn manifests_that_make_no_sense_are_refused() {
    let (_folder, store) = store();
    let whole = snapshot(&store, 0);
    let refused =
        |change: fn(&mut serde_json::Value)| forge(&snapshot_like(&store, &whole), change).to_string();

    let error = refused(|manifest| manifest["format"] = 2.into());
    assert!(error.contains("format 2") && error.contains("newer assay"), "{error}");
    let error = refused(|manifest| manifest["format"] = 0.into());
    assert!(error.contains("no format is numbered 0"), "{error}");
    let error = refused(|manifest| manifest["collection"] = "x".into());
    assert!(error.contains("is no manifest"), "{error}");
    for path in ["../pods.parquet", "/etc/passwd", "audits/x.parquet", "pods.csv", "a/b/c.parquet"] {
        let copy = snapshot_like(&store, &whole);
        let error = forge(&copy, |manifest| manifest["files"][0]["path"] = path.into()).to_string();
        assert!(error.contains("cannot be a table's file"), "{error}");
    }
    let error = refused(|manifest| manifest["files"][0] = manifest["files"][1].clone());
    assert!(error.contains("listed twice"), "{error}");
    let error = refused(|manifest| *manifest = serde_json::Value::Null);
    assert!(error.contains("is no manifest"), "{error}");
}

/// As many rows as a manifest says are counted on before a table is read.
#[test]
fn a_table_has_the_rows_that_its_manifest_says() {
    let (_folder, store) = store();
    let snapshot = snapshot(&store, 0);
    for rows in [0, 1, 1_u64 << 40] {
        let forged = forged(&snapshot, |manifest| {
            let mut files = manifest["files"].as_array_mut().unwrap().iter_mut();
            files.find(|file| file["path"] == "pods.parquet").unwrap()["rows"] = rows.into();
        });
        let error = forged.unwrap().schema("pods").unwrap_err();
        assert!(matches!(error, Error::Rows { listed, .. } if listed == rows), "{error}");
    }
}

/// Another snapshot of the store, to be spoilt.
fn snapshot_like(store: &crate::Store, whole: &Snapshot) -> Snapshot {
    let taken = store.snapshots(None).unwrap().len() as i64;
    assert!(whole.has("pods"));
    snapshot(store, 100 * taken)
}

#[test]
fn a_later_minor_version_may_say_more() {
    let (_folder, store) = store();
    let snapshot = snapshot(&store, 0);
    let path = snapshot.dir().join("manifest.json");
    let text = fs::read_to_string(&path).unwrap().replacen('{', "{\n  \"more\": [1],", 1);
    fs::write(snapshot.dir().join("manifest.json.sha256"), list(text.as_bytes())).unwrap();
    fs::write(&path, text).unwrap();
    assert_eq!(Snapshot::open(snapshot.dir()).unwrap().manifest, snapshot.manifest);
}

#[test]
fn a_renamed_snapshot_is_not_taken_for_another() {
    let (_folder, store) = store();
    let snapshot = snapshot(&store, 0);
    let later = store.root().join("cluster=lab/snapshot=20990101T000000Z-000000000");
    fs::rename(snapshot.dir(), &later).unwrap();
    let error = store.latest(Some(&lab())).unwrap().as_ref().map(SnapshotRef::open).unwrap().unwrap_err();
    assert!(error.to_string().contains("move the folder back"), "{error}");
    assert!(Snapshot::open(&later).is_ok(), "a copy elsewhere is read by its path");
}

#[test]
fn what_is_no_snapshot_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let error = Snapshot::open(folder.path()).unwrap_err();
    assert!(matches!(error, Error::NotASnapshot(_)), "{error}");
    fs::write(folder.path().join("manifest.json"), "{}").unwrap();
    let error = Snapshot::open(folder.path()).unwrap_err();
    assert!(error.to_string().contains("manifest.json.sha256"), "{error}");
}
