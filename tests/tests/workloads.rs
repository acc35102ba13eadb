//! Every way in which pods come into a real cluster is judged, and each once.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

mod live;

use std::time::Duration;

use assay_tests::apiserver::{ApiServer, wait_until};
use assay_tests::skip::need;
use serde_json::{Value, json};

use live::{Bench, settle};

const DEFINITION: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: brokers.tests.assay.example}
spec:
  group: tests.assay.example
  scope: Namespaced
  names: {plural: brokers, singular: broker, kind: Broker, listKind: BrokerList}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object}}
";

const NODE: &str = "{apiVersion: v1, kind: Node, metadata: {name: static-1}}";

const BROKER: &str = "{apiVersion: tests.assay.example/v1, kind: Broker, metadata: {name: orders}}";

const DEPLOYMENTS: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: debugged}
spec:
  replicas: 3
  selector: {matchLabels: {app: debugged}}
  template:
    metadata: {labels: {app: debugged}}
    spec: {containers: [{name: web, image: example.invalid/web:1}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: privileged}
spec:
  replicas: 3
  selector: {matchLabels: {app: privileged}}
  template:
    metadata: {labels: {app: privileged}}
    spec: {containers: [{name: web, image: example.invalid/web:1, securityContext: {privileged: true}}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: '0 3 * * *'
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: job, image: example.invalid/job:1, securityContext: {privileged: true}}]
";

/// As the kubelet makes a mirror of one.
fn static_pod(node: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "proxy-static-1",
            "annotations": {
                "kubernetes.io/config.hash": "1", "kubernetes.io/config.mirror": "1",
                "kubernetes.io/config.source": "file",
            },
            "ownerReferences": [owner("v1", "Node", "static-1", node)],
        },
        "spec": {
            "nodeName": "static-1",
            "tolerations": [{"effect": "NoExecute", "operator": "Exists"}],
            "containers": [container("proxy")],
        },
    })
}

/// As an operator makes one.
fn stateful_set(broker: &str) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {
            "name": "orders",
            "ownerReferences": [owner("tests.assay.example/v1", "Broker", "orders", broker)],
        },
        "spec": {
            "replicas": 2,
            "serviceName": "orders",
            "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": {"app": "orders"}},
            "template": {
                "metadata": {"labels": {"app": "orders"}},
                "spec": {"containers": [container("broker")]},
            },
        },
    })
}

fn owner(api_version: &str, kind: &str, name: &str, uid: &str) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "name": name, "uid": uid, "controller": true})
}

fn container(name: &str) -> Value {
    json!({"name": name, "image": "example.invalid/it:1", "securityContext": {"privileged": true}})
}

#[test]
fn are_each_found_once() {
    let Some(server) = need("are_each_found_once", ApiServer::shared()) else { return };
    let namespace = server.namespace("workloads");
    let of = format!("--namespace={namespace}");
    let create = |text: &str| server.kubectl_stdin(&["create", &of, "--filename=-"], text);
    let uid = |what: &str| server.kubectl(&["get", what, &of, "--output=jsonpath={.metadata.uid}"]);
    create(DEFINITION);
    let definition = "customresourcedefinition/brokers.tests.assay.example";
    server.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", definition]);
    create(NODE);
    create(BROKER);
    create(DEPLOYMENTS);
    create(&static_pod(&uid("node/static-1")).to_string());
    create(&stateful_set(&uid("brokers/orders")).to_string());

    let pods = |selector: &str| -> Vec<Value> {
        let list = server.kubectl(&["get", "pods", &of, "--output=json", selector]);
        serde_json::from_str::<Value>(&list).unwrap()["items"].as_array().unwrap().clone()
    };
    wait_until("all pods are there", Duration::from_secs(120), || pods("--selector=").len() == 9);
    settle(server);
    // As `kubectl debug --profile=sysadmin` does, which waits for the container to run.
    let mut pod = pods("--selector=app=debugged").remove(1);
    pod["spec"]["ephemeralContainers"] = json!([container("debugger")]);
    let name = pod["metadata"]["name"].as_str().unwrap();
    let path = format!("/api/v1/namespaces/{namespace}/pods/{name}/ephemeralcontainers");
    server.kubectl_stdin(&["replace", "--raw", &path, "--filename=-"], &pod.to_string());

    let bench = Bench::new();
    let snapshot = bench.collect(server, "admin");
    let audit = bench.judge(&snapshot).audit;
    let here = audit.findings.iter().filter(|finding| {
        &*finding.control == "container-privileged" && finding.asset.namespace.as_deref() == Some(&*namespace)
    });
    let mut found: Vec<String> = here
        .map(|finding| {
            let container = finding.container.as_deref().unwrap_or_default();
            let places: Vec<&str> = finding.places.iter().map(|place| place.asset.id.as_str()).collect();
            format!("{} {container}: {}", finding.asset.id.as_str(), places.join(" "))
        })
        .collect();
    let expected = |asset: &str, container: &str, seen_on: &str| {
        let id = |(kind, name): (&str, &str)| format!("{kind}/{namespace}/{name}");
        let (asset, seen_on) = (id(asset.rsplit_once('/').unwrap()), id(seen_on.rsplit_once('/').unwrap()));
        format!("{asset} {container}: {seen_on}#containers/{container}")
    };
    found.sort();
    let debugged = format!("core/Pod/{name}");
    let all = [
        expected("apps/Deployment/debugged", "debugger", &debugged),
        expected("apps/Deployment/privileged", "web", "apps/Deployment/privileged"),
        expected("apps/StatefulSet/orders", "broker", "apps/StatefulSet/orders"),
        expected("batch/CronJob/nightly", "job", "batch/CronJob/nightly"),
        expected("core/Pod/proxy-static-1", "proxy", "core/Pod/proxy-static-1"),
    ];
    assert_eq!(found, all);
}
