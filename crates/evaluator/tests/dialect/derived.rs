//! Facts, relations and rows that no snapshot holds.

use crate::fixture::{Fixture, check};

const IMAGES: &str = "
apiVersion: v1
kind: Pod
metadata: {name: short, namespace: a}
spec: {containers: [{name: c, image: nginx}]}
---
apiVersion: v1
kind: Pod
metadata: {name: pinned, namespace: a}
spec: {containers: [{name: c, image: 'ghcr.io/team/app@sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: broken, namespace: a}
spec: {containers: [{name: c, image: 'NGINX:1'}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: two, namespace: a}
spec:
  selector: {matchLabels: {app: two}}
  template:
    metadata: {labels: {app: two}}
    spec:
      initContainers: [{name: i, image: 'registry.example:5000/init:1'}]
      containers: [{name: c, image: 'docker.io/library/nginx:1.27'}]
";

#[test]
fn derived_rows_are_asked_like_any_relation() {
    let asset = |root: &str| format!("{{ {root} {{ ...AssetFragment }} }}");
    let cases = [
        ("pods(where: {containers: {imageReference: {registry: \"docker.io\"}}})", "short"),
        (
            "pods(where: {containers: {imageReference: {repository: \"library/nginx\", tag: \"latest\"}}})",
            "short",
        ),
        ("pods(where: {containers: {imageReference: {digest: null}}})", "broken short"),
        ("pods(where: {containers: {imageReference: {digest_NOT: null}}})", "pinned"),
        ("pods(where: {containers: {imageReference: {registry_NOT: \"docker.io\"}}})", "broken pinned"),
        ("pods(where: {containers: {imageReference: {valid: false}}})", "broken"),
        ("pods(where: {containers: {imageReference: null}})", ""),
        ("workloads(where: {containers_ALL: {imageReference: {tag_NOT: \"latest\"}}})", "broken pinned two"),
        (
            "workloads(where: {containers: {imageReference: {registry: {in: [\"registry.example:5000\"]}}}})",
            "two",
        ),
        ("containers(where: {imageReference: {tag: {matches: \"1(\\\\..*)?\"}}})", "c i"),
    ];
    let queries: Vec<(String, &str)> = cases.iter().map(|(root, names)| (asset(root), *names)).collect();
    let queries: Vec<(&str, &str)> = queries.iter().map(|(query, names)| (query.as_str(), *names)).collect();
    check(&Fixture::of(IMAGES), &queries);
}
