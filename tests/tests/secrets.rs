//! No planted secret is in any byte that assay writes: store (decompressed too), reports, output.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;

use assay_tests::assay::Place;
use assay_tests::skip::need;
use assay_tests::tools::{duckdb, root};

/// What must not be found, with the file that it is planted in, as the folder's README lists it.
fn markers(file: &str) -> Vec<String> {
    let readme = fs::read_to_string(root().join("testdata/hostile/README.md")).unwrap();
    let rows = readme.lines().filter(|line| line.starts_with(&format!("| `{file}` |")));
    let cells = rows.map(|row| row.split('|').nth(2).unwrap().to_owned());
    let markers =
        cells.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>());
    markers.collect()
}

fn nothing_leaks(file: &str, more: &[&str], code: i32) {
    let markers = markers(file);
    assert!(!markers.is_empty());
    let place = Place::new();
    let run = place.audit(&root().join("testdata/hostile").join(file), more);
    assert_eq!(run.code, code, "{}", run.stderr);
    let mut written =
        vec![("stdout".to_owned(), run.stdout.into_bytes()), ("stderr".to_owned(), run.stderr.into_bytes())];
    let files = [place.files("store"), place.files("report")].concat();
    let tables: Vec<String> = files
        .iter()
        .filter(|file| file.extension().is_some_and(|e| e == "parquet"))
        .map(|file| format!("from '{}'", file.display()))
        .collect();
    assert_eq!(tables.is_empty(), code == 2);
    for file in &files {
        written.push((file.display().to_string(), fs::read(file).unwrap()));
    }
    if !tables.is_empty() {
        let statements: Vec<&str> = tables.iter().map(String::as_str).collect();
        let name = format!("the tables of {file} in nothing_leaks");
        let rows = need(&name, duckdb(&statements)).unwrap_or_default();
        for (table, rows) in tables.into_iter().zip(rows) {
            written.push((table, serde_json::to_vec(&rows.unwrap()).unwrap()));
        }
    }
    let mut leaks = Vec::new();
    for (place, bytes) in &written {
        let text = String::from_utf8_lossy(bytes);
        leaks.extend(markers.iter().filter(|m| text.contains(m.as_str())).map(|m| format!("{m} in {place}")));
    }
    assert!(leaks.is_empty(), "{leaks:#?}");
}

#[test]
fn of_well_formed_objects() {
    nothing_leaks("secrets.yaml", &["-vv"], 0);
}

#[test]
fn of_objects_with_wrong_types() {
    nothing_leaks("secrets-wrong-types.yaml", &["--keep-going", "-vv"], 0);
    nothing_leaks("secrets-wrong-types.yaml", &["-vv"], 2);
}

#[test]
fn of_broken_files() {
    nothing_leaks("secrets-broken.yaml", &["-vv"], 2);
}
