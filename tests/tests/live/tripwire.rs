//! What happens to a collection in its middle.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};

use assay_connector::{ClusterRequest, CollectError, Progress, collect_cluster};
use assay_snapshot::Snapshot;

use super::Bench;

/// Tells once when a resource is being read, and waits until something was done about it.
struct Tripwire {
    resource: &'static str,
    tell: Mutex<mpsc::Sender<()>>,
    go_on: Mutex<mpsc::Receiver<()>>,
    told: AtomicBool,
    notes: Mutex<Vec<String>>,
}

impl Progress for Tripwire {
    fn read(&self, resource: &str, _objects: u64, _bytes: u64) {
        if resource == self.resource && !self.told.swap(true, Ordering::Relaxed) {
            self.tell.lock().unwrap().send(()).unwrap();
            self.go_on.lock().unwrap().recv().unwrap();
        }
    }

    fn note(&self, message: &str) {
        self.notes.lock().unwrap().push(message.to_owned());
    }
}

/// Collects page by page, one object each, and does something once the first of a resource was read. Returns what
/// was said meanwhile, too.
pub(crate) fn disturbed(
    bench: &Bench,
    request: &ClusterRequest,
    resource: &'static str,
    disturb: impl FnOnce(mpsc::Sender<()>) + Send,
) -> (Result<Snapshot, CollectError>, Vec<String>) {
    let (tell, told) = mpsc::channel();
    let (go, go_on) = mpsc::channel();
    let wire = Tripwire {
        resource,
        tell: Mutex::new(tell),
        go_on: Mutex::new(go_on),
        told: AtomicBool::new(false),
        notes: Mutex::default(),
    };
    let collected = std::thread::scope(|scope| {
        scope.spawn(move || {
            told.recv().unwrap();
            disturb(go);
        });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let request = ClusterRequest { page_size: 1, ..request.clone() };
        runtime.unwrap().block_on(collect_cluster(&request, &bench.schema, &bench.store, &wire))
    });
    (collected, wire.notes.into_inner().unwrap())
}
