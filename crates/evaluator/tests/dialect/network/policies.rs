//! Kubernetes' own policies.

use super::{WORKLOADS, networks, policy, reaching};
use crate::fixture::Fixture;

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
