//! Many requests to an API server at once.

#![allow(dead_code, reason = "not each test needs all of it")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use assay_tests::apiserver::ApiServer;
use http::Request;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::Value;

/// How many requests are under way at a time.
const AT_ONCE: usize = 16;

/// Creates each object at its path, and returns what came back in the same order: the object, or why not.
pub(crate) fn post_all(server: &ApiServer, requests: Vec<(String, Value)>) -> Vec<Result<Value, String>> {
    let post = |(path, object): (String, Value)| {
        let request = Request::post(path).header("content-type", "application/json");
        request.body(object.to_string().into_bytes()).unwrap()
    };
    send_all(server, requests.into_iter().map(post).collect())
}

/// Gets what is at each path, in the same order.
pub(crate) fn get_all(server: &ApiServer, paths: Vec<String>) -> Vec<Result<Value, String>> {
    send_all(server, paths.into_iter().map(|path| Request::get(path).body(Vec::new()).unwrap()).collect())
}

fn send_all(server: &ApiServer, requests: Vec<Request<Vec<u8>>>) -> Vec<Result<Value, String>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let client = client(server).await;
        let requests = Arc::new(requests);
        let next = Arc::new(AtomicUsize::new(0));
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..AT_ONCE {
            workers.spawn(work(client.clone(), requests.clone(), next.clone()));
        }
        let mut answers = Vec::new();
        while let Some(done) = workers.join_next().await {
            answers.extend(done.unwrap());
        }
        answers.sort_by_key(|(index, _)| *index);
        answers.into_iter().map(|(_, answer)| answer).collect()
    })
}

async fn client(server: &ApiServer) -> Client {
    let kubeconfig = Kubeconfig::read_from(server.kubeconfig()).unwrap();
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    Client::try_from(config).unwrap()
}

async fn work(
    client: Client,
    requests: Arc<Vec<Request<Vec<u8>>>>,
    next: Arc<AtomicUsize>,
) -> Vec<(usize, Result<Value, String>)> {
    let mut answers = Vec::new();
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(request) = requests.get(index).cloned() else { return answers };
        let answer = client.request::<Value>(request).await.map_err(|error| error.to_string());
        answers.push((index, answer));
    }
}
