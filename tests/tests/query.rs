//! `assay query`: questions of manifests and of a store, in every form.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use assay_tests::assay::Place;
use serde_json::Value;

const PODS: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {note: 'a|b, \"c\"'}}
spec: {hostNetwork: true, containers: [{name: one, image: a}, {name: two, image: b}]}
---
apiVersion: v1
kind: Pod
metadata: {name: \"api\", namespace: shop, annotations: {evil: \"\\e[2J\\nforged\"}}
spec: {containers: [{name: one, image: 'c'}]}
";

const QUESTION: &str =
    "{ pods(sort: \"-name\") { hostNetwork containers { image } annotations { key value } } }";

fn place() -> Place {
    let place = Place::new();
    place.write("pods.yaml", PODS);
    place
}

fn asked(place: &Place, arguments: &[&str]) -> String {
    let run = place.run(std::iter::once(&"query").chain(arguments));
    assert_eq!(run.code, 0, "{run:?}");
    run.stdout
}

#[test]
fn a_table_is_for_people_and_obeys_nothing_from_the_cluster() {
    let table = asked(&place(), &[QUESTION, "pods.yaml"]);
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("KIND   NAMESPACE   NAME   HOSTNETWORK   CONTAINERS"), "{table}");
    assert!(lines[1].starts_with("Pod    shop        web    true          a, b"), "{table}");
    assert!(lines[2].contains(r"evil=\u{1b}[2J\u{a}forged"), "{table}");
    assert_eq!(lines.len(), 3, "{table}");
    assert!(asked(&place(), &[QUESTION, "pods.yaml", "-o", "wide"]).contains("core/Pod/shop/web"));
}

#[test]
fn other_forms_hold_the_same() {
    let place = place();
    let json: Value = serde_json::from_str(&asked(&place, &[QUESTION, "pods.yaml", "-o", "json"])).unwrap();
    assert_eq!(json["data"]["pods"][0]["name"], "web");
    assert_eq!(json["data"]["pods"][0]["containers"][1]["image"], "b");
    let notes = place.write("notes.yaml", PODS.replace("\\nforged", "\\x9b\\u202eforged"));
    let text = asked(&place, &[QUESTION, notes.to_str().unwrap(), "-o", "json"]);
    assert!(text.contains(r"\u001b[2J\u009b\u202eforged"), "{text}");
    let labels = "{ pods(where: {name: \"web\"}) { labels { key value } } }";
    assert!(
        asked(&place, &[labels, "pods.yaml", "-o", "csv"])
            .ends_with("Pod,shop,web,\"note=a|b, \"\"c\"\"\"\r\n")
    );
    assert!(asked(&place, &[labels, "pods.yaml", "-o", "markdown"]).contains(r"note=a\|b"));
}

#[test]
fn what_could_not_be_read_is_named_with_its_namespace() {
    let place = place();
    place.write("pods.yaml", PODS.replace("hostNetwork: true", "hostNetwork: [maybe]"));
    let run = place.run(["query", "{ pods { hostNetwork } }", "pods.yaml"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("warning: Pod shop/web could not be read (failed): "), "{run:?}");
}

#[test]
fn what_was_taken_out_is_a_reason_of_its_own() {
    let place = Place::new();
    place.write("data.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {mode: debug}\n");
    let query = "{ configMaps(where: {object: {path: \"data.mode\", eq: \"debug\"}}) { name } }";
    let run = place.run(["query", query, "data.yaml"]);
    assert!(run.code == 0 && !run.stderr.contains("debug"), "{run:?}");
    assert!(run.stderr.contains("was taken out of an object before it was kept"), "{run:?}");
}

#[test]
fn a_file_a_variable_a_page_and_a_snapshot() {
    let place = place();
    place.write(
        "question.graphql",
        "query ($host: Boolean = true) { pods(where: {hostNetwork: $host}) { name } }",
    );
    assert!(asked(&place, &["--file", "question.graphql", "pods.yaml"]).contains("web"));
    let set = ["--file", "question.graphql", "--set", "host=false", "pods.yaml"];
    assert!(!asked(&place, &set).contains("web"));
    let typo = place.run(["query", "--file", "question.graphql", "--set", "hots=false", "pods.yaml"]);
    assert_eq!((typo.code, typo.stderr.contains("no variable `$hots`")), (2, true), "{typo:?}");
    assert_eq!(place.run(["collect", "--store", "kept", "pods.yaml"]).code, 0);
    let page = ["{ pods(sort: [\"name\"], offset: 1, limit: 5) { name } }", "--snapshot", "--store", "kept"];
    let table = asked(&place, &page);
    assert!(table.contains("web") && !table.contains("api"), "{table}");
    assert!(place.files("assay-store").is_empty(), "an answer keeps nothing");
}

#[test]
fn a_store_that_is_named_is_what_is_asked() {
    let place = place();
    assert_eq!(place.run(["collect", "--store", "kept", "pods.yaml"]).code, 0);
    let question = "{ pods(where: {name: \"web\"}) { name } }";
    assert!(asked(&place, &[question, "--store", "kept"]).contains("web"));
    let run = place.run(["explain", "container-privileged", "Pod/shop/web", "--store", "kept"]);
    assert!(run.stdout.contains("core/Pod/shop/web#containers/one passes"), "{run:?}");
    let empty = place.run(["query", question, "--store", "nothing"]);
    assert!(empty.code == 2 && empty.stderr.contains("there is no snapshot in nothing"), "{empty:?}");

    // A store that only the configuration names is no question about it.
    place.write("assay.yaml", "version: 1\nstore: kept\n");
    assert!(asked(&place, &[question, "pods.yaml"]).contains("web"));
    let live = place.run(["query", question]);
    assert!(live.code == 2 && live.stderr.contains("name a cluster with `--kubeconfig`"), "{live:?}");
    assert!(asked(&place, &[question, "--snapshot"]).contains("web"));
}

#[test]
fn a_query_may_stand_after_the_flag_for_the_newest_snapshot() {
    let place = place();
    assert_eq!(place.run(["collect", "--store", "kept", "pods.yaml"]).code, 0);
    assert!(asked(&place, &["--store", "kept", "--snapshot", "{ pods { name } }"]).contains("web"));
    let none = place.run(["query", "--store", "kept", "--snapshot", "2026"]);
    assert!(none.code == 2 && none.stderr.contains("there is no query"), "{none:?}");
}

#[test]
fn the_newest_snapshot_is_the_named_clusters() {
    let place = place();
    place.write("other.yaml", PODS.replace("name: web", "name: newer"));
    assert_eq!(place.run(["collect", "--store", "kept", "--cluster-name", "one", "pods.yaml"]).code, 0);
    assert_eq!(place.run(["collect", "--store", "kept", "--cluster-name", "two", "other.yaml"]).code, 0);
    let question = ["{ pods { name } }", "--store", "kept", "--cluster-name"];
    assert!(asked(&place, &[&question[..], &["one"]].concat()).contains("web"));
    assert!(asked(&place, &[&question[..], &["two"]].concat()).contains("newer"));
    let none = place.run([&["query"], &question[..], &["three"]].concat());
    assert!(none.code == 2 && none.stderr.contains("no snapshot of the cluster `three` in kept"), "{none:?}");
}

#[test]
fn a_snapshot_and_something_else_are_too_much() {
    let place = place();
    assert_eq!(place.run(["collect", "--store", "kept", "pods.yaml"]).code, 0);
    place.write("question.graphql", "{ pods { name } }");
    let paths = "means a snapshot of the store, and paths mean manifests";
    let cluster = "means a snapshot of the store, and other flags are about a live cluster";
    for (arguments, flag, told) in [
        (&["query", "{ pods { name } }", "pods.yaml", "--store", "kept"][..], "--store", paths),
        (
            &["query", "-f", "question.graphql", "pods.yaml", "--store", "kept", "--snapshot"],
            "--snapshot",
            paths,
        ),
        (&["query", "{ pods { name } }", "--store", "kept", "-n", "shop"], "--store", cluster),
        (
            &["query", "{ pods { name } }", "--snapshot", "--store", "kept", "--context", "a"],
            "--snapshot",
            cluster,
        ),
        (&["explain", "pod-host-pid", "Pod/shop/web", "pods.yaml", "--store", "kept"], "--store", paths),
    ] {
        let run = place.run(arguments);
        let expected = format!("{flag} {told}");
        assert!(run.code == 2 && run.stderr.contains(&expected), "{arguments:?}: {run:?}");
    }
}

#[test]
fn a_fragment_says_whose_rows_they_are() {
    let fragment =
        "{ pods(where: {name: \"web\"}) { containers(where: {image: \"b\"}) { ...AssetFragment image } } }";
    let table = asked(&place(), &[fragment, "pods.yaml"]);
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[1..], [["Container", "shop", "two", "b"]], "{table}");
}

#[test]
fn mistakes_are_told_at_once_and_before_anything_is_read() {
    let run =
        place().run(["query", "{ pods(where: {hostNetwrk: true}, limit: -1) { nam } }", "no-such-file"]);
    assert_eq!(run.code, 2);
    for told in ["hostNetwrk", "hostNetwork", "a number of rows", "`nam`", "3 mistakes"] {
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
    }
}

/// One of them would be missing from the answer.
#[test]
fn two_questions_have_two_names() {
    let twice = "{ pods(where: {name: \"web\"}) { name } pods(where: {name: \"api\"}) { name } }";
    let run = place().run(["query", twice, "pods.yaml", "-o", "json"]);
    assert!(run.code == 2 && run.stderr.contains("a second `pods`"), "{run:?}");
    let named = twice.replace("} pods", "} other: pods");
    let json: Value = serde_json::from_str(&asked(&place(), &[&named, "pods.yaml", "-o", "json"])).unwrap();
    assert_eq!(json["data"]["other"][0]["name"], "api");
}

#[test]
fn mistaken_arguments_are_told_which_there_are() {
    let run =
        place().run(["query", "{ pods(limt: 3) { containers(limit: 1, sot: 1) { name } } }", "pods.yaml"]);
    assert_eq!(run.code, 2);
    let told = [
        "`limt` is no argument here",
        "there are: where, limit, offset, sort",
        "`limit` is for the fields at the top of a question",
        "`sot` is no argument here",
        "there is: where",
    ];
    for told in told {
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
    }
}
