//! The judges of assay's output judge: each accepts what is right and says what is wrong.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::path::PathBuf;

use assay_tests::skip::need;
use assay_tests::tools::{
    check_jsonschema, chromium, chromium_with, duckdb, html_validate, sarif_multitool_validate,
};
use serde_json::json;
use tempfile::TempDir;

fn file(folder: &TempDir, name: &str, content: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    path
}

#[test]
fn duckdb_runs_statements_on_one_connection() {
    let statements = [
        "create table t as select 1 as a, timestamptz '2026-01-01 01:00:00+01' as at, [1.5] as list",
        "from t",
        "selec",
        "select 1 as a, 2 as a",
    ];
    let Some(results) = need("duckdb_runs_statements_on_one_connection", duckdb(&statements)) else { return };
    let row = json!({"a": 1, "at": "2026-01-01 00:00:00+00:00", "list": ["1.5"]});
    assert_eq!(json!(results[1].as_ref().unwrap()), json!([row]));
    assert!(results[2].as_ref().unwrap_err().contains("syntax error"));
    assert!(results[3].is_err(), "one of two columns with the same name would be lost");
}

#[test]
fn check_jsonschema_tells_valid_from_invalid() {
    let folder = TempDir::new().unwrap();
    let schema = file(&folder, "schema.json", r#"{"type": "object", "required": ["a"]}"#);
    let good = check_jsonschema(&schema, &file(&folder, "good.json", r#"{"a": 1}"#));
    let Some(good) = need("check_jsonschema_tells_valid_from_invalid", good) else { return };
    assert_eq!(good, Vec::<String>::new());
    for bad in ["{}", "{"] {
        let errors = check_jsonschema(&schema, &file(&folder, "bad.json", bad)).unwrap();
        assert_eq!(errors.len(), 1, "{errors:?}");
    }
}

#[test]
fn sarif_multitool_tells_valid_from_invalid() {
    let log = |level: &str| {
        let region = json!({"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2});
        let place = json!({"physicalLocation": {"artifactLocation": {"uri": "a.yaml"}, "region": region}});
        let text = |text: &str| json!({ "text": text });
        let rule = json!({
            "id": "A1", "name": "RuleOne", "helpUri": "https://example.invalid/A1",
            "shortDescription": text("Says one thing."), "fullDescription": text("Says one thing in full."),
            "help": text("Do this."), "defaultConfiguration": {"level": "error"},
            "messageStrings": {"default": text("A message about '{0}'.")},
            "properties": {"tags": ["security"], "precision": "high", "problem.severity": "error",
                "security-severity": "8.0"}
        });
        let driver = json!({
            "name": "example", "fullName": "Example tool", "version": "1.0.0",
            "informationUri": "https://example.invalid", "rules": [rule]
        });
        let result = json!({
            "ruleId": "A1", "ruleIndex": 0, "level": level, "message": {"id": "default", "arguments": ["a"]},
            "locations": [place], "partialFingerprints": {"primaryLocationLineHash": "0123"}
        });
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
            "runs": [{"tool": {"driver": driver}, "results": [result]}]
        })
    };
    let folder = TempDir::new().unwrap();
    let good = sarif_multitool_validate(&file(&folder, "good.sarif", &log("error").to_string()));
    let Some(good) = need("sarif_multitool_tells_valid_from_invalid", good) else { return };
    // GitHub reads a message's text only, while the format would have it by id.
    assert!(good.iter().all(|problem| problem.contains("message")), "{good:#?}");
    let unknown_level = file(&folder, "bad.sarif", &log("grave").to_string());
    let problems = sarif_multitool_validate(&unknown_level).unwrap();
    assert_eq!(problems, ["error: the validator cannot read this file, and doesn't say why"]);
    let mut placeless = log("error");
    placeless["runs"][0]["results"][0]["locations"].take();
    let problems = sarif_multitool_validate(&file(&folder, "bad.sarif", &placeless.to_string())).unwrap();
    assert!(problems.iter().any(|problem| problem.contains("'locations'")), "{problems:#?}");
}

const PAGE: &str = r##"<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>A page</title></head>
<body><h1>A page</h1><p id="text">before</p></body>
</html>
"##;

#[test]
fn html_validate_tells_valid_from_invalid() {
    let folder = TempDir::new().unwrap();
    let good = html_validate(&file(&folder, "good.html", PAGE));
    let Some(good) = need("html_validate_tells_valid_from_invalid", good) else { return };
    assert_eq!(good, Vec::<String>::new());
    let bad = file(&folder, "bad.html", &PAGE.replace("</h1>", ""));
    let problems = html_validate(&bad).unwrap();
    assert!(problems.iter().any(|problem| problem.contains("close-order")), "{problems:?}");
}

#[test]
fn chromium_tells_what_a_page_does() {
    let folder = TempDir::new().unwrap();
    let scripts = "<img src='missing.png' alt=''>
        <script>text.textContent = 'after'; console.warn('careful'); throw new Error('broken')</script></body>";
    let url = |path: PathBuf| format!("file://{}", path.display());
    let busy = url(file(&folder, "busy.html", &PAGE.replace("</body>", scripts)));
    let Some(page) = need("chromium_tells_what_a_page_does", chromium(&busy)) else { return };
    assert!(page.dom.contains("after"));
    assert!(page.errors.iter().any(|e| e.contains("careful")), "{:?}", page.errors);
    assert!(page.errors.iter().any(|e| e.contains("broken")), "{:?}", page.errors);
    assert_eq!(page.requests, [url(folder.path().join("missing.png"))]);

    let quiet = url(file(&folder, "quiet.html", PAGE));
    let page = chromium_with(json!({"url": quiet, "evaluate": "document.title"})).unwrap();
    assert_eq!((page.errors.len(), page.requests.len()), (0, 0), "{page:?}");
    assert_eq!(page.value, "A page");
    let page = chromium_with(json!({"url": busy, "javaScript": false})).unwrap();
    assert!(page.dom.contains("before"));
}
