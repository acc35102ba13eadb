//! Audits beside their snapshot.

use std::fs;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Int32Type};

use super::fixture::{batch, rows, schema, snapshot, store};
use crate::{Error, Mismatch};

#[test]
fn an_audit_is_read_as_it_was_written() {
    let (_folder, store) = store();
    let snapshot = snapshot(&store, 0);
    let results = batch(&rows(200));
    let mut writer = snapshot.new_audit("default").unwrap();
    writer.tables.append("results", &results.slice(0, 90)).unwrap();
    writer.tables.append("results", &results.slice(90, 110)).unwrap();
    writer.files.write("audit.json", b"{}").unwrap();
    writer.files.write("controls/one.md", b"# One").unwrap();
    writer.tables.declare("exceptions", &schema()).unwrap();
    assert!(snapshot.audits().unwrap().is_empty(), "unfinished");
    let audit = writer.finish().unwrap();

    assert_eq!(audit.id(), "default");
    assert_eq!(
        audit.files().collect::<Vec<_>>(),
        ["audit.json", "controls/one.md", "exceptions.parquet", "results.parquet"]
    );
    assert_eq!(audit.read_file("audit.json").unwrap(), b"{}");
    assert_eq!(audit.read_table("results", None).unwrap(), results);
    assert_eq!(audit.read_table("exceptions", Some(&["id"])).unwrap().num_rows(), 0);
    assert_eq!(audit.verify(), Ok(()));
    assert_eq!(snapshot.verify(), Ok(()));
    assert_eq!(snapshot.audits().unwrap().len(), 1);
    assert_eq!(snapshot.audit("default").unwrap().dir(), audit.dir());
}

/// Each check's rows have a dictionary of their own, and more of them come than are waited for.
#[test]
fn rows_that_share_texts_are_read_as_they_were_written() {
    let (_folder, store) = store();
    let snapshot = snapshot(&store, 0);
    let of_check = |check: i32, rows: i32| {
        let texts: StringArray = (0..100).map(|text| Some(format!("{check}-{text}"))).collect();
        let keys: Int32Array =
            (0..rows).map(|row| (row % 7 != 3).then_some((row * 31 + check) % 100)).collect();
        let shared: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::new(keys, Arc::new(texts)));
        let plain = cast(&shared, &DataType::Utf8).unwrap();
        (RecordBatch::try_from_iter_with_nullable([("asset", shared, true)]).unwrap(), plain)
    };
    let checks: Vec<_> = (0..40).map(|check| of_check(check, 1 + check * 37)).collect();
    let audit = |id: &str| {
        let mut writer = snapshot.new_audit(id).unwrap();
        checks.iter().for_each(|(batch, _)| writer.tables.append("results", batch).unwrap());
        writer.finish().unwrap()
    };
    let read = audit("first").read_table("results", None).unwrap();
    let plain: Vec<&dyn Array> = checks.iter().map(|(_, plain)| plain as &dyn Array).collect();
    assert_eq!(read.column(0), &concat(&plain).unwrap());
    assert!(read.num_rows() > 20_000, "more than one portion: {}", read.num_rows());
    let bytes = |id: &str| snapshot.audit(id).unwrap().read_file("results.parquet").unwrap();
    audit("second");
    assert_eq!(bytes("first"), bytes("second"));
}

#[test]
fn a_second_audit_of_one_id_replaces_the_first() {
    let (_folder, store) = store();
    let snapshot = snapshot(&store, 0);
    for text in ["first", "second"] {
        let mut writer = snapshot.new_audit("default").unwrap();
        writer.files.write(text, text.as_bytes()).unwrap();
        writer.finish().unwrap();
    }
    drop(snapshot.new_audit("default").unwrap());
    let audits = snapshot.audits().unwrap();
    assert_eq!(audits[0].files().collect::<Vec<_>>(), ["second"]);
    assert_eq!(fs::read_dir(snapshot.audits_dir()).unwrap().count(), 1);
}

#[test]
fn one_audit_that_several_make_at_once_is_there_once() {
    let (_folder, store) = store();
    let snapshot = snapshot(&store, 0);
    let writers: Vec<_> = (0..8).map(|_| snapshot.new_audit("default").unwrap()).collect();
    std::thread::scope(|scope| {
        for mut writer in writers {
            scope.spawn(move || {
                writer.files.write("audit.json", b"{}").unwrap();
                assert_eq!(writer.finish().unwrap().read_file("audit.json").unwrap(), b"{}");
            });
        }
    });
    assert_eq!(snapshot.audit("default").unwrap().verify(), Ok(()));
    assert_eq!(fs::read_dir(snapshot.audits_dir()).unwrap().count(), 1);
}

#[test]
fn what_lies_among_audits_is_found() {
    let (_folder, store) = store();
    let snapshot = snapshot(&store, 0);
    let writer = snapshot.new_audit("default").unwrap();
    assert_eq!(snapshot.verify(), Ok(()), "one is being written");
    writer.finish().unwrap();
    fs::write(snapshot.audits_dir().join("other"), "").unwrap();
    let found = snapshot.verify().unwrap_err();
    assert!(matches!(&found[..], [Mismatch::Extra { path }] if path == "audits/other"), "{found:?}");
}

#[test]
fn what_was_left_of_a_derivation_is_no_change_of_the_snapshot() {
    let (_folder, store) = store();
    let snapshot = snapshot(&store, 0);
    let left = snapshot.dir().join("derived/.staging-0123");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.with_extension("lock"), "").unwrap();
    assert_eq!(snapshot.verify(), Ok(()));
    snapshot.derive("engine").unwrap().write("pods", &batch(&rows(1))).unwrap();
    assert!(!left.exists(), "it is swept where the next one begins");
    assert_eq!(snapshot.verify(), Ok(()));
}

#[test]
fn changed_and_foreign_files_of_an_audit_are_found() {
    let (_folder, store) = store();
    let snapshot = snapshot(&store, 0);
    let mut writer = snapshot.new_audit("default").unwrap();
    writer.tables.append("results", &batch(&rows(3))).unwrap();
    let audit = writer.finish().unwrap();
    fs::write(audit.dir().join("results.parquet"), "PAR1").unwrap();
    fs::write(audit.dir().join("note.txt"), "").unwrap();
    let found = audit.verify().unwrap_err();
    assert!(matches!(&found[..], [Mismatch::Changed { .. }, Mismatch::Extra { .. }]), "{found:?}");
    assert!(matches!(audit.read_table("results", None), Err(Error::Changed { .. })));
    assert!(matches!(audit.read_file("note.txt"), Err(Error::Absent { .. })));

    fs::write(audit.dir().join("files.sha256"), format!("{}  ../../manifest.json\n", crate::Digest::of(b"")))
        .unwrap();
    assert!(matches!(snapshot.audit("default"), Err(Error::DigestList { .. })));
}

#[test]
fn audits_stay_in_their_folder() {
    let (_folder, store) = store();
    let snapshot = snapshot(&store, 0);
    for id in ["", "..", "a/b", ".hidden"] {
        assert!(matches!(snapshot.new_audit(id), Err(Error::Name { .. })), "{id}");
        assert!(matches!(snapshot.audit(id), Err(Error::Name { .. })), "{id}");
    }
    assert!(matches!(snapshot.audit("none"), Err(Error::Absent { .. })));
    let mut writer = snapshot.new_audit("default").unwrap();
    for name in ["files.sha256", "results.parquet"] {
        assert!(matches!(writer.files.write(name, b""), Err(Error::Written(_))), "{name}");
    }
    for name in ["../x", "a/../x", "a/b/c", "/x", ""] {
        assert!(matches!(writer.files.write(name, b""), Err(Error::Name { .. })), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let (folder, store) = store();
    let snapshot = snapshot(&store, 0);
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let link = |name: &str| std::os::unix::fs::symlink(&elsewhere, snapshot.dir().join(name)).unwrap();
    let derive = || snapshot.derive("engine").and_then(|writer| writer.write("pods", &batch(&rows(1))));
    link("audits");
    link("derived");
    let refused = snapshot.new_audit("default").err().unwrap();
    assert!(refused.to_string().contains("cannot write into") && refused.to_string().ends_with("audits"));
    assert!(matches!(derive(), Err(Error::Io { .. })));
    fs::remove_file(snapshot.dir().join("derived")).unwrap();
    fs::create_dir(snapshot.dir().join("derived")).unwrap();
    link("derived/engine");
    assert!(matches!(derive(), Err(Error::Io { .. })));
    assert_eq!(fs::read_dir(elsewhere).unwrap().count(), 0);
}
