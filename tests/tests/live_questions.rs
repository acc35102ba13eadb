//! `assay query` and `assay explain` answer of a live cluster what they answer of a snapshot that was collected from it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use assay_tests::apiserver::ApiServer;
use assay_tests::assay::Place;
use assay_tests::skip::need;

fn objects(namespace: &str) -> String {
    format!(
        "
apiVersion: v1
kind: Pod
metadata: {{name: web, namespace: {namespace}}}
spec:
  hostNetwork: true
  containers:
  - {{name: one, image: registry.example/one, securityContext: {{privileged: true}}}}
  - {{name: two, image: registry.example/two}}
---
apiVersion: v1
kind: Pod
metadata: {{name: plain, namespace: {namespace}}}
spec: {{containers: [{{name: one, image: registry.example/one}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: {namespace}}}
spec: {{selector: {{app: nothing}}, ports: [{{port: 80}}]}}
"
    )
}

/// The same command over the live cluster and over the snapshot.
fn both(place: &Place, kubeconfig: &str, words: &[&str]) -> [String; 2] {
    let sources = [["--kubeconfig", kubeconfig], ["--store", "kept"]];
    sources.map(|source| {
        let kept = if source[0] == "--store" { Some("--snapshot") } else { None };
        let run = place.run(words.iter().copied().chain(source).chain(kept));
        assert_eq!(run.code, 0, "{words:?}: {run:?}");
        run.stdout
    })
}

#[test]
fn a_live_cluster_answers_as_its_snapshot_does() {
    let Some(server) = need("a_live_cluster_answers_as_its_snapshot_does", ApiServer::shared()) else {
        return;
    };
    let namespace = server.namespace("questions");
    server.apply(&objects(&namespace));
    let place = Place::new();
    let kubeconfig = server.kubeconfig().display().to_string();
    let collected = place.run(["collect", "--store", "kept", "--kubeconfig", &kubeconfig]);
    assert_eq!(collected.code, 0, "{collected:?}");

    let own = format!("namespace: \"{namespace}\"");
    let question = format!(
        "{{ pods(where: {{{own}, containers: {{some: {{securityContext: {{privileged: true}}}}}}}}) \
         {{ hostNetwork uid containers {{ image }} }} \
         services(where: {{{own}, selector: {{neq: \"\"}}, pods: null}}) {{ selector }} }}"
    );
    for form in ["table", "json"] {
        let [live, kept] = both(&place, &kubeconfig, &["query", &question, "-o", form]);
        assert_eq!(live, kept, "{form}");
        assert!(live.contains("registry.example/two") && live.contains("app=nothing"), "{live}");
        assert!(!live.contains("plain"), "{live}");
    }

    let fails = format!("core/Pod/{namespace}/web#containers/one fails:");
    let passes = format!("core/Pod/{namespace}/plain#containers/one passes:");
    for (asset, told) in [("web", fails), ("plain", passes)] {
        let asset = format!("Pod/{namespace}/{asset}");
        let [live, kept] = both(&place, &kubeconfig, &["explain", "container-privileged", &asset]);
        assert_eq!(live, kept, "{asset}");
        assert!(live.contains(&told), "{told}: {live}");
    }
    assert!(place.files("assay-store").is_empty(), "an answer keeps nothing");
}
