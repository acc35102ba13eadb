//! A tenant who may read two namespaces audits them, and nothing is said of the rest.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod live;

use std::collections::BTreeMap;

use assay_connector::ClusterRequest;
use assay_model::coverage::ReadStatus;
use assay_snapshot::{Consistency, Snapshot};
use assay_tests::apiserver::ApiServer;
use assay_tests::assay::Place;
use assay_tests::skip::need;
use serde_json::json;

use live::{Bench, settle};

const USER: &str = "auditor";

/// Two namespaces of the tenant's, and one of another.
fn three_namespaces(server: &ApiServer) -> [String; 3] {
    let names = ["tenant-a", "tenant", "other"].map(|prefix| server.namespace(prefix));
    let [first, second, other] = &names;
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "tenant"},
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]}],
    });
    server.apply(&role.to_string());
    let user = format!("--user={USER}");
    for namespace in [first, second] {
        let namespace = format!("--namespace={namespace}");
        server.kubectl(&["create", "rolebinding", "tenant", "--clusterrole=tenant", &user, &namespace]);
    }
    let policy = json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "deny", "namespace": first}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}});
    server.apply(&policy.to_string());
    // An account of another namespace, which is there, and one that is not.
    server.kubectl(&["create", "serviceaccount", "guest", "--namespace", other]);
    for (name, account) in [("guest", format!("{other}:guest")), ("gone", format!("{first}:gone"))] {
        let account = format!("--serviceaccount={account}");
        server.kubectl(&[
            "create",
            "rolebinding",
            name,
            "--clusterrole=view",
            &account,
            "--namespace",
            first,
        ]);
    }
    for namespace in &names {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "host", "namespace": namespace},
            "spec": {"hostNetwork": true, "containers": [{"name": "c", "image": "registry.shop.example/a:1"}]}});
        server.apply(&pod.to_string());
    }
    names
}

fn statuses(snapshot: &Snapshot, resource: &str) -> Vec<(Option<String>, ReadStatus, u64)> {
    let reads = snapshot.manifest.collection.resources.iter().filter(|read| read.resource == resource);
    reads.map(|read| (read.namespace.clone(), read.status, read.count)).collect()
}

#[test]
fn what_is_out_of_scope_passes_nowhere() {
    let Some(server) = need("what_is_out_of_scope_passes_nowhere", ApiServer::shared()) else { return };
    let [first, second, other] = three_namespaces(server);
    settle(server);
    let bench = Bench::new();
    let full = bench.judge(&bench.collect(server, "admin"));
    let request = ClusterRequest {
        kubeconfig: Some(server.kubeconfig_for(USER)),
        cluster_name: Some("lab".to_owned()),
        namespaces: vec![second.clone(), first.clone(), second.clone()],
        ..ClusterRequest::default()
    };
    let snapshot = bench.try_collect(&request).unwrap();
    let collection = &snapshot.manifest.collection;
    // In the order of keys: `tenant-a-1/` comes before `tenant-2/` or after, as their bytes do.
    let mut sorted = [first.clone(), second.clone()];
    sorted.sort_by_key(|name| format!("{name}/"));
    assert_eq!(collection.scope.namespaces, sorted);
    let listed = |namespace: &String| (Some(namespace.clone()), ReadStatus::Listed, 1);
    assert_eq!(statuses(&snapshot, "pods"), sorted.each_ref().map(listed));
    assert_eq!(statuses(&snapshot, "nodes"), [(None, ReadStatus::Forbidden, 0)]);
    // The tenant may read them, but not list them.
    let found = statuses(&snapshot, "namespaces");
    assert!(found.iter().all(|(_, status, count)| (*status, *count) == (ReadStatus::Listed, 1)), "{found:?}");
    assert_eq!(found.len(), 2);
    let Consistency::Pinned { apart, .. } = &collection.consistency else { unreachable!("{collection:?}") };
    assert!(apart.iter().any(|apart| apart.resource == "namespaces"), "{apart:?}");

    let verdicts = bench.judge(&snapshot);
    assert_eq!(verdicts.audit.snapshot.namespaces, sorted);
    let policies = "k8s-namespaces-without-network-policies";
    assert_eq!(verdicts.of(policies, &format!("core/Namespace//{first}")), ["pass"]);
    assert_eq!(verdicts.of(policies, &format!("core/Namespace//{second}")), ["fail"]);
    assert_eq!(verdicts.of("pod-host-network", &format!("core/Pod/{first}/host")), ["fail"]);
    let foreign: Vec<_> = verdicts.outcomes.keys().filter(|(_, _, asset)| asset.contains(&other)).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
    let binding = |name: &str| {
        verdicts.of("dangling-bindings", &format!("rbac.authorization.k8s.io/RoleBinding/{first}/{name}"))
    };
    assert!(binding("guest").contains(&"unknown"), "{:?}", binding("guest"));
    assert!(!binding("guest").contains(&"fail"), "whether the account is there was not to be read");
    assert!(binding("gone").contains(&"fail"), "{:?}", binding("gone"));

    // What is decided is what someone who sees everything decides, and what is not says why.
    let own = |asset: &str| !asset.starts_with("assay/");
    let decided =
        verdicts.outcomes.iter().filter(|((_, _, asset), outcome)| own(asset) && *outcome != "unknown");
    let wrong: BTreeMap<_, _> =
        decided.filter(|(key, outcome)| full.outcomes.get(*key) != Some(outcome)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let silent: Vec<_> = verdicts.audit.unknowns.iter().filter(|unknown| unknown.gaps.is_empty()).collect();
    assert!(silent.is_empty(), "{silent:#?}");

    // One who may list namespaces does, at the common revision.
    let request = ClusterRequest { kubeconfig: Some(server.kubeconfig()), ..request };
    let snapshot = bench.try_collect(&request).unwrap();
    let Consistency::Pinned { apart, .. } = &snapshot.manifest.collection.consistency else { unreachable!() };
    assert!(apart.iter().all(|apart| apart.resource != "namespaces"), "{apart:?}");
    assert_eq!(statuses(&snapshot, "namespaces").len(), 2);
}

#[test]
fn namespaces_are_named_on_the_command_line() {
    let Some(server) = need("namespaces_are_named_on_the_command_line", ApiServer::shared()) else { return };
    let names = ["flag-a", "flag-b"].map(|prefix| server.namespace(prefix));
    let place = Place::new();
    let scope = names.join(",");
    let run = place.audit_cluster(&server.kubeconfig(), &["--cluster-name", "lab", "-n", &scope]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains(&format!("namespaces {}", names.join(", "))), "{}", run.stdout);
    let run =
        place.audit_cluster(&server.kubeconfig(), &["--cluster-name", "lab", "-n", "no-such-namespace"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("has no namespace `no-such-namespace`"), "{}", run.stderr);
    assert!(!run.stderr.contains("name a cluster"), "it has been found: {}", run.stderr);
    let run = place.audit_cluster(&server.kubeconfig(), &["--cluster-name", "lab", "-n", "../secrets"]);
    assert!(run.code == 2 && run.stderr.contains("is no name of a namespace"), "{}", run.stderr);
}
