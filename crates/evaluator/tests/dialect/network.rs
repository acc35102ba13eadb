//! What network policies and exposure come to: the recipes of the Kubernetes documentation, as queries.

use crate::fixture::{Fixture, check};

/// Two namespaces with the same workloads, and one that nothing declares.
const WORKLOADS: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: web}}
---
apiVersion: v1
kind: Namespace
metadata: {name: bank, labels: {team: money}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: web, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: c, image: db, ports: [{name: sql, containerPort: 5432}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: teller, namespace: bank, labels: {app: web}}
spec: {containers: [{name: c, image: teller}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: scan, namespace: undeclared}
spec:
  schedule: '0 0 * * *'
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: scan}]}}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {hostNetwork: true, containers: [{name: c, image: agent}]}
";

/// The workloads with these objects beside them.
fn with(more: &str) -> Fixture {
    Fixture::of(&format!("{WORKLOADS}---{more}"))
}

/// The workloads with a policy of this spec in `shop`.
fn policy(spec: &str) -> Fixture {
    with(&format!(
        "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: policy, namespace: shop}}
spec: {spec}
"
    ))
}

/// Checks filters of workloads' `network`.
fn networks(fixture: &Fixture, cases: &[(&str, &str)]) {
    let asked =
        |filter: &str| format!("{{ workloads(where: {{network: {{{filter}}}}}) {{ ...AssetFragment }} }}");
    let queries: Vec<(String, &str)> = cases.iter().map(|(filter, names)| (asked(filter), *names)).collect();
    let queries: Vec<(&str, &str)> = queries.iter().map(|(query, names)| (query.as_str(), *names)).collect();
    check(fixture, &queries);
}

/// The workloads that reach one by its name, on a port if one is given.
fn reaching(fixture: &Fixture, name: &str, port: Option<u16>) -> String {
    let on = port.map_or(String::new(), |port| {
        format!("portRanges: {{protocol: \"TCP\", first: {{lte: {port}}}, last: {{gte: {port}}}}}")
    });
    let to = format!("allowsTo: {{{on} peers: {{workloads: {{name: \"{name}\"}}}}}}");
    fixture.ask(&format!("{{ workloads(where: {{network: {{{to}}}}}) {{ ...AssetFragment }} }}"))
}

#[test]
fn without_policies_everyone_reaches_everyone() {
    let fixture = Fixture::of(WORKLOADS);
    networks(
        &fixture,
        &[
            ("ingressIsolated: true", ""),
            ("egressIsolated: false, openToWorld: true, reachesWorld: true", "agent db scan teller web"),
            ("openToCluster_NOT: true", ""),
            ("hostNetwork: true", "agent"),
            ("ingressPolicies: null, egressPolicies: null, otherPolicies: null", "agent db scan teller web"),
        ],
    );
    assert_eq!(reaching(&fixture, "db", Some(1)), "agent db scan teller web");
}

#[test]
fn default_deny_ingress() {
    let fixture = policy("{podSelector: {}, policyTypes: [Ingress]}");
    networks(
        &fixture,
        &[
            ("ingressIsolated: true", "db web"),
            ("egressIsolated: true", ""),
            ("ingressPolicies: {name: \"policy\"}", "db web"),
            ("egressPolicies: {some: {}}", ""),
            ("openToWorld: false", "db web"),
        ],
    );
    assert_eq!(reaching(&fixture, "db", None), "");
    assert_eq!(reaching(&fixture, "agent", None), "agent db scan teller web");
}

#[test]
fn default_deny_egress() {
    let fixture = policy("{podSelector: {}, policyTypes: [Egress]}");
    networks(
        &fixture,
        &[
            ("ingressIsolated: true", ""),
            ("egressIsolated: true", "db web"),
            ("reachesWorld: false", "db web"),
        ],
    );
    assert_eq!(reaching(&fixture, "teller", None), "agent scan teller");
}

#[test]
fn allow_all_is_isolation_that_leaves_all_open() {
    let fixture = policy("{podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{}], egress: [{}]}");
    networks(
        &fixture,
        &[
            ("ingressIsolated: true, egressIsolated: true", "db web"),
            ("openToWorld: true, openToEveryAddress: true, openToCluster: true", "agent db scan teller web"),
            ("reachesWorld: true, reachesOtherNamespaces: true", "agent db scan teller web"),
        ],
    );
    assert_eq!(reaching(&fixture, "db", None), "agent db scan teller web");
}

#[test]
fn policy_types_that_are_not_given() {
    networks(
        &policy("{podSelector: {}, ingress: []}"),
        &[("ingressIsolated: true", "db web"), ("egressIsolated: true", "")],
    );
    networks(
        &policy("{podSelector: {matchLabels: {app: db}}, egress: [{to: [{podSelector: {}}]}]}"),
        &[
            ("ingressIsolated: true", "db"),
            ("egressIsolated: true", "db"),
            ("reachesOtherNamespaces: false", "db"),
        ],
    );
}

#[test]
fn both_selectors_or_one_of_two() {
    let and = policy(
        "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [
            {namespaceSelector: {matchLabels: {team: money}}, podSelector: {matchLabels: {app: web}}}]}]}",
    );
    assert_eq!(reaching(&and, "db", None), "teller");
    let or = policy(
        "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [
            {namespaceSelector: {matchLabels: {team: money}}}, {podSelector: {matchLabels: {app: web}}}]}]}",
    );
    assert_eq!(reaching(&or, "db", None), "teller web");
    networks(
        &or,
        &[("openToOtherNamespaces: true, openToCluster: false", "db"), ("openToWorld: false", "db")],
    );
}

#[test]
fn a_namespace_by_its_name() {
    for (name, found) in [("undeclared", "scan"), ("bank", "teller"), ("shop", "db web"), ("nowhere", "")] {
        let fixture = policy(&format!(
            "{{podSelector: {{matchLabels: {{app: db}}}}, ingress: [{{from: [
                {{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {name}}}}}}}]}}]}}"
        ));
        assert_eq!(reaching(&fixture, "db", None), found, "{name}");
        let others = if name == "shop" { "" } else { "db" };
        networks(&fixture, &[("ingressIsolated: true, openToOtherNamespaces: true", others)]);
    }
}

#[test]
fn ports_by_range_and_by_name() {
    let range = policy(
        "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress],
            egress: [{to: [{podSelector: {}}], ports: [{protocol: TCP, port: 5000, endPort: 5432}]}]}",
    );
    assert_eq!(reaching(&range, "db", Some(5432)), "agent db scan teller web");
    assert_eq!(reaching(&range, "db", Some(5433)), "agent db scan teller");
    let named = policy(
        "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {}}], ports: [{port: sql}]}]}",
    );
    assert_eq!(reaching(&named, "db", Some(5432)), "db web");
    assert_eq!(reaching(&named, "db", Some(8080)), "");
    let ports = "allowsFrom: {ports_INCLUDES: \"TCP 5432\"}";
    networks(&named, &[(ports, "db"), ("allowsFrom: null", "")]);
}

#[test]
fn blocks_are_for_addresses_outside() {
    let except = policy(
        "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 172.17.0.0/16, except: [172.17.1.0/24]}}]}],
            egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]}]}",
    );
    networks(
        &except,
        &[
            ("ingressIsolated: true, openToWorld: false, openToOtherNamespaces: false", "db web"),
            (
                "egressIsolated: true, reachesWorld: true, reachesEveryAddress: false, reachesCluster: false",
                "db web",
            ),
        ],
    );
    assert_eq!(reaching(&except, "db", None), "");
}

#[test]
fn policies_of_other_kinds_leave_open_what_they_do() {
    let fixture = with(
        "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: policy, namespace: shop}
spec: {podSelector: {matchLabels: {app: db}}}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: other, namespace: shop}
spec: {ingress: [{}]}
",
    );
    networks(
        &fixture,
        &[
            ("ingressIsolated: true", "db web?"),
            ("ingressIsolated: false", "agent scan teller web?"),
            ("openToWorld: true", "agent db? scan teller web?"),
            ("otherPolicies: {kind: \"CiliumNetworkPolicy\"}", "db web"),
            ("otherPolicies: null", "agent scan teller"),
        ],
    );
    assert_eq!(reaching(&fixture, "teller", None), "agent db? scan teller web?");
}

/// Checks which of `db` and `web` have each exposure: none, namespace, cluster, internet.
fn exposures(more: &str, expected: [&str; 4]) {
    let fixture = with(more);
    for (word, names) in ["none", "namespace", "cluster", "internet"].into_iter().zip(expected) {
        let filter = format!("{{namespace: \"shop\", name_NOT: \"agent\", exposure: \"{word}\"}}");
        let found = fixture.ask(&format!("{{ workloads(where: {filter}) {{ ...AssetFragment }} }}"));
        assert_eq!(found, names, "{word}: {more}");
    }
}

const WEB_SERVICE: &str = "
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---";

#[test]
fn exposure_is_as_far_as_something_opens_and_policies_let_in() {
    let service = |spec: &str| {
        format!(
            "
apiVersion: v1
kind: Service
metadata: {{name: open, namespace: shop}}
spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: 8080}}], {spec}}}
"
        )
    };
    let deny = "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
";
    let world = "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: world, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 8080}]}]}
";
    let within = "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: within, namespace: shop}
spec: {podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}
";
    let ingress = format!(
        "{WEB_SERVICE}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: web, namespace: shop}}
spec: {{rules: [{{http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}}}]}}
"
    );
    let balancer = service("type: LoadBalancer");
    exposures(WEB_SERVICE, ["", "", "db web", ""]);
    exposures(&balancer, ["", "", "db", "web"]);
    exposures(&service("type: NodePort"), ["", "", "db", "web"]);
    exposures(&service("externalIPs: [203.0.113.7]"), ["", "", "db", "web"]);
    exposures(&service("type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8]"), ["", "", "db web", ""]);
    let annotated = |ranges: &str| {
        let key = "service.beta.kubernetes.io/load-balancer-source-ranges";
        balancer.replace("name: open,", &format!("name: open, annotations: {{{key}: '{ranges}'}},"))
    };
    exposures(&annotated("10.0.0.0/8, 192.168.0.0/16"), ["", "", "db web", ""]);
    exposures(&annotated("10.0.0.0/8, 198.51.100.0/24"), ["", "", "db", "web"]);
    exposures(&service("type: ExternalName, externalName: api.example"), ["", "", "db web", ""]);
    exposures(&format!("{balancer}{deny}"), ["db web", "", "", ""]);
    exposures(&format!("{balancer}{deny}{world}"), ["db", "", "", "web"]);
    exposures(&format!("{balancer}{within}"), ["", "db web", "", ""]);
    exposures(&ingress, ["", "", "db", "web"]);
    exposures(&format!("{ingress}{within}"), ["", "db", "", "web"]);
    exposures(&format!("{ingress}{deny}"), ["db web", "", "", ""]);
}

#[test]
fn routes_open_what_their_services_select() {
    let route = |parent: &str, backend: &str| {
        format!(
            "{WEB_SERVICE}
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: web, namespace: shop}}
spec:
  parentRefs: [{parent}]
  rules: [{{backendRefs: [{backend}]}}]
"
        )
    };
    exposures(&route("{name: public}", "{name: web, port: 80}"), ["", "", "db", "web"]);
    exposures(&route("{name: public}", "{name: api, port: 80}"), ["", "", "db web", ""]);
    exposures(&route("{kind: Service, name: web}", "{name: web, port: 80}"), ["", "", "db web", ""]);
    let openshift = format!(
        "{WEB_SERVICE}
apiVersion: route.openshift.io/v1
kind: Route
metadata: {{name: web, namespace: shop}}
spec: {{to: {{kind: Service, name: web}}}}
"
    );
    exposures(&openshift, ["", "", "db", "web"]);
    let fixture = with(&openshift);
    let filter = "{exposureReasons: {via: \"Route\", kind: \"Route\", name: \"web\", letIn: true}}";
    assert_eq!(fixture.ask(&format!("{{ workloads(where: {filter}) {{ ...AssetFragment }} }}")), "web");
}

#[test]
fn policies_of_other_kinds_matter_to_what_they_select() {
    let others = |object: &str| {
        let asked = "{ workloads(where: {network: {otherPolicies: {some: {}}}}) { ...AssetFragment } }";
        with(object).ask(asked)
    };
    for (object, expected) in [
        (
            "
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: other, namespace: shop}
spec: {endpointSelector: {matchLabels: {'k8s:app': db}}, ingress: [{}]}
",
            "db",
        ),
        (
            "
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: {name: other}
spec: {endpointSelector: {matchLabels: {app: web}}, ingress: [{}]}
",
            "teller web",
        ),
        (
            "
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: other}
spec: {priority: 1, subject: {namespaces: {matchLabels: {team: money}}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}
",
            "teller",
        ),
        (
            "
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {name: default}
spec: {subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}
",
            "teller web",
        ),
        (
            "
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: other, namespace: shop}
spec: {selector: app == 'db', types: [Ingress]}
",
            "db web",
        ),
    ] {
        assert_eq!(others(object), expected, "{object}");
    }
}

#[test]
fn a_port_that_policies_keep_closed_is_not_opened_by_a_service() {
    let objects = "
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: metrics, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 9090}]}]}
";
    exposures(objects, ["", "", "db web", ""]);
    let reasons = |let_in: bool| {
        let filter = format!("{{exposureReasons: {{via: \"NodePort\", letIn: {let_in}}}}}");
        with(objects).ask(&format!("{{ workloads(where: {filter}) {{ ...AssetFragment }} }}"))
    };
    assert_eq!((reasons(true), reasons(false)), (String::new(), "web".to_owned()));
}

#[test]
fn the_node_opens_what_is_on_its_network_or_ports() {
    let fixture = with(
        "
apiVersion: v1
kind: Pod
metadata: {name: host-port, namespace: shop}
spec: {containers: [{name: c, image: c, ports: [{containerPort: 80, hostPort: 8080}]}]}
",
    );
    let asked = |filter: &str| format!("{{ workloads(where: {{{filter}}}) {{ ...AssetFragment }} }}");
    check(
        &fixture,
        &[
            (&asked("exposure: \"internet\""), "agent host-port"),
            (
                &asked("exposureReasons: {via: \"hostNetwork\", kind: \"DaemonSet\", name: \"agent\"}"),
                "agent",
            ),
            (&asked("exposureReasons: {via: \"hostPort\"}"), "host-port"),
            (&asked("exposureReasons: null"), "db scan teller web"),
        ],
    );
}

#[test]
fn an_unreadable_object_leaves_open_what_it_may_change_and_nothing_else() {
    let fixture = with(
        "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: broken, namespace: shop}
spec: {podSelector: 5}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec: {podSelector: {matchLabels: {app: db}}}
---
apiVersion: v1
kind: Service
metadata: {name: broken, namespace: bank}
spec: {selector: 5}
",
    );
    networks(
        &fixture,
        &[
            ("ingressIsolated: true", "db web?"),
            ("ingressIsolated: false", "agent scan teller web?"),
            ("openToWorld: true", "agent db? scan teller web?"),
            ("ingressPolicies: null", "agent scan teller web?"),
        ],
    );
    let asked = |filter: &str| format!("{{ workloads(where: {{{filter}}}) {{ ...AssetFragment }} }}");
    check(
        &fixture,
        &[
            (&asked("exposedToInternet: true"), "agent teller?"),
            (&asked("exposedToInternet: false"), "db scan teller? web"),
            (&asked("exposure: \"cluster\""), "db? scan teller? web?"),
        ],
    );
}

#[test]
fn what_may_not_be_listed_leaves_open_what_it_may_change_and_nothing_else() {
    let db = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: money}}}]}]}
";
    let policies = with(db).forbid("networking.k8s.io", "networkpolicies", "NetworkPolicy", Some("shop"));
    networks(
        &policies,
        &[
            ("ingressIsolated: true", "db web?"),
            ("ingressIsolated: false", "agent scan teller web?"),
            ("openToOtherNamespaces: true", "agent db scan teller web?"),
        ],
    );
    assert_eq!(reaching(&policies, "teller", None), "agent db? scan teller web?");
    let cilium = with(db).forbid("cilium.io", "ciliumnetworkpolicies", "CiliumNetworkPolicy", Some("bank"));
    networks(
        &cilium,
        &[
            ("ingressIsolated: false", "agent scan teller? web"),
            ("otherPolicies: null", "agent db scan teller? web"),
        ],
    );
    let namespaces = with(db).forbid("", "namespaces", "Namespace", None);
    networks(
        &namespaces,
        &[("ingressIsolated: true, openToOtherNamespaces: true, openToWorld: false", "db")],
    );
    assert_eq!(reaching(&namespaces, "db", None), "scan? teller");
    let services = with(db).forbid("", "services", "Service", Some("shop"));
    let asked = |filter: &str| format!("{{ workloads(where: {{{filter}}}) {{ ...AssetFragment }} }}");
    check(
        &services,
        &[
            (&asked("exposedToInternet: true"), "agent db? web?"),
            (&asked("exposure: \"cluster\""), "db? scan teller web?"),
            (&asked("exposureReasons: null"), "db? scan teller web?"),
        ],
    );
    let ingresses = with(WEB_SERVICE).forbid("networking.k8s.io", "ingresses", "Ingress", Some("shop"));
    check(&ingresses, &[(&asked("exposedToInternet: false"), "db scan teller web?")]);
}

#[test]
fn the_model_and_the_namespaces_fields_name_the_same_other_policies() {
    let of = |fixture: &Fixture, field: &str| {
        fixture.ask(&format!("{{ namespaces(where: {{{field}: {{some: {{}}}}}}) {{ ...AssetFragment }} }}"))
    };
    let schema = assay_model::schema::Schema::built_in().unwrap();
    for (group, kind) in assay_model::network::OTHER_POLICIES {
        let own = schema.typed(group, kind).and_then(|def| def.resource.as_ref());
        let version = own.map_or("v1", |own| {
            let former = own.formerly.iter().find(|(former, _)| former == group);
            former.map_or(own.version.as_str(), |(_, version)| version)
        });
        let cluster =
            ["Clusterwide", "Global", "Admin", "ClusterNetworkPolicy"].iter().any(|part| kind.contains(part));
        let namespace = if cluster { "" } else { ", namespace: shop" };
        let fixture = with(&format!(
            "\napiVersion: {group}/{version}\nkind: {kind}\nmetadata: {{name: other{namespace}}}\n"
        ));
        let (field, found) =
            if cluster { ("clusterNetworkPolicies", "bank shop") } else { ("otherNetworkPolicies", "shop") };
        assert_eq!(of(&fixture, field), found, "{group} {kind}");
        networks(
            &fixture,
            &[("otherPolicies: {kind_NOT: \"x\"}", if cluster { "db scan teller web" } else { "db web" })],
        );
    }
}
