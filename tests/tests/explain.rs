//! `assay explain`: a control in English, and the conditions of one asset with their values.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use assay_tests::assay::Place;

const PODS: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers: [{name: one, image: a, securityContext: {privileged: true}}, {name: two, image: b}]
---
apiVersion: v1
kind: Pod
metadata: {name: unread, namespace: shop}
spec: {hostNetwork: 3, containers: [{name: one, image: a}]}
";

fn explained(arguments: &[&str]) -> String {
    let place = Place::new();
    place.write("pods.yaml", PODS);
    let run = place.run(std::iter::once(&"explain").chain(arguments));
    assert_eq!(run.code, 0, "{run:?}");
    run.stdout
}

#[test]
fn a_control_in_english() {
    let text = explained(&["container-privileged"]);
    for line in [
        "Each asset in the result fails; it passes where there are none.",
        "  it starts from a Workload for which",
        "  it is a Container in `podTemplate.containers` of that, for which",
        "    `securityContext.privileged` is true",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
}

#[test]
fn a_failure_and_a_pass_show_the_values_that_decided() {
    let text = explained(&["container-privileged", "Pod/shop/web", "pods.yaml"]);
    let part = |name: &str| text.split("\n\n").find(|part| part.contains(name)).unwrap().to_owned();
    let (fails, passes) = (part("#containers/one fails:"), part("#containers/two passes:"));
    assert!(fails.contains("true `securityContext.privileged` is true (it is true)"), "{fails}");
    assert!(passes.contains("false `securityContext.privileged` is true (it is missing)"), "{passes}");
}

#[test]
fn what_is_unknown_is_said_to_be() {
    let text = explained(&["pod-host-network", "unread", "pods.yaml"]);
    let why = "core/Pod/shop/unread unknown:\n  core/Pod/shop/unread could not be read (failed): ";
    assert!(text.contains(why), "{text}");
    assert!(text.contains("unknown `"), "{text}");
}

#[test]
fn what_is_unknown_of_the_cluster_names_what_could_not_be_read() {
    let place = Place::new();
    place.write("pods.yaml", PODS);
    let run = place.run([
        "explain",
        "kubelet-anonymous-auth",
        "assay/Cluster//lab",
        "pods.yaml",
        "--partial",
        "--cluster-name",
        "lab",
    ]);
    assert_eq!(run.code, 0, "{run:?}");
    let told = "kubeletconfigurations.kubelet.config.k8s.io could not be read (excluded): none is among what";
    for told in ["assay/Cluster//lab unknown:", told] {
        assert!(run.stdout.contains(told), "{told}: {run:?}");
    }
}

#[test]
fn an_asset_that_no_check_examines_is_a_mistake() {
    let place = Place::new();
    place.write("pods.yaml", PODS);
    let run = place.run(["explain", "container-privileged", "nothing", "pods.yaml"]);
    assert_eq!((run.code, run.stderr.contains("examines an asset `nothing`")), (2, true), "{run:?}");
}
