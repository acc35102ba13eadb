//! Relations between assets.

use crate::fixture::{Fixture, check};

const CLUSTER: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: open}
---
apiVersion: v1
kind: Namespace
metadata: {name: closed}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: closed}
spec: {podSelector: {matchExpressions: [{key: app, operator: In, values: [web]}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: closed}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {serviceAccountName: robot, containers: [{name: c, image: a}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: closed}
automountServiceAccountToken: false
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: closed}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: manual, namespace: closed}
spec: {ports: [{port: 80}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: all}}]}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: part, labels: {to: all}}
rules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: found, namespace: closed}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: part}
subjects: [{kind: ServiceAccount, name: robot, namespace: closed}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: dangling, namespace: closed}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: nowhere}
---
apiVersion: v1
kind: Pod
metadata: {name: owned, namespace: closed, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: u, controller: true}]}
spec: {serviceAccountName: robot, containers: [{name: c, image: a}]}
---
apiVersion: v1
kind: Pod
metadata: {name: injected, namespace: closed, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: u, controller: true}]}
spec: {containers: [{name: c, image: a}, {name: sidecar, image: b}]}
---
apiVersion: v1
kind: Pod
metadata: {name: static, namespace: closed, ownerReferences: [{apiVersion: v1, kind: Node, name: node-1, uid: uid-1, controller: true}]}
spec: {containers: [{name: c, image: a}]}
";

#[test]
fn relations_of_every_kind() {
    let asset = |root: &str| format!("{{ {root} {{ ...AssetFragment }} }}");
    let cases = [
        ("namespaces(where: {networkPolicies: null})", "open"),
        ("namespaces(where: {networkPolicies_SOME: {}})", "closed"),
        ("namespaces(where: {workloadCount: {gt: 1}})", "closed"),
        ("workloads", "injected static web"),
        ("deployments(where: {podTemplate: {mountsServiceAccountToken: true}})", ""),
        ("pods(where: {serviceAccount: {name: \"robot\"}})", "owned"),
        ("pods(where: {serviceAccount: null})", "injected static"),
        ("serviceAccounts(where: {workloads: {name: \"web\"}})", "robot"),
        (
            "serviceAccounts(where: {roleBindingSubjects: {roleBinding: {clusterRole: {name: \"part\"}}}})",
            "robot",
        ),
        ("services(where: {workloads: {kind: \"Deployment\"}})", "web"),
        ("services(where: {workloads: null})", "manual"),
        ("clusterRoles(where: {rules_SOME: {resources_INCLUDES: \"secrets\"}})", "all part"),
        ("clusterRoles(where: {aggregated: true})", "all"),
        ("roleBindings(where: {role: null, roleRef: {kind: \"Role\"}})", "dangling"),
        ("roleBindings(where: {clusterRole: {rules: {verbs: [\"get\"]}}})", "found"),
        ("clusterRoles(where: {roleBindings_SOME: {name: \"found\"}})", "part"),
        ("networkPolicies(where: {workloads_SOME: {kind: \"Deployment\"}})", "deny"),
        ("pods(where: {managerName: null})", ""),
        ("pods(where: {managerName: \"web\"})", "injected owned"),
    ];
    let queries: Vec<(String, &str)> = cases.iter().map(|(root, names)| (asset(root), *names)).collect();
    let queries: Vec<(&str, &str)> = queries.iter().map(|(query, names)| (query.as_str(), *names)).collect();
    check(&Fixture::of(CLUSTER), &queries);
}

#[test]
fn the_fragment_may_stand_deeper() {
    let fixture = Fixture::of(CLUSTER);
    let query = "{ namespaces(where: {name: {eq: \"closed\"}}) { services { ...AssetFragment } } }";
    assert_eq!(fixture.ask(query), "manual web");
    let query = "{ namespaces(where: {name: {eq: \"open\"}}) { services { ...AssetFragment } } }";
    assert_eq!(fixture.ask(query), "");
}

#[test]
fn an_unreadable_object_is_unknown_and_nothing_else_is() {
    let fixture = Fixture::of(
        "
apiVersion: v1
kind: Pod
metadata: {name: odd, namespace: a}
spec: {hostNetwork: maybe, containers: []}
---
apiVersion: v1
kind: Pod
metadata: {name: even, namespace: a}
spec: {hostNetwork: true, containers: []}
---
apiVersion: v1
kind: Namespace
metadata: {name: a}
",
    );
    check(
        &fixture,
        &[
            ("{ pods(where: {hostNetwork: true}) { ...AssetFragment } }", "even odd?"),
            ("{ pods(where: {hostNetwork: {neq: true}}) { ...AssetFragment } }", "odd?"),
            ("{ pods(where: {name: \"odd\"}) { ...AssetFragment } }", "odd"),
            ("{ namespaces(where: {pods_SOME: {hostNetwork: true}}) { ...AssetFragment } }", "a"),
            ("{ namespaces(where: {pods_ALL: {hostNetwork: true}}) { ...AssetFragment } }", "a?"),
            ("{ namespaces(where: {pods_SOME: {hostPID: true}}) { ...AssetFragment } }", "a?"),
        ],
    );
}

const BESIDE: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: a}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: a}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: mistyped, namespace: a}
spec:
  selector: {matchLabels: {app: mistyped}}
  template: {metadata: {labels: {app: mistyepd}}, spec: {containers: [{name: c, image: a}]}}
---
apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscaler
metadata: {name: web, namespace: a}
spec: {targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
---
apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscaler
metadata: {name: other-kind, namespace: a}
spec: {targetRef: {apiVersion: apps/v1, kind: StatefulSet, name: mistyped}}
---
apiVersion: v1
kind: Namespace
metadata: {name: a, labels: {team: shop}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: nobody, namespace: a}
spec: {podSelector: {}, egress: [{to: [{podSelector: {matchLabels: {role: gone}}}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: a, labels: {role: client}}
spec: {containers: [{name: c, image: a}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: pods, namespace: a}
spec: {podSelector: {}, egress: [{to: [{podSelector: {matchLabels: {role: client}}}, {ipBlock: {cidr: 10.0.0.0/8}}]}]}
---
apiVersion: v1
kind: Secret
metadata: {name: tls, namespace: a}
type: kubernetes.io/tls
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: edge, namespace: a}
spec: {secretName: tls}
status: {notAfter: 2026-02-01T00:00:00Z}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: edge, namespace: a}
spec: {tls: [{hosts: [shop.example], secretName: tls}], rules: [{host: shop.example, http: {paths: [{path: /cart, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: edge, namespace: a}
spec:
  hosts: [shop.example]
  http: [{route: [{destination: {host: web, port: {number: 80}}, weight: 90}, {destination: {host: canary}}]}]
  tcp: [{route: [{destination: {host: db}}]}]
";

#[test]
fn what_stands_beside_a_workload_a_peer_or_a_secret() {
    let asset = |root: &str| format!("{{ {root} {{ ...AssetFragment }} }}");
    let cases = [
        ("deployments(where: {selectedWorkloads: null})", "mistyped"),
        ("deployments(where: {verticalPodAutoscalers: null})", "mistyped"),
        (
            "networkPolicies(where: {egress: {some: {to: {some: {pods: null, podSelector_NOT: null}}}}})",
            "nobody",
        ),
        (
            "networkPolicies(where: {egress: {some: {to: {some: {pods: {some: {name: \"client\"}}}}}}})",
            "pods",
        ),
        (
            "ingresses(where: {tls: {some: {secret: {certificates: {some: {notAfter: {lt: \"2026-03-01T00:00:00Z\"}}}}}}})",
            "edge",
        ),
        ("ingresses(where: {rules: {some: {paths: {some: {urlPath: \"/cart\"}}}}})", "edge"),
        (
            "virtualServices(where: {routes: {some: {type: \"tcp\", destinations: {some: {host: \"db\"}}}}})",
            "edge",
        ),
        (
            "virtualServices(where: {routes: {some: {type: \"http\", destinations: {some: {host: \"db\"}}}}})",
            "",
        ),
        (
            "virtualServices(where: {routes: {some: {destinations: {some: {host: \"web\", weight: 90, port: 80}}}}})",
            "edge",
        ),
    ];
    let queries: Vec<(String, &str)> = cases.iter().map(|(root, names)| (asset(root), *names)).collect();
    let queries: Vec<(&str, &str)> = queries.iter().map(|(query, names)| (query.as_str(), *names)).collect();
    check(&Fixture::of(BESIDE), &queries);
    // Where they could not be listed, nobody knows that there are none.
    let fixture = Fixture::of(BESIDE).forbid(
        "autoscaling.k8s.io",
        "verticalpodautoscalers",
        "VerticalPodAutoscaler",
        None,
    );
    assert_eq!(fixture.ask(&asset("deployments(where: {verticalPodAutoscalers: null})")), "mistyped?");
}

/// Each level of an interface's relation leads to more than a hundred tables: they are not walked through anew for each
/// table of the level above.
#[test]
fn relations_between_all_assets_nest() {
    let levels = 12;
    let nested = format!("{}name: \"web\"{}", "owningAsset: {".repeat(levels), "}".repeat(levels));
    let started = std::time::Instant::now();
    let found = Fixture::of("{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}}")
        .ask(&format!("{{ assets(where: {{{nested}}}) {{ ...AssetFragment }} }}"));
    assert_eq!(found, "");
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

#[test]
fn what_has_no_namespace_is_never_out_of_scope() {
    const NAMESPACE: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop}
";
    let without = |field: &str| format!("{{ namespaces(where: {{{field}: null}}) {{ ...AssetFragment }} }}");
    let fields = ["clusterNetworkPolicies", "networkPolicies"];
    let ask = |fixture: Fixture| fields.map(|field| fixture.ask(&without(field)));
    assert_eq!(ask(Fixture::of(NAMESPACE).within(&["shop"])), ["shop", "shop"]);
    assert_eq!(ask(Fixture::of(NAMESPACE).within(&["bank"])), ["shop", "shop?"]);
}
