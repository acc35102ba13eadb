//! An API server that fails as asked: for faults that a real one can't be made to show. What it serves besides is
//! little and right: a namespace, ConfigMaps, Secrets, Pods and NetworkPolicies, at one revision.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "only tests call this, and a panic is how they fail"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;

/// The revision of everything, until a test says otherwise.
pub const REVISION: u64 = 100;

/// A request, as far as faults depend on it.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Path and query, as they came.
    pub target: String,
    /// The path, without the query.
    pub path: String,
    /// Which forms of an answer the client takes: its header `Accept`.
    pub accept: String,
    /// The query.
    pub query: Vec<(String, String)>,
    /// How many requests for this path came before.
    pub before: usize,
}

impl Asked {
    /// A parameter of the query, if it is there.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The index of the first object that is asked for.
    pub fn start(&self) -> usize {
        self.parameter("continue").map_or(0, |token| token.parse().expect("a token of this server"))
    }

    /// How many objects are asked for.
    pub fn limit(&self) -> usize {
        self.parameter("limit").map_or(usize::MAX, |limit| limit.parse().expect("limit is a number"))
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub code: u16,
    /// Headers besides those of every answer: `Retry-After: 1`.
    pub headers: Vec<String>,
    /// The body.
    pub body: Vec<u8>,
    /// How much of the body is sent before the connection breaks; all if none.
    pub cut: Option<usize>,
}

impl Answer {
    /// Success with this body.
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { code: 200, headers: Vec::new(), body: body.into(), cut: None }
    }

    /// A failure as the API describes it.
    pub fn failure(code: u16, reason: &str) -> Self {
        let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason,
            "message": "password=PLANTED-in-a-message", "code": code});
        Self { code, ..Self::ok(status.to_string()) }
    }
}

/// What the server does out of the ordinary; nothing where it gives none.
pub type Fault = dyn Fn(&Asked) -> Option<Answer> + Send + Sync;

/// A server on loopback that is gone with this.
pub struct FakeServer {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    folder: TempDir,
}

impl FakeServer {
    /// Starts a server with a fault.
    pub fn start(fault: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, fault): (_, Arc<Fault>) = (asked.clone(), Arc::new(fault));
        // It ends with the process: a thread that waits for connections does not keep a test from ending.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, fault) = (log.clone(), fault.clone());
                // A client that hangs up is no failure.
                thread::spawn(move || drop(serve(stream, &log, &*fault)));
            }
        });
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { address, asked, folder }
    }

    /// A kubeconfig of the server.
    pub fn kubeconfig(&self) -> PathBuf {
        let path = self.folder.path().join("kubeconfig");
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "fake",
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "me"}}],
            "clusters": [{"name": "fake", "cluster": {"server": format!("http://{}", self.address)}}],
            "users": [{"name": "me", "user": {}}],
        });
        fs::write(&path, config.to_string()).expect("the temporary folder is writable");
        path
    }

    /// All requests so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How many requests there were for a path.
    pub fn count(&self, path: &str) -> usize {
        self.asked().iter().filter(|asked| asked.path == path).count()
    }
}

fn serve(stream: TcpStream, log: &Mutex<Vec<Asked>>, fault: &Fault) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut length, mut accept) = (0, String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? <= 2 {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or_default();
        match name.to_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or_default(),
            "accept" => accept = value.trim().to_owned(),
            _ => {}
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let asked = {
        let mut log = log.lock().unwrap();
        let before = log.iter().filter(|asked: &&Asked| asked.path == path).count();
        let query = pairs.map(|(key, value)| (key.to_owned(), value.replace("%3D", "="))).collect();
        let asked = Asked { target: target.clone(), path: path.to_owned(), accept, query, before };
        log.push(asked.clone());
        asked
    };
    let answer = fault(&asked).unwrap_or_else(|| ordinary(&asked));
    let mut head = format!(
        "HTTP/1.1 {} .\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n",
        answer.code,
        answer.body.len()
    );
    answer.headers.iter().for_each(|header| head += &format!("{header}\r\n"));
    let sent = &answer.body[..answer.cut.unwrap_or(answer.body.len())];
    let mut stream = reader.into_inner();
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")?;
    stream.write_all(sent)?;
    stream.flush()
}

/// What a server in order answers.
pub fn ordinary(asked: &Asked) -> Answer {
    match asked.path.as_str() {
        "/version" => Answer::ok(json!({"gitVersion": "v1.36.3"}).to_string()),
        "/readyz" => Answer::ok("ok"),
        "/api/v1/namespaces/kube-system" => {
            Answer::ok(json!({"metadata": {"name": "kube-system", "uid": "1"}}).to_string())
        }
        "/api" => discovery(&[("", &["namespaces", "configmaps", "secrets", "pods"])]),
        "/apis" => discovery(&[("networking.k8s.io", &["networkpolicies"]), ("metrics.k8s.io", &["pods"])]),
        "/api/v1/namespaces/shop" => Answer::ok(objects("namespaces")[0].to_string()),
        path => {
            let plural = path.rsplit('/').next().unwrap_or_default();
            let objects = objects(plural);
            if objects.is_empty() {
                Answer::failure(404, "NotFound")
            } else {
                page(asked, REVISION, &objects)
            }
        }
    }
}

/// All there is of a resource: namespace `shop` and four objects of each sort in it.
pub fn objects(plural: &str) -> Vec<Value> {
    if plural == "namespaces" {
        return vec![json!({"metadata": {"name": "shop", "uid": "2", "resourceVersion": "2"},
            "status": {"phase": "Active"}})];
    }
    let spec = match plural {
        "pods" => json!({"containers": [{"name": "c", "image": "registry.shop.example/a:1"}]}),
        "networkpolicies" => json!({"podSelector": {}, "policyTypes": ["Ingress"]}),
        "configmaps" | "secrets" => Value::Null,
        _ => return Vec::new(),
    };
    let object = |name: &str| {
        json!({"metadata": {"name": name, "namespace": "shop", "uid": format!("{plural}-{name}"),
            "resourceVersion": "3"}, "spec": spec})
    };
    ["a", "b", "c", "d"].map(object).to_vec()
}

/// The page of a list that is asked for; its tokens are indexes.
pub fn page(asked: &Asked, revision: u64, objects: &[Value]) -> Answer {
    let start = asked.start().min(objects.len());
    let end = start.saturating_add(asked.limit()).min(objects.len());
    let next = if end == objects.len() { String::new() } else { end.to_string() };
    let items: Vec<String> = objects[start..end].iter().map(Value::to_string).collect();
    Answer::ok(list(revision, &next, &items))
}

/// A list, as built-in kinds have it: what it says of itself comes first.
pub fn list(revision: u64, next: &str, items: &[String]) -> String {
    let metadata = json!({"resourceVersion": revision.to_string(), "continue": next});
    format!(r#"{{"kind":"List","apiVersion":"v1","metadata":{metadata},"items":[{}]}}"#, items.join(","))
}

fn discovery(groups: &[(&str, &[&str])]) -> Answer {
    let kind = |plural: &str| match plural {
        "namespaces" => "Namespace",
        "configmaps" => "ConfigMap",
        "secrets" => "Secret",
        "networkpolicies" => "NetworkPolicy",
        _ => "Pod",
    };
    let resource = |group: &str, plural: &&str| {
        let kind = if group == "metrics.k8s.io" && *plural == "pods" { "PodMetrics" } else { kind(plural) };
        json!({"resource": plural, "responseKind": {"kind": kind}, "verbs": ["get", "list"],
            "scope": if *plural == "namespaces" { "Cluster" } else { "Namespaced" }})
    };
    let groups: Vec<Value> = groups
        .iter()
        .map(|(group, plurals)| {
            let resources: Vec<Value> = plurals.iter().map(|plural| resource(group, plural)).collect();
            json!({"metadata": {"name": group}, "versions": [{"version": "v1", "freshness": "Current",
                "resources": resources}]})
        })
        .collect();
    Answer::ok(json!({"kind": "APIGroupDiscoveryList", "items": groups}).to_string())
}
