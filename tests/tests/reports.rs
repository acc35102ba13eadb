//! Reports are what their readers take: the JSON Schema, code scanning, the HTML standard and a browser.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod live;

use std::fs;
use std::path::Path;

use assay_model::visible::is_hidden;
use assay_tests::apiserver::ApiServer;
use assay_tests::assay::{Place, Run};
use assay_tests::skip::need;
use assay_tests::tools::{
    check_jsonschema, chromium, chromium_with, html_validate, root, sarif_multitool_validate,
};
use serde_json::{Value, json};

const POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: web}, \
                   spec: {hostNetwork: true, containers: [{name: web, image: web}]}}";

/// Audits manifests, has every judge look at the reports, and returns the page's document where there is a browser.
fn judged(input: &Path, more: &[&str]) -> Option<String> {
    let place = Place::new();
    let run = place.audit(input, more);
    judge(&place, &run, &format!("reports of {}", input.file_name().unwrap().display()))
}

fn judge(place: &Place, run: &Run, test: &str) -> Option<String> {
    assert_eq!(run.code, 0, "{}", run.stderr);
    for text in [&run.stdout, &run.stderr] {
        let control = text.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(control, None, "{text:?}");
    }
    let report = |name: &str| place.path("report").join(name);
    let schema = root().join("reports/schema/audit-v1.json");
    let none = Vec::<String>::new();
    let problems = need(test, check_jsonschema(&schema, &report("audit.json")));
    assert_eq!(problems.unwrap_or_default(), none);
    let problems = need(test, sarif_multitool_validate(&report("audit.sarif"))).unwrap_or_default();
    let errors: Vec<String> = problems.into_iter().filter(|p| p.starts_with("error")).collect();
    assert_eq!(errors, none);
    assert_eq!(need(test, html_validate(&report("audit.html"))).unwrap_or_default(), none);
    let page = need(test, chromium(&format!("file://{}", report("audit.html").display())))?;
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

#[test]
fn of_a_cluster() {
    let Some(server) = need("reports of a cluster", ApiServer::shared()) else { return };
    live::apply_shop(server);
    let hostile = root().join("testdata/hostile/urls.yaml");
    server.kubectl(&["apply", &format!("--filename={}", hostile.display())]);
    let place = Place::new();
    let run = place.audit_cluster(&server.kubeconfig(), &["--cluster-name", "lab"]);
    let sarif = fs::read(place.path("report/audit.sarif")).unwrap();
    code_scanning_takes(&sarif);
    judge(&place, &run, "reports of a cluster");
}

/// Fails unless the names of `bidi.yaml` are written so that a terminal shows them.
fn nothing_hides(json: &str) {
    assert!(json.contains(r"\u202e"), "{json}");
    assert_eq!(json.chars().find(|c| *c != '\n' && is_hidden(*c)), None, "{json}");
}

#[test]
fn of_a_comparison() {
    let place = Place::new();
    for (folder, input) in [("old", "urls.yaml"), ("new", "bidi.yaml")] {
        let input = root().join("testdata/hostile").join(input);
        let run = place.run(["audit", "--store", "store", "--out", folder, &input.to_string_lossy()]);
        assert_eq!(run.code, 0, "{run:?}");
    }
    nothing_hides(&fs::read_to_string(place.path("new/audit.json")).unwrap());
    let compare = ["diff", "old/audit.json", "new/audit.json", "-o", "json", "--store"];
    let schema = root().join("reports/schema/comparison-v1.json");
    // With results, and without.
    for store in ["store", "elsewhere"] {
        let run = place.run(compare.iter().chain(&[store]));
        let file = place.write("comparison.json", &run.stdout);
        nothing_hides(&run.stdout);
        assert_eq!(serde_json::from_str::<Value>(&run.stdout).unwrap()["schemaVersion"], "1");
        let problems = need("of_a_comparison", check_jsonschema(&schema, &file)).unwrap_or_default();
        assert_eq!(problems, Vec::<String>::new());
    }
}

/// Of the three controls that host namespaces are about, the one that fails is not asked.
#[test]
fn a_requirement_is_not_passed_by_some_of_its_controls() {
    let place = Place::new();
    let input = place.write("web.yaml", POD);
    let run = place.audit(&input, &["--select", "pod-host-ipc", "--select", "container-run-as-user-zero"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let later = place.run(["report", "--store", "store", "--out", "later", "--format", "html"]);
    assert_eq!((later.code, later.stderr.as_str()), (0, ""));
    for folder in ["report", "later"] {
        let html = place.path(folder).join("audit.html");
        let page = fs::read_to_string(&html).unwrap();
        let row = page
            .split_once("<td>baseline&#x2f;hostNamespaces</td>")
            .unwrap()
            .1
            .split_once("</tr>")
            .unwrap()
            .0;
        assert!(row.contains(">Partly audited<") && row.contains("pod-host-network (not audited)"), "{row}");
        let problems = need("a requirement that is audited in part", html_validate(&html));
        assert_eq!(problems.unwrap_or_default(), Vec::<String>::new());
    }
}

/// On paper nobody opens anything: what was found and asked is there, and not the pages of a hundred controls.
#[test]
fn paper_has_the_findings_and_not_the_library() {
    let place = Place::new();
    assert_eq!(place.audit(&place.write("web.yaml", POD), &[]).code, 0);
    let shown = |selector: &str| {
        format!("document.querySelector('{selector}').checkVisibility({{contentVisibilityAuto: false}})")
    };
    let of = |control: &str, part: &str| shown(&format!("#control-{control} {part}"));
    let parts = [
        of("pod-host-network", ".rows b"),
        of("pod-host-network", ".query pre"),
        of("pod-host-pid", ".query pre"),
        of("pod-host-network", ".about h5"),
        of("etcd-client-tls", ".check p"),
    ];
    let page = chromium_with(json!({
        "url": format!("file://{}", place.path("report/audit.html").display()),
        "media": "print",
        "evaluate": format!("[{}]", parts.join(", ")),
    }));
    let Some(page) = need("paper_has_the_findings_and_not_the_library", page) else { return };
    assert_eq!(page.value, json!([true, true, true, false, false]));
}

/// What the summary points at first may be just what the filter left out.
#[test]
fn a_link_shows_a_control_that_the_filter_hides() {
    let place = Place::new();
    assert_eq!(place.audit(&place.write("web.yaml", POD), &[]).code, 0);
    let follow = r#"(async () => {
      const control = document.getElementById("control-pod-host-network");
      document.getElementById("filter-text").value = "no such thing";
      document.getElementById("filter").requestSubmit();
      const before = control.checkVisibility();
      document.querySelector(".first a[href$=control-pod-host-network]").click();
      await new Promise((done) => setTimeout(done, 300));
      return [before, control.checkVisibility(), control.open];
    })()"#;
    let url = format!("file://{}", place.path("report/audit.html").display());
    let page = chromium_with(json!({ "url": url, "evaluate": follow }));
    let Some(page) = need("a_link_shows_a_control_that_the_filter_hides", page) else { return };
    assert_eq!(page.value, json!([false, true, true]));
}

/// Backwards, the browser scrolls each control to the top, where the filter is.
#[test]
fn the_filter_covers_nothing_that_has_the_focus() {
    let place = Place::new();
    assert_eq!(place.audit(&place.write("web.yaml", POD), &["--format", "html"]).code, 0);
    let covered = r#"(() => {
      const filter = document.getElementById("filter");
      const heads = [...document.querySelectorAll("details.control > summary")].slice(0, 40).reverse();
      const tops = heads.map((head) => {
        head.focus();
        return head.getBoundingClientRect().top - filter.getBoundingClientRect().bottom;
      });
      return [tops.length, tops.filter((top) => top < -1).length];
    })()"#;
    let url = format!("file://{}", place.path("report/audit.html").display());
    let page = chromium_with(json!({ "url": url, "evaluate": covered }));
    let Some(page) = need("the_filter_covers_nothing_that_has_the_focus", page) else { return };
    assert_eq!(page.value, json!([40, 0]));
}

/// GitHub refuses a whole upload for one result that it can't use, and for a file beyond its limits.
fn code_scanning_takes(sarif: &[u8]) {
    // The limit is of the compressed file, which is smaller.
    assert!(sarif.len() < 10_000_000, "{} bytes", sarif.len());
    let log: Value = serde_json::from_slice(sarif).unwrap();
    assert!(log["$schema"].is_string() && log["version"] == "2.1.0");
    let runs = log["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1);
    let driver = &runs[0]["tool"]["driver"];
    let rules = driver["rules"].as_array().unwrap();
    assert!(driver["name"].is_string() && !rules.is_empty() && rules.len() <= 25_000);
    for rule in rules {
        for text in ["shortDescription", "fullDescription"] {
            let length = rule[text]["text"].as_str().unwrap().chars().count();
            assert!((1..=1_024).contains(&length), "{text} of {}", rule["id"]);
        }
        assert!(rule["id"].is_string() && rule["help"]["text"].is_string(), "{rule}");
        assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 20, "{rule}");
        let severity: f64 = rule["properties"]["security-severity"].as_str().unwrap().parse().unwrap();
        assert!(severity > 0.0 && severity <= 10.0, "{rule}");
    }
    let results = runs[0]["results"].as_array().unwrap();
    assert!(!results.is_empty() && results.len() <= 25_000, "{} results", results.len());
    for result in results {
        let locations = result["locations"].as_array().unwrap();
        assert!((1..=1_000).contains(&locations.len()), "{result}");
        let place = &locations[0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(!uri.starts_with('/') && !uri.contains(':') && !uri.contains(".."), "{uri}");
        for edge in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(place["region"][edge].as_u64().is_some_and(|number| number > 0), "{result}");
        }
        let print = &result["partialFingerprints"]["primaryLocationLineHash"];
        assert!(print.as_str().is_some_and(|print| !print.is_empty()), "{result}");
        assert!(result["ruleId"].is_string() && result["message"]["text"].is_string(), "{result}");
    }
    assert!(runs[0]["automationDetails"]["id"].as_str().unwrap().contains("lab"));
}
