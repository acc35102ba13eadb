//! A pod that a real controller made, and admission changed as it does all pods, is what its template says; one that is
//! left from an older template is not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

mod live;

use std::time::Duration;

use assay_evaluator::data::Data;
use assay_tests::apiserver::{ApiServer, wait_until};
use assay_tests::skip::need;

use live::{Bench, settle};

/// Whatever controllers and admission set on pods alone: tokens, claims, names, places, priorities, limits, pull secrets.
fn objects(namespace: &str) -> String {
    format!(
        "
apiVersion: v1
kind: Node
metadata: {{name: node-of-{namespace}, labels: {{of: {namespace}}}}}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {{name: of-{namespace}}}
value: 7
---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {{name: of-{namespace}}}
handler: sandbox
overhead: {{podFixed: {{memory: 100Mi}}}}
scheduling: {{nodeSelector: {{sandbox: 'yes'}}, tolerations: [{{key: sandbox, operator: Exists}}]}}
---
apiVersion: v1
kind: LimitRange
metadata: {{name: all, namespace: {namespace}}}
spec: {{limits: [{{type: Container, default: {{memory: 1Gi}}, defaultRequest: {{cpu: 10m}}}}]}}
---
apiVersion: v1
kind: Secret
metadata: {{name: registry, namespace: {namespace}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: robot, namespace: {namespace}}}
imagePullSecrets: [{{name: registry}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: {namespace}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      hostNetwork: true
      serviceAccountName: robot
      priorityClassName: of-{namespace}
      runtimeClassName: of-{namespace}
      containers:
      - name: web
        image: example.invalid/web:1
        ports: [{{containerPort: 80}}]
        resources: {{limits: {{cpu: 1}}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: data, namespace: {namespace}}}
spec:
  replicas: 2
  serviceName: data
  podManagementPolicy: Parallel
  selector: {{matchLabels: {{app: data}}}}
  template:
    metadata: {{labels: {{app: data}}}}
    spec:
      containers:
      - {{name: data, image: example.invalid/data:1, volumeMounts: [{{name: disk, mountPath: /disk}}]}}
  volumeClaimTemplates:
  - metadata: {{name: disk}}
    spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: agent, namespace: {namespace}}}
spec:
  selector: {{matchLabels: {{app: agent}}}}
  template:
    metadata: {{labels: {{app: agent}}}}
    spec:
      nodeSelector: {{of: {namespace}}}
      containers: [{{name: agent, image: example.invalid/agent:1}}]
---
apiVersion: batch/v1
kind: Job
metadata: {{name: index, namespace: {namespace}}}
spec:
  completions: 2
  parallelism: 2
  completionMode: Indexed
  template:
    spec:
      restartPolicy: Never
      initContainers: [{{name: first, image: example.invalid/first:1}}]
      containers: [{{name: job, image: example.invalid/job:1}}]
"
    )
}

#[test]
fn pods_of_real_controllers_are_what_their_templates_say() {
    let Some(server) = need("pods_of_real_controllers_are_what_their_templates_say", ApiServer::shared())
    else {
        return;
    };
    let namespace = server.namespace("templates");
    let of = format!("--namespace={namespace}");
    server.apply(&objects(&namespace));
    let pods = || server.kubectl(&["get", "pods", &of, "--output=name"]).lines().count();
    wait_until("all pods are there", Duration::from_secs(120), || pods() == 7);
    settle(server);

    let bench = Bench::new();
    let examined = || {
        let snapshot = bench.collect(server, "admin");
        let data = Data::open(&bench.schema, &snapshot);
        let mut examined = Vec::new();
        for made in ["Pod", "ReplicaSet"] {
            let table = bench.schema.tables_of(made)[0];
            let (ids, is_top) = (data.ids(table).unwrap(), data.top_level(table).unwrap());
            let top = is_top.set_indices().map(|row| ids.value(row).to_owned());
            examined.extend(top.filter(|id| id.contains(&format!("/{namespace}/"))));
        }
        examined
    };
    assert_eq!(examined(), Vec::<String>::new());

    // The pods stay as they are, since a rollout of this kind waits for someone to delete them.
    server.kubectl(&[
        "patch",
        "daemonset/agent",
        &of,
        "--patch",
        r#"{"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": null}}}"#,
    ]);
    server.kubectl(&["set", "image", "daemonset/agent", "agent=example.invalid/agent:2", &of]);
    settle(server);
    let left = examined();
    let agent = format!("core/Pod/{namespace}/agent-");
    assert!(left.len() == 1 && left[0].starts_with(&agent), "{left:?}");
}
