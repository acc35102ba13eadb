//! The control plane that other tests run against is real, and leaves nothing behind.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use assay_tests::apiserver::{ApiServer, build, wait_until};
use assay_tests::skip::need;
use serde_json::Value;

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: example.invalid/web}]}
";

#[test]
fn is_a_control_plane() {
    let Some(server) = need("is_a_control_plane", ApiServer::start()) else { return };

    let namespace = server.namespace("shop");
    let of = format!("--namespace={namespace}");
    server.kubectl_stdin(&["apply", &of, "--filename=-"], DEPLOYMENT);
    let list = |kind: &str| -> Vec<Value> {
        let list = server.kubectl(&["get", kind, &of, "--output=json"]);
        serde_json::from_str::<Value>(&list).unwrap()["items"].as_array().unwrap().clone()
    };
    wait_until("two Pods", Duration::from_secs(60), || list("pods").len() == 2);
    let deployment = &list("deployments")[0]["metadata"]["uid"];
    let replica_set = &list("replicasets")[0]["metadata"];
    assert_eq!(&replica_set["ownerReferences"][0]["uid"], deployment);
    for pod in list("pods") {
        assert_eq!(pod["metadata"]["ownerReferences"][0]["uid"], replica_set["uid"]);
        assert_eq!(pod["spec"]["serviceAccountName"], "default");
        let mount = &pod["spec"]["containers"][0]["volumeMounts"][0]["mountPath"];
        assert_eq!(mount, "/var/run/secrets/kubernetes.io/serviceaccount");
        assert!(pod["spec"]["volumes"][0]["projected"]["sources"][0]["serviceAccountToken"].is_object());
    }

    let refused = server.try_kubectl("narrow", &["get", "pods"], "");
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("Forbidden"), "{refused:?}");

    let version: Value = serde_json::from_str(&server.kubectl(&["get", "--raw=/version"])).unwrap();
    assert_eq!(version["gitVersion"], "v1.36.3");

    server.kill_apiserver();
    assert!(!server.try_kubectl("admin", &["get", "pods"], "").status.success());
    server.restart_apiserver();
    assert_eq!(list("deployments").len(), 1, "objects outlive a restart");

    let (pids, state) = (server.pids(), server.state().to_owned());
    assert_eq!(pids.len(), 3);
    drop(server);
    assert!(pids.iter().all(|pid| !runs(*pid)), "a server is left of {pids:?}");
    assert!(!state.exists());
}

#[test]
fn ends_however_the_test_ends() {
    let Some(_) = need("ends_however_the_test_ends", build()) else { return };

    let mut test = Command::new(std::env::current_exe().unwrap());
    test.args(["--ignored", "--exact", "--nocapture", "aborts"]).env("ASSAY_TESTS_ABORT", "1");
    let printed = test.output().unwrap();
    assert!(!printed.status.success());
    let printed = String::from_utf8_lossy(&printed.stdout).into_owned();
    let (_, started) = printed.split_once("started ").unwrap_or_else(|| panic!("no server: {printed}"));
    let (pids, state) = started.lines().next().unwrap().split_once(' ').unwrap();
    let pids: Vec<u32> = pids.split(',').map(|pid| pid.parse().unwrap()).collect();
    assert_eq!(pids.len(), 3);
    wait_until("servers are gone", Duration::from_secs(30), || {
        pids.iter().all(|pid| !runs(*pid)) && !Path::new(state).exists()
    });
}

#[test]
#[ignore = "a part of ends_however_the_test_ends"]
fn aborts() {
    if std::env::var_os("ASSAY_TESTS_ABORT").is_none() {
        return;
    }
    let server = ApiServer::shared().unwrap();
    let pids: Vec<String> = server.pids().iter().map(u32::to_string).collect();
    #[allow(clippy::print_stdout, reason = "the other test reads it")]
    {
        println!("started {} {}", pids.join(","), server.state().display());
    }
    std::process::abort();
}

fn runs(pid: u32) -> bool {
    // A process that has ended and is not yet waited for is a zombie.
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    status.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}
