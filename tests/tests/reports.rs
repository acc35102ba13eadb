//! Reports are what their readers take: the JSON Schema, code scanning, the HTML standard and a browser.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::Path;

use assay_tests::assay::Place;
use assay_tests::skip::need;
use assay_tests::tools::{check_jsonschema, chromium, html_validate, root, sarif_multitool_validate};

/// Audits, has every judge look at the reports, and returns the page's document where there is a browser.
fn judged(input: &Path, more: &[&str]) -> Option<String> {
    let place = Place::new();
    let run = place.audit(input, more);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for text in [&run.stdout, &run.stderr] {
        let control = text.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(control, None, "{text:?}");
    }
    let report = |name: &str| place.path("report").join(name);
    let test = format!("reports of {}", input.file_name().unwrap().display());
    let schema = root().join("reports/schema/audit-v1.json");
    let none = Vec::<String>::new();
    let problems = need(&test, check_jsonschema(&schema, &report("audit.json")));
    assert_eq!(problems.unwrap_or_default(), none);
    let problems = need(&test, sarif_multitool_validate(&report("audit.sarif"))).unwrap_or_default();
    let errors: Vec<String> = problems.into_iter().filter(|p| p.starts_with("error")).collect();
    assert_eq!(errors, none);
    assert_eq!(need(&test, html_validate(&report("audit.html"))).unwrap_or_default(), none);
    let page = need(&test, chromium(&format!("file://{}", report("audit.html").display())))?;
    assert_eq!((page.errors, page.requests), (none.clone(), none));
    for element in ["<img src=\"x\" onerror", "<svg onload", "<script>alert"] {
        assert!(!page.dom.contains(element), "{element} became an element");
    }
    Some(page.dom)
}

#[test]
fn of_the_shop() {
    judged(&root().join("testdata/shop"), &[]);
}
