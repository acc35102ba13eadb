//! What a real server does when it is restarted, forgets, or can't reach what it depends on.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

mod live;

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use assay_connector::ClusterRequest;
use assay_model::coverage::ReadStatus;
use assay_snapshot::{ClusterName, Consistency, ResourceRead, Snapshot};
use assay_tests::apiserver::{ApiServer, wait_until};
use assay_tests::skip::need;
use serde_json::json;

use live::Bench;
use live::tripwire::disturbed;

/// Tests that kill the server, or change what it serves, take turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn request(server: &ApiServer, user: &str) -> ClusterRequest {
    ClusterRequest {
        kubeconfig: Some(server.kubeconfig_for(user)),
        cluster_name: Some("lab".to_owned()),
        ..ClusterRequest::default()
    }
}

/// A user whose rights come from RBAC, which a server that has just started knows nothing of.
fn reader(server: &ApiServer) -> &'static str {
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "reads-all"},
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]}],
    });
    server.apply(&role.to_string());
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": "reads-all"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "reads-all"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "reader"}],
    });
    server.apply(&binding.to_string());
    "reader"
}

fn incomplete(snapshot: &Snapshot) -> Vec<&ResourceRead> {
    let reads = &snapshot.manifest.collection.resources;
    reads.iter().filter(|read| matches!(read.status, ReadStatus::Failed | ReadStatus::Forbidden)).collect()
}

fn revision(snapshot: &Snapshot) -> u64 {
    match &snapshot.manifest.collection.consistency {
        Consistency::Pinned { revision, .. } => revision.parse().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_server_that_is_started_anew_is_read_to_the_end() {
    let Some(server) = need("a_server_that_is_started_anew_is_read_to_the_end", ApiServer::shared()) else {
        return;
    };
    let _turn = turn();
    let bench = Bench::new();
    let request = request(server, reader(server));
    let (collected, notes) = disturbed(&bench, &request, "clusterroles.rbac.authorization.k8s.io", |go| {
        server.kill_apiserver();
        go.send(()).unwrap();
        std::thread::sleep(Duration::from_secs(2));
        server.restart_apiserver();
    });
    let snapshot = collected.unwrap();
    assert!(notes.iter().any(|note| note.contains("clusterroles: ")), "{notes:?}");
    assert_eq!(incomplete(&snapshot), Vec::<&ResourceRead>::new());
    revision(&snapshot);
    let roles =
        snapshot.manifest.collection.resources.iter().find(|read| read.resource == "clusterroles").unwrap();
    let names = server.kubectl(&["get", "clusterroles", "--output=name"]);
    assert_eq!(roles.count, names.lines().count() as u64);
}

#[test]
fn a_server_that_is_gone_is_a_failure() {
    let Some(server) = need("a_server_that_is_gone_is_a_failure", ApiServer::shared()) else { return };
    let _turn = turn();
    let bench = Bench::new();
    let request = ClusterRequest { timeout: Duration::from_secs(3), ..request(server, "admin") };
    let (collected, _) = disturbed(&bench, &request, "clusterroles.rbac.authorization.k8s.io", |go| {
        server.kill_apiserver();
        go.send(()).unwrap();
    });
    server.restart_apiserver();
    let error = collected.unwrap_err().to_string();
    assert!(error.contains("cannot reach the API server at https://127.0.0.1:"), "{error}");
    assert_eq!(bench.store.snapshots(None).unwrap(), []);
    let attempts = bench.store.attempts(&ClusterName::new("lab").unwrap()).unwrap();
    assert_eq!(attempts.iter().map(|attempt| attempt.error.clone()).collect::<Vec<_>>(), [error]);
    assert!(!attempts[0].resources.is_empty(), "what was read by then");
}

#[test]
fn a_compacted_revision_is_followed_by_a_newer_one() {
    let Some(server) = need("a_compacted_revision_is_followed_by_a_newer_one", ApiServer::shared()) else {
        return;
    };
    let _turn = turn();
    let namespace = server.namespace("compacted");
    let bench = Bench::new();
    let before = revision(&bench.try_collect(&request(server, "admin")).unwrap());
    let (collected, notes) =
        disturbed(&bench, &request(server, "admin"), "clusterroles.rbac.authorization.k8s.io", |go| {
            server.kubectl(&["create", "configmap", "after", "--namespace", &namespace]);
            server.compact();
            // What the server has in memory of a revision goes when it starts anew.
            server.restart_apiserver();
            go.send(()).unwrap();
        });
    let snapshot = collected.unwrap();
    assert!(notes.iter().any(|note| note.contains("dropped the revision")), "{notes:?}");
    assert_eq!(incomplete(&snapshot), Vec::<&ResourceRead>::new());
    assert!(revision(&snapshot) > before);
    let made = "objects/configmaps";
    assert!(snapshot.read(made, None).unwrap().num_rows() > 0);

    let request = ClusterRequest { revision: Some(before.to_string()), ..request(server, "admin") };
    let error = bench.try_collect(&request).unwrap_err().to_string();
    assert!(error.contains(&format!("no longer has revision {before}")), "{error}");
    let now = revision(&snapshot);
    let request = ClusterRequest { revision: Some(now.to_string()), ..request };
    assert_eq!(
        revision(&bench.try_collect(&request).unwrap()),
        now,
        "a revision that is there is read again"
    );
}

#[test]
fn what_depends_on_what_is_down_is_unknown_alone() {
    let Some(server) = need("what_depends_on_what_is_down_is_unknown_alone", ApiServer::shared()) else {
        return;
    };
    let _turn = turn();
    let version = |name: &str, storage: bool| {
        json!({"name": name, "served": true, "storage": storage, "schema": {"openAPIV3Schema":
            {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}})
    };
    let crd = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.down.example"},
        "spec": {"group": "down.example", "scope": "Cluster",
            "names": {"kind": "Widget", "plural": "widgets", "singular": "widget"},
            "versions": [version("v1", true), version("v2", false)],
            "conversion": {"strategy": "Webhook", "webhook": {"conversionReviewVersions": ["v1"],
                "clientConfig": {"url": "https://127.0.0.1:1/convert"}}}},
    });
    server.apply(&crd.to_string());
    let widget = json!({"apiVersion": "down.example/v1", "kind": "Widget", "metadata": {"name": "one"}});
    wait_until("a widget is taken", Duration::from_secs(60), || {
        server.try_kubectl("admin", &["apply", "--filename=-"], &widget.to_string()).status.success()
    });
    let service = json!({
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
        "metadata": {"name": "v1.away.example"},
        "spec": {"group": "away.example", "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 10,
            "insecureSkipTLSVerify": true, "service": {"namespace": "default", "name": "nobody"}},
    });
    server.apply(&service.to_string());

    let bench = Bench::new();
    let mut last = None;
    wait_until("discovery tells of both", Duration::from_secs(90), || {
        let snapshot = bench.try_collect(&request(server, "admin")).unwrap();
        let groups: Vec<String> = incomplete(&snapshot).iter().map(|read| read.group.clone()).collect();
        let both = ["away.example", "down.example"].iter().all(|group| groups.contains(&(*group).to_owned()));
        last = Some(snapshot);
        both
    });
    let snapshot = last.unwrap();
    let failed = incomplete(&snapshot);
    let all: Vec<_> = failed.iter().map(|read| (&*read.group, &*read.resource, read.status)).collect();
    assert_eq!(
        all,
        [("away.example", "*", ReadStatus::Failed), ("down.example", "widgets", ReadStatus::Failed)],
        "{failed:?}"
    );
    assert!(
        failed[1].http_code == Some(500) && failed[1].message.as_ref().unwrap().contains("HTTP 500"),
        "{failed:?}"
    );
    let audit = bench.judge(&snapshot).audit;
    let gaps: Vec<&str> = audit.gaps.iter().map(|gap| gap.resource.as_str()).collect();
    assert!(gaps.contains(&"widgets.down.example") && gaps.contains(&"*.away.example"), "{gaps:?}");
    // Controls of other kinds are decided as ever.
    let bindings = audit.controls.iter().find(|control| control.id == "cluster-admin-bindings").unwrap();
    assert!(bindings.outcome.is_some() && bindings.checks.iter().all(|check| check.assets.unknown == 0));
    server.kubectl(&["delete", "apiservice", "v1.away.example"]);
    server.kubectl(&["delete", "customresourcedefinition", "widgets.down.example", "--wait=false"]);
}
