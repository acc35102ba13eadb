//! Controls of one's own: a new page, the canonical style, a catalogue from elsewhere.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;

use assay_tests::assay::{Place, Run};
use assay_tests::tools::root;
use serde_json::Value;

fn succeeded(place: &Place, arguments: &[&str]) -> Run {
    let run = place.run(arguments);
    assert_eq!(run.code, 0, "{arguments:?}: {run:?}");
    run
}

#[test]
fn a_new_page_works_as_it_is_and_is_never_overwritten() {
    let place = Place::new();
    let page =
        ["controls", "new", "our-registry", "--category", "images", "--title", "Images: \"ours\" only"];
    let new = place.run(page);
    assert_eq!(new.stdout, "controls/images/our-registry.md\n", "{new:?}");
    let next = "`assay controls test our-registry --controls controls`; `controls: [controls]` in assay.yaml";
    assert!(new.stderr.contains(next), "{new:?}");
    succeeded(&place, &["controls", "lint", "--controls", "controls"]);
    succeeded(&place, &["controls", "test", "our-registry", "--controls", "controls"]);
    succeeded(&place, &["controls", "fmt", "--check", "controls"]);
    assert_eq!(place.run(page).code, 2);
    place.write("assay.yaml", "version: 1\ncontrols: [controls]\n");
    let seen = place.run(["controls", "new", "another"]);
    assert!(seen.stderr.ends_with("`assay controls test another`\n"), "{seen:?}");
    succeeded(&place, &["controls", "test", "another"]);
}

#[test]
fn formatting_changes_the_style_and_nothing_else() {
    let place = Place::new();
    succeeded(&place, &["controls", "new", "our-registry", "--category", "images"]);
    let file = place.path("controls/images/our-registry.md");
    let canonical = fs::read_to_string(&file).unwrap();
    let suffixes = canonical.replace(
        "{NOT: {image: {startsWith: \"registry.example/\"}}}",
        "{image_NOT_STARTS_WITH: \"registry.example/\"}",
    );
    assert_ne!(canonical, suffixes);
    fs::write(&file, &suffixes).unwrap();
    let run = place.run(["controls", "fmt", "--check", "controls"]);
    assert_eq!((run.code, run.stdout.contains("our-registry.md")), (1, true), "{run:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), suffixes);
    succeeded(&place, &["controls", "fmt", "controls"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), canonical);
    succeeded(&place, &["controls", "fmt", "--check", "controls"]);
}

/// A terminal or an editor opens what is told, from where assay runs.
#[test]
fn mistakes_are_told_with_the_path_from_here() {
    let place = Place::new();
    succeeded(&place, &["controls", "new", "our-registry", "--category", "images"]);
    let file = place.path("controls/images/our-registry.md");
    let text = fs::read_to_string(&file).unwrap();
    let told = |text: String| {
        fs::write(&file, text).unwrap();
        let lint = place.run(["controls", "lint", "--controls", "controls"]);
        let test = place.run(["controls", "test", "our-registry", "--controls", "controls"]);
        [lint.stderr, test.stderr]
    };
    let here = |told: &str| told.contains("controls/images/our-registry.md:");
    let [lint, test] = told(text.replace("startsWith", "startWith"));
    assert!(here(&lint) && here(&test), "{lint}{test}");
    let [lint, test] = told(text.replace("yaml pass", "yaml fail"));
    assert!(here(&lint) && here(&test), "{lint}{test}");
}

/// A control of a catalogue with a check that is sound but for its population.
#[test]
fn a_population_that_no_file_defines_is_said_to_be() {
    let place = Place::new();
    std::fs::create_dir(place.path("catalogue")).unwrap();
    let rule = |population: &str| {
        serde_json::json!({
            "cloudProviders": ["kubernetes"], "comparator": "eq", "expectedResult": [], "query": "q-pods",
            "applicableAssetsQuery": population,
        })
    };
    let control = serde_json::json!({
        "slug": "pods", "severity": 2,
        "rules": [rule("q-pods"), rule("{ pods { ...AssetFragment } }"), rule("q-gone"), rule("{ pods { nam } }")],
    });
    let query = serde_json::json!({"slug": "q-pods", "query": "{ pods { ...AssetFragment } }"});
    place.write("catalogue/all.json", serde_json::json!([control, query]).to_string());
    let run = succeeded(&place, &["controls", "import", "catalogue"]);
    for told in [
        "1 page, with 2 checks",
        "pods, q-pods: no file of the catalogue defines the query `q-gone`, which is to give its population",
        "pods, q-pods: its population cannot be asked for: ",
    ] {
        assert!(run.stdout.contains(told), "{told}: {}", run.stdout);
    }
}

/// Frameworks of one name would be a library that no command reads.
#[test]
fn policies_whose_names_are_one_here_have_two() {
    let place = Place::new();
    std::fs::create_dir(place.path("catalogue")).unwrap();
    let policy = |slug: &str| {
        let served = serde_json::json!([{"control": "pods"}]);
        serde_json::json!({"slug": slug, "procedures": [{"slug": "1", "controls": served}]})
    };
    let rule = serde_json::json!({
        "cloudProviders": ["kubernetes"], "comparator": "eq", "expectedResult": 0, "query": "q-pods",
    });
    let control = serde_json::json!({"slug": "pods", "severity": 2, "rules": [rule]});
    let query = serde_json::json!({"slug": "q-pods", "query": "{ pods { ...AssetFragment } }"});
    let all = serde_json::json!([control, query, policy("Base 1"), policy("base-1"), policy("§")]);
    place.write("catalogue/all.json", all.to_string());
    let run = succeeded(&place, &["controls", "import", "catalogue"]);
    for told in ["`base-1` is called `base-1-imported` here", "`§` is called `policy` here"] {
        assert!(run.stdout.contains(told), "{told}: {}", run.stdout);
    }
    let shown = succeeded(&place, &["controls", "show", "pods", "--controls", "controls"]);
    assert!(shown.stdout.contains("count eq 0"), "{}", shown.stdout);
}

#[test]
fn a_catalogue_runs_as_it_is_and_nothing_of_it_is_lost() {
    let place = Place::new();
    let catalogue = root().join("testdata/catalogue");
    let run = succeeded(&place, &["controls", "import", catalogue.to_str().unwrap()]);
    for told in [
        "37 pages, with 34 checks that run as they are",
        "eksClusters",
        "no file of the catalogue defines the query `q-etcd-encryption`",
        "it is about openstak",
        "it is about aws",
        "the control is disabled",
        "commas before a closing bracket were left out",
        "the query's last brace was missing",
        "policies/platform.json: procedure `PB-1` names the control `gone`, which no file defines",
    ] {
        assert!(run.stdout.contains(told), "{told}: {}", run.stdout);
    }
    let before: Vec<String> =
        place.files("controls").iter().map(|f| fs::read_to_string(f).unwrap()).collect();
    let again = succeeded(&place, &["controls", "import", catalogue.to_str().unwrap()]);
    assert!(again.stdout.starts_with("0 pages"), "{}", again.stdout);
    let after: Vec<String> = place.files("controls").iter().map(|f| fs::read_to_string(f).unwrap()).collect();
    assert_eq!(before, after);

    let shop = root().join("testdata/shop");
    let audit = place.audit(&shop, &["--controls", "controls", "--select", "imported/"]);
    assert_eq!(audit.code, 0, "{audit:?}");
    let audit: Value = serde_json::from_slice(&fs::read(place.path("report/audit.json")).unwrap()).unwrap();
    let outcome = |id: &str| {
        let controls = audit["controls"].as_array().unwrap();
        let control = controls.iter().find(|control| control["id"] == id).unwrap();
        control["outcome"].as_str().unwrap_or("manual").to_owned()
    };
    assert_eq!(outcome("namespaces-have-a-policy"), "fail");
    assert_eq!(outcome("some-policy"), "pass");
    assert_eq!(outcome("control-plane-logs"), "unknown");
    assert_eq!(outcome("etcd-is-encrypted"), "unknown");
    assert_eq!(outcome("admission-is-reviewed"), "manual");
    let gaps = audit["gaps"].as_array().unwrap();
    assert!(gaps.iter().any(|gap| gap["message"].as_str().unwrap().contains("eksClusters")), "{gaps:?}");
    let framework = &audit["controls"].as_array().unwrap().iter().find(|c| c["id"] == "some-policy").unwrap()
        ["frameworks"];
    assert_eq!(framework["platform-baseline"][0], "PB-1");
}
