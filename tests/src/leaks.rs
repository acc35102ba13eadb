//! What must be in nothing that was written.

#![allow(clippy::unwrap_used, reason = "only tests call this, and a panic is how they fail")]

use std::fs;

use crate::assay::{Place, Run};
use crate::skip::need;
use crate::tools::duckdb;

/// Searches everything that was written and said for these, tables decompressed too; returns how many tables there were.
pub fn nothing_is_in(place: &Place, run: Run, what: &str, markers: &[String]) -> usize {
    assert!(!markers.is_empty());
    let mut written =
        vec![("stdout".to_owned(), run.stdout.into_bytes()), ("stderr".to_owned(), run.stderr.into_bytes())];
    let files = [place.files("store"), place.files("report")].concat();
    let tables: Vec<String> = files
        .iter()
        .filter(|file| file.extension().is_some_and(|e| e == "parquet"))
        .map(|file| format!("from '{}'", file.display()))
        .collect();
    for file in &files {
        written.push((file.display().to_string(), fs::read(file).unwrap()));
    }
    if !tables.is_empty() {
        let statements: Vec<&str> = tables.iter().map(String::as_str).collect();
        let name = format!("the tables of {what} in nothing_is_in");
        let rows = need(&name, duckdb(&statements)).unwrap_or_default();
        for (table, rows) in tables.iter().zip(rows) {
            written.push((table.clone(), serde_json::to_vec(&rows.unwrap()).unwrap()));
        }
    }
    let mut leaks = Vec::new();
    for (place, bytes) in &written {
        let text = String::from_utf8_lossy(bytes);
        leaks.extend(markers.iter().filter(|m| text.contains(m.as_str())).map(|m| format!("{m} in {place}")));
    }
    assert!(leaks.is_empty(), "{leaks:#?}");
    tables.len()
}
