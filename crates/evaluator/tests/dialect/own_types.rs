//! What types of a user's own may have that no built-in one has.

use crate::fixture::{Fixture, check};

const TYPES: &str = r#"
"What is saved."
type BackupPlan implements Asset @asset(group: "backup.example", version: "v1", resource: "backupplans") {
  "Labels of a team."
  teamLabels: Int! @count(of: "labels", where: "{key: {startsWith: \"team/\"}}")
  "Where that is written."
  group: String @path(json: "spec.group")
}
"#;

const PLANS: &str = "
apiVersion: backup.example/v1
kind: BackupPlan
metadata: {name: none, labels: {app: x}}
---
apiVersion: backup.example/v1
kind: BackupPlan
metadata: {name: two, labels: {app: x, team/a: a, team/b: b}}
spec: {group: storage}
---
apiVersion: backup.example/v1
kind: BackupPlan
metadata: {name: unreadable}
spec: {group: 3}
";

#[test]
fn the_filter_of_a_counted_map_counts() {
    let fixture = Fixture::with_types(PLANS, TYPES);
    let cases = [
        ("{ backupPlans(where: {teamLabels: 0}) { ...AssetFragment } }", "none unreadable?"),
        ("{ backupPlans(where: {teamLabels: {gt: 1}}) { ...AssetFragment } }", "two unreadable?"),
        ("{ backupPlans(where: {group: null}) { ...AssetFragment } }", "none unreadable?"),
    ];
    check(&fixture, &cases);
    let shown = fixture.shown("{ backupPlans(where: {name: \"two\"}) { teamLabels } }");
    assert_eq!(shown["teamLabels"], 2);
}

#[test]
fn durations_compare_by_their_length() {
    const TYPES: &str = r#"
"What waits."
type Waiter implements Asset @asset(group: "wait.example", version: "v1", resource: "waiters") {
  "How long it waits."
  wait: Duration @path(json: "spec.wait")
  "How long it may."
  longest: Duration @path(json: "spec.longest")
}
"#;
    let waiter = |name: &str, spec: &str| {
        format!(
            "---\napiVersion: wait.example/v1\nkind: Waiter\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"
        )
    };
    let waiters = [
        waiter("long", "wait: 10h, longest: 9h60m"),
        waiter("never", "wait: '0', longest: 1s"),
        waiter("short", "wait: 4h0m0s, longest: 1h"),
        waiter("silent", ""),
        waiter("unclear", "wait: soon"),
    ];
    let fixture = Fixture::with_types(&waiters.concat(), TYPES);
    let cases = [
        ("{ waiters(where: {wait: {lt: \"5h\"}}) { ...AssetFragment } }", "never short"),
        ("{ waiters(where: {wait_GT: \"240m\"}) { ...AssetFragment } }", "long"),
        ("{ waiters(where: {wait: \"0s\"}) { ...AssetFragment } }", "never"),
        (
            "{ waiters(where: {wait: {notIn: [\"600m\", \"0h\"]}}) { ...AssetFragment } }",
            "short silent unclear",
        ),
        ("{ waiters(where: {wait: null}) { ...AssetFragment } }", "silent"),
        ("{ waiters(where: {wait: {eq: {field: \"longest\"}}}) { ...AssetFragment } }", "long"),
        ("{ waiters(where: {wait: {gt: {field: \"longest\"}}}) { ...AssetFragment } }", "short"),
    ];
    check(&fixture, &cases);
}
