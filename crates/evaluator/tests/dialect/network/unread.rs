//! What could not be read.

use super::{WEB_SERVICE, networks, reaching, with};
use crate::fixture::check;

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
    // Another service, which no route leads to.
    let route = format!(
        "{WEB_SERVICE}
apiVersion: v1
kind: Service
metadata: {{name: db, namespace: shop}}
spec: {{selector: {{app: db}}, ports: [{{port: 80}}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: web, namespace: shop}}
spec: {{parentRefs: [{{name: public}}], rules: [{{backendRefs: [{{name: web, port: 80}}]}}]}}
"
    );
    let gateways = with(&route).forbid("gateway.networking.k8s.io", "gateways", "Gateway", Some("shop"));
    check(
        &gateways,
        &[
            (&asked("exposedToInternet: true"), "agent web?"),
            (&asked("exposedToInternet: false"), "db scan teller web?"),
        ],
    );
}
