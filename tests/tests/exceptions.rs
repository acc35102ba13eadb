//! What the terminal says of exceptions: which cover what, and which cover nothing.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use assay_tests::assay::Place;

const POD: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {hostNetwork: true, hostPID: true, containers: [{name: one, image: a}]}
";

/// A file of exceptions, each of an id, a control, and the assets it is for.
fn file(exceptions: &[(&str, &str, &str)]) -> String {
    let one = |(id, control, assets): &(&str, &str, &str)| {
        let until = "reason: because\n  owner: me\n  expires: 2999-12-31\n";
        format!("- id: {id}\n  controls: [{control}]\n{assets}  {until}")
    };
    format!("exceptions:\n{}", exceptions.iter().map(one).collect::<String>())
}

#[test]
fn what_exceptions_cover_and_which_cover_nothing_is_told() {
    let place = Place::new();
    let pod = place.write("pod.yaml", POD);
    let exceptions = file(&[
        ("all-of-it", "pod-host-network", ""),
        ("misspelt-kind", "pod-host-pid", "  assets: {kinds: [Podd]}\n"),
        ("misspelt-name", "pod-host-pid", "  assets: {names: [wbe]}\n"),
        ("any-kind", "pod-host-pid", "  assets: {kinds: ['Po*', Container], namespaces: [other]}\n"),
        ("not-evaluated", "container-privileged", "  assets: {names: [web]}\n"),
    ]);
    place.write("exceptions.yaml", exceptions);
    let run = place.audit(&pod, &["--exceptions", "exceptions.yaml", "--select", "pod-host-*"]);
    assert_eq!(run.code, 0, "{run:?}");
    let unused = run.stdout.lines().find(|line| line.starts_with("Unused exceptions:")).unwrap();
    let named = "Unused exceptions: misspelt-kind, misspelt-name, any-kind;";
    assert!(unused.starts_with(named), "one of a control that was not asked could cover nothing: {unused}");
    assert!(run.stdout.contains("1 excepted (1 by all-of-it)"), "without `assets` it covers all: {run:?}");
    let warnings: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("warning:")).collect();
    assert_eq!(warnings, ["warning: exception `misspelt-kind`: there is no kind `Podd`; is `Pod` meant?"]);
}
