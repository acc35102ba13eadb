//! `docs/write-a-check.md`, followed to the letter.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use assay_tests::assay::{Place, path_with_assay};
use assay_tests::skip::{Skip, need};
use assay_tests::tools::{duckdb_in, root};
use serde_json::Value;

/// A fenced block: what stands behind its fence, and its lines.
struct Block<'t> {
    info: &'t str,
    text: String,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let fence = line.len() - line.trim_start_matches('`').len();
        if fence < 3 {
            continue;
        }
        let end = "`".repeat(fence);
        let inside: String =
            lines.by_ref().take_while(|line| *line != end).map(|line| format!("{line}\n")).collect();
        blocks.push(Block { info: &line[fence..], text: inside });
    }
    blocks
}

/// Runs each command of a block; the lines that follow it have to be in what it prints, in that order.
fn run(place: &Place, block: &str) {
    let mut rest = block;
    while let Some(command) = rest.strip_prefix("$ ") {
        let (command, after) = command.split_once('\n').unwrap();
        let end =
            after.find("$ ").filter(|at| *at == 0 || after[..*at].ends_with('\n')).unwrap_or(after.len());
        rest = &after[end..];
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).current_dir(place.path("")).env("PATH", path_with_assay());
        let output = shell.env_remove("KUBECONFIG").env("NO_COLOR", "1").output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {printed}{told}");
        let mut found = printed.lines();
        for wanted in after[..end].lines().filter(|line| !line.is_empty()) {
            assert!(
                found.any(|line| line.contains(wanted)),
                "{command}\nprints no {wanted:?}:\n{printed}{told}"
            );
        }
    }
}

/// Runs the file that a line gives to DuckDB, and returns its outcomes by asset.
fn in_duckdb(place: &Place, line: &str) -> Result<BTreeMap<String, String>, Skip> {
    let file = line.trim().strip_prefix("duckdb < ").unwrap();
    let statement = fs::read_to_string(place.path(file)).unwrap();
    let results = duckdb_in(&place.path(""), &[&statement])?;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = results[0].as_ref().unwrap().iter();
    Ok(rows.map(|row| (text(&row["asset"]), text(&row["outcome"]))).collect())
}

#[test]
fn write_a_check() {
    let text = fs::read_to_string(root().join("docs/write-a-check.md")).unwrap();
    let place = Place::new();
    for Block { info, text } in blocks(&text) {
        if info == "console" {
            run(&place, &text);
        } else if info == "sh" {
            let Some(outcomes) = need("write_a_check", in_duckdb(&place, &text)) else { continue };
            let web = ("networking.k8s.io/Ingress/shop/web".to_owned(), "fail".to_owned());
            assert_eq!(outcomes, BTreeMap::from([web]), "{text}");
        } else if let Some((_, name)) = info.split_once(" file=") {
            let path = place.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &text).unwrap();
        } else if let Some((_, name)) = info.split_once(" checks=") {
            let page = fs::read_to_string(place.path(name)).unwrap();
            let before = page.split_once("## Checks\n").unwrap().0;
            fs::write(place.path(name), format!("{before}{text}")).unwrap();
        }
    }
    let audit = fs::read_to_string(place.path("assay-report/audit.json")).unwrap();
    assert!(audit.contains("cron-job-runs"), "the last audit is reported");
    assert!(fs::read_to_string(place.path("ingress-has-tls.sql")).unwrap().to_lowercase().contains("select"));
}
