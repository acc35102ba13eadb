//! What network policies and exposure come to: the recipes of the Kubernetes documentation, as queries.

mod exposure;
mod others;
mod policies;
mod unread;

use crate::fixture::{Fixture, check};

/// Two namespaces with the same workloads, and one that nothing declares.
const WORKLOADS: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: web}}
---
apiVersion: v1
kind: Namespace
metadata: {name: bank, labels: {team: money}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: web, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: c, image: db, ports: [{name: sql, containerPort: 5432}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: teller, namespace: bank, labels: {app: web}}
spec: {containers: [{name: c, image: teller}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: scan, namespace: undeclared}
spec:
  schedule: '0 0 * * *'
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: scan}]}}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {hostNetwork: true, containers: [{name: c, image: agent}]}
";

/// The workloads with these objects beside them.
fn with(more: &str) -> Fixture {
    Fixture::of(&format!("{WORKLOADS}---{more}"))
}

/// The workloads with a policy of this spec in `shop`.
fn policy(spec: &str) -> Fixture {
    with(&format!(
        "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: policy, namespace: shop}}
spec: {spec}
"
    ))
}

/// Checks filters of workloads' `network`.
fn networks(fixture: &Fixture, cases: &[(&str, &str)]) {
    let asked =
        |filter: &str| format!("{{ workloads(where: {{network: {{{filter}}}}}) {{ ...AssetFragment }} }}");
    let queries: Vec<(String, &str)> = cases.iter().map(|(filter, names)| (asked(filter), *names)).collect();
    let queries: Vec<(&str, &str)> = queries.iter().map(|(query, names)| (query.as_str(), *names)).collect();
    check(fixture, &queries);
}

/// The workloads that reach one by its name, on a port if one is given.
fn reaching(fixture: &Fixture, name: &str, port: Option<u16>) -> String {
    let on = port.map_or(String::new(), |port| {
        format!("portRanges: {{protocol: \"TCP\", first: {{lte: {port}}}, last: {{gte: {port}}}}}")
    });
    let to = format!("allowsTo: {{{on} peers: {{workloads: {{name: \"{name}\"}}}}}}");
    fixture.ask(&format!("{{ workloads(where: {{network: {{{to}}}}}) {{ ...AssetFragment }} }}"))
}

/// A Service of `web`.
const WEB_SERVICE: &str = "
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---";
