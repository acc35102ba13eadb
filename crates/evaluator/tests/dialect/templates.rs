//! Which pods are examined beside the workload that controls them.

use crate::fixture::Fixture;

/// A Deployment, and pods that it controls, each with changes to what its template gives it.
fn pods(changed: &[(&str, &[(&str, &str)])]) -> String {
    const SPEC: &str = "spec: {containers: [{name: c, image: a, ports: [{containerPort: 80}], \
                        volumeMounts: [{name: v, mountPath: /v}]}], volumes: [{name: v, emptyDir: {}}]}";
    let pod = |(name, changes): &(&str, &[(&str, &str)])| {
        let pod = format!(
            "---
apiVersion: v1
kind: Pod
metadata:
  name: {name}
  namespace: a
  annotations: {{note: a}}
  ownerReferences: [{{apiVersion: apps/v1, kind: Deployment, name: web, uid: u, controller: true}}]
{SPEC}
"
        );
        changes.iter().fold(pod, |pod, (from, to)| {
            assert!(pod.contains(from), "{from} in {pod}");
            pod.replace(from, to)
        })
    };
    let owner = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: a}";
    let pods: String = changed.iter().map(pod).collect();
    format!("{owner}\nspec: {{template: {{{SPEC}}}}}\n{pods}")
}

#[test]
fn pods_that_differ_from_their_template_are_examined() {
    let different: [(&str, &[(&str, &str)]); 22] = [
        ("account", &[("{containers", "{serviceAccountName: robot, containers")]),
        ("annotation", &[("note: a", "container.apparmor.security.beta.kubernetes.io/c: unconfined")]),
        ("automount", &[("{containers", "{automountServiceAccountToken: true, containers")]),
        ("command", &[("image: a", "image: a, command: [sh, -c, id]")]),
        ("debugged", &[("}], volumes", "}], ephemeralContainers: [{name: debug, image: b}], volumes")]),
        ("env", &[("image: a", "image: a, env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]")]),
        ("env-from", &[("image: a", "image: a, envFrom: [{secretRef: {name: s}}]")]),
        ("host-network", &[("{containers", "{hostNetwork: true, containers")]),
        ("host-path", &[("emptyDir: {}", "hostPath: {path: /}")]),
        ("host-port", &[("containerPort: 80", "containerPort: 80, hostPort: 80")]),
        ("image", &[("image: a", "image: a:1")]),
        ("init", &[("{containers", "{initContainers: [{name: i, image: a}], containers")]),
        ("mount", &[("name: v, mountPath: /v", "name: v, mountPath: /v, mountPropagation: Bidirectional")]),
        ("privileged", &[("image: a", "image: a, securityContext: {privileged: true}")]),
        ("probe", &[("image: a", "image: a, livenessProbe: {httpGet: {host: example.com, port: 80}}")]),
        ("runtime-class", &[("{containers", "{runtimeClassName: other, containers")]),
        ("service-links", &[("{containers", "{enableServiceLinks: false, containers")]),
        ("sidecar", &[("}], volumes", "}, {name: s, image: s}], volumes")]),
        (
            "sysctl",
            &[(
                "{containers",
                "{securityContext: {sysctls: [{name: kernel.msgmax, value: '1'}]}, containers",
            )],
        ),
        (
            "token",
            &[(
                "volumes: [",
                "volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: p}}]}}, ",
            )],
        ),
        (
            "token-against-its-word",
            &[
                ("{containers", "{automountServiceAccountToken: false, containers"),
                ("volumes: [", "volumes: [{name: kube-api-access-x, projected: {sources: []}}, "),
            ],
        ),
        ("volume", &[("volumes: [", "volumes: [{name: w, secret: {secretName: s}}, ")]),
    ];
    let fixture = Fixture::of(&pods(&different));
    let names: Vec<&str> = different.iter().map(|(name, _)| *name).collect();
    let asked = "{ pods(where: {topLevel: true}) { ...AssetFragment } }";
    assert_eq!(fixture.ask(asked), names.join(" "));
}

#[test]
fn pods_with_what_every_pod_gets_are_not() {
    const MOUNT: &str = "{name: kube-api-access-x, mountPath: /var/run/secrets/kubernetes.io/serviceaccount}";
    const VOLUME: &str =
        "{name: kube-api-access-x, projected: {sources: [{serviceAccountToken: {path: token}}]}}";
    let alike: [(&str, &[(&str, &str)]); 8] = [
        ("account", &[("{containers", "{serviceAccountName: default, serviceAccount: default, containers")]),
        ("claim", &[("volumes: [", "volumes: [{name: data, persistentVolumeClaim: {claimName: data-0}}, ")]),
        (
            "index",
            &[("image: a", "image: a, env: [{name: I, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]")],
        ),
        ("limits", &[("image: a", "image: a, resources: {limits: {memory: 1Gi}, requests: {memory: 1Gi}}")]),
        (
            "placed",
            &[(
                "{containers",
                "{nodeName: node-1, priority: 0, tolerations: [{key: k}], hostname: h, containers",
            )],
        ),
        ("same", &[]),
        ("service-links", &[("{containers", "{enableServiceLinks: true, containers")]),
        (
            "token",
            &[
                ("volumeMounts: [", &format!("volumeMounts: [{MOUNT}, ")),
                ("volumes: [", &format!("volumes: [{VOLUME}, ")),
            ],
        ),
    ];
    let fixture = Fixture::of(&pods(&alike));
    assert_eq!(fixture.ask("{ pods(where: {topLevel: true}) { ...AssetFragment } }"), "");
    assert_eq!(fixture.ask("{ workloads { ...AssetFragment } }"), "web");
}

#[test]
fn ports_of_pods_in_their_nodes_network_are_the_nodes() {
    let changed = pods(&[("pod", &[("containerPort: 80", "containerPort: 80, hostPort: 80")])]);
    let fixture = Fixture::of(&changed.replace("{containers", "{hostNetwork: true, containers"));
    assert_eq!(fixture.ask("{ workloads { ...AssetFragment } }"), "web");
}

/// A workload that names an owner.
fn owned(kind: &str, owner: &str, spec: &str, name: &str) -> String {
    let (group, owner_group) = match kind {
        "Job" => ("batch/v1", "batch/v1"),
        "DaemonSet" | "ReplicaSet" => ("apps/v1", "apps/v1"),
        _ => ("v1", "apps/v1"),
    };
    format!(
        "---
apiVersion: {group}
kind: {kind}
metadata:
  name: {name}
  namespace: a
  ownerReferences: [{{apiVersion: {owner_group}, kind: {owner}, name: own, uid: u, controller: true}}]
spec: {{{spec}}}
"
    )
}

#[test]
fn an_owner_hides_what_it_makes_and_nothing_else() {
    let template = |image: &str| format!("template: {{spec: {{containers: [{{name: c, image: {image}}}]}}}}");
    let (same, other) = (template("a"), template("b"));
    let job = |image: &str| format!("jobTemplate: {{spec: {{{}}}}}, schedule: '* * * * *'", template(image));
    let manifests = [
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: own, namespace: a}}\nspec: {{{same}}}\n"
        ),
        format!(
            "---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: own, namespace: a}}\nspec: {{{}}}\n",
            job("a")
        ),
        owned("ReplicaSet", "Deployment", &same, "made"),
        owned("ReplicaSet", "Deployment", &format!("replicas: 0, {other}"), "earlier"),
        owned("ReplicaSet", "Deployment", &format!("replicas: 1, {other}"), "rs-of-its-own"),
        format!(
            "---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {{name: own, namespace: a}}\nspec: {{{same}}}\n"
        ),
        owned("ReplicaSet", "Rollout", &format!("replicas: 0, {other}"), "earlier-of-rollout")
            .replace("apps/v1, kind: Rollout", "argoproj.io/v1alpha1, kind: Rollout"),
        owned("Job", "CronJob", &same, "run"),
        owned("Job", "CronJob", &other, "job-of-its-own"),
        owned("DaemonSet", "Deployment", &same, "no-deployment-makes-it"),
        owned("Pod", "DaemonSet", "containers: [{name: c, image: a}]", "stray")
            .replace("name: own", "name: no-deployment-makes-it"),
    ];
    let fixture = Fixture::of(&manifests.concat());
    assert_eq!(
        fixture.ask("{ workloads { ...AssetFragment } }"),
        "job-of-its-own no-deployment-makes-it own own own rs-of-its-own"
    );
}

#[test]
fn pods_that_own_each_other_hide_none() {
    let pod = |name: &str, owner: &str| {
        owned("Pod", "Pod", "containers: [{name: c, image: a}]", name).replace(
            "apiVersion: apps/v1, kind: Pod, name: own",
            &format!("apiVersion: v1, kind: Pod, name: {owner}"),
        )
    };
    let fixture = Fixture::of(&[pod("a", "b"), pod("b", "a"), pod("c", "b"), pod("d", "c")].concat());
    assert_eq!(fixture.ask("{ workloads { ...AssetFragment } }"), "a b");
}

#[test]
fn the_end_of_a_long_chain_is_found() {
    let pods: String = (0..2_000)
        .map(|number| {
            owned("Pod", "Pod", "containers: [{name: c, image: a}]", &format!("p{number}")).replace(
                "apiVersion: apps/v1, kind: Pod, name: own",
                &format!("apiVersion: v1, kind: Pod, name: p{}", number + 1),
            )
        })
        .collect();
    assert_eq!(Fixture::of(&pods).ask("{ workloads { ...AssetFragment } }"), "p1999");
}
