//! What a server answers in protobuf that is not as it should be costs another request, and no object.
//!
//! The table of how kinds are encoded is that of Kubernetes' types; `UPDATE=1` writes it anew.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

mod live;

use std::fs;
use std::process::Command;
use std::time::Duration;

use assay_connector::ClusterRequest;
use assay_model::coverage::ReadStatus;
use assay_snapshot::{Consistency, ResourceRead};
use assay_tests::apiserver::build;
use assay_tests::fake::{Answer, Asked, FakeServer, REVISION, objects, page};
use assay_tests::skip::need;
use assay_tests::tools::root;

use live::Bench;

const PODS: &str = "/api/v1/pods";

/// A field of a message: a text, or a message within.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    assert!(number < 16);
    let mut field = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length > 0x7f {
        field.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    field.push(length as u8);
    field.extend(bytes);
    field
}

/// A pod of the fake server's, and what its spec has besides.
fn pod(name: &str, more: &[u8]) -> Vec<u8> {
    let uid = format!("pods-{name}");
    let metadata =
        [(1, name), (3, "shop"), (5, &uid), (6, "3")].map(|(number, text)| field(number, text.as_bytes()));
    let container = [field(1, b"c"), field(2, b"registry.shop.example/a:1")].concat();
    let spec = [field(2, &container), more.to_vec()].concat();
    [field(1, &metadata.concat()), field(2, &spec)].concat()
}

/// An object of this kind, as an answer.
fn answer(kind: &str, message: &[u8]) -> Vec<u8> {
    let kind = [field(1, b"v1"), field(2, kind.as_bytes())].concat();
    [b"k8s\0".to_vec(), field(1, &kind), field(2, message)].concat()
}

/// The page of the pods that is asked for, of which some have more in their specs.
fn pods(asked: &Asked, more: impl Fn(&str) -> Vec<u8>) -> Answer {
    let names = ["a", "b", "c", "d"];
    let end = (asked.start() + asked.limit()).min(4);
    let next = if end == 4 { String::new() } else { end.to_string() };
    let metadata = [field(2, REVISION.to_string().as_bytes()), field(3, next.as_bytes())].concat();
    let items = names[asked.start()..end].iter().flat_map(|name| field(2, &pod(name, &more(name))));
    Answer::ok(answer("PodList", &[field(1, &metadata), items.collect()].concat()))
}

/// What becomes of the pods where this is answered to who asks for them, two to a page, and how often lists of them
/// were asked for.
fn read(fault: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static) -> (ResourceRead, usize) {
    let server = FakeServer::start(move |asked| if asked.path == PODS { fault(asked) } else { None });
    let request = ClusterRequest {
        kubeconfig: Some(server.kubeconfig()),
        timeout: Duration::from_secs(1),
        page_size: 2,
        ..ClusterRequest::default()
    };
    let bench = Bench::new();
    let snapshot = bench.try_collect(&request).unwrap();
    assert!(matches!(snapshot.manifest.collection.consistency, Consistency::Pinned { .. }));
    let verdicts = bench.judge(&snapshot);
    let mut reads = snapshot.manifest.collection.resources.into_iter();
    let read = reads.find(|read| read.resource == "pods" && read.group.is_empty()).unwrap();
    if read.status == ReadStatus::Listed {
        for name in ["a", "b", "c", "d"] {
            assert_eq!(verdicts.of("pod-host-network", &format!("core/Pod/shop/{name}")), ["pass"]);
        }
    }
    let is_list =
        |asked: &&Asked| asked.parameter("resourceVersion").or(asked.parameter("continue")).is_some();
    let asked = server.asked();
    (read, asked.iter().filter(is_list).filter(|asked| asked.path == PODS).count())
}

/// The answer to who asks for protobuf.
fn in_protobuf(
    fault: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static,
) -> impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static {
    move |asked| if asked.accept.contains("protobuf") { fault(asked) } else { None }
}

/// All pods were read; says with how many requests for the two pages.
fn reads_all(fault: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static) -> usize {
    let (read, requests) = read(in_protobuf(fault));
    assert_eq!((read.status, read.count, read.pages), (ReadStatus::Listed, 4, 2), "{read:?}");
    requests
}

#[test]
fn the_table_is_that_of_kubernetes_types() {
    let Some(kube) = need("the_table_is_that_of_kubernetes_types", build()) else { return };
    let table = Command::new(kube).arg("protobuf").output().unwrap();
    assert!(table.status.success());
    let path = root().join("crates/connector/src/cluster/protobuf/kinds.txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &table.stdout).unwrap();
    }
    assert!(
        fs::read(&path).unwrap() == table.stdout,
        "{} is of other types; run again with UPDATE=1",
        path.display()
    );
}

#[test]
fn a_list_in_protobuf_is_read() {
    assert_eq!(reads_all(|asked| Some(pods(asked, |_| Vec::new()))), 2);
}

#[test]
fn a_server_without_it_answers_in_json() {
    assert_eq!(reads_all(|_| None), 2);
    // Some proxies take only what they know.
    assert_eq!(reads_all(|_| Some(Answer::failure(406, "NotAcceptable"))), 3);
}

#[test]
fn what_is_not_known_is_asked_for_as_json() {
    let unknown = |of: &'static str| {
        move |name: &str| if name == of { field(15, b"of a later version") } else { Vec::new() }
    };
    for name in ["a", "b", "c", "d"] {
        let more = unknown(name);
        let requests = reads_all(move |asked| Some(pods(asked, more)));
        // The second page was on its way when the first one turned out so, and may have come to the server.
        assert!(requests == 3 || requests == 4 && name < "c", "{name}: {requests}");
    }
}

#[test]
fn what_is_no_list_of_pods_is_asked_for_as_json() {
    let whole = |asked: &Asked| pods(asked, |_| Vec::new()).body;
    assert_eq!(reads_all(move |asked| Some(Answer::ok(&whole(asked)[..60]))), 3);
    assert_eq!(reads_all(|_| Some(Answer::ok(answer("SecretList", &field(1, &[]))))), 3);
    assert_eq!(reads_all(|_| Some(Answer::ok(answer("PodList", &[])))), 3);
    assert_eq!(reads_all(|_| Some(Answer::ok("k8s\0"))), 3);
}

#[test]
fn a_refusal_in_protobuf_says_why() {
    let (read, _) = read(in_protobuf(|asked| {
        let status = [field(4, b"InternalError"), field(3, b"password=PLANTED-in-a-message")].concat();
        let code = if asked.start() == 0 { 501 } else { 500 };
        Some(Answer { code, ..Answer::ok(answer("Status", &status)) })
    }));
    assert_eq!(read.status, ReadStatus::Failed);
    assert_eq!(read.message.as_deref(), Some("list pods: HTTP 501 (InternalError)"));
}

#[test]
fn a_page_that_cannot_be_read_in_any_form_is_no_empty_one() {
    let (read, _) = read(|asked| {
        asked.parameter("limit")?;
        Some(match asked.accept.contains("protobuf") {
            true => pods(asked, |name| if name == "b" { vec![0xff] } else { Vec::new() }),
            false if asked.start() > 0 || asked.parameter("resourceVersion").is_none() => {
                page(asked, REVISION, &objects("pods"))
            }
            false => Answer::ok("{"),
        })
    });
    assert_eq!(read.status, ReadStatus::Failed, "{read:?}");
}
