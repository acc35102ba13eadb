//! Conditions on what was taken out of objects before they were kept.

use crate::fixture::{Fixture, check};

const OBJECTS: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: allows, namespace: shop}
data: {allow-anonymous: 'true'}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: empty, namespace: shop}
---
apiVersion: v1
kind: Secret
metadata: {name: broken, namespace: shop}
data: text
---
apiVersion: v1
kind: Pod
metadata: {name: says, namespace: shop}
spec:
  containers:
  - name: a
    image: a
    env: [{name: MODE, value: debug}]
    args: [--password=hunter2-7, --verbose]
  - {name: b, image: b, env: [{name: HOST, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}]}
---
apiVersion: shop.example/v1
kind: Mirror
metadata: {name: mirror, namespace: shop, annotations: {copied: '{\"kind\": \"Pod\"}'}}
spec: {env: {DB: {value: x}}, url: 'https://u:hunter2-7@mirror.example/'}
---
apiVersion: v1
kind: Pod
metadata: {name: silent, namespace: shop}
spec: {containers: [{name: c, image: c, args: [--quiet]}]}
";

fn of(root: &str, path: &str, test: &str) -> String {
    format!("{{ {root}(where: {{object: {{path: \"{path}\", {test}}}}}) {{ ...AssetFragment }} }}")
}

#[test]
fn a_value_that_was_taken_out_may_be_any() {
    let fixture = Fixture::of(OBJECTS);
    let data = "data.allow-anonymous";
    let value = "spec.containers.env.value";
    let cases = [
        (of("configMaps", data, "eq: \"true\""), "allows?"),
        (of("configMaps", data, "neq: \"true\""), "allows? empty"),
        // Facts don't say whether it was in data or in binaryData.
        (of("configMaps", data, "eq: null"), "allows? empty"),
        (of("configMaps", "data.other", "eq: null"), "allows empty"),
        (of("configMaps", "data", "neq: null"), "allows?"),
        (of("secrets", "data.a", "eq: null"), "broken?"),
        (of("pods", value, "neq: null"), "says"),
        (of("pods", value, "eq: null"), "silent"),
        (of("pods", value, "eq: \"debug\""), "says?"),
        (of("pods", value, "notIn: [\"debug\"]"), "says? silent"),
        (of("containers", "env.value", "neq: null"), "a"),
        (of("containers", "env.value", "eq: \"\""), "b c"),
    ];
    check(&fixture, &cases.each_ref().map(|(query, names)| (query.as_str(), *names)));
}

#[test]
fn what_leaves_no_fact_may_have_been_there() {
    let fixture = Fixture::of(OBJECTS);
    let mirrors = |path: &str, test: &str| {
        format!(
            "{{ assets(where: {{kind: \"Mirror\", object: {{path: \"{path}\", {test}}}}}) {{ ...AssetFragment }} }}"
        )
    };
    let applied = "metadata.annotations.kubectl\\\\.kubernetes\\\\.io/last-applied-configuration";
    let cases = [
        (mirrors(applied, "eq: null"), "mirror?"),
        (mirrors("metadata.annotations.copied", "neq: null"), "mirror"),
        (mirrors("metadata.annotations.copied", "eq: \"a\""), "mirror?"),
        (mirrors("metadata.annotations.other", "eq: null"), "mirror"),
        (mirrors("spec.env.DB.value", "eq: null"), "mirror?"),
        (mirrors("spec.env.DB.value", "eq: \"x\""), "mirror?"),
        (mirrors("spec.url", "contains: \"password\""), "mirror?"),
        (mirrors("spec.url", "startsWith: \"https://u:\""), "mirror"),
        (mirrors("spec.url", "endsWith: \"/\""), "mirror"),
        (mirrors("spec.url", "in: [\"https://u:[redacted: URL with password]@mirror.example/\"]"), "mirror?"),
        (
            "{ assets(where: {kind: \"Mirror\", credentialsInAnnotations: null}) { ...AssetFragment } }"
                .to_owned(),
            "mirror",
        ),
    ];
    check(&fixture, &cases.each_ref().map(|(query, names)| (query.as_str(), *names)));
}

#[test]
fn of_a_text_with_a_mark_only_what_is_left_is_known() {
    let fixture = Fixture::of(OBJECTS);
    let pods = |test: &str| of("pods", "spec.containers.args", test);
    let cases = [
        (pods("contains: \"--verbose\""), "says"),
        (pods("contains: \"--password=\""), "says"),
        (pods("contains: \"hunter\""), "says?"),
        (pods("includes: \"--verbose\""), "says"),
        (pods("includes: \"--quiet\""), "says? silent"),
        (pods("notIncludes: \"--quiet\""), "says?"),
        (pods("matches: \"--[a-z]+\""), "says silent"),
        (pods("matches: \"--pass.*\""), "says?"),
        (pods("lt: \"--a\""), "says?"),
        (pods("anyNotIn: [\"--verbose\"]"), "says? silent"),
        (pods("eq: [\"--quiet\"]"), "silent"),
    ];
    check(&fixture, &cases.each_ref().map(|(query, names)| (query.as_str(), *names)));
}

#[test]
fn what_was_taken_out_is_shown_as_such() {
    let fixture = Fixture::of(OBJECTS);
    let shown = fixture
        .shown("{ pods(where: {name: \"says\"}) { mode: object(path: \"spec.containers.env.value\") } }");
    assert_eq!(shown.to_string(), r#"{"mode":"[redacted: value]"}"#);
}
