use assay_model::json::Json;
use serde_json::{Value, json};

use super::apply;

fn fill(object: &mut Value) {
    let text = |field: &str| object[field].as_str().unwrap_or_default().to_owned();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let mut filled = Json::from(object.take());
    apply(&mut filled, &api_version, &kind);
    *object = serde_json::to_value(filled).unwrap();
}

/// What an object is once applied: the fields of `expected` are all that were added.
fn check(api_version: &str, kind: &str, given: Value, expected: Value) {
    let typed = |mut object: Value| {
        object["apiVersion"] = api_version.into();
        object["kind"] = kind.into();
        object
    };
    let mut object = typed(given);
    fill(&mut object);
    assert_eq!(object, typed(expected), "{kind}");
    let once = object.clone();
    fill(&mut object);
    assert_eq!(object, once, "{kind} is applied twice");
}

#[test]
fn templates_get_what_templates_get() {
    let expected = json!({
        "restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "securityContext": {}, "hostNetwork": true,
        "volumes": [{"name": "a", "emptyDir": {}}, {"name": "b", "hostPath": {"path": "/", "type": ""}}],
        "containers": [{"image": "a:1", "imagePullPolicy": "IfNotPresent",
            "ports": [{"containerPort": 1, "protocol": "TCP"}], "resources": {"limits": {"cpu": "1"}}}],
    });
    let given = json!({
        "hostNetwork": true, "volumes": [{"name": "a"}, {"name": "b", "hostPath": {"path": "/"}}],
        "containers": [{"image": "a:1", "ports": [{"containerPort": 1}], "resources": {"limits": {"cpu": "1"}}}],
    });
    check(
        "apps/v1",
        "DaemonSet",
        json!({"spec": {"selector": {"matchLabels": {}}, "template": {"spec": given}}}),
        json!({"spec": {"selector": {"matchLabels": {}}, "template": {"spec": expected}}}),
    );
    check(
        "batch/v1",
        "CronJob",
        json!({"spec": {"jobTemplate": {"spec": {"template": {"spec": given}}}}}),
        json!({"spec": {"concurrencyPolicy": "Allow", "suspend": false,
            "jobTemplate": {"spec": {"template": {"spec": expected}}}}}),
    );
}

#[test]
fn pods_get_more() {
    check(
        "v1",
        "Pod",
        json!({"spec": {
            "hostNetwork": true, "serviceAccount": "builder", "restartPolicy": "Never",
            "initContainers": [{"image": "a", "ports": [{"containerPort": 1}]}],
            "containers": [
                {"image": "a:1", "ports": [{"containerPort": 1, "hostPort": 2, "protocol": "UDP"}],
                 "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}},
            ],
        }}),
        json!({"spec": {
            "hostNetwork": true, "serviceAccount": "builder", "restartPolicy": "Never",
            "dnsPolicy": "ClusterFirst", "securityContext": {}, "enableServiceLinks": true,
            "serviceAccountName": "builder",
            "initContainers": [{"image": "a", "imagePullPolicy": "Always",
                "ports": [{"containerPort": 1, "hostPort": 1, "protocol": "TCP"}]}],
            "containers": [
                {"image": "a:1", "imagePullPolicy": "IfNotPresent",
                 "ports": [{"containerPort": 1, "hostPort": 2, "protocol": "UDP"}],
                 "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m", "memory": "1Gi"}}},
            ],
        }}),
    );
}

#[test]
fn annotated_profiles_become_fields_of_pods() {
    let key = |name: &str| format!("container.apparmor.security.beta.kubernetes.io/{name}");
    let metadata = json!({"annotations": {
        key("a"): "localhost/k8s", key("b"): "unconfined", key("c"): "runtime/default", key("d"): "localhost/",
        key("e"): "localhost/k8s",
    }});
    let own = json!({"appArmorProfile": {"type": "RuntimeDefault"}});
    let pod = |containers: Value| {
        json!({"metadata": metadata, "spec": {
            "securityContext": own, "restartPolicy": "Never", "dnsPolicy": "Default", "enableServiceLinks": true,
            "serviceAccountName": "x", "containers": containers,
        }})
    };
    let of = |name: &str| json!({"name": name, "image": "a:1", "imagePullPolicy": "Always"});
    let with = |name: &str, context: Value| {
        let mut container = of(name);
        container["securityContext"] = context;
        container
    };
    let localhost = json!({"appArmorProfile": {"type": "Localhost", "localhostProfile": "k8s"}});
    check(
        "v1",
        "Pod",
        pod(json!([of("a"), of("b"), of("c"), of("d"), with("e", own.clone()), of("f")])),
        pod(json!([
            with("a", localhost),
            with("b", json!({"appArmorProfile": {"type": "Unconfined"}})),
            of("c"),
            of("d"),
            with("e", own.clone()),
            of("f"),
        ])),
    );
}

#[test]
fn probes_and_projections() {
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "spec": {
        "volumes": [{"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}],
        "containers": [{"image": "a:1", "livenessProbe": {"httpGet": {"port": 1}},
            "lifecycle": {"preStop": {"httpGet": {"port": 1, "path": "/x", "scheme": "HTTPS"}}}}],
    }});
    fill(&mut pod);
    let container = &pod["spec"]["containers"][0];
    assert_eq!(container["livenessProbe"]["httpGet"], json!({"port": 1, "path": "/", "scheme": "HTTP"}));
    assert_eq!(
        container["lifecycle"]["preStop"]["httpGet"],
        json!({"port": 1, "path": "/x", "scheme": "HTTPS"})
    );
    let token = &pod["spec"]["volumes"][0]["projected"]["sources"][0]["serviceAccountToken"];
    assert_eq!(*token, json!({"path": "t", "expirationSeconds": 3600}));
}

#[test]
fn workloads() {
    let template = json!({"metadata": {"labels": {"a": "b"}}});
    check(
        "apps/v1",
        "Deployment",
        json!({"spec": {"template": template}}),
        json!({"spec": {"template": template, "replicas": 1, "selector": {"matchLabels": {"a": "b"}}}}),
    );
    check("apps/v1", "StatefulSet", json!({"spec": {"replicas": 0}}), json!({"spec": {"replicas": 0}}));
    check(
        "v1",
        "ReplicationController",
        json!({"metadata": {"name": "x"}, "spec": {"template": template}}),
        json!({"metadata": {"name": "x", "labels": {"a": "b"}},
            "spec": {"template": template, "replicas": 1, "selector": {"a": "b"}}}),
    );
    check(
        "batch/v1",
        "Job",
        json!({"metadata": {"labels": {"own": "1"}}, "spec": {"backoffLimit": 0, "template": template}}),
        json!({"metadata": {"labels": {"own": "1"}}, "spec": {"backoffLimit": 0, "suspend": false, "template": template}}),
    );
    check(
        "batch/v1",
        "Job",
        json!({"spec": {"backoffLimitPerIndex": 1}}),
        json!({"spec": {"backoffLimitPerIndex": 1, "backoffLimit": i32::MAX, "suspend": false}}),
    );
}

#[test]
fn network() {
    check(
        "v1",
        "Service",
        json!({"spec": {"ports": [{"port": 80}, {"port": 53, "targetPort": "dns", "protocol": "UDP"}]}}),
        json!({"spec": {"type": "ClusterIP", "ports": [
            {"port": 80, "protocol": "TCP", "targetPort": 80}, {"port": 53, "targetPort": "dns", "protocol": "UDP"}]}}),
    );
    check(
        "v1",
        "Service",
        json!({"spec": {"externalIPs": ["192.0.2.1"]}}),
        json!({"spec": {"externalIPs": ["192.0.2.1"], "type": "ClusterIP", "externalTrafficPolicy": "Cluster"}}),
    );
    check(
        "v1",
        "Service",
        json!({"spec": {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}}),
        json!({"spec": {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}}),
    );
    for (given, types) in [
        (json!({}), json!(["Ingress"])),
        (json!({"policyTypes": [], "egress": []}), json!(["Ingress"])),
        (json!({"egress": [{}]}), json!(["Ingress", "Egress"])),
        (json!({"policyTypes": ["Egress"]}), json!(["Egress"])),
    ] {
        let mut expected = given.clone();
        expected["policyTypes"] = types;
        expected["podSelector"] = json!({});
        check("networking.k8s.io/v1", "NetworkPolicy", json!({"spec": given}), json!({"spec": expected}));
    }
    check(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        json!({}),
        json!({"spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}),
    );
    check(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        json!({"spec": {"podSelector": {"matchLabels": {"a": "b"}}, "policyTypes": ["Ingress"],
            "ingress": [{"ports": [{"port": 1}]}]}}),
        json!({"spec": {"podSelector": {"matchLabels": {"a": "b"}}, "policyTypes": ["Ingress"],
            "ingress": [{"ports": [{"port": 1, "protocol": "TCP"}]}]}}),
    );
}

#[test]
fn the_rest() {
    check("v1", "Secret", json!({}), json!({"type": "Opaque"}));
    check(
        "v1",
        "PersistentVolumeClaim",
        json!({"spec": {}}),
        json!({"spec": {"volumeMode": "Filesystem"}, "status": {"phase": "Pending"}}),
    );
    check(
        "v1",
        "PersistentVolume",
        json!({"spec": {"hostPath": {"path": "/"}}}),
        json!({"spec": {"hostPath": {"path": "/", "type": ""}, "persistentVolumeReclaimPolicy": "Retain"}}),
    );
    check(
        "v1",
        "Namespace",
        json!({"metadata": {"name": "a", "labels": {"kubernetes.io/metadata.name": "b"}}}),
        json!({"metadata": {"name": "a", "labels": {"kubernetes.io/metadata.name": "a"}}, "status": {"phase": "Active"}}),
    );
    check(
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        json!({"webhooks": [{"clientConfig": {"service": {"name": "a"}}, "rules": [{}]}]}),
        json!({"webhooks": [{"clientConfig": {"service": {"name": "a", "port": 443}}, "rules": [{"scope": "*"}],
            "failurePolicy": "Fail", "timeoutSeconds": 10, "namespaceSelector": {}, "objectSelector": {}}]}),
    );
    let group = "rbac.authorization.k8s.io";
    check(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        json!({"roleRef": {"name": "a"}, "subjects": [{"kind": "User"}, {"kind": "ServiceAccount"}]}),
        json!({"roleRef": {"name": "a", "apiGroup": group},
            "subjects": [{"kind": "User", "apiGroup": group}, {"kind": "ServiceAccount"}]}),
    );
}

#[test]
fn others_and_broken_objects_stay() {
    check("batch.volcano.sh/v1alpha1", "Job", json!({"spec": {}}), json!({"spec": {}}));
    check("v1", "Pod", json!({"spec": "text"}), json!({"spec": "text"}));
    check(
        "v1",
        "Service",
        json!({"spec": {"ports": "x", "type": 5}}),
        json!({"spec": {"ports": "x", "type": 5}}),
    );
    check(
        "apps/v1",
        "Deployment",
        json!({"spec": {"replicas": "three"}}),
        json!({"spec": {"replicas": "three"}}),
    );
}
