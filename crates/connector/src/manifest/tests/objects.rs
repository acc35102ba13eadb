//! What is an object, and what kubectl would refuse.

use super::{HEAD, read_text};

#[test]
fn documents_without_content_are_skipped() {
    let text = format!("# only a comment\n---\n---\n\n--- # another\nnull\n---\n{HEAD}...\n---\n~\n---\n");
    let outcome = read_text(&text);
    assert_eq!(outcome.names(), ["T/t"]);
    assert_eq!(outcome.errors, Vec::<String>::new());
}

#[test]
fn documents_end_at_separators_dots_and_braces() {
    let json = r#"{"apiVersion":"v1","kind":"J","metadata":{"name":"}\"{"}}"#;
    let text = format!("{json}{json}\n\n{json}\n---\n{HEAD}...\n{HEAD}---\n{json}\n---\n{HEAD}");
    let names = ["J/}\"{", "J/}\"{", "J/}\"{", "T/t", "T/t", "J/}\"{", "T/t"];
    assert_eq!(read_text(&text).names(), names);
    let outcome = read_text("--- {a: b}\n");
    let message =
        "only a comment may follow `---` on its line, as for kubectl: put the rest on the next line";
    assert_eq!(outcome.errors, [format!("f:1:1: {message}")]);
}

#[test]
fn lists_are_taken_apart() {
    let text = "apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
- apiVersion: v1
  kind: List
  items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
- apiVersion: apps/v1
  kind: DeploymentList
  metadata: {resourceVersion: '7'}
  items:
  - metadata: {name: c}
  - {apiVersion: v1, kind: Pod, metadata: {name: d}}
- {apiVersion: v1, kind: PodList, items: null}
---
apiVersion: example.com/v1
kind: AllowList
metadata: {name: not-a-list}
items: [a, b]
";
    let outcome = read_text(text);
    let names = ["ConfigMap/a", "ConfigMap/b", "Deployment/c", "Pod/d", "AllowList/not-a-list"];
    assert_eq!(outcome.names(), names);
    assert_eq!(outcome.objects()[2]["apiVersion"], "apps/v1");
    assert_eq!(outcome.errors, Vec::<String>::new());
}

#[test]
fn a_page_of_a_list_is_no_whole_list() {
    let page = |next: &str| {
        let head = format!(r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"continue":{next}}}"#);
        read_text(&format!(r#"{head},"items":[{{"metadata":{{"name":"a"}}}}]}}"#))
    };
    for next in ["null", r#""""#] {
        assert_eq!((page(next).names(), page(next).errors.len()), (vec!["Pod/a".to_owned()], 0));
    }
    let outcome = page(r#""eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ""#);
    assert_eq!(outcome.names(), ["Pod/a"]);
    let message = "only a page of a list: metadata.continue says that there is more";
    let is_told = |error: &String| error.starts_with("f:1:") && error.contains(message);
    assert!(outcome.errors.len() == 1 && outcome.errors.iter().all(is_told), "{:?}", outcome.errors);
}

/// A document, and its errors.
const REFUSED: &[(&str, &[&str])] = &[
    (
        "metadata: {name: a}\nkind: T",
        &["f:1:1: no apiVersion: add one, such as `apiVersion: v1`; kubectl needs it to know what this is"],
    ),
    (
        "apiVersion: v1\nmetadata: {name: a}",
        &["f:1:1: no kind: add one, such as `kind: Pod`; kubectl needs it to know what this is"],
    ),
    (
        "apiVersion: a/b/c\nkind: [T]\nmetadata: {name: a}",
        &[
            "f:1:1: apiVersion is not one that Kubernetes could have: see `kubectl api-resources`",
            "f:2:1: kind must be text: quote it",
        ],
    ),
    ("apiVersion: v1\nkind: T", &["f:1:1: no metadata: give the object a metadata.name"]),
    ("apiVersion: v1\nkind: List", &["f:1:1: a List without a list of items"]),
    ("apiVersion: v1\nkind: T\nmetadata: a", &["f:3:1: metadata must be a mapping"]),
    (
        "apiVersion: v1\nkind: T\nmetadata: {namespace: a}",
        &["f:3:1: no metadata.name: every object needs one, or a generateName"],
    ),
    ("apiVersion: v1\nkind: T\nmetadata: {name: 5}", &["f:3:12: metadata.name must be text: quote it"]),
    (
        "apiVersion: v1\nkind: T\nmetadata: {name: a/b, namespace: \"a\\tb\"}",
        &[
            "f:3:12: metadata.name has a slash: no name may",
            "f:3:23: metadata.namespace has control characters",
        ],
    ),
    (
        "apiVersion: v1\nkind: T\nmetadata:\n  name: a\n  labels: {a.b/c: yes}\n  annotations: []",
        &[
            "f:5:12: metadata.labels[\"a.b/c\"] must be text: quote it",
            "f:6:3: metadata.annotations must be a mapping",
        ],
    ),
    (
        "apiVersion: v1\nkind: T\nmetadata: {name: a, ownerReferences: [a], finalizers: [1]}",
        &[
            "f:3:21: metadata.ownerReferences must be a list, each item a mapping",
            "f:3:43: metadata.finalizers must be a list, each item text",
        ],
    ),
    (
        "apiVersion: v1\nkind: T\nmetadata: {name: a, labels: {z: 1, b: c, a: 2}}",
        &[
            "f:3:30: metadata.labels.z must be text: quote it",
            "f:3:42: metadata.labels.a must be text: quote it",
        ],
    ),
    ("a: b", &["f:1:1: not a Kubernetes object: no apiVersion/kind"]),
    ("just text", &["f:1:1: not a Kubernetes object: not a mapping"]),
    ("apiVersion: v1\nkind: List\nitems: [null]", &["f:3:9: not a Kubernetes object: not a mapping"]),
    (
        "resources: [a.yaml]",
        &["f:1:1: not a Kubernetes object but a kustomization: audit what `kubectl kustomize` makes of it"],
    ),
    (
        "- {op: remove, path: /spec}",
        &["f:1:1: not a Kubernetes object but a JSON patch: audit what `kubectl kustomize` makes of it"],
    ),
    (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nsops: {mac: x}",
        &["f:4:1: encrypted with SOPS: decrypt it first, `sops --decrypt FILE | assay audit -`"],
    ),
    (
        "apiVersion: v1\nkind: T\nmetadata:\n  name: {{ .Values.name }}",
        &["f:4:9: template syntax `{{`: render it first, `helm template … | assay audit -`"],
    ),
    (
        "{{- if .Values.x }}\na: b",
        &["f:1:1: template syntax `{{`: render it first, `helm template … | assay audit -`"],
    ),
    (
        "a: b\nmetadata:\n  labels:\n    {{- include \"labels\" . | nindent 4 }}\nc: d",
        &["f:4:5: template syntax `{{`: render it first, `helm template … | assay audit -`"],
    ),
    (
        "a:\n{{ .Files.Get \"x\" | indent 2 }}\nc: d",
        &["f:2:1: template syntax `{{`: render it first, `helm template … | assay audit -`"],
    ),
    (
        "a:\n  -  {{ .Values.x }}\n",
        &["f:2:6: template syntax `{{`: render it first, `helm template … | assay audit -`"],
    ),
    (
        "a: |\n  {{ of text }}\nb: |-\n{{ .Files.Get \"x\" }}",
        &["f:4:1: template syntax `{{`: render it first, `helm template … | assay audit -`"],
    ),
    (
        "image: {{ .Values.repository }}:{{ .Values.tag }}",
        &["f:1:8: template syntax `{{`: render it first, `helm template … | assay audit -`"],
    ),
    (
        "name: web-{{ .Values.a | default \"x: y\" }}",
        &["f:1:11: template syntax `{{`: render it first, `helm template … | assay audit -`"],
    ),
];

/// What has a `{{` that the fault doesn't come of.
const NO_TEMPLATE: &[(&str, u32)] = &[
    ("a: b\nb:\n\tc: d\ndata:\n  x: |\n    {{ define \"x\" }}\n", 3),
    ("a: b\nb:\n\tc: d\n{{ define \"x\" }}\n", 3),
    ("data:\n  x: |-\n    {{ define \"x\" }}\n\n    {{ end }}\n\tc: d\n", 6),
    ("data:\n- x: >2 # folded\n    {{ define \"x\" }}\n\tc: d\n", 4),
    ("- !!str |\n  {{ define \"x\" }}\n\tc: d\n", 3),
    ("a: '{{ x }}'\nb: \"c: {{ x }}\"\nd: a - {{ x }}\n# e: {{ x }}\ne: f # {{ x }}\ng:\n\tc: d\n", 7),
];

#[test]
fn a_template_is_not_blamed_for_what_it_did_not_do() {
    for (text, line) in NO_TEMPLATE {
        let outcome = read_text(text);
        let told = outcome.errors.join("\n");
        assert!(told.starts_with(&format!("f:{line}:")) && told.contains("not valid YAML"), "{text}: {told}");
    }
}

#[test]
fn what_kubectl_refuses_is_an_error_with_its_place() {
    for (text, errors) in REFUSED {
        let outcome = read_text(text);
        assert_eq!(outcome.errors, *errors, "{text}");
        assert_eq!(outcome.documents.len(), 0, "{text}");
    }
}

#[test]
fn names_end_at_253_characters() {
    let named = |length| HEAD.replace("{name: t}", &format!("{{name: {}}}", "ä".repeat(length)));
    assert_eq!(read_text(&named(253)).errors, Vec::<String>::new());
    assert_eq!(read_text(&named(254)).errors, ["f:3:12: metadata.name is longer than 253 characters"]);
}

#[test]
fn what_kubectl_takes_is_no_error() {
    for metadata in [
        "{generateName: a-}",
        "{name: a, labels: null, annotations: {x: null}, creationTimestamp: null}",
        "{name: 'system:a', labels: {on: 'yes'}}",
        "{name: '{{a}}'}",
    ] {
        let outcome = read_text(&HEAD.replace("{name: t}", metadata));
        assert_eq!(outcome.errors, Vec::<String>::new(), "{metadata}");
        assert_eq!(outcome.documents.len(), 1, "{metadata}");
    }
}

#[test]
fn an_error_does_not_hide_what_follows() {
    let outcome = read_text(&format!("a: b: c\n---\n{HEAD}---\nd: [\n---\n{HEAD}"));
    assert_eq!(outcome.names(), ["T/t", "T/t"]);
    assert_eq!(outcome.errors.len(), 2);
}

#[test]
fn errors_are_told_up_to_a_limit() {
    let outcome = read_text(&"a: b\n---\n".repeat(25));
    assert_eq!(outcome.errors.len(), 21);
    assert_eq!(outcome.errors.last().map(String::as_str), Some("and 5 more"));
}

#[test]
fn equal_keys_are_noted_but_overridden_ones_of_a_merge_are_not() {
    let text = format!("{HEAD}a: {{b: 1, b: 2}}\nx: &x {{k: 1}}\ny: {{<<: *x, k: 2}}\n");
    let outcome = read_text(&text);
    assert_eq!(outcome.notes().len(), 1);
    assert!(outcome.notes()[0].ends_with(":4:11: the key \"b\" is set twice here: the last one counts"));
}
