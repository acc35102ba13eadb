//! What catalogues lack: fields compared, named lists, the states of a reference, duplicates, an object's own JSON,
//! variables set from outside.

use std::collections::BTreeMap;

use assay_controls::Lists;
use assay_evaluator::query::Bindings;
use jiff::Timestamp;

use crate::fixture::{Fixture, check};

pub(crate) const CLUSTER: &str = "
apiVersion: v1
kind: Pod
metadata: {name: tight, namespace: shop}
spec:
  nodeName: gone
  containers:
  - name: less
    image: registry.k8s.io/a:1
    resources: {limits: {memory: 512Mi, cpu: '1'}, requests: {memory: 1Gi, cpu: 500m}}
  - name: same
    image: docker.io/b:1
    resources: {limits: {memory: 1Gi}, requests: {memory: 1024Mi}}
  - name: half
    image: registry.shop.example/c:1
    resources: {requests: {memory: 1Gi}}
    securityContext: {capabilities: {add: [SYS_ADMIN, CHOWN]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: one, namespace: shop}
spec: {rules: [{host: shop.example}, {host: shop.example}, {http: {paths: []}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: two, namespace: shop}
spec: {rules: [{host: api.example}, {host: own.example}, {host: own.example}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: three, namespace: bank}
spec: {rules: [{host: api.example}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: four, namespace: shop}
spec: {rules: [{host: shop.example}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: dangling, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: nobody}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: found, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules: []
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: whole, namespace: shop}
spec: {secretName: tls, duration: 2160h, renewBefore: 15, isCA: true, dnsNames: [a.example, b.example], keystores: [{name: jks, bits: '2048'}, {name: pkcs12}], size: 2Gi, notAfter: '2026-01-01T00:00:00Z', dotted.key: x}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: bare, namespace: shop}
spec: {dnsNames: [], secretName: null}
";

fn certificates(test: &str) -> String {
    format!("{{ assets(where: {{kind: \"Certificate\", object: {test}}}) {{ ...AssetFragment }} }}")
}

fn containers(filter: &str) -> String {
    format!("{{ containers(where: {filter}) {{ ...AssetFragment }} }}")
}

fn all(fixture: &Fixture, cases: &[(String, &str)]) {
    let cases: Vec<(&str, &str)> = cases.iter().map(|(query, names)| (query.as_str(), *names)).collect();
    check(fixture, &cases);
}

#[test]
fn two_fields_of_a_row_compare_and_a_missing_one_is_false() {
    let cases = [
        ("{resources: {limits: {memory: {lt: {field: \"requests.memory\"}}}}}", "less"),
        ("{resources: {limits: {memory: {lt: {field: \"resources.requests.memory\"}}}}}", "less"),
        ("{resources: {limits: {memory_LT: {field: \"requests.memory\"}}}}", "less"),
        ("{resources: {limits: {memory: {eq: {field: \"requests.memory\"}}}}}", "same"),
        ("{resources: {limits: {memory: {field: \"requests.memory\"}}}}", "same"),
        ("{resources: {limits: {memory: {neq: {field: \"requests.memory\"}}}}}", "half less"),
        ("{resources: {limits: {memory_NOT: {field: \"requests.memory\"}}}}", "half less"),
        ("{NOT: {resources: {limits: {memory: {gte: {field: \"requests.memory\"}}}}}}", "half less"),
        ("{resources: {limits: {cpu: {gt: {field: \"requests.cpu\"}}}}}", "less"),
        ("{resources: {limits: {cpu: {neq: {field: \"requests.cpu\"}}}}}", "half less same"),
        ("{name: {eq: {field: \"image\"}}}", ""),
        ("{name: {lt: {field: \"image\"}}}", "half less"),
    ];
    let cases = cases.map(|(filter, names)| (containers(filter), names));
    all(&Fixture::of(CLUSTER), &cases);
}

#[test]
fn an_entry_of_a_map_compares_its_key_with_its_value() {
    const LABELS: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: same, namespace: shop, labels: {a: a, b: c}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other, namespace: shop, labels: {a: b}}
";
    let asked =
        |filter: &str| format!("{{ configMaps(where: {{labels: {filter}}}) {{ ...AssetFragment }} }}");
    let cases = [
        (asked("{some: {key: {eq: {field: \"value\"}}}}"), "same"),
        (asked("{none: {key: {eq: {field: \"value\"}}}}"), "other"),
        (asked("{all: {value: {gt: {field: \"key\"}}}}"), "other"),
    ];
    all(&Fixture::of(LABELS), &cases);
}

#[test]
fn a_number_is_among_words_whatever_their_case() {
    const BUDGETS: &str = "
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: number, namespace: shop}
spec: {minAvailable: 80}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: part, namespace: shop}
spec: {minAvailable: 80%}
";
    let asked = |filter: &str| {
        format!("{{ podDisruptionBudgets(where: {{minAvailable: {filter}}}) {{ ...AssetFragment }} }}")
    };
    let cases = [
        (asked("{in: [80, \"x\"], caseInsensitive: true}"), "number"),
        (asked("{notIn: [80], caseInsensitive: true}"), "part"),
    ];
    all(&Fixture::of(BUDGETS), &cases);
}

#[test]
fn of_numbers_and_names_the_numbers_have_an_order() {
    const PORTS: &str = "
apiVersion: v1
kind: Service
metadata: {name: low, namespace: shop}
spec: {ports: [{port: 1, targetPort: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: high, namespace: shop}
spec: {ports: [{port: 1, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: named, namespace: shop}
spec: {ports: [{port: 1, targetPort: http}]}
";
    let asked = |filter: &str| format!("{{ services(where: {{ports: {filter}}}) {{ ...AssetFragment }} }}");
    let cases = [
        (asked("{some: {targetPort: {lt: 1024}}}"), "low"),
        (asked("{some: {targetPort_GTE: 1024}}"), "high"),
        (asked("{some: {NOT: {targetPort: {lt: 1024}}}}"), "high named"),
        (asked("{some: {targetPort: {eq: 80}}}"), "low"),
        (asked("{some: {targetPort: {eq: \"80\"}}}"), "low"),
    ];
    all(&Fixture::of(PORTS), &cases);
}

#[test]
fn named_lists_stand_where_values_may() {
    let fixture = Fixture::of(CLUSTER);
    let cases = [
        ("{image: {startsWith: {list: \"trusted-registries\"}}}", "less"),
        ("{NOT: {image: {startsWith: {list: \"trusted-registries\"}}}}", "half same"),
        ("{image_NOT_STARTS_WITH: {list: \"trusted-registries\"}}", "half same"),
        ("{securityContext: {capabilities: {add: {anyIn: {list: \"dangerous-capabilities\"}}}}}", "half"),
        ("{securityContext: {capabilities: {add: {anyNotIn: {list: \"dangerous-capabilities\"}}}}}", "half"),
        ("{name: {in: {list: \"sensitive-paths\"}}}", ""),
        ("{name: {notIn: {list: \"sensitive-paths\"}}}", "half less same"),
    ];
    all(&fixture, &cases.map(|(filter, names)| (containers(filter), names)));
    let lists = Lists::built_in().with([
        ("trusted-registries".to_owned(), vec!["docker.io/".to_owned()]),
        ("names".to_owned(), vec!["h.*".to_owned(), "same".to_owned()]),
    ]);
    let variables = BTreeMap::new();
    let bindings = Bindings { as_of: Timestamp::UNIX_EPOCH, lists: &lists, variables: &variables };
    let ask = |filter: &str| fixture.ask_with(&containers(filter), bindings);
    assert_eq!(ask("{image: {startsWith: {list: \"trusted-registries\"}}}"), "same");
    assert_eq!(ask("{name_MATCHES: {list: \"names\"}}"), "half same");
}

#[test]
fn a_reference_is_not_given_found_or_dangling() {
    let bindings = |filter: &str| format!("{{ roleBindings(where: {filter}) {{ ...AssetFragment }} }}");
    let pods = |filter: &str| format!("{{ pods(where: {filter}) {{ ...AssetFragment }} }}");
    let cases = [
        (bindings("{role: {dangling: true}}"), "dangling"),
        (bindings("{role_DANGLING: true}"), "dangling"),
        (bindings("{role: {dangling: false}}"), "found"),
        (bindings("{role: {found: true}}"), "found"),
        (bindings("{role: {given: true}}"), "dangling found"),
        (bindings("{clusterRole: {given: true}}"), ""),
        (bindings("{clusterRole: {given: false}}"), "dangling found"),
        (bindings("{clusterRole: {dangling: true}}"), ""),
        (pods("{node: {dangling: true}}"), "tight"),
        (pods("{podTemplate: {serviceAccount: {given: true}}}"), ""),
        (pods("{owner_GIVEN: false}"), "tight"),
    ];
    all(&Fixture::of(CLUSTER), &cases);
}

#[test]
fn duplicates_are_two_assets_with_one_value() {
    let rules = |scope: &str| {
        format!(
            "{{ ingresses(where: {{rules: {{some: {{host: {{duplicatedIn: {scope}}}}}}}}}) {{ ...AssetFragment }} }}"
        )
    };
    let cases = [
        (rules("\"namespace\""), "four one"),
        (rules("\"cluster\""), "four one three two"),
        (rules("cluster"), "four one three two"),
        (
            "{ ingresses(where: {rules_SOME: {host_DUPLICATED_IN: \"namespace\"}}) { ...AssetFragment } }"
                .to_owned(),
            "four one",
        ),
        ("{ ingresses(where: {name: {duplicatedIn: \"cluster\"}}) { ...AssetFragment } }".to_owned(), ""),
    ];
    all(&Fixture::of(CLUSTER), &cases);
}

#[test]
fn an_object_is_asked_by_path_whatever_its_type() {
    let cases = [
        ("{path: \"spec.secretName\", eq: null}", "bare"),
        ("{path: \"spec.secretName\", neq: null}", "whole"),
        ("{path: \"spec.secretName\", eq: \"tls\"}", "whole"),
        ("{path: \"spec.secretName\", notIn: [\"tls\"]}", "bare"),
        ("{path: \"spec.dnsNames\", eq: []}", "bare"),
        ("{path: \"spec.dnsNames\", eq: null}", ""),
        ("{path: \"spec.nothing\", eq: []}", "bare whole"),
        ("{path: \"spec.dnsNames\", includes: \"b.example\"}", "whole"),
        ("{path: \"spec.dnsNames\", notIncludes: \"b.example\"}", "bare"),
        ("{path: \"spec.dnsNames\", eq: [\"a.example\", \"b.example\"]}", "whole"),
        ("{path: \"spec.dnsNames\", startsWith: \"b\"}", "whole"),
        ("{path: \"spec.dnsNames\", anyNotIn: [\"a.example\"]}", "whole"),
        ("{path: \"spec.isCA\", eq: true}", "whole"),
        ("{path: \"spec.isCA\", neq: true}", "bare"),
        ("{path: \"spec.isCA\", eq: \"true\"}", "whole"),
        ("{path: \"spec.renewBefore\", gt: 14}", "whole"),
        ("{path: \"spec.renewBefore\", eq: \"15\"}", "whole"),
        ("{path: \"spec.renewBefore\", lt: 15}", ""),
        ("{path: \"spec.keystores.bits\", gte: 2048}", "whole"),
        ("{path: \"spec.keystores.name\", in: [\"pkcs12\"]}", "whole"),
        ("{path: \"spec.size\", gt: \"1Gi\"}", "whole"),
        ("{path: \"spec.notAfter\", lt: \"2026-01-01T01:00:00+01:00\"}", ""),
        ("{path: \"spec.notAfter\", lt: \"2026-01-01T01:00:00+00:30\"}", "whole"),
        ("{path: \"spec.notAfter\", gt: \"-P1D\"}", "whole"),
        ("{path: \"spec.dotted\\\\.key\", eq: \"x\"}", "whole"),
        ("{path: \"spec.duration\", matches: \"[0-9]+h\"}", "whole"),
        ("[{path: \"spec.isCA\", eq: true}, {path: \"spec.size\", eq: null}]", ""),
        ("{path: \"metadata.name\", eq: \"WHOLE\", caseInsensitive: true}", "whole"),
        ("{path: \"metadata.name\", eq: WHOLE, caseInsensitive: true}", "whole"),
        ("{path: \"metadata.name\", in: [\"WHOLE\", 1], caseInsensitive: true}", "whole"),
        ("{path: \"metadata.name\", notIn: WHOLE, caseInsensitive: true}", "bare"),
    ];
    let fixture = Fixture::of(CLUSTER);
    all(&fixture, &cases.map(|(test, names)| (certificates(test), names)));
    let of_containers = containers("{object: {path: \"resources.limits\", eq: null}}");
    assert_eq!(fixture.ask(&of_containers), "half");
    let of_pods = "{ pods(where: {OR: [{name: \"x\"}, {NOT: {object: {path: \"spec.nodeName\", eq: null}}}]}) { ...AssetFragment } }";
    assert_eq!(fixture.ask(of_pods), "tight");
}

#[test]
fn variables_have_defaults_and_are_set_from_outside() {
    let fixture = Fixture::of(CLUSTER);
    let query = "query ($names: [String!] = [\"less\"], $gone: Boolean = false) { \
        containers(where: {name: {in: $names}, NOT: {OR: [{stdin: $gone}]}}) { ...AssetFragment } }";
    assert_eq!(fixture.ask(query), "less");
    let set = |name: &str, value: serde_json::Value| {
        let variables = BTreeMap::from([(name.to_owned(), value)]);
        let lists = Lists::built_in();
        fixture.ask_with(query, Bindings { as_of: Timestamp::UNIX_EPOCH, lists, variables: &variables })
    };
    assert_eq!(set("names", "half,same".into()), "half same");
    assert_eq!(set("names", serde_json::json!(["half"])), "half");
    assert_eq!(set("gone", "false".into()), "less");
    assert_eq!(set("other", 1.into()), "less");
}

#[test]
fn a_return_path_says_where_the_result_is() {
    let fixture = Fixture::of(CLUSTER);
    let query =
        "{ pods { ...AssetFragment podTemplate { list: containers(where: {name: \"half\"}) { image } } } }";
    assert_eq!(fixture.ask(query), "tight");
    assert_eq!(fixture.ask_at(query, "pods.podTemplate.list"), "half");
    assert_eq!(fixture.ask_at(query, "pods"), "tight");
    let wrong = "the query selects no assets at its return path `pods.containers`";
    assert_eq!(fixture.ask_at(query, "pods.containers"), wrong);
    assert_eq!(fixture.ask_at("{ pods { name } }", "pods"), "tight");
}

/// What could not be read leaves open what depends on it, and nothing else.
#[test]
fn what_could_not_be_read_is_unknown() {
    let bindings = |filter: &str| format!("{{ roleBindings(where: {filter}) {{ ...AssetFragment }} }}");
    let hosts = |scope: &str| {
        format!(
            "{{ ingresses(where: {{rules_SOME: {{host: {{duplicatedIn: \"{scope}\"}}}}}}) {{ ...AssetFragment }} }}"
        )
    };
    let roles = Fixture::of(CLUSTER).forbid("rbac.authorization.k8s.io", "roles", "Role", Some("shop"));
    let cases = [
        (bindings("{role: {dangling: true}}"), "dangling?"),
        (bindings("{role: {given: true}}"), "dangling found"),
        (bindings("{clusterRole: {dangling: true}}"), ""),
        (hosts("namespace"), "four one"),
    ];
    all(&roles, &cases);
    let ingresses = Fixture::of(CLUSTER).forbid("networking.k8s.io", "ingresses", "Ingress", Some("bank"));
    // A sure duplicate stays one; in another namespace nothing is left open.
    all(&ingresses, &[(hosts("namespace"), "four one three?"), (hosts("cluster"), "four one three two")]);
    let unreadable = CLUSTER.replace("spec: {rules: [{host: api.example}]}", "spec: {rules: [{host: 3}]}");
    let ingresses = Fixture::of(&unreadable);
    all(&ingresses, &[(hosts("cluster"), "four one three? two?"), (hosts("namespace"), "four one three?")]);
    let object =
        "{ ingresses(where: {object: {path: \"spec.ingressClassName\", neq: null}}) { ...AssetFragment } }";
    all(&ingresses, &[(object.to_owned(), "three?")]);
}

/// A field that is called as another type's identity is.
#[test]
fn a_group_that_the_object_says_is_unknown_where_it_is_unreadable() {
    let definition = |name: &str, versions: &str| {
        format!(
            "---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: {name}}}
spec: {{group: evil.example, scope: Namespaced, names: {{kind: A, plural: as}}, versions: {versions}}}
"
        )
    };
    let fixture = Fixture::of(&[definition("as.evil.example", "[]"), definition("broken", "3")].concat());
    let asked =
        |filter: &str| format!("{{ customResourceDefinitions(where: {filter}) {{ ...AssetFragment }} }}");
    let cases = [
        (asked("{group: {endsWith: \".example\"}}"), "as.evil.example broken?"),
        (asked("{group: {notIn: [\"evil.example\"]}}"), "broken?"),
        (asked("{name: \"broken\"}"), "broken"),
    ];
    all(&fixture, &cases);
}

/// Owners of two groups may have one kind and name.
#[test]
fn an_owner_is_of_its_group() {
    let cluster = |group: &str, uid: &str| {
        format!(
            "---\napiVersion: {group}/v1\nkind: Cluster\nmetadata: {{name: prod, namespace: a, uid: '{uid}'}}\n"
        )
    };
    let pod = "---
apiVersion: v1
kind: Pod
metadata:
  name: owned
  namespace: a
  ownerReferences: [{apiVersion: one.example/v1, kind: Cluster, name: prod, uid: '1', controller: true}]
spec: {containers: [{name: c, image: a}]}
";
    let fixture =
        Fixture::of(&[cluster("one.example", "1"), cluster("two.example", "2"), pod.to_owned()].concat());
    let asked = |filter: &str| format!("{{ pods(where: {{owningAsset: {filter}}}) {{ ...AssetFragment }} }}");
    all(&fixture, &[(asked("{dangling: true}"), ""), (asked("{apiVersion: \"one.example/v1\"}"), "owned")]);
}
