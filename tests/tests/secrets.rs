//! No planted secret is in any byte that assay writes: store (decompressed too), reports, output.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::time::Duration;

use assay_tests::apiserver::{ApiServer, wait_until};
use assay_tests::assay::Place;
use assay_tests::leaks::nothing_is_in;
use assay_tests::skip::need;
use assay_tests::tools::{duckdb, root};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

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
    let place = Place::new();
    let run = place.audit(&root().join("testdata/hostile").join(file), more);
    assert_eq!(run.code, code, "{}", run.stderr);
    let tables = nothing_is_in(&place, run, file, &markers(file));
    assert_eq!(tables == 0, code == 2);
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

/// What is planted in a cluster besides the file's: by kubectl, which keeps a copy of what it applies.
const BY_KUBECTL: &str = "PLANTED-90-set-by-kubectl";

/// What the cluster has within an encoding within an encoding only, whose outermost form is a marker too, and what
/// never reaches it.
const NESTED: [&str; 8] = [
    "PLANTED-16-gzipped-annotation",
    "PLANTED-17-helm-release",
    "H4sIAAAAAAACAxXKOwqAMBAFwLu8",
    "PLANTED-20-annotation-jwt",
    "PLANTED-24-registry-password",
    "cHVsbGVyOlBMQU5URUQtMjQtcmVnaXN0cnktcGFzc3dvcmQ=",
    "PLANTED-33-yaml-comment",
    "PLANTED-34-managed-fields",
];

#[test]
fn of_a_cluster() {
    let Some(server) = need("of_a_cluster", ApiServer::shared()) else { return };
    plant(server);
    let mut markers = markers("secrets.yaml");
    markers.push(BY_KUBECTL.to_owned());
    // The API server encodes what it is given as text.
    markers.extend(markers.clone().iter().map(|marker| STANDARD.encode(marker)));

    // What isn't in the cluster proves nothing by being nowhere else.
    let kinds = "secrets,configmaps,pods,cronjobs,ingresses,events,messagequeues,persistentvolumes,\
                 validatingwebhookconfigurations";
    let held = server.kubectl(&["get", kinds, "--all-namespaces", "--output=json"]);
    let planted = |marker: &&String| {
        let encoded = STANDARD.encode(marker.as_bytes());
        held.contains(marker.as_str())
            || held.contains(&encoded)
            || NESTED.iter().any(|n| marker.starts_with(n))
    };
    let plain = &markers[..markers.len() / 2];
    let absent: Vec<&String> = plain.iter().filter(|marker| !planted(marker)).collect();
    assert!(absent.is_empty(), "not in the cluster: {absent:?}");

    let place = Place::new();
    let run = place.audit_cluster(&server.kubeconfig(), &["--cluster-name", "lab", "-vvv"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(nothing_is_in(&place, run, "a cluster", &markers) > 50);
    let secrets = format!("select count(*) as n from '{}/secrets.parquet'", place.snapshot().display());
    if let Some(rows) = need("of_a_cluster", duckdb(&[&secrets])) {
        assert!(rows[0].as_ref().unwrap()[0]["n"].as_u64().unwrap() >= 5, "{rows:?}");
    }
}

/// Puts the objects of the file into the cluster, and what only a cluster has besides.
fn plant(server: &ApiServer) {
    let file = fs::read_to_string(root().join("testdata/hostile/secrets.yaml")).unwrap();
    let crd = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "messagequeues.queues.shop.example"},
        "spec": {"group": "queues.shop.example", "scope": "Namespaced",
            "names": {"kind": "MessageQueue", "plural": "messagequeues", "singular": "messagequeue"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema":
                {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]},
    });
    server.kubectl_stdin(&["create", "--filename=-"], &crd.to_string());
    server.kubectl(&["create", "namespace", "secrets"]);
    server.wait_for_namespace("secrets");
    wait_until("custom resources are served", Duration::from_secs(60), || {
        server.try_kubectl("admin", &["get", "messagequeues"], "").status.success()
    });
    // An ephemeral container, and what a kubelet says, can't be there from the start.
    let (before, rest) = file.split_once("  ephemeralContainers:\n").unwrap();
    let (_, after) = rest.split_once("status:\n").unwrap();
    server.kubectl_stdin(&["create", "--filename=-"], &format!("{before}status:\n{after}"));
    let ephemeral = json!([{"name": "debugger", "image": "registry.shop.example/debug:1",
        "env": [{"name": "TOKEN", "value": "PLANTED-07-ephemeral-env"}]}]);
    change_pod(server, "ephemeralcontainers", |pod| pod["spec"]["ephemeralContainers"] = ephemeral);
    let status = json!([{"name": "app", "image": "registry.shop.example/a:1", "imageID": "", "ready": false,
        "restartCount": 1, "state": {"waiting": {"reason": "CrashLoopBackOff",
            "message": "cannot log in with --password=PLANTED-32-status-message"}}}]);
    change_pod(server, "status", |pod| pod["status"]["containerStatuses"] = status);
    // kubectl puts its own copy in the place of the file's.
    let copy =
        r#"kubectl.kubernetes.io/last-applied-configuration={"data":{"password":"PLANTED-15-last-applied"}}"#;
    server.kubectl(&["annotate", "secret", "opaque", "--namespace=secrets", "--overwrite", copy]);
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "by-kubectl",
        "namespace": "secrets"}, "stringData": {"password": BY_KUBECTL}});
    server.apply(&secret.to_string());
}

/// Changes a subresource of the planted Pod, which kubectl itself has no command for.
fn change_pod(server: &ApiServer, subresource: &str, change: impl FnOnce(&mut Value)) {
    let pod = server.kubectl(&["get", "pod", "app", "--namespace=secrets", "--output=json"]);
    let mut pod: Value = serde_json::from_str(&pod).unwrap();
    change(&mut pod);
    let path = format!("/api/v1/namespaces/secrets/pods/app/{subresource}");
    server.kubectl_stdin(&["replace", "--raw", &path, "--filename=-"], &pod.to_string());
}
