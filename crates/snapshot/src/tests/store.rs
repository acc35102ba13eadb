//! Finding snapshots, refusing foreign ones, and leaving nothing half done.

use std::fs;

use super::fixture::{batch, collection, lab, rows, snapshot, store, time};
use crate::{Attempt, ClusterName, Error, Snapshot, Store, Tool};

fn ids(store: &Store) -> Vec<String> {
    store.snapshots(None).unwrap().into_iter().map(|snapshot| snapshot.id.to_string()).collect()
}

/// Everything in the store, hidden names included.
fn names(store: &Store) -> Vec<String> {
    let read = fs::read_dir(store.root()).map(Iterator::collect::<Vec<_>>).unwrap_or_default();
    read.into_iter().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_store_is_made_by_the_first_snapshot() {
    let (folder, store) = store();
    assert!(store.snapshots(None).unwrap().is_empty() && store.latest(Some(&lab())).unwrap().is_none());
    assert!(!store.root().exists());
    snapshot(&store, 0);
    assert_eq!(names(&store), ["cluster=lab"]);
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(Store::open(file).is_err());
}

#[test]
fn a_collection_that_is_dropped_leaves_nothing() {
    let (_folder, store) = store();
    let mut writer = store.begin(&lab(), time(0)).unwrap();
    writer.append("pods", &batch(&rows(10_000))).unwrap();
    assert!(ids(&store).is_empty());
    drop(writer);
    assert_eq!(names(&store), Vec::<String>::new());
}

#[test]
fn a_collection_that_is_killed_leaves_nothing_that_looks_whole() {
    let (_folder, store) = store();
    let mut writer = store.begin(&lab(), time(0)).unwrap();
    writer.append("pods", &batch(&rows(10_000))).unwrap();
    // Forgotten, it is not cleaned up, as after SIGKILL; the folder is one that no reader looks into.
    std::mem::forget(writer);
    assert!(ids(&store).is_empty() && store.clusters().unwrap().is_empty());
    assert!(names(&store).iter().all(|name| name.starts_with(".staging-")));
    snapshot(&store, 1);
    assert_eq!(ids(&store).len(), 1);
}

#[test]
fn snapshots_are_found_by_time_id_prefix_and_path() {
    let (_folder, store) = store();
    let (later, earlier) = (snapshot(&store, 3600), snapshot(&store, 0));
    let id = |snapshot: &Snapshot| snapshot.manifest.snapshot.to_string();
    assert_eq!(ids(&store), [id(&earlier), id(&later)]);
    assert_eq!(store.latest(Some(&lab())).unwrap().unwrap().id, later.manifest.snapshot);

    let folder_name = format!("snapshot={}", id(&later));
    for wanted in [&id(&later), &id(&later)[..13], &folder_name, later.dir().to_str().unwrap()] {
        assert_eq!(store.find(wanted).unwrap().digest(), later.digest(), "{wanted}");
    }
    let error = store.find("2027").unwrap_err();
    assert!(matches!(&error, Error::Ambiguous { candidates, .. } if candidates.len() == 2), "{error}");
    for wanted in ["", "2028", "nowhere/else"] {
        assert!(matches!(store.find(wanted), Err(Error::NotFound { .. })), "{wanted}");
    }
}

#[test]
fn snapshots_of_one_second_keep_their_order() {
    let (_folder, store) = store();
    for micros in [1, 999, 500_000] {
        let started = time(0) + jiff::SignedDuration::from_micros(micros);
        store.begin(&lab(), started).unwrap().finish(collection(None)).unwrap();
    }
    let started: Vec<_> = store.snapshots(None).unwrap().iter().map(|found| found.id.started()).collect();
    assert_eq!(started.iter().map(|time| time.subsec_microsecond()).collect::<Vec<_>>(), [1, 999, 500_000]);
}

#[test]
fn each_snapshot_names_the_one_before() {
    let (_folder, store) = store();
    let first = snapshot(&store, 0);
    let second = snapshot(&store, 1);
    assert_eq!(first.manifest.previous, None);
    assert_eq!(second.manifest.previous.as_ref().unwrap().digest, first.digest());

    fs::write(second.dir().join("manifest.json"), "{}").unwrap();
    let third = snapshot(&store, 2);
    assert_eq!(third.manifest.previous.as_ref().unwrap().snapshot, first.manifest.snapshot);
    let note = format!("The earlier snapshot {} could not be opened.", second.manifest.snapshot);
    assert_eq!(third.manifest.collection.notes, [note]);
}

#[test]
fn two_clusters_cannot_have_one_name() {
    let (_folder, store) = store();
    let first = snapshot(&store, 0);
    // Manifests have no uid, and do not hide the one that is known.
    store.begin(&lab(), time(1)).unwrap().finish(collection(None)).unwrap();

    store.check_identity(&lab(), "uid-1").unwrap();
    let error = store.begin(&lab(), time(2)).unwrap().finish(collection(Some("uid-2"))).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, Error::OtherCluster { .. }), "{text}");
    assert!(text.contains("uid-2") && text.contains("uid-1"), "{text}");
    assert!(text.contains(first.manifest.snapshot.as_str()), "{text}");
    assert_eq!(names(&store), ["cluster=lab"], "nothing of the refused one stays");

    let other = ClusterName::new("lab/2").unwrap();
    store.begin(&other, time(2)).unwrap().finish(collection(Some("uid-2"))).unwrap();
    assert_eq!(store.clusters().unwrap(), [lab(), other]);
}

#[test]
fn failed_collections_are_kept_in_order() {
    let (_folder, store) = store();
    let attempt = |seconds| Attempt {
        format: crate::FORMAT,
        cluster_name: lab(),
        started: time(seconds),
        finished: time(seconds + 30),
        error: "the API server did not answer".into(),
        cluster: Default::default(),
        collector: Default::default(),
        resources: Vec::new(),
        tool: Tool { name: "assay".into(), version: "0.0.0".into(), digest: None },
    };
    store.record_attempt(&attempt(60)).unwrap();
    let path = store.record_attempt(&attempt(0)).unwrap();
    assert!(path.starts_with(store.root().join("cluster=lab/attempts")), "{}", path.display());
    assert_eq!(store.attempts(&lab()).unwrap(), [attempt(0), attempt(60)]);
    assert!(ids(&store).is_empty());
}
