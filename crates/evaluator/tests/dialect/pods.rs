//! What containers and namespaces come to.

use crate::fixture::{Fixture, check};

const PODS: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: open}
---
apiVersion: v1
kind: Namespace
metadata: {name: strict, labels: {pod-security.kubernetes.io/enforce: restricted, pod-security.kubernetes.io/enforce-version: v1.30}}
---
apiVersion: v1
kind: Pod
metadata:
  name: pods-own
  annotations: {container.apparmor.security.beta.kubernetes.io/c: localhost/deny}
spec:
  securityContext:
    runAsUser: 1000
    runAsNonRoot: true
    seccompProfile: {type: RuntimeDefault}
    appArmorProfile: {type: Unconfined}
    windowsOptions: {runAsUserName: bob}
  containers: [{name: c, image: a}]
---
apiVersion: v1
kind: Pod
metadata: {name: containers-own}
spec:
  securityContext:
    runAsUser: 1000
    seccompProfile: {type: Localhost, localhostProfile: pod.json}
    windowsOptions: {runAsUserName: bob}
  containers:
  - name: c
    image: a
    securityContext:
      runAsUser: 0
      allowPrivilegeEscalation: false
      seccompProfile: {type: Unconfined}
      windowsOptions: {hostProcess: true}
      capabilities: {add: [cap_net_raw], drop: [all]}
---
apiVersion: v1
kind: Pod
metadata: {name: says-nothing}
spec: {containers: [{name: c, image: a}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: privileged}
spec:
  selector: {matchLabels: {app: x}}
  template:
    metadata: {labels: {app: x}}
    spec:
      securityContext: {runAsNonRoot: true}
      containers:
      - {name: c, image: a, securityContext: {privileged: true, runAsNonRoot: false}}
---
apiVersion: v1
kind: Pod
metadata: {name: apiserver}
spec:
  containers:
  - name: kube-apiserver
    image: a
    command: [kube-apiserver, --anonymous-auth=false, --v, '2']
    args: [--profiling, --tls_min_version=VersionTLS12]
";

#[test]
fn security_settings_come_to_what_the_documentation_says() {
    let asset = |filter: &str| {
        format!(
            "{{ workloads(where: {{containers: {{effectiveSecurityContext: {filter}}}}}) {{ ...AssetFragment }} }}"
        )
    };
    let cases = [
        ("{runAsUser: 1000}", "pods-own"),
        ("{runAsUser: 0}", "containers-own"),
        ("{runAsNonRoot: true}", "pods-own"),
        ("{mayRunAsRoot: true}", "apiserver containers-own privileged says-nothing"),
        ("{privileged: true}", "privileged"),
        ("{allowPrivilegeEscalation: false}", "containers-own"),
        ("{seccompProfile: {type: \"RuntimeDefault\"}}", "pods-own"),
        ("{seccompProfile: {type: \"Unconfined\", localhostProfile: null}}", "containers-own"),
        ("{seccompProfile: null}", "apiserver privileged says-nothing"),
        ("{appArmorProfile: {type: \"Localhost\", localhostProfile: \"deny\"}}", "pods-own"),
        ("{appArmorProfile: {type: \"Unconfined\"}}", ""),
        ("{windowsOptions: {runAsUserName: \"bob\", hostProcess: true}}", "containers-own"),
        ("{windowsOptions: null}", "apiserver privileged says-nothing"),
        (
            "{addedCapabilities_INCLUDES: \"NET_RAW\", droppedCapabilities_INCLUDES: \"ALL\"}",
            "containers-own",
        ),
        ("{addedCapabilities: []}", "apiserver pods-own privileged says-nothing"),
        ("{readOnlyRootFilesystem: false}", "apiserver containers-own pods-own privileged says-nothing"),
    ];
    let queries: Vec<(String, &str)> = cases.iter().map(|(filter, names)| (asset(filter), *names)).collect();
    let queries: Vec<(&str, &str)> = queries.iter().map(|(query, names)| (query.as_str(), *names)).collect();
    check(&Fixture::of(PODS), &queries);
}

#[test]
fn credentials_that_were_taken_out_can_be_asked_for() {
    let pods = "
apiVersion: v1
kind: Pod
metadata: {name: in-args}
spec: {containers: [{name: c, image: a, command: [run], args: ['--password=Tr0ub4dor', '--port=80']}]}
---
apiVersion: v1
kind: Pod
metadata: {name: in-annotations, annotations: {shop.example/api-token: 0a1b2c3d4e5f, team: shop}}
spec: {containers: [{name: c, image: a, args: ['--password=$(PASSWORD)']}]}
";
    check(
        &Fixture::of(pods),
        &[
            (
                "{ pods(where: {containers: {credentialsInCommand_INCLUDES: \"password\"}}) { ...AssetFragment } }",
                "in-args",
            ),
            (
                "{ pods(where: {containers: {credentialsInCommand: null}}) { ...AssetFragment } }",
                "in-annotations",
            ),
            ("{ pods(where: {credentialsInAnnotations_NOT: []}) { ...AssetFragment } }", "in-annotations"),
            (
                "{ pods(where: {credentialsInAnnotations: [\"token\"]}) { ...AssetFragment } }",
                "in-annotations",
            ),
        ],
    );
}

#[test]
fn flags_and_pod_security_are_asked_like_any_relation() {
    check(
        &Fixture::of(PODS),
        &[
            (
                "{ pods(where: {containers: {flags: {name: \"anonymous-auth\", value: \"false\"}}}) { ...AssetFragment } }",
                "apiserver",
            ),
            (
                "{ pods(where: {containers: {flags: {name: \"profiling\", value: null}}}) { ...AssetFragment } }",
                "apiserver",
            ),
            (
                "{ pods(where: {containers: {flags: {name: \"v\", path: \"command[2]\"}}}) { ...AssetFragment } }",
                "apiserver",
            ),
            (
                "{ pods(where: {containers: {flags: {name: \"tls-min-version\", path: \"args[1]\"}}}) { ...AssetFragment } }",
                "apiserver",
            ),
            (
                "{ containers(where: {name: \"kube-apiserver\", flags_NONE: {name: \"audit-log-path\"}}) { ...AssetFragment } }",
                "kube-apiserver",
            ),
            ("{ namespaces(where: {podSecurity: {enforce: \"privileged\"}}) { ...AssetFragment } }", "open"),
            (
                "{ namespaces(where: {podSecurity: {enforce: \"restricted\", enforceVersion: \"v1.30\", warn: \"restricted\"}}) { ...AssetFragment } }",
                "strict",
            ),
        ],
    );
}

/// Components of which a file decides what flags say nothing of, or what they say; and one whose file has no name.
const CONFIGURED: &str = "
apiVersion: v1
kind: Pod
metadata: {name: openshift}
spec:
  containers:
  - name: kube-apiserver
    image: a
    command: [/bin/bash, -ec]
    args: ['exec watch-termination --touch=/t -- hyperkube kube-apiserver --openshift-config=/c --profiling=true']
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: proxies}
spec:
  selector: {matchLabels: {app: x}}
  template:
    metadata: {labels: {app: x}}
    spec:
      containers:
      - name: kube-proxy
        image: a
        command: [kube-proxy, --config=/c, --metrics-bind-address=0.0.0.0, --hostname-override=a]
---
apiVersion: v1
kind: Pod
metadata: {name: plain}
spec:
  containers:
  - {name: kube-apiserver, image: a, command: [kube-apiserver, --openshift-config=, --profiling=true]}
";

#[test]
fn flags_that_a_file_may_overrule_decide_nothing() {
    let workloads = |filter: &str| format!("{{ workloads(where: {{{filter}}}) {{ ...AssetFragment }} }}");
    let with = |flags: &str| workloads(&format!("podTemplate: {{containers: {{some: {{flags: {flags}}}}}}}"));
    let cases = [
        (with("{some: {name: \"profiling\"}}"), "openshift? plain proxies?"),
        (with("{none: {name: \"profiling\"}}"), "openshift? proxies?"),
        (with("{none: {name: \"absent\"}}"), "openshift? plain proxies?"),
        (with("{some: {name: \"metrics-bind-address\", value: \"0.0.0.0\"}}"), "openshift? proxies?"),
        // What names the file is there, whatever it says, and so is what it leaves alone.
        (
            with("{some: {name: \"openshift-config\", value: \"/c\", path: \"args[0]\"}}"),
            "openshift proxies?",
        ),
        (with("{some: {name: \"hostname-override\"}}"), "openshift? proxies"),
        (with("{some: {name: \"touch\"}}"), "openshift proxies?"),
        (with("{none: {name: \"config\"}}"), "openshift? plain"),
        (with("{count: {gte: 2}}"), "openshift plain proxies"),
        (with("{count: {gt: 2}}"), "openshift? proxies?"),
        (with("null"), ""),
    ];
    let cases: Vec<(&str, &str)> = cases.iter().map(|(text, names)| (text.as_str(), *names)).collect();
    check(&Fixture::of(CONFIGURED), &cases);
    let flags = |name: &str| {
        let shown = Fixture::of(CONFIGURED)
            .shown(&format!("{{ containers(where: {{name: \"{name}\"}}) {{ flags {{ name }} }} }}"));
        shown["flags"].as_array().unwrap().iter().map(|flag| flag["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(flags("kube-proxy"), ["config", "hostname-override"]);
}
