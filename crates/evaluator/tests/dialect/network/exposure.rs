//! How far workloads are exposed.

use super::{WEB_SERVICE, with};
use crate::fixture::check;

/// Checks which of `db` and `web` have each exposure: none, namespace, cluster, internet.
fn exposures(more: &str, expected: [&str; 4]) {
    let fixture = with(more);
    for (word, names) in ["none", "namespace", "cluster", "internet"].into_iter().zip(expected) {
        let filter = format!("{{namespace: \"shop\", name_NOT: \"agent\", exposure: \"{word}\"}}");
        let found = fixture.ask(&format!("{{ workloads(where: {filter}) {{ ...AssetFragment }} }}"));
        assert_eq!(found, names, "{word}: {more}");
    }
}

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
    let older = |spec: &str| {
        format!(
            "{WEB_SERVICE}
apiVersion: networking.k8s.io/v1beta1
kind: Ingress
metadata: {{name: web, namespace: shop}}
spec: {{{spec}}}
"
        )
    };
    let balancer = service("type: LoadBalancer");
    exposures(WEB_SERVICE, ["", "", "db web", ""]);
    exposures(&balancer, ["", "", "db", "web"]);
    exposures(&service("type: NodePort"), ["", "", "db", "web"]);
    exposures(&service("externalIPs: [203.0.113.7]"), ["", "", "db", "web"]);
    exposures(&service("clusterIP: None, externalIPs: [203.0.113.7]"), ["", "", "db web", ""]);
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
    let marked = |key: &str, value: &str| {
        let marked =
            format!("Ingress\nmetadata: {{name: web, namespace: shop, annotations: {{{key}: '{value}'}}}}");
        ingress.replace("Ingress\nmetadata: {name: web, namespace: shop}", &marked)
    };
    exposures(&marked("alb.ingress.kubernetes.io/scheme", "internal"), ["", "", "db web", ""]);
    exposures(&marked("alb.ingress.kubernetes.io/scheme", "internet-facing"), ["", "", "db", "web"]);
    exposures(&marked("kubernetes.io/ingress.class", "gce-internal"), ["", "", "db web", ""]);
    exposures(&marked("kubernetes.io/ingress.class", "gce"), ["", "", "db", "web"]);
    let of_class = |class: &str| ingress.replace("{rules:", &format!("{{ingressClassName: {class}, rules:"));
    exposures(&of_class("private-iks-k8s-nginx"), ["", "", "db web", ""]);
    exposures(&of_class("nginx"), ["", "", "db", "web"]);
    let rules = "rules: [{http: {paths: [{path: /, backend: {serviceName: web, servicePort: 80}}]}}]";
    exposures(&older(rules), ["", "", "db", "web"]);
    exposures(&older("backend: {serviceName: web, servicePort: 80}"), ["", "", "db", "web"]);
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
    let set = "{group: gateway.networking.k8s.io, kind: ListenerSet, name: extra}";
    exposures(&route(set, "{name: web, port: 80}"), ["", "", "db", "web"]);
    exposures(&route("{name: public}", "{name: api, port: 80}"), ["", "", "db web", ""]);
    exposures(&route("{kind: Service, name: web}", "{name: web, port: 80}"), ["", "", "db web", ""]);
    let gateways = |parents: &str, classes: [(&str, &str); 2]| {
        let parents = route(parents, "{name: web, port: 80}");
        let gateway = |(name, class): (&str, &str)| {
            format!(
                "---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {{name: {name}, namespace: shop}}
spec: {{gatewayClassName: {class}, listeners: [{{name: http, port: 80, protocol: HTTP}}]}}
"
            )
        };
        classes.map(gateway).iter().fold(parents, |all, gateway| all + gateway)
    };
    let two = [("inside", "gke-l7-rilb"), ("public", "gke-l7-global-external-managed")];
    exposures(&gateways("{name: inside}", two), ["", "", "db web", ""]);
    exposures(&gateways("{name: public}", two), ["", "", "db", "web"]);
    exposures(&gateways("{name: inside}, {name: public}", two), ["", "", "db", "web"]);
    // Of another namespace, so another one.
    exposures(&gateways("{name: inside, namespace: infra}", two), ["", "", "db", "web"]);
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
---
apiVersion: v1
kind: Pod
metadata: {name: node-local, namespace: shop}
spec: {containers: [{name: c, image: c, ports: [{containerPort: 80, hostPort: 8081, hostIP: 127.0.0.1}]}]}
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
            (&asked("exposureReasons: null"), "db node-local scan teller web"),
        ],
    );
}
