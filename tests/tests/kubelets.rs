//! The configuration of kubelets, asked through the real API server: of one that answers, and of one that does not.
//! There is no kubelet here: a small TLS server says what one would say.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

mod live;

use std::io::{BufRead as _, BufReader};
use std::net::{IpAddr, TcpListener, UdpSocket};
use std::process::{Child, Command, Stdio};

use arrow::array::{Array as _, StringArray};
use assay_connector::ClusterRequest;
use assay_model::coverage::ReadStatus;
use assay_snapshot::{Consistency, Snapshot};
use assay_tests::apiserver::ApiServer;
use assay_tests::skip::{Skip, need};
use serde_json::{Value, json};

use live::Bench;

const RESOURCE: &str = "kubeletconfigurations";

/// Answers `/configz` on the address given, until its standard input ends.
const SERVER: &str = r#"
import http.server, os, ssl, sys, threading
address, certificate, key, config = sys.argv[1:]
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        found = self.path == "/configz"
        body = config.encode() if found else b""
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer((address, 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print(server.server_address[1], flush=True)
server.serve_forever()
"#;

struct Kubelet {
    child: Child,
    port: u16,
}

impl Kubelet {
    fn start(server: &ApiServer, address: IpAddr, config: &Value) -> Result<Self, Skip> {
        let mut python = Command::new("python3");
        python.args(["-c", SERVER, &address.to_string()]).arg(server.certificate());
        python.arg(server.state().join("apiserver.key")).arg(config.to_string());
        let child = python.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| Skip(format!("needs python3: {error}")))?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Ok(Self { child, port: line.trim().parse().unwrap() })
    }
}

impl Drop for Kubelet {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// An address of this machine that is not loopback, which the API server takes for no node's.
fn address() -> Result<IpAddr, Skip> {
    let socket = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        // Nothing is sent: this chooses an interface.
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    let address = socket.map_err(|error| Skip(format!("needs a network interface: {error}")))?.ip();
    if address.is_loopback() {
        Err(Skip("needs a network interface besides loopback".to_owned()))
    } else {
        Ok(address)
    }
}

fn node(server: &ApiServer, name: &str, address: IpAddr, port: u16) {
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}});
    server.apply(&node.to_string());
    let status = json!({"status": {"addresses": [{"type": "InternalIP", "address": address.to_string()}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": port}}}});
    server.kubectl(&["patch", "node", name, "--subresource=status", "--patch", &status.to_string()]);
}

fn read(snapshot: &Snapshot) -> (ReadStatus, u64) {
    let resources = &snapshot.manifest.collection.resources;
    let read = resources.iter().find(|read| read.resource == RESOURCE).unwrap();
    (read.status, read.count)
}

fn objects(snapshot: &Snapshot) -> Vec<Value> {
    let rows =
        snapshot.read(&format!("objects/{RESOURCE}.kubelet.config.k8s.io"), Some(&["object"])).unwrap();
    let column = rows.column_by_name("object").unwrap().as_any().downcast_ref::<StringArray>().unwrap();
    column.iter().map(|object| serde_json::from_str(object.unwrap()).unwrap()).collect()
}

#[test]
fn kubelets_are_asked_only_if_that_is_wanted() {
    let test = "kubelets_are_asked_only_if_that_is_wanted";
    let Some(server) = need(test, ApiServer::shared()) else { return };
    let Some(address) = need(test, address()) else { return };
    let config = json!({"kubeletconfig": {"readOnlyPort": 10255, "kind": "Other",
        "authentication": {"anonymous": {"enabled": true}},
        "staticPodURLHeader": {"Authorization": ["Bearer PLANTED-60-kubelet-header"]}}});
    let Some(kubelet) = need(test, Kubelet::start(server, address, &config)) else { return };
    let closed = TcpListener::bind((address, 0)).unwrap().local_addr().unwrap().port();
    node(server, "answers", address, kubelet.port);
    node(server, "away", address, closed);
    let bench = Bench::new();
    let request = ClusterRequest {
        kubeconfig: Some(server.kubeconfig()),
        cluster_name: Some("lab".to_owned()),
        ..ClusterRequest::default()
    };
    let without = bench.try_collect(&request).unwrap();
    assert_eq!(read(&without), (ReadStatus::Excluded, 0));
    let verdicts = bench.judge(&without);
    let cluster = "assay/Cluster//lab";
    assert_eq!(verdicts.of("kubelet-anonymous-auth", cluster), ["unknown"], "nobody was asked");
    let gaps = verdicts.audit.gaps;
    assert!(gaps.iter().any(|gap| gap.message.contains("--kubelet-config")), "{gaps:?}");

    let request = ClusterRequest { kubelet_config: true, ..request };
    let snapshot = bench.try_collect(&request).unwrap();
    assert_eq!(read(&snapshot), (ReadStatus::Listed, 2));
    let found = objects(&snapshot);
    assert_eq!(
        (&found[0]["metadata"]["name"], &found[0]["kind"]),
        (&json!("answers"), &json!("KubeletConfiguration"))
    );
    assert_eq!(found[0]["readOnlyPort"], 10255);
    assert_eq!(found[0]["authentication"]["anonymous"]["enabled"], true);
    assert!(!found[0].to_string().contains("PLANTED-60"), "{}", found[0]);
    assert_eq!(found[1]["readOnlyPort"], Value::Null);
    let Consistency::Pinned { apart, .. } = &snapshot.manifest.collection.consistency else {
        panic!("not pinned")
    };
    assert!(apart.iter().any(|apart| apart.resource.starts_with(RESOURCE)), "{apart:?}");
    let verdicts = bench.judge(&snapshot);
    let outcome = |control: &str, name: &str| {
        verdicts.of(control, &format!("kubelet.config.k8s.io/KubeletConfiguration//{name}"))
    };
    for (control, expected) in [
        ("kubelet-anonymous-auth", "fail"),
        ("kubelet-read-only-port", "fail"),
        ("kubelet-authorization", "pass"),
        ("kubelet-seccomp-default", "fail"),
    ] {
        assert_eq!(outcome(control, "answers"), [expected], "{control}");
        assert_eq!(outcome(control, "away"), ["unknown"], "{control}");
    }
    let gaps = &verdicts.audit.gaps;
    let about = |name: &str| {
        let of = |gap: &&assay_audit::audit::Gap| gap.asset.as_ref().is_some_and(|asset| asset.name == name);
        gaps.iter().filter(of).map(|gap| gap.message.clone()).collect::<Vec<_>>()
    };
    assert!(about("answers").is_empty());
    assert!(about("away")[0].contains("cannot be asked: HTTP"), "{gaps:?}");

    // Who may list nodes may not yet ask them.
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "lists-nodes"}, "rules": [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]}]});
    server.apply(&role.to_string());
    server.kubectl(&[
        "create",
        "clusterrolebinding",
        "lists-nodes",
        "--clusterrole=lists-nodes",
        "--user=operator",
    ]);
    let request = ClusterRequest { kubeconfig: Some(server.kubeconfig_for("operator")), ..request };
    let snapshot = bench.try_collect(&request).unwrap();
    let notes = &snapshot.manifest.collection.notes;
    let forbidden = notes.iter().filter(|note| note.contains("is forbidden to operator"));
    assert_eq!((read(&snapshot), forbidden.count()), ((ReadStatus::Listed, 2), 2), "{notes:?}");
    server.kubectl(&["delete", "node", "answers", "away"]);
}
