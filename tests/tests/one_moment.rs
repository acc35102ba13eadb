//! A collection is the cluster of one revision, however fast others write meanwhile.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arrow::array::{Array as _, StringArray};
use assay_connector::{ClusterRequest, collect_cluster};
use assay_model::schema::Schema;
use assay_snapshot::{Consistency, Snapshot, Store};
use assay_tests::Watch;
use assay_tests::apiserver::{ApiServer, wait_until};
use assay_tests::skip::need;
use http::Request;
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};

const PLURALS: [&str; 2] = ["configmaps", "secrets"];

/// The objects of a namespace, each by its plural and name, with its revision.
type State = BTreeMap<(String, String), u64>;

/// A write: its revision, whether the object is gone by it, and which object it is.
type Write = (u64, bool, (String, String));

#[test]
fn is_of_one_moment() {
    let Some(server) = need("is_of_one_moment", ApiServer::shared()) else { return };
    let rounds = std::env::var("ASSAY_TESTS_ROUNDS").map_or(20, |rounds| rounds.parse().unwrap());
    let namespace = server.namespace("race");
    let folder = tempfile::tempdir().unwrap();
    let request = ClusterRequest {
        kubeconfig: Some(server.kubeconfig()),
        cluster_name: Some("lab".to_owned()),
        page_size: 50,
        ..ClusterRequest::default()
    };
    let schema = Schema::built_in().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let logs = PLURALS.map(|plural| begin_log(server, &namespace, plural));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (snapshots, own) = runtime.block_on(async {
        let kubeconfig = Kubeconfig::read_from(server.kubeconfig()).unwrap();
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
        let client = Client::try_from(config).unwrap();
        let done = Arc::new(AtomicBool::new(false));
        let start = |index| tokio::spawn(write(client.clone(), namespace.clone(), index, done.clone()));
        let writers: Vec<_> = (0..2).map(start).collect();
        let mut snapshots = Vec::new();
        for _ in 0..rounds {
            snapshots.push(collect_cluster(&request, &schema, &store, &()).await.unwrap());
        }
        let apart = plain_lists_disagree(&client, &namespace).await;
        done.store(true, Ordering::Relaxed);
        assert!(apart, "the writers are too slow to show anything");
        let mut own = Vec::new();
        for writer in writers {
            own.extend(writer.await.unwrap());
        }
        (snapshots, own)
    });
    let (start, log) = end_log(server, &namespace, logs);
    assert!(log.len() > 10 * rounds, "only {} writes", log.len());
    same_log(&own, &log);
    let mut seen = 0;
    for snapshot in &snapshots {
        let consistency = &snapshot.manifest.collection.consistency;
        let Consistency::Pinned { revision, .. } = consistency else { panic!("{consistency:?}") };
        let held = held(snapshot, &namespace);
        assert_eq!(held, replayed(&start, &log, revision.parse().unwrap()), "at revision {revision}");
        let secrets = held.keys().filter(|(plural, _)| plural == "secrets");
        for (_, name) in secrets {
            assert!(held.contains_key(&("configmaps".to_owned(), name.clone())), "Secret {name} is alone");
            seen += 1;
        }
    }
    assert!(seen > 0, "no collection saw a Secret");
    server.kubectl(&["delete", "namespace", &namespace, "--wait=false"]);
}

/// The objects there are, and a log of what becomes of them.
fn begin_log(server: &ApiServer, namespace: &str, plural: &str) -> (State, Watch) {
    let path = format!("/api/v1/namespaces/{namespace}/{plural}");
    let list: Value = serde_json::from_str(&server.kubectl(&["get", "--raw", &path])).unwrap();
    let objects = list["items"].as_array().unwrap().iter();
    let start = objects.map(|object| (key(plural, object), revision(object))).collect();
    (start, server.watch(&path, list["metadata"]["resourceVersion"].as_str().unwrap()))
}

/// All objects there were, and all that became of them, in order. Ends when a last write of each sort is seen.
fn end_log(server: &ApiServer, namespace: &str, logs: [(State, Watch); 2]) -> (State, Vec<Write>) {
    server.kubectl(&["create", "configmap", "last", "--namespace", namespace]);
    server.kubectl(&["create", "secret", "generic", "last", "--namespace", namespace]);
    let (mut start, mut log) = (State::new(), Vec::new());
    for (plural, (state, watch)) in PLURALS.into_iter().zip(logs) {
        let is_last = |event: &Value| event["object"]["metadata"]["name"] == "last";
        wait_until("the log is whole", Duration::from_secs(60), || watch.events().iter().any(is_last));
        start.extend(state);
        for event in watch.events() {
            let object = &event["object"];
            assert!(["ADDED", "MODIFIED", "DELETED"].iter().any(|known| event["type"] == *known), "{event}");
            log.push((revision(object), event["type"] == "DELETED", key(plural, object)));
        }
    }
    log.sort();
    (start, log)
}

fn key(plural: &str, object: &Value) -> (String, String) {
    (plural.to_owned(), object["metadata"]["name"].as_str().unwrap().to_owned())
}

fn revision(object: &Value) -> u64 {
    object["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap()
}

/// The log has every write that the writers know of: creations at the revision that they were told, deletions (whose
/// revision the API tells to watchers only) each once.
fn same_log(own: &[Write], log: &[Write]) {
    let creations = |writes: &[Write]| -> BTreeSet<Write> {
        writes.iter().filter(|(_, gone, (_, name))| !gone && name.starts_with("pair-")).cloned().collect()
    };
    assert_eq!(creations(own), creations(log));
    let deletions = |writes: &[Write]| -> Vec<(String, String)> {
        let gone = writes.iter().filter(|(_, gone, _)| *gone);
        let mut keys: Vec<_> = gone.map(|(_, _, key)| key.clone()).collect();
        keys.sort();
        keys
    };
    assert_eq!(deletions(own), deletions(log));
}

/// The objects as of a revision, by the log.
fn replayed(start: &State, log: &[Write], upto: u64) -> State {
    let mut state = start.clone();
    for (revision, gone, key) in log.iter().take_while(|(revision, ..)| *revision <= upto) {
        if *gone {
            state.remove(key);
        } else {
            state.insert(key.clone(), *revision);
        }
    }
    state
}

/// The objects that a snapshot has.
fn held(snapshot: &Snapshot, namespace: &str) -> State {
    let mut held = State::new();
    for plural in PLURALS {
        let table = format!("objects/{plural}");
        // The kind's own table says that there are none.
        if !snapshot.has(&table) {
            assert_eq!(snapshot.rows(plural), Some(0));
            continue;
        }
        let rows = snapshot.read(&table, Some(&["namespace", "object"])).unwrap();
        let column = |name: &str| rows.column_by_name(name).unwrap().as_any().downcast_ref::<StringArray>();
        let (namespaces, objects) = (column("namespace").unwrap(), column("object").unwrap());
        for row in (0..rows.num_rows()).filter(|row| namespaces.value(*row) == namespace) {
            let object: Value = serde_json::from_str(objects.value(row)).unwrap();
            held.insert(key(plural, &object), revision(&object));
        }
    }
    held
}

/// Whether lists that are not pinned show a Secret without its ConfigMap: else the test would prove nothing.
async fn plain_lists_disagree(client: &Client, namespace: &str) -> bool {
    let names = async |plural: &str| -> Vec<String> {
        let request = Request::get(format!("/api/v1/namespaces/{namespace}/{plural}"));
        let list: Value = client.request(request.body(Vec::new()).unwrap()).await.unwrap();
        let items = list["items"].as_array().unwrap().iter();
        items.map(|item| item["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    };
    for _ in 0..100 {
        let config_maps = names("configmaps").await;
        if names("secrets").await.iter().any(|secret| !config_maps.contains(secret)) {
            return true;
        }
    }
    false
}

/// Makes ConfigMaps and their Secrets, and takes them away again, so that at no moment a Secret lacks its ConfigMap.
/// Returns what it did; the revisions of deletions are not known to it.
async fn write(client: Client, namespace: String, writer: usize, done: Arc<AtomicBool>) -> Vec<Write> {
    let mut writes = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let name = format!("pair-{writer}-{}", writes.len());
        for (method, plural, kind) in [
            ("POST", "configmaps", "ConfigMap"),
            ("POST", "secrets", "Secret"),
            ("DELETE", "secrets", "Secret"),
            ("DELETE", "configmaps", "ConfigMap"),
        ] {
            let path = format!("/api/v1/namespaces/{namespace}/{plural}");
            let path = if method == "POST" { path } else { format!("{path}/{name}") };
            let object = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}});
            let body = if method == "POST" { object.to_string().into_bytes() } else { Vec::new() };
            let request =
                Request::builder().method(method).uri(path).header("content-type", "application/json");
            let response = client.send(request.body(Body::from(body)).unwrap()).await.unwrap();
            assert!(response.status().is_success(), "{}", response.status());
            let body = response.into_body().collect_bytes().await.unwrap();
            let answer: Value = serde_json::from_slice(&body).unwrap();
            let revision = if method == "POST" { revision(&answer) } else { 0 };
            writes.push((revision, method == "DELETE", (plural.to_owned(), name.clone())));
        }
    }
    writes
}
