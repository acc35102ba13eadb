//! A snapshot of the real API server and its audit, as the tests of verdicts want them.

#![allow(dead_code, reason = "not each test needs all of it")]

pub(crate) mod tripwire;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use arrow::array::{RecordBatch, StringArray};
use assay_audit::Audit;
use assay_connector::{ClusterRequest, CollectError, collect_cluster};
use assay_controls::{Control, Library};
use assay_evaluator::{Request, evaluate};
use assay_model::id::AssetId;
use assay_model::schema::Schema;
use assay_snapshot::{Snapshot, Store};
use assay_tests::apiserver::{ApiServer, wait_until};
use assay_tests::tools::root;
use tempfile::TempDir;

/// The model, the controls, and a store that goes with this.
pub(crate) struct Bench {
    pub(crate) schema: Schema,
    pub(crate) library: Library,
    pub(crate) store: Store,
    _folder: TempDir,
}

/// What was judged: control, check and asset.
pub(crate) type Judged = (String, String, String);

/// An audit, and the outcome of each check for each asset.
pub(crate) struct Verdicts {
    pub(crate) audit: Audit,
    pub(crate) outcomes: BTreeMap<Judged, String>,
}

impl Verdicts {
    /// The outcomes of a control's checks for an asset, worst first.
    pub(crate) fn of(&self, control: &str, asset: &str) -> Vec<&str> {
        let own = self.outcomes.iter().filter(|((c, _, a), _)| c == control && a == asset);
        let mut outcomes: Vec<&str> = own.map(|(_, outcome)| outcome.as_str()).collect();
        outcomes.sort_unstable();
        outcomes
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let (schema, library) = (Schema::built_in().unwrap(), Library::built_in().unwrap());
        Self { schema, library, store, _folder: folder }
    }

    /// A snapshot of the cluster as the user may see it.
    pub(crate) fn collect(&self, server: &ApiServer, user: &str) -> Snapshot {
        let request = ClusterRequest {
            kubeconfig: Some(server.kubeconfig_for(user)),
            cluster_name: Some(format!("as-{user}")),
            ..ClusterRequest::default()
        };
        self.try_collect(&request).unwrap()
    }

    /// A snapshot of the cluster that is asked for.
    pub(crate) fn try_collect(&self, request: &ClusterRequest) -> Result<Snapshot, CollectError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        runtime.unwrap().block_on(collect_cluster(request, &self.schema, &self.store, &()))
    }

    pub(crate) fn judge(&self, snapshot: &Snapshot) -> Verdicts {
        self.judge_by(snapshot, &self.library.controls().iter().collect::<Vec<_>>())
    }

    pub(crate) fn judge_by(&self, snapshot: &Snapshot, controls: &[&Control]) -> Verdicts {
        let request = Request::new(&self.schema, snapshot, controls);
        let evaluated = evaluate(&request).unwrap();
        let results = evaluated.results.whole().unwrap();
        let column = |name: &str| texts(&results, name);
        let (controls, checks) = (column("control"), column("check"));
        let (assets, outcomes) = (column("asset"), column("outcome"));
        let keys = controls.into_iter().zip(checks).zip(assets);
        let keys = keys.map(|((control, check), asset)| (control, check, asset));
        Verdicts { audit: evaluated.audit, outcomes: keys.zip(outcomes).collect() }
    }
}

/// The ids of all objects of a snapshot, without the cluster itself.
pub(crate) fn objects(snapshot: &Snapshot) -> BTreeSet<AssetId> {
    let tables: Vec<&str> = snapshot.tables().filter(|table| table.starts_with("objects/")).collect();
    let ids = tables.iter().flat_map(|table| texts(&snapshot.read(table, Some(&["id"])).unwrap(), "id"));
    ids.map(AssetId::from_stored).filter(|id| id.parts().0 != "assay").collect()
}

fn texts(batch: &RecordBatch, column: &str) -> Vec<String> {
    let column = batch.column_by_name(column).unwrap();
    let column = column.as_any().downcast_ref::<StringArray>().unwrap();
    column.iter().map(|text| text.unwrap().to_owned()).collect()
}

/// Applies the shop, and returns once controllers have nothing left to make of it.
pub(crate) fn apply_shop(server: &ApiServer) {
    let shop = root().join("testdata/shop");
    let file = |path: &Path| format!("--filename={}", path.display());
    let crds = file(&shop.join("00-crds"));
    server.kubectl(&["apply", &crds]);
    server.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", &crds]);
    // Custom resources and quotas are taken a moment after their definitions.
    wait_until("the shop is applied", Duration::from_secs(120), || {
        server.try_kubectl("admin", &["apply", "--recursive", &file(&shop)], "").status.success()
    });
    settle(server);
}

/// Returns once controllers make nothing more.
pub(crate) fn settle(server: &ApiServer) {
    const MADE: &str = "pods,replicasets,jobs,controllerrevisions,serviceaccounts,configmaps,secrets,\
                        endpointslices,persistentvolumeclaims,clusterroles";
    let now = || {
        let columns = "--output=custom-columns=A:.metadata.uid,B:.metadata.generation,C:.status,D:.rules";
        server.kubectl(&["get", MADE, "--all-namespaces", columns])
    };
    let mut last = now();
    wait_until("controllers have settled", Duration::from_secs(120), || {
        std::thread::sleep(Duration::from_secs(1));
        let next = now();
        std::mem::replace(&mut last, next) == last
    });
}
