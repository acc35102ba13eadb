//! Policies of other kinds than Kubernetes' own.

use super::{networks, reaching, with};
use crate::fixture::Fixture;

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
