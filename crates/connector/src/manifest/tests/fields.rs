//! Where fields stand.

use super::{HEAD, read_text};

fn position(text: &str, path: &str) -> (u32, u32) {
    let outcome = read_text(text);
    let position = outcome.documents.last().unwrap().positions.get(path);
    (position.line, position.column)
}

const POD: &str = "# a comment
apiVersion: v1
kind: Pod
metadata:
  name: p
  annotations:
    example.com/owner: ä
spec:
  containers:
  - name: a
    image: x
  - {name: ü, image: y, securityContext: {privileged: yes}}
";

#[test]
fn of_fields_are_those_of_their_keys() {
    for (path, expected) in [
        ("", (2, 1)),
        ("kind", (3, 1)),
        ("metadata.name", (5, 3)),
        ("metadata.annotations[\"example.com/owner\"]", (7, 5)),
        ("spec.containers", (9, 3)),
        ("spec.containers[0]", (10, 5)),
        ("spec.containers[0].image", (11, 5)),
        ("spec.containers[1]", (12, 5)),
        ("spec.containers[1].securityContext.privileged", (12, 43)),
    ] {
        assert_eq!(position(POD, path), expected, "{path}");
        assert_eq!(position(&POD.replace('\n', "\r\n"), path), expected, "{path} with CRLF");
        assert_eq!(position(&format!("\u{feff}{POD}"), path), expected, "{path} with a byte order mark");
    }
}

#[test]
fn of_what_is_not_set_are_those_of_the_nearest_ancestor() {
    for (path, expected) in [
        ("status", (2, 1)),
        ("spec.hostNetwork", (8, 1)),
        ("spec.containers[0].securityContext.privileged", (10, 5)),
        ("spec.containers[7].image", (9, 3)),
        ("spec.containers.image", (9, 3)),
        ("no path [at all", (2, 1)),
    ] {
        assert_eq!(position(POD, path), expected, "{path}");
    }
}

#[test]
fn count_on_through_documents_of_a_file() {
    let text = format!("{POD}---\n{POD}");
    assert_eq!(position(&text, "spec.containers[0].image"), (24, 5));
    let json = r#"{"apiVersion":"v1","kind":"T","metadata":{"name":"ä"}} {"apiVersion":"v1","kind":"T",
  "metadata":{"name":"b"}}"#;
    assert_eq!(position(json, "kind"), (1, 75));
    assert_eq!(position(json, "metadata.name"), (2, 15));
}

#[test]
fn of_the_entry_that_counts() {
    let twice = format!("{HEAD}a: 1\nb: 2\na: {{c: 3}}\n");
    assert_eq!(position(&twice, "a"), (6, 1));
    assert_eq!(position(&twice, "a.c"), (6, 5));
    let merged = format!("{HEAD}x: &a {{k: 1, l: 2}}\nv:\n  <<: *a\n  k: 3\n");
    assert_eq!(position(&merged, "v.k"), (7, 3));
    assert_eq!(position(&merged, "v.l"), (4, 14));
}

#[test]
fn in_lists_start_at_the_item() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: T\n  metadata: {name: a}\n";
    assert_eq!(position(list, ""), (4, 3));
    assert_eq!(position(list, "metadata.name"), (6, 14));
    let typed = "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n";
    assert_eq!(position(typed, "kind"), (4, 3));
}

#[test]
fn of_all_fields_come_in_order_and_once() {
    let text = format!("{HEAD}a: [x, {{'b.c': 1}}]\nd: 1\nd: 2\n");
    let mut paths = Vec::new();
    read_text(&text).documents[0]
        .positions
        .each(|path, position| paths.push(format!("{path} {}", position.line)));
    let expected = [
        "apiVersion 1",
        "kind 2",
        "metadata 3",
        "metadata.name 3",
        "a 4",
        "a[0] 4",
        "a[1] 4",
        "a[1][\"b.c\"] 4",
        "d 6",
    ];
    assert_eq!(paths, expected);
}
