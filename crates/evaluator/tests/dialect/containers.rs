//! What a container has of its workload, where it is one of all assets.

use crate::fixture::{Fixture, check};

fn all(manifests: &str, cases: &[(String, &str)]) {
    let cases: Vec<(&str, &str)> = cases.iter().map(|(text, names)| (text.as_str(), *names)).collect();
    check(&Fixture::of(manifests), &cases);
}

#[test]
fn a_container_has_its_workloads_labels_also_as_one_of_all_assets() {
    const LABELLED: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: one, image: a}]}
---
apiVersion: v1
kind: Pod
metadata: {name: bare, namespace: shop}
spec: {containers: [{name: two, image: a}]}
";
    let asked = |filter: &str| {
        format!("{{ assets(where: {{kind: \"Container\", {filter}}}) {{ ...AssetFragment }} }}")
    };
    let cases = [
        (asked("labels: {some: {key: \"app\", value: \"web\"}}"), "one"),
        (asked("labels: null"), "two"),
        (asked("tags_NONE: {key: \"app\"}"), "two"),
        (asked("contentHash: null"), ""),
    ];
    all(LABELLED, &cases);
}

/// Pods that hang on a controller, of which one has a container of the controller's name; and one that hangs on none.
const OWNED: &str = "
apiVersion: v1
kind: Pod
metadata:
  {name: web-1, namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web, controller: true}]}
spec: {containers: [{name: web, image: a}, {name: proxy, image: a}]}
---
apiVersion: v1
kind: Pod
metadata:
  {name: web-2, namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web, controller: true}]}
spec: {containers: [{name: other, image: a}]}
---
apiVersion: v1
kind: Pod
metadata:
  {name: lone-1, namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: lone, controller: true}]}
spec: {containers: [{name: single, image: a}, {name: pair, image: a}]}
---
apiVersion: v1
kind: Pod
metadata: {name: bare, namespace: shop}
spec: {containers: [{name: free, image: a}]}
";

#[test]
fn a_containers_own_fields_compare_with_its_workloads_among_all_assets() {
    let asked = |filter: &str| {
        format!("{{ assets(where: {{kind: \"Container\", {filter}}}) {{ ...AssetFragment }} }}")
    };
    let cases = [
        (asked("name: {eq: {field: \"controller.name\"}}"), "web"),
        // What hangs on no controller has no such name, so nothing that compares with it.
        (asked("name: {neq: {field: \"controller.name\"}}"), "free other pair proxy single"),
        (asked("name: {gt: {field: \"controller.name\"}}"), "pair single"),
        (asked("controller: {name: {eq: {field: \"controller.name\"}}}"), "other pair proxy single web"),
        (asked("controller: {kind: {lt: {field: \"controller.name\"}}}"), "other pair proxy single web"),
        (asked("contentHash: {eq: {field: \"name\"}}"), ""),
        (asked("contentHash: {neq: {field: \"contentHash\"}}"), ""),
    ];
    all(OWNED, &cases);
}

#[test]
fn what_a_container_has_of_its_workload_is_duplicated_where_another_workload_has_it() {
    let asked = |kind: &str, scope: &str| {
        let filter = format!("kind: \"{kind}\", controller: {{name: {{duplicatedIn: \"{scope}\"}}}}");
        format!("{{ assets(where: {{{filter}}}) {{ ...AssetFragment }} }}")
    };
    let cases = [
        (asked("Container", "namespace"), "other proxy web"),
        (asked("Container", "cluster"), "other proxy web"),
        (asked("Pod", "cluster"), "web-1 web-2"),
        // Two containers of one pod are one asset's.
        (
            "{ assets(where: {kind: \"Container\", contentHash_DUPLICATED_IN: \"cluster\"}) { ...AssetFragment } }"
                .to_owned(),
            "",
        ),
    ];
    all(OWNED, &cases);
}

#[test]
fn what_an_object_that_could_not_be_read_holds_may_be_duplicates_of_others_but_not_of_itself() {
    const BROKEN: &str = "
apiVersion: v1
kind: Pod
metadata: {name: broken, namespace: shop}
spec: {containers: 5}
---
apiVersion: v1
kind: Pod
metadata: {name: near, namespace: shop}
spec: {containers: [{name: inner, image: a}]}
---
apiVersion: v1
kind: Pod
metadata: {name: far, namespace: bank}
spec: {containers: [{name: other, image: a}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: alone, namespace: ledger}
data: 5
";
    let asked = |scope: &str| {
        format!("{{ assets(where: {{name: {{duplicatedIn: \"{scope}\"}}}}) {{ ...AssetFragment }} }}")
    };
    let cases = [
        (asked("namespace"), "inner? near?"),
        (asked("cluster"), "alone? far? inner? manifests? near? other?"),
    ];
    all(BROKEN, &cases);
}

#[test]
fn what_a_container_has_of_its_workload_is_shown_among_all_assets() {
    let fixture = Fixture::of(OWNED);
    let text = "{ assets(where: {name: \"web\"}) { name controller { name } contentHash ...AssetFragment } }";
    let shown = fixture.shown(text);
    assert_eq!(shown["controller"]["name"], "web", "{shown}");
    assert_eq!(shown["contentHash"].as_str().map(str::len), Some(64), "{shown}");
}
