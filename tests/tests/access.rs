//! What could not be read is told before; the role that is printed for some controls is enough for them.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use assay_tests::apiserver::ApiServer;
use assay_tests::assay::Place;
use assay_tests::fake::{Answer, FakeServer};
use assay_tests::skip::need;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

const CHOSEN: [&str; 4] = ["--select", "k8s-namespaces-without-network-policies", "--select", "pod-host-*"];

/// Made by `openssl req -x509 -newkey ed25519 -nodes -keyout /dev/null -days 36500 -subj /CN=lab`.
const AUTHORITY: &str = "\
-----BEGIN CERTIFICATE-----
MIIBMjCB5aADAgECAhQIGOCRKaIQcA2hHygXv3VmVcWzhTAFBgMrZXAwDjEMMAoG
A1UEAwwDbGFiMCAXDTI2MTEzMDA3MzEwNVoYDzIxMjYxMTA2MDczMTA1WjAOMQww
CgYDVQQDDANsYWIwKjAFBgMrZXADIQAxo4NFUeO5gFcyc6PCgYhRwh9xNdSbUCfE
dHjSwcE1U6NTMFEwHQYDVR0OBBYEFC+5CgzfOxbZUn/KWMEO2C+VvoJyMB8GA1Ud
IwQYMBaAFC+5CgzfOxbZUn/KWMEO2C+VvoJyMA8GA1UdEwEB/wQFMAMBAf8wBQYD
K2VwA0EAYkYruhWApxma3FSQIo+en9aMkWhTwIgyOrAK4a4WaW9+Fcz7dRWK7TnE
dIiFqcbftCCCePXQRzp/QDwFnLA9Cw==
-----END CERTIFICATE-----
";

#[test]
fn access_is_told_before() {
    let Some(server) = need("access_is_told_before", ApiServer::shared()) else { return };
    let place = Place::new();
    let check = |user: &str, more: &[&str]| {
        let kubeconfig = server.kubeconfig_for(user);
        let fixed = ["collect", "--check-access", "--cluster-name", "lab", "--kubeconfig"];
        let arguments = fixed.into_iter().chain([kubeconfig.to_str().unwrap()]).chain(more.iter().copied());
        place.run(arguments.collect::<Vec<_>>())
    };
    let all = check("admin", &["--kubelet-config"]);
    assert_eq!(all.code, 0, "{}{}", all.stdout, all.stderr);
    assert!(all.stdout.contains("A collection would be complete."), "{}", all.stdout);
    let most = check("admin", &[]);
    assert_eq!(most.code, 3, "what is left out makes controls unknown: {}{}", most.stdout, most.stderr);
    let (_, after) = most.stdout.split_once("kubeletconfigurations.kubelet.config.k8s.io  left out").unwrap();
    let needed = after.lines().nth(1).unwrap();
    assert!(needed.contains("needed by kubelet-") && after.contains("controls would be unknown."), "{after}");

    // Exactly the role that is printed: kinds that it lacks are needed by no control.
    let role = place.run(["rbac", "--name", "printed", "--kubelet-config"]);
    server.apply(&role.stdout);
    server.kubectl(&["create", "clusterrolebinding", "printed", "--clusterrole=printed", "--user=printed"]);
    let printed = check("admin", &["--as", "printed", "--kubelet-config"]);
    assert_eq!(printed.code, 0, "{}{}", printed.stdout, printed.stderr);
    let told = ["needed by no control:", "No control would be unknown.", "`assay rbac --all-kinds`"];
    assert!(told.iter().all(|told| printed.stdout.contains(told)), "{}", printed.stdout);

    let none = check("narrow", &[]);
    assert_eq!(none.code, 3, "{}{}", none.stdout, none.stderr);
    assert!(none.stdout.contains("`assay rbac` prints the permissions"), "{}", none.stdout);
    let policies = "list networkpolicies.networking.k8s.io at the cluster scope is forbidden to narrow";
    let (_, after) = none.stdout.split_once(policies).unwrap();
    let needed = after.lines().nth(1).unwrap();
    assert!(needed.contains("needed by ") && !needed.contains("no control"), "{needed}");
    let namespace = server.namespace("told");
    let one = check("narrow", &["-n", &namespace]);
    assert!(
        one.stdout.contains(&format!("list secrets in namespace {namespace} is forbidden")),
        "{}",
        one.stdout
    );
    assert!(place.files(".").is_empty(), "nothing is written");
}

#[test]
fn the_role_for_some_controls_is_enough_for_them_and_least() {
    let Some(server) = need("the_role_for_some_controls_is_enough", ApiServer::shared()) else { return };
    let place = Place::new();
    let role = place.run([&["rbac", "--name", "chosen"], &CHOSEN[..]].concat());
    assert_eq!(role.code, 0, "{}", role.stderr);
    assert!(!role.stdout.contains("secrets") && !role.stdout.contains('*'), "{}", role.stdout);
    server.apply(&role.stdout);
    server.kubectl(&["create", "clusterrolebinding", "chosen", "--clusterrole=chosen", "--user=operator"]);
    let audit = |select: &[&str]| {
        let more = [&["--cluster-name", "lab", "--format", "json"], select].concat();
        let run = place.audit_cluster(&server.kubeconfig_for("operator"), &more);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let json = std::fs::read_to_string(place.path("report/audit.json")).unwrap();
        serde_json::from_str::<Value>(&json).unwrap()
    };
    let chosen = audit(&CHOSEN);
    assert_eq!(chosen["unknowns"], Value::Array(Vec::new()));
    let decided = ["pass", "fail"].map(|outcome| chosen["summary"]["results"][outcome].as_u64().unwrap());
    assert!(decided.iter().sum::<u64>() > 0);
    let others = audit(&["--select", "secrets-access"]);
    assert!(!others["unknowns"].as_array().unwrap().is_empty(), "what else there is may not be read");
}

#[test]
fn what_was_not_read_is_told_where_it_matters() {
    let server = FakeServer::start(|asked| {
        let is_refused = ["/api/v1/pods", "/api/v1/configmaps"].contains(&asked.path.as_str());
        is_refused.then(|| Answer::failure(403, "Forbidden"))
    });
    let place = Place::new();
    let kubeconfig = server.kubeconfig();
    let collect = place.run(["collect", "--store", "store", "--kubeconfig", kubeconfig.to_str().unwrap()]);
    assert_eq!(collect.code, 0, "{collect:?}");
    let told =
        "warning: 2 resources could not be read, at least in part: `assay collect --check-access` tells";
    assert!(collect.stderr.contains(told), "{collect:?}");
    let audit = |more: &[&str]| {
        let gate = [&["--select", "pod-host-network", "--fail-on", "low"], more].concat();
        place.audit_cluster(&kubeconfig, &gate)
    };
    assert_eq!(audit(&[]).code, 3);
    let passed = audit(&["--allow-unknown"]);
    assert_eq!(passed.code, 0, "{passed:?}");
    let told = "Gate passed: no finding is low or worse; 1 control could not be examined everywhere, which \
                `--allow-unknown` lets pass";
    assert!(passed.stdout.contains(told), "{passed:?}");
}

#[test]
fn a_young_snapshot_is_taken_again() {
    let server = FakeServer::start(|_| None);
    let place = Place::new();
    let kubeconfig = server.kubeconfig();
    let audit = |more: &[&str]| {
        let run = place.audit_cluster(&kubeconfig, &[&["--max-age", "1h"], more].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        (server.count("/api/v1/pods"), run.stderr.contains("not collected anew"))
    };
    assert_eq!(audit(&[]), (1, false));
    assert_eq!(audit(&[]), (1, true));
    assert_eq!(audit(&["--cluster-name", "other"]), (2, false), "another cluster's is not taken");
    assert_eq!(audit(&["--as", "someone"]), (3, false), "nor what another user saw");
    assert_eq!(audit(&["-n", "shop"]), (3, false), "nor what another scope has");
    assert_eq!(server.count("/api/v1/namespaces/shop/pods"), 1);
    assert_eq!(audit(&["-n", "shop"]), (3, true));
    assert!(!audit(&["-n", "shop", "--kubelet-config"]).1, "nor one without kubelets where they are wanted");
    // A cluster that is made anew has the name and the URL of the one before.
    let config = std::fs::read_to_string(&kubeconfig).unwrap();
    let authority =
        format!("\"cluster\":{{\"certificate-authority-data\":\"{}\",", STANDARD.encode(AUTHORITY));
    std::fs::write(&kubeconfig, config.replace("\"cluster\":{", &authority)).unwrap();
    assert!(!audit(&["-n", "shop"]).1, "nor that of another certificate authority");
    assert!(audit(&["-n", "shop"]).1);
    std::thread::sleep(std::time::Duration::from_secs(2));
    let old = place.run(["evaluate", "--store", "store", "--max-age", "1s"]);
    assert!(old.code == 2 && old.stderr.contains("is too old"), "{}", old.stderr);
    let young = place.run(["evaluate", "--store", "store", "--max-age", "1h"]);
    assert_eq!(young.code, 0, "{}", young.stderr);
}
