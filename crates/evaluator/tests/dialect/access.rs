//! Who can do what where.

use crate::fixture::{Fixture, check};

const CLUSTER: &str = "
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: idle, namespace: shop}
automountServiceAccountToken: false
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: ci}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules:
- {apiGroups: [''], resources: [secrets], verbs: [get, list]}
- {apiGroups: [''], resources: [nodes/proxy], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: gathered}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {part: 'yes'}}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: part, labels: {part: 'yes'}}
rules: [{apiGroups: [''], resources: [pods, nodes/proxy], verbs: ['*']}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web-reads, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: web}, {kind: User, name: ann}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: robots}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: gathered}
subjects: [{kind: Group, name: 'system:serviceaccounts:ci'}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: masters}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: part}
subjects: [{kind: Group, name: 'system:masters'}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: mounts, namespace: shop}
spec: {selector: {}, template: {spec: {serviceAccountName: web, containers: []}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: without, namespace: shop}
spec: {selector: {}, template: {spec: {serviceAccountName: web, automountServiceAccountToken: false, containers: []}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: projects, namespace: shop}
spec:
  selector: {}
  template:
    spec:
      serviceAccountName: web
      automountServiceAccountToken: false
      containers: []
      volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: token}}]}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: elsewhere, namespace: shop}
spec:
  selector: {}
  template:
    spec:
      serviceAccountName: web
      automountServiceAccountToken: false
      containers: []
      volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: token, audience: vault}}]}}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: job, namespace: ci}
spec: {schedule: '0 0 * * *', jobTemplate: {spec: {template: {spec: {serviceAccountName: nowhere, containers: []}}}}}
";

fn asks(fixture: &Fixture, cases: &[(&str, &str)]) {
    let queries: Vec<(String, &str)> =
        cases.iter().map(|(root, names)| (format!("{{ {root} {{ ...AssetFragment }} }}"), *names)).collect();
    let queries: Vec<(&str, &str)> = queries.iter().map(|(query, names)| (query.as_str(), *names)).collect();
    check(fixture, &queries);
}

#[test]
fn grants_are_found_from_everyone() {
    asks(
        &Fixture::of(CLUSTER),
        &[
            (
                "serviceAccounts(where: {grants: {verbs_INCLUDES: \"list\", resources_INCLUDES: \"secrets\"}})",
                "web",
            ),
            ("serviceAccounts(where: {grants: {namespace: null}})", "robot"),
            ("serviceAccounts(where: {grants: null})", "idle"),
            ("serviceAccounts(where: {grants: {roleBinding: {name: \"web-reads\"}}})", "web"),
            ("serviceAccounts(where: {grants: {clusterRole: {name: \"gathered\"}}})", "robot"),
            ("subjects(where: {kind: \"User\"})", "ann"),
            (
                "subjects(where: {kind: \"User\", grants: {role: {name: \"reader\"}, namespace: \"shop\"}})",
                "ann",
            ),
            ("subjects(where: {grants: {isBypass: true}})", "system:masters"),
            ("subjects(where: {kind: \"ServiceAccount\", serviceAccount: null})", ""),
            ("subjects(where: {serviceAccount: {automountServiceAccountToken: false}})", "idle"),
            ("roleBindings(where: {grants: {resources_INCLUDES: \"secrets\"}})", "web-reads"),
            ("roleBindings(where: {grants: {subjects: {name: \"ann\"}}})", "web-reads"),
            ("clusterRoleBindings(where: {grants: {subjects: {name: \"robot\"}}})", "robots"),
            ("deployments(where: {tokenGrants: {resources_INCLUDES: \"secrets\"}})", "mounts projects"),
            ("deployments(where: {tokenGrants: null})", "elsewhere without"),
            ("cronJobs(where: {tokenGrants: {resources_INCLUDES: \"pods\"}})", "job"),
        ],
    );
}

#[test]
fn escalations_hold_where_they_are_bound() {
    asks(
        &Fixture::of(CLUSTER),
        &[
            ("roles(where: {escalations: {name: \"readSecrets\"}})", "reader"),
            ("roles(where: {rules_ALL: {escalations: {name: \"readSecrets\"}}})", ""),
            // A Role gives nothing that belongs to the whole cluster.
            ("roles(where: {escalations: {name: \"proxyToNodes\"}})", ""),
            ("clusterRoles(where: {escalations: {name: \"proxyToNodes\"}})", "gathered part"),
            ("roleBindings(where: {escalations: {name: \"readSecrets\"}})", "web-reads"),
            ("clusterRoleBindings(where: {escalations: {name: \"createPods\"}})", "masters robots"),
            ("serviceAccounts(where: {escalations: {name: \"proxyToNodes\"}})", "robot"),
            ("serviceAccounts(where: {escalations: {name: \"readSecrets\"}})", "web"),
            (
                "serviceAccounts(where: {grants: {namespace: null, escalations: {name: \"createPods\"}}})",
                "robot",
            ),
            ("subjects(where: {escalations: {name: \"everything\"}})", "system:masters"),
            ("workloads(where: {escalations: {name: \"readSecrets\"}})", "mounts projects"),
            ("workloads(where: {escalations_SOME: {clusterWide: true}})", "job"),
        ],
    );
}

#[test]
fn what_cannot_be_read_is_no_proof_of_absence() {
    let open = CLUSTER.replace("kind: Role, name: reader", "kind: Role, name: unseen");
    let fixture = Fixture::of(&open).forbid("rbac.authorization.k8s.io", "roles", "Role", None);
    asks(
        &fixture,
        &[
            // Only what depends on the role that could not be read.
            ("serviceAccounts(where: {grants: null})", "idle web?"),
            ("serviceAccounts(where: {grants: {namespace: null}})", "robot web?"),
            ("roleBindings(where: {escalations_NONE: {name: \"readSecrets\"}})", "web-reads?"),
            ("subjects(where: {kind: \"User\", grants: {verbs_INCLUDES: \"get\"}})", "ann?"),
            ("deployments(where: {escalations: {name: \"readSecrets\"}})", "mounts? projects?"),
        ],
    );
    let bindings =
        Fixture::of(CLUSTER).forbid("rbac.authorization.k8s.io", "rolebindings", "RoleBinding", Some("x"));
    asks(
        &bindings,
        &[
            // What is granted is certain, what is not may be.
            ("serviceAccounts(where: {escalations: {name: \"readSecrets\"}})", "idle? robot? web"),
            ("serviceAccounts(where: {grants: null})", "idle?"),
            ("clusterRoleBindings(where: {escalations: {name: \"createPods\"}})", "masters robots"),
            ("workloads(where: {tokenGrants: null})", "elsewhere without"),
        ],
    );
    let accounts = Fixture::of(CLUSTER).forbid("", "serviceaccounts", "ServiceAccount", Some("ci"));
    asks(
        &accounts,
        &[
            ("cronJobs(where: {tokenGrants: {resources_INCLUDES: \"pods\"}})", "job?"),
            ("cronJobs(where: {tokenGrants: null})", "job?"),
            ("deployments(where: {tokenGrants: {resources_INCLUDES: \"secrets\"}})", "mounts projects"),
        ],
    );
}

#[test]
fn bindings_in_manifests_give_what_default_roles_have() {
    let binding = "
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: edits, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{kind: ServiceAccount, name: web}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: dangling, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: mine}
subjects: [{kind: ServiceAccount, name: web}]
";
    asks(
        &Fixture::of(binding),
        &[
            ("roleBindings(where: {escalations: {name: \"readSecrets\"}})", "edits"),
            ("roleBindings(where: {escalations: {name: \"escalateRoles\"}})", ""),
            ("roleBindings(where: {grants: null})", "dangling"),
            ("subjects(where: {escalations: {name: \"createPods\"}})", "web"),
            ("roleBindings(where: {clusterRole: null, grants_SOME: {clusterRole: null}})", "edits"),
        ],
    );
}

#[test]
fn default_roles_gather_what_manifests_give_their_labels() {
    let bound = |role: &str, label: &str, rules: &str| {
        let objects = format!(
            "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: more, labels: {{rbac.authorization.k8s.io/{label}}}}}
rules: {rules}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: bound}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}
subjects: [{{kind: ServiceAccount, name: web, namespace: shop}}]
"
        );
        let asked = "{escalations: {name: \"proxyToNodes\"}}";
        Fixture::of(&objects)
            .ask(&format!("{{ clusterRoleBindings(where: {asked}) {{ ...AssetFragment }} }}"))
    };
    let proxy = "[{apiGroups: [''], resources: [nodes/proxy], verbs: [get]}]";
    for (role, label, rules, expected) in [
        ("view", "aggregate-to-view: 'true'", proxy, "bound"),
        ("edit", "aggregate-to-view: 'true'", proxy, "bound"),
        ("admin", "aggregate-to-view: 'true'", proxy, "bound"),
        ("admin", "aggregate-to-admin: 'true'", proxy, "bound"),
        ("edit", "aggregate-to-admin: 'true'", proxy, ""),
        ("view", "aggregate-to-view: 'false'", proxy, ""),
        ("system:node-bootstrapper", "aggregate-to-view: 'true'", proxy, ""),
        // Where that one belongs and what it allows is not known.
        ("view", "aggregate-to-view: 'true'", "none", "bound?"),
    ] {
        assert_eq!(bound(role, label, rules), expected, "{role} {label} {rules}");
    }
}

#[test]
fn an_aggregated_role_may_gather_from_one_that_was_not_read() {
    let fixture =
        Fixture::of(CLUSTER).forbid("rbac.authorization.k8s.io", "clusterroles", "ClusterRole", None);
    asks(
        &fixture,
        &[
            ("clusterRoles(where: {escalations: {name: \"createPods\"}})", "gathered part"),
            ("clusterRoles(where: {escalations: {name: \"readSecrets\"}})", "gathered?"),
            ("serviceAccounts(where: {escalations: {name: \"readSecrets\"}})", "robot? web"),
        ],
    );
}

#[test]
fn an_unreadable_binding_may_bind_anyone() {
    let broken = "
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: broken, namespace: shop}
roleRef: {kind: Role, name: reader}
subjects: nobody
";
    asks(
        &Fixture::of(&format!("{CLUSTER}{broken}")),
        &[
            ("serviceAccounts(where: {escalations: {name: \"readSecrets\"}})", "idle? robot? web"),
            ("roleBindings(where: {grants: null})", "broken?"),
        ],
    );
}
