//! `assay schema --from-crds`: what is drafted from definitions is taken by `--schema` as it is, and reads objects.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use std::time::Duration;

use assay_tests::apiserver::{ApiServer, wait_until};
use assay_tests::assay::{Place, Run};
use assay_tests::skip::{Skip, need, want};
use assay_tests::tools::root;
use serde_json::Value;

fn succeeded(place: &Place, arguments: &[&str]) -> Run {
    let run = place.run(arguments);
    assert_eq!(run.code, 0, "{arguments:?}: {run:?}");
    run
}

fn file(name: &str) -> String {
    root().join("testdata/crds").join(name).display().to_string()
}

/// Drafts from the newest snapshot of the store, into a file that `--schema` takes.
fn draft(place: &Place) -> String {
    let drafted = succeeded(place, &["schema", "--store", "store", "--from-crds"]);
    place.write("drafted.graphql", &drafted.stdout);
    drafted.stdout
}

/// The names and namespaces that a query of the snapshot yields.
fn ask(place: &Place, query: &str) -> Vec<String> {
    let fixed =
        ["query", "--store", "store", "--snapshot", "--schema", "drafted.graphql", "-o", "json", query];
    let run = succeeded(place, &fixed);
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        answer["unknown"].as_object().unwrap().values().map(|v| v.as_array().unwrap().len()).sum::<usize>(),
        0
    );
    let roots = answer["data"].as_object().unwrap().values();
    let rows = roots.flat_map(|rows| rows.as_array().unwrap().clone());
    rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

fn has_all_fields(place: &Place) {
    for (query, expected) in [
        ("{ authorities(where: {spec: {acme: {skipTLSVerify: true}}}) { name } }", vec!["public"]),
        ("{ authorities(where: {spec: {acme: null}}) { name } }", vec!["internal"]),
        (
            "{ authorities(where: {spec: {acme: {solvers: {some: {selector: {dnsNames: {includes: \"shop.example\"}}}}}}}) { name } }",
            vec!["public"],
        ),
        (
            "{ authorities(where: {spec: {acme: {solvers: {some: {dns01: {cnameStrategy: \"Follow\"}}}}}}) { name } }",
            vec!["public"],
        ),
        // What has no fixed shape is reached by the path that the draft names.
        (
            "{ authorities(where: {object: {path: \"spec.acme.solvers.http01.ingress.podTemplate.spec.serviceAccountName\", eq: \"solver\"}}) { name } }",
            vec!["public"],
        ),
        ("{ fleetScopes(where: {spec: {port: \"8080\"}}) { name } }", vec!["small"]),
        ("{ fleetScopes(where: {spec: {size: {gt: \"1Gi\"}}}) { name } }", vec!["edge"]),
        ("{ fleetScopes(where: {spec: {podSelector: {contains: \"tier\"}}}) { name } }", vec!["edge"]),
        (
            "{ fleetScopes(where: {spec: {ephemeralStorage: \"1Gi\", _2fa: true, topologyKubernetesIoZone: \"north\", count_: 3}}) { name } }",
            vec!["edge"],
        ),
        ("{ fleetScopes(where: {labels_: {some: {key: \"a\", value: \"b\"}}}) { name } }", vec!["edge"]),
        (
            "{ fleetScopes(where: {spec: {routes: {some: {path_: \"/a\", id_: 7, rules: {some: {verbs: {includes: \"delete\"}, since: {gt: \"2026-01-01T00:00:00Z\"}}}}}}}) { name } }",
            vec!["edge"],
        ),
        (
            "{ fleetScopes(where: {spec: {mirror: {routes: {some: {path_: \"/b\"}}}}}) { name } }",
            vec!["edge"],
        ),
        ("{ fleetScopes(where: {spec: {mirror: null}}) { name } }", vec!["small"]),
        ("{ fleetScopes(where: {spec: {routes: {some: {path_: \"/b\"}}}}) { name } }", vec![]),
        (
            "{ authorities(where: {NOT: {unreadable: null}}) { name } fleetScopes(where: {NOT: {unreadable: null}}) { name } }",
            vec![],
        ),
    ] {
        assert_eq!(ask(place, query), expected, "{query}");
    }
}

#[test]
fn manifests_are_read_by_types_that_were_drafted_from_them() {
    let place = Place::new();
    let collect = ["collect", "--store", "store", &file("10-definitions.yaml"), &file("20-objects.yaml")];
    succeeded(&place, &collect);
    let sdl = draft(&place);
    for expected in [
        "\"An Authority signs certificates.\"\ntype Authority implements Asset @asset(group: \"pki.shop.example\", version: \"v1\", resource: \"authorities\", scope: CLUSTER) {",
        "kind: \"Scope\", formerly: [\"fleet.shop.example/v1beta1\"])",
        "  \"Nothing at all\\\" } type Pod { # ! \"\n",
        "conditions: [AuthorityStatusConditions!]! @children(lists: [\"conditions\"], key: \"type\")",
        "  # Of no fixed shape, but within reach: object: {path: \"spec.matrix\"}\n",
    ] {
        let expected = expected.replace("# ! \"", "# !\"");
        assert!(sdl.contains(&expected), "{expected}\n{sdl}");
    }
    has_all_fields(&place);
    // The same snapshot gives the same draft; what has a type already is not drafted again.
    assert_eq!(sdl, draft(&place));
    let again = place.run(["schema", "--store", "store", "--from-crds", "--schema", "drafted.graphql"]);
    assert_eq!(again.code, 2, "{again:?}");
    assert!(
        again.stderr.contains("Scope of fleet.shop.example: it has the type FleetScope"),
        "{}",
        again.stderr
    );
    // A snapshot that is taken with them holds their tables.
    let with = Place::new();
    with.write("drafted.graphql", sdl);
    succeeded(&with, &[&collect[..], &["--schema", "drafted.graphql"]].concat());
    assert!(with.snapshot().join("scopes.fleet.shop.example.spec-mirror-routes.parquet").is_file());
    has_all_fields(&with);
}

#[test]
fn a_clusters_definitions_are_drafted() {
    let Some(server) = need("a_clusters_definitions_are_drafted", ApiServer::start()) else { return };
    let definitions = format!("--filename={}", file("10-definitions.yaml"));
    server.kubectl(&["apply", &definitions]);
    server.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", &definitions]);
    let objects = format!("--filename={}", file("20-objects.yaml"));
    wait_until("the custom resources are applied", Duration::from_secs(120), || {
        server.try_kubectl("admin", &["apply", &objects], "").status.success()
    });
    let place = Place::new();
    let kubeconfig = server.kubeconfig().display().to_string();
    succeeded(&place, &["collect", "--store", "store", "--kubeconfig", &kubeconfig]);
    draft(&place);
    has_all_fields(&place);

    // Who may not list definitions drafts nothing, which is not the same as that there are none.
    let narrow = Place::new();
    let kubeconfig = server.kubeconfig_for("narrow").display().to_string();
    narrow.run(["collect", "--store", "store", "--kubeconfig", &kubeconfig]);
    let refused = narrow.run(["schema", "--store", "store", "--from-crds"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:?}");
    assert!(refused.stderr.contains("lacks CustomResourceDefinitions"), "{}", refused.stderr);
}

#[test]
fn definitions_of_other_projects_are_drafted() {
    let corpora = root().join("../shared/corpora/clusters");
    for name in ["kube-prometheus.yaml", "bundle-baseline.yaml"] {
        let path = corpora.join(name);
        let test = "definitions_of_other_projects_are_drafted";
        let why = || Skip(format!("{} is not there", path.display()));
        let Some(path) = want(test, path.exists().then_some(path.as_path()).ok_or_else(why)) else { return };
        let place = Place::new();
        succeeded(&place, &["collect", "--store", "store", &path.display().to_string()]);
        let sdl = draft(&place);
        // Every kind's objects are read by its type.
        for root in
            ["prometheuses", "alertmanagers", "prometheusRules"].iter().filter(|_| name.starts_with("kube-p"))
        {
            assert!(
                ask(&place, &format!("{{ {root}(where: {{NOT: {{unreadable: null}}}}) {{ name }} }}"))
                    .is_empty()
            );
            assert!(
                !ask(&place, &format!("{{ {root}(where: {{NOT: {{spec: null}}}}) {{ name }} }}")).is_empty(),
                "{root}"
            );
        }
        assert!(sdl.matches("implements Asset").count() > 5);
    }
}
