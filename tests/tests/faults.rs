//! A server that fails yields no pass that it should not, no hang, no panic, and no store that looks whole.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

mod live;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use assay_connector::{ClusterRequest, CollectError};
use assay_model::coverage::ReadStatus;
use assay_snapshot::{ClusterName, Consistency, ResourceRead, Snapshot};
use assay_tests::fake::{Answer, Asked, FakeServer, REVISION, list, objects, page};
use serde_json::{Value, json};

use live::Bench;

const PODS: &str = "/api/v1/pods";
const POLICIES: &str = "/apis/networking.k8s.io/v1/networkpolicies";

/// A control that reads pods alone, and one that reads network policies too.
const OF_PODS: &str = "pod-host-network";
const OF_POLICIES: &str = "k8s-namespaces-without-network-policies";

struct Lab {
    bench: Bench,
    server: FakeServer,
}

impl Lab {
    fn new(fault: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static) -> Self {
        Self { bench: Bench::new(), server: FakeServer::start(fault) }
    }

    /// A lab in which one list fails.
    fn where_fails(path: &'static str, fault: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        Self::new(move |asked| (asked.path == path && is_list(asked)).then(|| fault(asked)))
    }

    fn request(&self) -> ClusterRequest {
        ClusterRequest {
            kubeconfig: Some(self.server.kubeconfig()),
            most_pages: 30,
            timeout: Duration::from_secs(1),
            ..ClusterRequest::default()
        }
    }

    fn collect(&self) -> Snapshot {
        self.bench.try_collect(&self.request()).unwrap()
    }

    /// What became of a resource, of which there is one record.
    fn read(&self, snapshot: &Snapshot, resource: &str) -> ResourceRead {
        let resources = &snapshot.manifest.collection.resources;
        // Others have resources of these names, too.
        let others = ["metrics.k8s.io", "projectcalico.org"];
        let mut own = resources
            .iter()
            .filter(|read| read.resource == resource && !others.contains(&read.group.as_str()));
        let read = own.next().unwrap().clone();
        assert!(own.next().is_none());
        read
    }

    /// The outcomes of the control of pods for each of them, and that of the control of policies.
    fn outcomes(&self, snapshot: &Snapshot) -> (Vec<String>, Vec<String>) {
        let verdicts = self.bench.judge(snapshot);
        let of = |control: &str, asset: &str| verdicts.of(control, asset).join("+");
        let pods = ["a", "b", "c", "d"].map(|name| of(OF_PODS, &format!("core/Pod/shop/{name}")));
        (pods.to_vec(), vec![of(OF_POLICIES, "core/Namespace//shop"), of(OF_PODS, &cluster(snapshot))])
    }

    /// The list failed: none of what it has passes as all there is, and the rest is not touched.
    fn fails(&self, resource: &str, why: &str) -> Snapshot {
        let snapshot = self.collect();
        let read = self.read(&snapshot, resource);
        let message = read.message.clone().unwrap_or_default();
        assert!(read.status == ReadStatus::Failed && message.contains(why), "{read:?}");
        assert!(!message.contains("PLANTED"), "{message}");
        let (pods, whole) = self.outcomes(&snapshot);
        if resource == "pods" {
            assert_eq!(whole, ["pass", "unknown"]);
            assert!(pods.iter().all(|outcome| outcome == "pass" || outcome.is_empty()), "{pods:?}");
        } else {
            assert_eq!(
                (pods, whole),
                (vec!["pass".to_owned(); 4], vec!["unknown".to_owned(), String::new()])
            );
        }
        snapshot
    }

    /// Nothing was kept but a record of the attempt.
    fn keeps_an_attempt(&self, error: &CollectError) {
        let store = &self.bench.store;
        assert_eq!(store.snapshots(None).unwrap(), []);
        let attempts = store.attempts(&ClusterName::new("fake").unwrap()).unwrap();
        assert_eq!(attempts.last().unwrap().error, error.to_string());
        let names: Vec<_> =
            std::fs::read_dir(store.root()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["cluster=fake"], "what was begun is gone");
        let folder = std::fs::read_dir(store.root().join("cluster=fake")).unwrap();
        let names: Vec<_> = folder.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["attempts"]);
    }
}

fn cluster(snapshot: &Snapshot) -> String {
    format!("assay/Cluster//{}", snapshot.manifest.cluster_name)
}

/// Whether a list is asked for, not a probe for the revision.
fn is_list(asked: &Asked) -> bool {
    asked.parameter("resourceVersion").or(asked.parameter("continue")).is_some()
}

/// The items of a list, one of them replaced.
fn spoilt(plural: &str, index: usize, item: &str) -> Vec<String> {
    let mut items: Vec<String> = objects(plural).iter().map(Value::to_string).collect();
    items[index] = item.to_owned();
    items
}

/// The page of these items that is asked for.
fn page_of(asked: &Asked, items: &[String]) -> Answer {
    let start = asked.start();
    let end = start.saturating_add(asked.limit()).min(items.len());
    let next = if end == items.len() { String::new() } else { end.to_string() };
    Answer::ok(list(REVISION, &next, &items[start..end]))
}

#[test]
fn without_a_fault_all_is_read() {
    let lab = Lab::new(|_| None);
    let snapshot = lab.collect();
    let consistency = &snapshot.manifest.collection.consistency;
    assert!(
        matches!(consistency, Consistency::Pinned { revision, .. } if revision == "100"),
        "{consistency:?}"
    );
    let pods = lab.read(&snapshot, "pods");
    assert_eq!((pods.status, pods.count), (ReadStatus::Listed, 4));
    assert_eq!(lab.outcomes(&snapshot), (vec!["pass".to_owned(); 4], vec!["pass".to_owned(), String::new()]));
}

/// Answers 410 to the second page of pods so many times, and has a newer revision then.
fn expires(times: u64) -> Lab {
    let expired = AtomicU64::new(0);
    Lab::new(move |asked| {
        let revision = REVISION + expired.load(Ordering::Relaxed);
        if asked.path == PODS && asked.parameter("continue").is_some() && revision < REVISION + times {
            expired.fetch_add(1, Ordering::Relaxed);
            return Some(Answer::failure(410, "Expired"));
        }
        let plural = asked.path.rsplit('/').next()?;
        let objects = objects(plural);
        (!objects.is_empty()).then(|| page(asked, revision, &objects))
    })
}

#[test]
fn an_expired_revision_is_followed_by_a_newer_one() {
    let lab = expires(3);
    let snapshot = lab.bench.try_collect(&ClusterRequest { page_size: 2, ..lab.request() }).unwrap();
    let consistency = &snapshot.manifest.collection.consistency;
    assert!(
        matches!(consistency, Consistency::Pinned { revision, .. } if revision == "103"),
        "{consistency:?}"
    );
    assert_eq!(lab.read(&snapshot, "pods").count, 4);
    assert_eq!(lab.bench.store.snapshots(None).unwrap().len(), 1);
}

#[test]
fn a_revision_that_expires_again_and_again_is_a_failure() {
    let lab = expires(u64::MAX - REVISION);
    let error = lab.bench.try_collect(&ClusterRequest { page_size: 2, ..lab.request() }).unwrap_err();
    assert!(error.to_string().contains("dropped the revision being read 4 times"), "{error}");
    lab.keeps_an_attempt(&error);
}

#[test]
fn a_revision_that_was_asked_for_is_not_replaced() {
    let lab = expires(u64::MAX - REVISION);
    let request = ClusterRequest { page_size: 2, revision: Some("100".to_owned()), ..lab.request() };
    let error = lab.bench.try_collect(&request).unwrap_err();
    assert!(error.to_string().contains("no longer has revision 100"), "{error}");
    lab.keeps_an_attempt(&error);
    let request = ClusterRequest { revision: Some("900".to_owned()), ..request };
    let error = lab.bench.try_collect(&request).unwrap_err().to_string();
    assert!(error.contains("no revision 900: the cluster has come to 10"), "{error}");
}

#[test]
fn a_busy_server_is_waited_for() {
    let busy = |asked: &Asked, times: usize| {
        let answer =
            Answer { headers: vec!["Retry-After: 1".to_owned()], ..Answer::failure(429, "TooManyRequests") };
        if asked.before < times { answer } else { page(asked, REVISION, &objects("networkpolicies")) }
    };
    let start = Instant::now();
    let lab = Lab::where_fails(POLICIES, move |asked| busy(asked, 2));
    let snapshot = lab.collect();
    assert_eq!(lab.read(&snapshot, "networkpolicies").status, ReadStatus::Listed);
    assert!(start.elapsed() >= Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(lab.server.count(POLICIES), 3);

    let lab = Lab::where_fails(POLICIES, move |asked| busy(asked, usize::MAX));
    lab.fails("networkpolicies", "HTTP 429 (TooManyRequests)");
    assert_eq!(lab.server.count(POLICIES), 4);
}

#[test]
fn a_pin_that_is_not_kept_to_is_not_claimed() {
    let other_revision = Lab::where_fails(PODS, |asked| page(asked, REVISION + 1, &objects("pods")));
    let newer_object = Lab::where_fails(PODS, |asked| {
        let mut objects = objects("pods");
        objects[1]["metadata"]["resourceVersion"] = "101".into();
        page(asked, REVISION, &objects)
    });
    for lab in [other_revision, newer_object] {
        let snapshot = lab.collect();
        let Consistency::Unpinned { reason } = &snapshot.manifest.collection.consistency else {
            panic!("{:?}", snapshot.manifest.collection.consistency)
        };
        assert!(reason.contains("pods") && reason.contains("101"), "{reason}");
    }
}

#[test]
fn a_body_that_breaks_off_is_read_again() {
    let cut = |asked: &Asked| Answer { cut: Some(300), ..page(asked, REVISION, &objects("pods")) };
    let lab = Lab::where_fails(PODS, move |asked| {
        if asked.before == 0 { cut(asked) } else { page(asked, REVISION, &objects("pods")) }
    });
    let snapshot = lab.collect();
    assert_eq!((lab.read(&snapshot, "pods").count, lab.server.count(PODS)), (4, 2));

    let lab = Lab::where_fails(PODS, move |asked| cut(asked));
    lab.fails("pods", "");
    let sizes: Vec<usize> = lab.server.asked().iter().filter(|a| a.path == PODS).map(Asked::limit).collect();
    assert_eq!(sizes, [500, 125, 31, 10, 10, 10, 10]);
}

#[test]
fn pages_that_take_too_long_become_smaller() {
    let slow = |asked: &Asked| {
        if asked.limit() > 10 {
            std::thread::sleep(Duration::from_secs(3));
        }
        page(asked, REVISION, &objects("pods"))
    };
    let lab = Lab::where_fails(PODS, slow);
    let snapshot = lab.bench.try_collect(&ClusterRequest { page_size: 40, ..lab.request() }).unwrap();
    assert_eq!(lab.read(&snapshot, "pods").count, 4);
    let sizes: Vec<usize> = lab.server.asked().iter().filter(|a| a.path == PODS).map(Asked::limit).collect();
    assert_eq!(sizes, [40, 10]);
}

#[test]
fn an_object_that_is_no_json_costs_itself() {
    let name = r#"{"metadata":{"name":"b","namespace":"shop","resourceVersion":"3"},"spec":"#;
    let deep = "[".repeat(200) + &"]".repeat(200);
    for spec in [r#""\ud800"}"#, &format!("{deep}}}"), r#"{"hostNetwork" true}}"#, "{hostNetwork: true}}"] {
        let items = spoilt("pods", 1, &format!("{name}{spec}"));
        let lab = Lab::where_fails(PODS, move |asked| page_of(asked, &items));
        let snapshot = lab.collect();
        let pods = lab.read(&snapshot, "pods");
        assert_eq!((pods.status, pods.count), (ReadStatus::Listed, 4), "{spec}: {pods:?}");
        let (outcomes, _) = lab.outcomes(&snapshot);
        assert_eq!(outcomes, ["pass", "unknown", "pass", "pass"], "{spec}");
    }
}

#[test]
fn an_object_that_cannot_be_named_leaves_its_list_open() {
    for item in
        ["null", "\"b\"", "{}", r#"{"metadata":{"name":7}}"#, r#"{"metadata":{"name":"\ud800"}}"#, "{]}"]
    {
        let items = spoilt("pods", 1, item);
        let lab = Lab::where_fails(PODS, move |asked| page_of(asked, &items));
        let snapshot = lab.fails("pods", "1 of its objects cannot be read, nor told which");
        assert_eq!(lab.read(&snapshot, "pods").count, 3, "{item}");
    }
    // What a list ends with, that is no JSON, may be more than one object.
    let items = spoilt("pods", 3, "{]}");
    Lab::where_fails(PODS, move |asked| page_of(asked, &items)).fails("pods", "no list that can be read");
}

#[test]
fn a_wrong_type_costs_its_object() {
    let lab = Lab::where_fails(PODS, |asked| {
        let mut objects = objects("pods");
        objects[1]["spec"]["hostNetwork"] = "PLANTED-yes".into();
        objects[2]["spec"]["containers"] = json!({"name": "c"});
        page(asked, REVISION, &objects)
    });
    let snapshot = lab.collect();
    assert_eq!(lab.read(&snapshot, "pods").status, ReadStatus::Listed);
    assert_eq!(lab.outcomes(&snapshot).0, ["pass", "unknown", "unknown", "pass"]);
    let notes = &snapshot.manifest.collection.notes;
    assert!(
        notes.iter().any(|note| note.contains("core/Pod/shop/b is unreadable: spec.hostNetwork")),
        "{notes:?}"
    );
    assert!(!format!("{notes:?}").contains("PLANTED"));
}

#[test]
fn pages_without_an_end_are_a_failure() {
    // More objects with each page.
    let numbered = |asked: &Asked| {
        let start = asked.start();
        let mut object = objects("pods").remove(0);
        object["metadata"]["name"] = format!("pod-{start:06}").into();
        Answer::ok(list(REVISION, &(start + 1).to_string(), &[object.to_string()]))
    };
    Lab::where_fails(PODS, numbered).fails("pods", "no end after 30 pages");
    // The same objects with each page.
    let repeated = |asked: &Asked| {
        let items: Vec<String> = objects("pods").iter().map(Value::to_string).collect();
        Answer::ok(list(REVISION, &(asked.start() + 1).to_string(), &items))
    };
    Lab::where_fails(PODS, repeated).fails("pods", "20 pages without a new object");
    // No objects at all.
    let empty = |asked: &Asked| Answer::ok(list(REVISION, &(asked.start() + 1).to_string(), &[]));
    Lab::where_fails(PODS, empty).fails("pods", "20 pages without a new object");
    // A token that leads to itself.
    let circle = |asked: &Asked| {
        let mut object = objects("pods").remove(0);
        object["metadata"]["name"] = format!("pod-{:06}", asked.before).into();
        Answer::ok(list(REVISION, "7", &[object.to_string()]))
    };
    Lab::where_fails(PODS, circle).fails("pods", "one continue token twice");
    // The same, with an object that spoils its page.
    let spoilt = |_: &Asked| {
        let items = [r#"{"metadata":{"name":"z","namespace":"shop"},"spec":?}"#.to_owned()];
        Answer::ok(list(REVISION, "7", &items))
    };
    Lab::where_fails(PODS, spoilt).fails("pods", "one continue token twice");
}

#[test]
fn a_group_that_is_not_available_is_unknown_alone() {
    let lab = Lab::new(|asked| {
        asked.path.starts_with("/apis/networking.k8s.io").then(|| Answer::failure(503, "ServiceUnavailable"))
    });
    lab.fails("networkpolicies", "HTTP 503 (ServiceUnavailable)");
}

#[test]
fn a_list_of_another_store_is_not_what_all_begins_again_for() {
    const METRICS: &str = "/apis/metrics.k8s.io/v1/pods";
    for is_refused in [false, true] {
        let lab = Lab::new(move |asked| match asked.path.as_str() {
            METRICS if asked.before == 0 && !is_refused => Some(Answer::ok(list(7, "", &[]))),
            METRICS if asked.parameter("resourceVersion").is_some() => {
                let status = json!({"message": "Timeout: Too large resource version: 100, current: 7"});
                Some(Answer { code: 504, ..Answer::ok(status.to_string()) })
            }
            METRICS => Some(Answer::failure(410, "Expired")),
            _ => None,
        });
        let snapshot = lab.collect();
        let resources = &snapshot.manifest.collection.resources;
        let read = resources.iter().find(|read| read.group == "metrics.k8s.io").unwrap();
        assert_eq!((read.status, read.http_code), (ReadStatus::Failed, Some(410)), "{read:?}");
        assert_eq!(lab.read(&snapshot, "pods").status, ReadStatus::Listed);
    }
}

#[test]
fn a_server_that_does_not_sort_costs_one_new_beginning() {
    let lab = Lab::new(|asked| {
        let plural = asked.path.strip_prefix("/api/v1/").filter(|_| is_list(asked))?;
        let objects: Vec<Value> = objects(plural).into_iter().rev().collect();
        (objects.len() > 1).then(|| page(asked, REVISION, &objects))
    });
    let snapshot = lab.bench.try_collect(&ClusterRequest { page_size: 2, ..lab.request() }).unwrap();
    for resource in ["configmaps", "pods", "secrets"] {
        assert_eq!(lab.read(&snapshot, resource).count, 4, "{resource}");
        let path = format!("/api/v1/{resource}");
        let asked = lab.server.asked().into_iter();
        let lists = asked.filter(|asked| asked.path == path && is_list(asked));
        assert!(lists.count() <= 4, "{resource}: two pages, twice");
    }
}

#[test]
fn an_object_that_says_nothing_of_its_kind_is_of_the_lists_kind() {
    for nothing in [json!(""), json!(null)] {
        let lab = Lab::where_fails("/api/v1/secrets", move |asked| {
            let mut objects = objects("secrets");
            objects[1]["kind"] = nothing.clone();
            objects[1]["data"] = json!({"a": "UExBTlRFRA==", "b": "PLANTED"});
            page(asked, REVISION, &objects)
        });
        let snapshot = lab.collect();
        assert_eq!(lab.read(&snapshot, "secrets").count, 4);
        let rows = format!("{:?}", snapshot.read("objects/secrets", None).unwrap());
        assert!(rows.contains("core/Secret/shop/b") && !rows.contains("PLANTED"), "{rows}");
        assert!(!rows.contains("UExBTlRFRA"), "{rows}");
    }
}

#[test]
fn what_tells_no_resources_is_not_a_server_without_any() {
    for body in ["", "{}", "<html>", r#"{"kind":"APIVersions"}"#, r#"{"kind":"APIGroupDiscoveryList"}"#] {
        for root in ["/api", "/apis"] {
            let lab = Lab::new(move |asked| (asked.path == root).then(|| Answer::ok(body)));
            let snapshot = lab.collect();
            let resource = if root == "/api" { "pods" } else { "networkpolicies" };
            let read = lab.read(&snapshot, resource);
            let message = read.message.unwrap_or_default();
            assert_eq!(read.status, ReadStatus::Failed, "{root} {body}: {message}");
            assert!(message.contains("the answer to discovery was not understood"), "{message}");
        }
    }
    // Of one version of one group.
    let plain =
        json!({"groups": [{"name": "networking.k8s.io", "versions": [{"version": "v1"}]}]}).to_string();
    let lab = Lab::new(move |asked| match asked.path.as_str() {
        "/apis" => Some(Answer::ok(plain.clone())),
        "/apis/networking.k8s.io/v1" => Some(Answer::ok("{}")),
        _ => None,
    });
    let snapshot = lab.collect();
    assert_eq!(lab.read(&snapshot, "networkpolicies").status, ReadStatus::Failed);
}

#[test]
fn what_is_no_api_server_is_told() {
    for (code, body) in [(200, "<html>Log in</html>"), (200, "{}"), (200, "null"), (302, ""), (404, "{}")] {
        let lab = Lab::new(move |_| Some(Answer { code, ..Answer::ok(body) }));
        let error = lab.bench.try_collect(&lab.request()).unwrap_err();
        assert!(error.to_string().contains("is no API server"), "{error}");
        lab.keeps_an_attempt(&error);
    }
}

#[test]
fn what_is_no_list_is_not_an_empty_one() {
    for body in ["", "{}", "null", "<html>", r#"{"kind":"Status","status":"Success"}"#, r#"{"items":{}}"#] {
        let lab = Lab::where_fails(POLICIES, move |_| Answer::ok(body));
        lab.fails("networkpolicies", "no list that can be read");
    }
    Lab::where_fails(POLICIES, |_| Answer::failure(404, "NotFound")).fails("networkpolicies", "HTTP 404");
}
