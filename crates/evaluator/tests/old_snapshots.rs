//! Snapshots as earlier versions wrote them open forever, and answer what they were not asked when they were made:
//! what their tables lack is taken from their objects.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use std::path::{Path, PathBuf};

use assay_evaluator::data::Data;
use assay_evaluator::query;
use assay_model::schema::Schema;
use assay_snapshot::Snapshot;
use jiff::Timestamp;

/// The one snapshot in the store of this format.
fn snapshot(format: &str) -> Snapshot {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/snapshots").join(format);
    let only = |folder: &Path| -> PathBuf {
        let folders = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut folders = folders.filter(|path| path.is_dir());
        let only = folders.next().unwrap();
        assert!(folders.next().is_none(), "{folder:?}");
        only
    };
    Snapshot::open(only(&only(&store))).unwrap()
}

/// The ids a query yields, the uncertain ones with `?`.
fn ask(schema: &Schema, snapshot: &Snapshot, text: &str) -> String {
    let query = query::query(schema, text, Timestamp::UNIX_EPOCH).unwrap_or_else(|e| panic!("{text}: {e:?}"));
    let data = Data::open(schema, snapshot);
    let mut ids = Vec::new();
    for (table, found) in data.run(&query).unwrap().tables() {
        let all = data.ids(table).unwrap();
        for row in found.result.maybe.set_indices() {
            let id = all.value(row).to_owned();
            ids.push(if found.result.is_sure(row) { id } else { format!("{id}?") });
        }
    }
    ids.sort();
    ids.join(" ")
}

#[test]
fn format_1_opens_and_nothing_in_it_changed() {
    let snapshot = snapshot("format-1");
    assert_eq!(snapshot.manifest.format, 1);
    snapshot.verify().unwrap();
}

#[test]
fn format_1_has_every_table_of_today() {
    let (schema, snapshot) = (Schema::built_in().unwrap(), snapshot("format-1"));
    let data = Data::open(&schema, &snapshot);
    for (index, table) in schema.tables().iter().enumerate() {
        let id = schema.table_named(&table.name).unwrap();
        assert_eq!(id.index(), index);
        assert_eq!(data.table(id).unwrap().schema(), table.arrow_schema(), "{}", table.name);
    }
}

#[test]
fn format_1_answers() {
    let (schema, snapshot) = (Schema::built_in().unwrap(), snapshot("format-1"));
    for (query, expected) in [
        // What it had from the beginning.
        ("{ pods(where: {hostNetwork: true}) { ...AssetFragment } }", "core/Pod/shop/broken?"),
        (
            "{ workloads(where: {containers: {some: {securityContext: {privileged: true}}}}) { ...AssetFragment } }",
            "core/Pod/shop/broken? core/Pod/shop/web",
        ),
        ("{ namespaces(where: {networkPolicies: null}) { ...AssetFragment } }", "core/Namespace//empty"),
        ("{ services(where: {pods: {some: {}}}) { ...AssetFragment } }", "core/Service/shop/web"),
        ("{ deployments(where: {replicas: 2}) { ...AssetFragment } }", "apps/Deployment/shop/old"),
        ("{ assets(where: {kind: \"Widget\"}) { ...AssetFragment } }", "example.com/Widget/shop/one"),
        // What came later, as a type.
        (
            "{ podDisruptionBudgets(where: {pods: {some: {name: \"web\"}}}) { ...AssetFragment } }",
            "policy/PodDisruptionBudget/shop/web",
        ),
        (
            "{ horizontalPodAutoscalers(where: {minReplicas: {lt: 2}, deployment: {name: \"old\"}}) { ...AssetFragment } }",
            "autoscaling/HorizontalPodAutoscaler/shop/old",
        ),
        (
            "{ limitRanges(where: {limits: {some: {default: {memory: \"256Mi\"}}}}) { ...AssetFragment } }",
            "core/LimitRange/shop/limits",
        ),
        (
            "{ httpRoutes(where: {rules: {some: {backendRefs: {some: {service: {dangling: true}}}}}}) { ...AssetFragment } }",
            "gateway.networking.k8s.io/HTTPRoute/shop/web",
        ),
        (
            "{ namespaces(where: {otherNetworkPolicies: {some: {}}}) { ...AssetFragment } }",
            "core/Namespace//shop",
        ),
        (
            "{ assets(where: {kind: \"HTTPRoute\"}) { ...AssetFragment } }",
            "gateway.networking.k8s.io/HTTPRoute/shop/web",
        ),
        // As a column.
        (
            "{ pods(where: {terminationGracePeriodSeconds: 45}) { ...AssetFragment } }",
            "core/Pod/shop/broken? core/Pod/shop/web",
        ),
        (
            "{ services(where: {sessionAffinity: \"ClientIP\"}) { ...AssetFragment } }",
            "core/Service/shop/web",
        ),
        (
            "{ deployments(where: {strategy: {type: \"Recreate\"}}) { ...AssetFragment } }",
            "apps/Deployment/shop/old",
        ),
        (
            "{ pods { containers(where: {livenessProbe: {periodSeconds: 7, port: \"http\"}}) { ...AssetFragment } } }",
            "core/Pod/shop/web#containers/web",
        ),
        // As a list.
        (
            "{ pods(where: {hostAliases: {some: {hostnames_INCLUDES: \"legacy.example.com\"}}}) { ...AssetFragment } }",
            "core/Pod/shop/broken? core/Pod/shop/web",
        ),
        // As a reference.
        (
            "{ pods(where: {volumes: {some: {persistentVolumeClaim: {claim: {dangling: true}}}}}) { ...AssetFragment } }",
            "core/Pod/shop/broken? core/Pod/shop/web",
        ),
        // Kinds that it says nothing of and that were not there are known to be none.
        (
            "{ namespaces(where: {resourceQuotas: null}) { ...AssetFragment } }",
            "core/Namespace//empty core/Namespace//shop",
        ),
    ] {
        assert_eq!(ask(&schema, &snapshot, query), expected, "{query}");
    }
}
