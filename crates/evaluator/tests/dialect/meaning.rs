//! Operators, null rules and quantifiers, in both styles.

use serde_json::json;

use crate::fixture::{Fixture, check};

const PODS: &str = "
apiVersion: v1
kind: Pod
metadata: {name: bare}
spec: {containers: [{name: c, image: a}]}
---
apiVersion: v1
kind: Pod
metadata: {name: host, labels: {app: web, tier: ''}, annotations: {a: b}}
spec:
  hostNetwork: true
  serviceAccountName: robot
  securityContext: {runAsUser: 0, supplementalGroups: [1, 2]}
  containers:
  - {name: one, image: reg/a:1, securityContext: {privileged: true, capabilities: {add: [NET_ADMIN, CHOWN], drop: []}}}
  - {name: two, image: reg/b:latest, securityContext: {privileged: false, runAsNonRoot: true}}
---
apiVersion: v1
kind: Pod
metadata: {name: quiet, labels: {app: api}}
spec:
  hostNetwork: false
  securityContext: {}
  initContainers: [{name: init, image: a, securityContext: {privileged: true}, resources: {limits: {memory: 512Mi}}}]
  containers: [{name: c, image: a, resources: {limits: {memory: 0.5Gi, cpu: '1'}}}]
";

fn pods(filter: &str) -> String {
    format!("{{ pods(where: {filter}) {{ ...AssetFragment }} }}")
}

fn check_pods(cases: &[(&str, &str)]) {
    let fixture = Fixture::of(PODS);
    let queries: Vec<(String, &str)> = cases.iter().map(|(filter, names)| (pods(filter), *names)).collect();
    let queries: Vec<(&str, &str)> = queries.iter().map(|(query, names)| (query.as_str(), *names)).collect();
    check(&fixture, &queries);
}

#[test]
fn booleans_are_two_valued_and_negation_is_the_exact_complement() {
    check_pods(&[
        ("{}", "bare host quiet"),
        ("{hostNetwork: true}", "host"),
        ("{hostNetwork: {eq: true}}", "host"),
        ("{hostNetwork: {neq: true}}", "bare quiet"),
        ("{hostNetwork_NOT: true}", "bare quiet"),
        ("{NOT: {hostNetwork: true}}", "bare quiet"),
        ("{hostPID: {neq: true}}", "bare host quiet"),
        ("{hostPID: null}", "bare host quiet"),
        ("{hostNetwork: {neq: null}}", "host quiet"),
    ]);
}

#[test]
fn text_operators_in_both_styles() {
    check_pods(&[
        ("{name: \"bare\"}", "bare"),
        ("{name: {in: [\"bare\", \"host\"]}}", "bare host"),
        ("{name_IN: []}", ""),
        ("{name_NOT_IN: [\"bare\"]}", "host quiet"),
        ("{name_CONTAINS: \"o\"}", "host"),
        ("{name: {startsWith: \"q\"}}", "quiet"),
        ("{name_ENDS_WITH: \"e\"}", "bare"),
        ("{name: {matches: \"[bq].*\"}}", "bare quiet"),
        ("{name: {matches: \"ar\"}}", ""),
        ("{name: {eq: \"HOST\", caseInsensitive: true}}", "host"),
        ("{name: {eq: HOST, caseInsensitive: true}}", "host"),
        ("{name_GT: \"c\", name_LT: \"i\"}", "host"),
        ("{name_NOT_CONTAINS: \"a\"}", "host quiet"),
        ("{uid: \"\"}", "bare host quiet"),
        ("{uid_NOT: \"\"}", ""),
        ("{uid: {notIn: [\"x\"]}}", "bare host quiet"),
        ("{uid: {contains: \"\"}}", ""),
    ]);
}

#[test]
fn structs_are_there_or_missing_and_their_fields_still_asked() {
    check_pods(&[
        ("{securityContext: {runAsUser: 0}}", "host"),
        ("{securityContext: {runAsUser: {neq: 0}}}", "bare quiet"),
        ("{securityContext: {runAsUser: null}}", "bare quiet"),
        ("{securityContext: {isRunAsUserSet: false}}", "bare quiet"),
        ("{securityContext: {supplementalGroups: []}}", "bare quiet"),
        ("{securityContext: {supplementalGroups: [1, 2]}}", "host"),
        ("{securityContext: {supplementalGroups_INCLUDES: 2}}", "host"),
        ("{securityContext: {supplementalGroups: {notIncludes: 2}}}", "bare quiet"),
        ("{podTemplate: {hostNetwork: true}}", "host"),
        ("{podTemplate: {securityContext: {runAsUser: {gte: 0}}}}", "host"),
    ]);
}

#[test]
fn quantifiers_over_children() {
    check_pods(&[
        ("{containers: {securityContext: {privileged: true}}}", "host quiet"),
        ("{containers_SOME: {securityContext: {privileged: true}}}", "host quiet"),
        ("{containers: {all: {securityContext: {privileged: {neq: true}}}}}", "bare"),
        ("{containers_NONE: {securityContext: {privileged: true}}}", "bare"),
        ("{containers_SINGLE: {image: \"a\"}}", "bare"),
        ("{containers: {count: {gte: 2}}}", "host quiet"),
        ("{containers: {count: {eq: 1}}}", "bare"),
        ("{containers: null}", ""),
        ("{containers_NOT: null}", "bare host quiet"),
        ("{volumes: null}", "bare host quiet"),
        ("{volumes_SOME: {}}", ""),
        ("{volumes_NONE: {}}", "bare host quiet"),
        ("{volumes_ALL: {name: \"x\"}}", ""),
        ("{volumes_NOT: {name: \"x\"}}", "bare host quiet"),
        ("{containers: {type: \"init\"}}", "quiet"),
        ("{containers_SOME: {securityContext: {capabilities: {add: {includes: \"CHOWN\"}}}}}", "host"),
        ("{containers_SOME: {securityContext: {capabilities: {add: {anyNotIn: [\"CHOWN\"]}}}}}", "host"),
        ("{containers_SOME: {securityContext: {capabilities: {add: {anyIn: [\"KILL\"]}}}}}", ""),
        ("{containers_SOME: {securityContext: {capabilities: {drop: []}}}}", "bare host quiet"),
        ("{containers_SINGLE: {securityContext: {capabilities: {drop: null}}}}", "bare host"),
        ("{containers_ALL: {resources: {limits: {memory: \"512Mi\"}}}}", "quiet"),
        ("{containers_SOME: {resources: {limits: {cpu: {gt: \"500m\"}}}}}", "quiet"),
    ]);
}

#[test]
fn logic_maps_and_variables() {
    check_pods(&[
        ("{OR: []}", ""),
        ("{AND: []}", "bare host quiet"),
        ("{OR: [{name: \"bare\"}, {hostNetwork: true}]}", "bare host"),
        ("{AND: {name: \"bare\"}}", "bare"),
        ("{NOT: {OR: [{name: \"bare\"}, {hostNetwork: true}]}}", "quiet"),
        ("{labels: {some: {key: \"app\", value: \"web\"}}}", "host"),
        ("{tags_SOME: {key: \"app\"}}", "host quiet"),
        ("{labels: null}", "bare"),
        ("{labels_SOME: {key: \"tier\", value: \"\"}}", "host"),
        ("{annotations_SOME: {key_STARTS_WITH: \"a\"}}", "host"),
        ("{mountsServiceAccountToken: true}", "bare host quiet"),
    ]);
    let fixture = Fixture::of(PODS);
    let query = "query ($name: String = \"bare\") { pods(where: {name: $name}) { ...AssetFragment } }";
    assert_eq!(fixture.ask(query), "bare");
    assert_eq!(fixture.ask("pods(where: {name: \"bare\"}) { ...AssetFragment },"), "bare");
    assert_eq!(
        fixture.ask(
            "{ pods { containers(where: {securityContext: {privileged: true}}) { ...AssetFragment } } }"
        ),
        "init one"
    );
}

#[test]
fn the_entries_of_a_map_that_are_asked_for_are_shown() {
    let fixture = Fixture::of(PODS);
    let shown = |filter: &str| {
        fixture.shown(&format!(
            "{{ pods(where: {{name: \"host\"}}) {{ labels(where: {filter}) {{ value }} }} }}"
        ))
    };
    assert_eq!(shown("{key: \"app\"}"), json!({"labels": {"app": "web"}}));
    assert_eq!(shown("{value: \"x\"}"), json!({"labels": {}}));
    assert_eq!(shown("{}"), json!({"labels": {"app": "web", "tier": ""}}));
}

#[test]
fn what_is_selected_twice_is_selected_together() {
    let twice = "containers { name } hostNetwork ... on Pod { containers { image } hostNetwork }";
    let containers = json!([{"name": "one", "image": "reg/a:1"}, {"name": "two", "image": "reg/b:latest"}]);
    let asked = format!("{{ pods(where: {{name: \"host\"}}) {{ {twice} }} }}");
    let shown = Fixture::of(PODS).shown(&asked);
    assert_eq!(shown, json!({"containers": containers, "hostNetwork": true}));
}
