//! What a collection of a real cluster holds: all of it, and only what may be read.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use std::{
    collections::BTreeMap,
    future::Future,
    path::Path,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use assay_connector::{ClusterRequest, CollectError, collect_cluster};
use assay_model::{coverage::ReadStatus, schema::Schema};
use assay_snapshot::{ClusterName, Consistency, Digest, ResourceRead, Snapshot, Store};
use assay_tests::{
    apiserver::{ApiServer, wait_until},
    fake::{Answer, FakeServer},
    skip::need,
    tools::root,
};
use serde_json::json;

/// Tests that count objects of the shared server, or make some, take turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn wait_for<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(future)
}

fn request(server: &ApiServer, user: &str) -> ClusterRequest {
    ClusterRequest {
        kubeconfig: Some(server.kubeconfig_for(user)),
        cluster_name: Some("lab".to_owned()),
        ..ClusterRequest::default()
    }
}

fn try_collect(request: &ClusterRequest, store: &Path) -> Result<Snapshot, CollectError> {
    let schema = Schema::built_in().unwrap();
    wait_for(collect_cluster(request, &schema, &Store::open(store).unwrap(), &()))
}

fn collect(request: &ClusterRequest, store: &Path) -> Snapshot {
    try_collect(request, store).unwrap()
}

fn apply_shop(server: &ApiServer) {
    let shop = root().join("testdata/shop");
    let file = |path: &Path| format!("--filename={}", path.display());
    let crds = file(&shop.join("00-crds"));
    server.kubectl(&["apply", &crds]);
    server.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", &crds]);
    // Custom resources and quotas are taken a moment after their definitions.
    wait_until("the shop is applied", Duration::from_secs(120), || {
        let applied = server.try_kubectl("admin", &["apply", "--recursive", &file(&shop)], "");
        applied.status.success()
    });
}

/// How many objects kubectl sees of each listed resource.
fn counts_by_kubectl(server: &ApiServer, reads: &[ResourceRead]) -> BTreeMap<String, u64> {
    let listed = reads.iter().filter(|read| read.status == ReadStatus::Listed && read.group != "assay");
    let count = |read: &ResourceRead| {
        let name = full_name(read);
        let names = server.kubectl(&["get", &name, "--all-namespaces", "--output=name"]);
        (name, names.lines().count() as u64)
    };
    listed.map(count).collect()
}

fn full_name(read: &ResourceRead) -> String {
    // With the version, which kubectl takes the group of a resource from.
    if read.group.is_empty() {
        read.resource.clone()
    } else {
        format!("{}.{}.{}", read.resource, read.version, read.group)
    }
}

fn counts(reads: &[ResourceRead]) -> BTreeMap<String, u64> {
    let listed = reads.iter().filter(|read| read.status == ReadStatus::Listed && read.group != "assay");
    listed.map(|read| (full_name(read), read.count)).collect()
}

#[test]
fn holds_what_the_cluster_has() {
    let Some(server) = need("holds_what_the_cluster_has", ApiServer::shared()) else { return };
    let _turn = turn();
    apply_shop(server);
    let folder = tempfile::tempdir().unwrap();
    let request = ClusterRequest { page_size: 7, ..request(server, "admin") };
    let mut last = None;
    // Controllers go on making Pods for a while.
    wait_until("a collection holds what kubectl sees", Duration::from_secs(120), || {
        let snapshot = collect(&request, folder.path());
        let reads = &snapshot.manifest.collection.resources;
        let same = counts(reads) == counts_by_kubectl(server, reads);
        last = Some(snapshot);
        same
    });
    let first = last.unwrap();
    let collection = &first.manifest.collection;
    let Consistency::Pinned { revision, apart } = &collection.consistency else {
        panic!("not pinned: {:?}", collection.consistency)
    };
    assert!(apart.iter().all(|apart| apart.resource == "componentstatuses"), "{apart:?}");
    let reads = &collection.resources;
    assert!(reads.iter().all(|read| !matches!(read.status, ReadStatus::Failed | ReadStatus::Forbidden)));
    let find = |name: &str| reads.iter().find(|read| full_name(read) == name).unwrap();
    let pods = find("pods");
    assert_eq!(pods.revision.as_ref(), Some(revision));
    assert_eq!(pods.pages, pods.count.div_ceil(7));
    assert_eq!(pods.audit_ids.len() as u64, pods.pages);
    assert_eq!(find("leases.v1.coordination.k8s.io").status, ReadStatus::Excluded);
    assert!(find("ciliumnetworkpolicies.v2.cilium.io").count > 0);
    for name in ["pods", "secrets", "clusterroles"] {
        let rows = |path: &str| first.manifest.files.iter().find(|file| file.path == path).unwrap().rows;
        let read = reads.iter().find(|read| read.resource == name).unwrap();
        assert_eq!(rows(&format!("{name}.parquet")), read.count, "{name}");
        assert_eq!(rows(&format!("objects/{name}.parquet")), read.count, "{name}");
    }
    assert_eq!(collection.cluster.version.as_deref(), Some("v1.36.3"));
    assert_eq!(collection.cluster.url, Some(server.url()));
    assert!(collection.cluster.ca_fingerprint.is_some() && collection.server_time.is_some());
    let uid = server.kubectl(&["get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}"]);
    assert_eq!(collection.cluster.uid, Some(uid));
    let user = collection.collector.user.as_ref().unwrap();
    assert_eq!(user.username, "admin");
    assert!(user.groups.contains(&"system:masters".to_owned()));

    // Pages of another size hold the same objects. Where a controller changed an object in between, the two were not of
    // the same objects: they are taken again.
    let other = ClusterRequest { page_size: 500, ..request.clone() };
    wait_until("two collections of the same objects are the same bytes", Duration::from_secs(180), || {
        files(&collect(&request, folder.path())) == files(&collect(&other, folder.path()))
    });
}

/// The digests of a snapshot's files, but that of what was read: it tells pages and the revision.
fn files(snapshot: &Snapshot) -> BTreeMap<String, Digest> {
    let files = snapshot.manifest.files.iter().filter(|file| file.path != "collection.parquet");
    files.map(|file| (file.path.clone(), file.sha256)).collect()
}

#[test]
fn protobuf_is_read_as_the_json_that_the_server_would_have_sent() {
    let name = "protobuf_is_read_as_the_json_that_the_server_would_have_sent";
    let Some(server) = need(name, ApiServer::shared()) else { return };
    let _turn = turn();
    apply_shop(server);
    let folder = tempfile::tempdir().unwrap();
    let own = request(server, "admin");
    // kubectl asks the same server for JSON alone.
    let json = FakeServer::start(|asked| {
        let read = server.try_kubectl("admin", &["get", "--raw", &asked.target], "");
        let is_found = read.status.success();
        Some(if is_found { Answer::ok(read.stdout) } else { Answer::failure(404, "NotFound") })
    });
    let other = ClusterRequest { kubeconfig: Some(json.kubeconfig()), ..own.clone() };
    wait_until("both collections are of the same objects", Duration::from_secs(300), || {
        files(&collect(&own, folder.path())) == files(&collect(&other, folder.path()))
    });
}

#[test]
fn what_is_forbidden_is_recorded() {
    let Some(server) = need("what_is_forbidden_is_recorded", ApiServer::shared()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let snapshot = collect(&request(server, "narrow"), folder.path());
    let collection = &snapshot.manifest.collection;
    assert!(matches!(collection.consistency, Consistency::Unpinned { .. }));
    assert_eq!(collection.cluster.uid, None);
    let reads = || collection.resources.iter().filter(|read| read.group != "assay");
    assert!(reads().all(|read| read.count == 0));
    // Kinds of other projects, which this cluster hasn't, are known to be none.
    let is_there = |read: &&ResourceRead| read.status != ReadStatus::NotServed;
    let forbidden = [ReadStatus::Forbidden, ReadStatus::Excluded];
    assert!(reads().filter(is_there).count() > 50);
    assert!(reads().filter(is_there).all(|read| forbidden.contains(&read.status)));
    let policies = reads().find(|read| read.resource == "networkpolicies").unwrap();
    assert_eq!(policies.http_code, Some(403));
    let message = "list networkpolicies.networking.k8s.io at the cluster scope is forbidden to narrow";
    assert_eq!(policies.message.as_deref(), Some(message));
}

#[test]
fn failures_leave_an_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kubeconfig");
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "gone",
        "contexts": [{"name": "gone", "context": {"cluster": "gone", "user": "me"}}],
        "clusters": [{"name": "gone", "cluster": {"server": "https://me:hunter2@127.0.0.1:1"}}],
        "users": [{"name": "me", "user": {"token": "hunter2"}}],
    });
    std::fs::write(&path, config.to_string()).unwrap();
    let mut request = ClusterRequest { kubeconfig: Some(path), ..ClusterRequest::default() };
    let store = folder.path().join("store");
    let error = try_collect(&request, &store).unwrap_err().to_string();
    assert!(error.contains("cannot reach the API server at https://127.0.0.1:1"), "{error}");
    assert!(error.contains("refused") && !error.contains("hunter2"), "{error}");
    let attempts = Store::open(&store).unwrap().attempts(&ClusterName::new("gone").unwrap()).unwrap();
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0].error, error);

    request.context = Some("other".to_owned());
    let error = try_collect(&request, &store).unwrap_err().to_string();
    assert!(error.contains("has no context `other`; it has gone"), "{error}");
}
