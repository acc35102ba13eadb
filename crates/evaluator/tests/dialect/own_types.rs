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
