//! The SQL that a check is lowered to gives on DuckDB what the evaluator gives.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a panic is how a test fails, and a test of minutes tells how far it is"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use arrow::array::{Array, StringArray};
use assay_connector::manifest::Input;
use assay_connector::{ManifestRequest, collect_manifests};
use assay_controls::{Control, Library, Lists};
use assay_evaluator::data::Data;
use assay_evaluator::query::{Bindings, query};
use assay_evaluator::sql::{Dialect, Needs, Sources, derive, lower, lower_query};
use assay_evaluator::{Request, evaluate};
use assay_model::schema::Schema;
use assay_snapshot::{Snapshot, Store};
use assay_tests::answers;
use assay_tests::assay::Place;
use assay_tests::generated::Cluster;
use assay_tests::reference::Truth;
use assay_tests::skip::{Skip, need};
use assay_tests::tools::{Rows, duckdb, root, spark};
use jiff::Timestamp;
use serde_json::json;

/// Control, check, snapshot and asset, with the outcome.
type Outcomes = BTreeMap<[String; 4], String>;

fn collect(schema: &Schema, store: &Store, path: &Path) -> Snapshot {
    let request = ManifestRequest {
        cluster_name: Some(path.file_stem().unwrap().to_string_lossy().into_owned()),
        keep_going: true,
        ..ManifestRequest::new(vec![Input::Path(path.to_owned())])
    };
    collect_manifests(&request, schema, store, &()).unwrap()
}

fn evaluated(schema: &Schema, snapshot: &Snapshot, controls: &[&Control], into: &mut Outcomes) {
    let results = evaluate(&Request::new(schema, snapshot, controls)).unwrap().results.whole().unwrap();
    let column = |name: &str| {
        let column = results.column_by_name(name).unwrap();
        column.as_any().downcast_ref::<StringArray>().unwrap().clone()
    };
    let columns = ["control", "check", "asset", "outcome"].map(column);
    for row in 0..results.num_rows() {
        let [control, check, asset, outcome] = [0, 1, 2, 3].map(|at| columns[at].value(row).to_owned());
        into.insert([control, check, snapshot.manifest.snapshot.to_string(), asset], outcome);
    }
}

/// The statements of all checks, over a store, in each dialect, once what they need is derived.
fn statements<const N: usize>(
    schema: &Schema,
    controls: &[&Control],
    root: &Path,
    snapshots: &[Snapshot],
    dialects: [Dialect; N],
) -> [Vec<String>; N] {
    let opened: Vec<Data<'_>> = snapshots.iter().map(|snapshot| Data::open(schema, snapshot)).collect();
    let is_stored = |table| opened.iter().all(|data| data.stores(table).unwrap());
    let folder = format!("{}/*/*", root.display());
    let sources = Sources { folder: &folder, is_stored: &is_stored, as_of: None };
    let as_of = snapshots[0].manifest.started;
    let variables = BTreeMap::new();
    let bindings = Bindings { as_of, lists: Lists::built_in(), variables: &variables };
    let mut needs = Needs::default();
    let texts = dialects.map(|dialect| {
        let checks =
            controls.iter().flat_map(|control| control.checks.iter().map(move |check| (control, check)));
        let texts = checks.map(|(control, check)| {
            let lowered = lower(schema, control, check, &bindings, dialect, &sources)
                .unwrap_or_else(|error| panic!("{}/{}: {error}", control.id, check.slug));
            needs.extend(lowered.needs);
            lowered.text
        });
        texts.collect()
    });
    opened.iter().for_each(|data| derive(data, &needs).unwrap());
    texts
}

fn answered(rows: &Rows, into: &mut Outcomes) {
    for row in rows {
        let [control, check, snapshot, asset, outcome] =
            ["control", "check", "snapshot", "asset", "outcome"].map(|name| row[name].as_str().unwrap());
        into.insert([control, check, snapshot, asset].map(str::to_owned), outcome.to_owned());
    }
}

/// The first differences between what was expected and what was found.
fn differences(expected: &Outcomes, found: &Outcomes) -> Vec<String> {
    let keys = expected.keys().chain(found.keys().filter(|key| !expected.contains_key(*key)));
    let differing = keys.filter(|key| expected.get(*key) != found.get(*key));
    let told =
        differing.map(|key| format!("{key:?}: evaluator {:?}, SQL {:?}", expected.get(key), found.get(key)));
    told.take(20).collect()
}

/// What no built-in check has: results as a whole, of every kind, and what no snapshot can tell.
const OTHERS: &str = "
### none: There is no pod
```graphql
{ pods { ...AssetFragment } }
```
Expected: `eq false`

### some: There is a pod
```graphql
{ pods { ...AssetFragment } }
```
Expected: `neq []`

### nowhere: There is a claim of no class
```graphql
{ persistentVolumeClaims(where: {storageClassName: \"gone\"}) { ...AssetFragment } }
```
Expected: `eq true`

### few: There are few Deployments
```graphql
{ deployments { ...AssetFragment } }
```
Expected: `count lt 3`

### many: There are many
```graphql
{ deployments { ...AssetFragment } }
```
Expected: `count gte 3`

### elsewhere: The provider says so
```graphql
{ pods { ...AssetFragment } }
```
Unknown: the provider's own data is needed

### elsewhere-too: The provider says how many
```graphql
{ pods { ...AssetFragment } }
```
Unknown: the provider's own data is needed
Expected: `count lt 3`

## Examples

### A namespace
```yaml unknown elsewhere
apiVersion: v1
kind: Namespace
metadata: {name: a}
```
";

#[test]
fn every_check_on_every_fixture() {
    let schema = Schema::built_in().unwrap();
    let library = Library::built_in().unwrap();
    let page = &library.get("default-namespace").unwrap().source.text;
    let (texts, _) = page.split_once("## Checks").unwrap();
    let texts = texts.replace("id: default-namespace", "id: others");
    let own = tempfile::tempdir().unwrap();
    fs::create_dir(own.path().join("workload")).unwrap();
    fs::write(own.path().join("workload/others.md"), format!("{texts}## Checks\n{OTHERS}")).unwrap();
    let library = library.with_dir(own.path()).unwrap();
    let controls: Vec<&Control> = library.controls().iter().collect();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let snapshots: Vec<Snapshot> = ["testdata/shop", "testdata/hostile", "testdata/configured"]
        .iter()
        .map(|path| collect(&schema, &store, &root().join(path)))
        .collect();
    let mut expected = Outcomes::new();
    snapshots.iter().for_each(|snapshot| evaluated(&schema, snapshot, &controls, &mut expected));
    let [texts] = statements(&schema, &controls, folder.path(), &snapshots, [Dialect::DuckDb]);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let Some(results) = need("every_check_on_every_fixture", duckdb(&texts)) else { return };
    let mut found = Outcomes::new();
    for (text, result) in texts.iter().zip(&results) {
        match result {
            Ok(rows) => answered(rows, &mut found),
            Err(error) => panic!("{error}\n{text}"),
        }
    }
    let differences = differences(&expected, &found);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(found.values().any(|outcome| outcome == "unknown"), "nothing is unknown");
    assert!(found.len() > 1_000, "{} verdicts", found.len());
}

#[test]
fn the_command_prints_a_statement_that_runs() {
    let place = Place::new();
    let store = place.path("store").display().to_string();
    let collected =
        place.run(["collect", "--store", &store, &root().join("testdata/shop").display().to_string()]);
    assert_eq!(collected.code, 0, "{}", collected.stderr);
    let run = |arguments: &[&str]| place.run(["sql", "--store", &store].iter().chain(arguments));
    let printed = run(&["pod-host-network"]);
    assert_eq!((printed.code, printed.stderr.as_str()), (0, ""), "{}", printed.stderr);
    let printed_again = run(&["pod-host-network/host-network"]);
    assert_eq!(printed.stdout, printed_again.stdout);
    for (check, told) in [
        ("pod-host-netwrk", "there is no control"),
        ("pod-host-network/nothing", "there is: pod-host-network/host-network"),
        ("secrets-in-environment", "several checks"),
        ("external-secret-storage", "manual"),
    ] {
        let refused = run(&[check]);
        assert_eq!(refused.code, 2, "{check}: {}", refused.stdout);
        assert!(refused.stderr.contains(told), "{check}: {}", refused.stderr);
    }
    let verified = place.run(["verify", "--store", &store]);
    assert_eq!(verified.code, 0, "what is derived is no part of the snapshot: {}", verified.stderr);
    // As README has it.
    let view = format!("create view outcomes as {}", printed.stdout);
    let first =
        "select cluster, asset, min(snapshot) as first from outcomes where outcome = 'fail' group by all";
    let results = duckdb(&[&printed.stdout, &view, first]);
    let Some(results) = need("the_command_prints_a_statement_that_runs", results) else { return };
    let rows = |at: usize| results[at].as_ref().unwrap();
    let outcomes: BTreeSet<&str> = rows(0).iter().map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, BTreeSet::from(["fail", "pass"]));
    let failing = rows(0).iter().filter(|row| row["outcome"] == "fail").count();
    assert_eq!(rows(2).len(), failing);
}

/// For each snapshot, the outcome of each asset.
fn by_snapshot(rows: &Rows) -> BTreeMap<&str, BTreeMap<&str, &str>> {
    let mut found: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for row in rows {
        let [snapshot, asset, outcome] =
            ["snapshot", "asset", "outcome"].map(|name| row[name].as_str().unwrap());
        assert_eq!(
            found.entry(snapshot).or_default().insert(asset, outcome),
            None,
            "{asset} is told of twice"
        );
    }
    found
}

/// What a statement reads besides the snapshots' own tables is there for those snapshots that `assay sql` saw. Of
/// the others it reads nothing, which an engine can't tell from nothing to read.
#[test]
fn a_saved_statement_knows_nothing_of_snapshots_that_came_later() {
    const NAME: &str = "a_saved_statement_knows_nothing_of_snapshots_that_came_later";
    // Of a fact, of roots, of a relation, and of a result as a whole.
    const CHECKS: [&str; 4] =
        ["rbac-wildcards/roles", "pod-host-network", "k8s-namespaces-without-network-policies", "some-pods"];
    const CLUSTER: &str = "shop/eu #1 100%";
    let place = Place::new();
    let run = |arguments: &[&str]| {
        let run = place.run(arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout
    };
    let page = run(&["controls", "new", "some-pods", "--title", "There are pods"]);
    let page = place.path(page.trim());
    let text = fs::read_to_string(&page).unwrap().replace("`eq []`", "`neq []`");
    fs::write(page, text).unwrap();
    let manifests = root().join("testdata/shop").display().to_string();
    let collect = || run(&["collect", "--store", "store", "--cluster-name", CLUSTER, &manifests]);
    let store = place.path("store").display().to_string();
    let lower = |check: &str| run(&["sql", check, "--store", &store, "--controls", "controls"]);
    collect();
    let saved = CHECKS.map(lower);
    collect();
    let answers = || duckdb(&saved.each_ref().map(String::as_str));
    let Some(later) = need(NAME, answers()) else { return };
    // One of them is made again, and so what it reads; the others may read more.
    lower(CHECKS[0]);
    let one = need(NAME, answers()).unwrap();
    assert_eq!(CHECKS.map(lower), saved);
    let again = need(NAME, answers()).unwrap();
    let unknown = BTreeMap::from([("assay/Cluster//shop%2Feu %231 100%25", "unknown")]);
    for (index, check) in CHECKS.iter().enumerate() {
        let [later, one, again] =
            [&later, &one, &again].map(|results| by_snapshot(results[index].as_ref().unwrap()));
        let (first, second) = (again.first_key_value().unwrap(), again.last_key_value().unwrap());
        assert!(again.len() == 2 && first.1 == second.1 && !first.1.is_empty(), "{check}: {again:?}");
        assert!(first.1.values().all(|outcome| *outcome != "unknown"), "{check}: {again:?}");
        let only_first = BTreeMap::from([(*first.0, first.1.clone()), (*second.0, unknown.clone())]);
        assert_eq!(later, only_first, "{check}");
        assert_eq!(one, if index == 0 { again } else { only_first }, "{check}");
    }
}

#[test]
fn ages_count_from_each_snapshots_own_time() {
    let schema = Schema::built_in().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let made = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
        "name": "a", "namespace": "shop", "creationTimestamp": "2026-01-01T00:00:00Z",
    }});
    let cluster = Cluster { objects: vec![made], gaps: Vec::new(), scope: Vec::new(), of_manifests: false };
    let snapshots = ["2026-04-01T00:00:00Z", "2026-04-01T00:00:01Z", "2026-05-01T12:00:00.5Z"]
        .map(|started| cluster.write_whole(&schema, folder.path(), "shop", started.parse().unwrap()));
    let opened: Vec<Data<'_>> = snapshots.iter().map(|snapshot| Data::open(&schema, snapshot)).collect();
    let is_stored = |table| opened.iter().all(|data| data.stores(table).unwrap());
    let pattern = format!("{}/*/*", folder.path().display());
    let old = "{ configMaps(where: {createdAt: {lt: \"-P90D\"}}) { ...AssetFragment } }";
    let by_path = "{ configMaps(where: {object: {path: \"metadata.creationTimestamp\", lt: \"-P90D\"}}) { ...AssetFragment } }";
    let first = snapshots[0].manifest.started;
    let mut needs = Needs::default();
    let mut lowered = |text: &str, as_of: Option<Timestamp>| {
        let sources = Sources { folder: &pattern, is_stored: &is_stored, as_of };
        let query = query(&schema, text, as_of.unwrap_or(first)).unwrap();
        let lowered = lower_query(&schema, &query, Dialect::DuckDb, &sources).unwrap();
        needs.extend(lowered.needs);
        lowered.text
    };
    let last = Some(snapshots[2].manifest.started);
    let texts = [lowered(old, None), lowered(by_path, None), lowered(old, last), lowered(by_path, last)];
    opened.iter().for_each(|data| derive(data, &needs).unwrap());
    let results = duckdb(&texts.each_ref().map(String::as_str));
    let Some(results) = need("ages_count_from_each_snapshots_own_time", results) else { return };
    let holds = |result: &Result<Rows, String>| -> Vec<bool> {
        let mut rows = result.clone().unwrap();
        rows.sort_by_key(|row| row["snapshot"].as_str().unwrap().to_owned());
        rows.iter().map(|row| row["holds"].as_bool().unwrap()).collect()
    };
    let found: Vec<Vec<bool>> = results.iter().map(holds).collect();
    let own = vec![false, true, true];
    assert_eq!(found, [own.clone(), own, vec![true; 3], vec![true; 3]]);
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let there = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &there),
            false => _ = fs::copy(entry.path(), there).unwrap(),
        }
    }
}

/// Kinds that had no type when it was written lie among its generic assets, and columns are not there yet.
#[test]
fn a_snapshot_of_an_older_version_answers_as_the_evaluator_does() {
    const NAME: &str = "a_snapshot_of_an_older_version_answers_as_the_evaluator_does";
    let (schema, folder) = (Schema::built_in().unwrap(), tempfile::tempdir().unwrap());
    copy(&root().join("testdata/snapshots/format-1"), folder.path());
    let store = Store::open(folder.path()).unwrap();
    let snapshot = store.snapshots(None).unwrap()[0].open().unwrap();
    let data = Data::open(&schema, &snapshot);
    let is_stored = |table| data.stores(table).unwrap();
    assert!(!is_stored(schema.tables_of(&schema.generic().unwrap().name)[0]), "kinds have types by now");
    let pattern = format!("{}/*/*", folder.path().display());
    let sources = Sources { folder: &pattern, is_stored: &is_stored, as_of: None };
    let (mut needs, mut texts, mut expected) = (Needs::default(), Vec::new(), Vec::new());
    for text in [
        "{ genericAssets { ...AssetFragment } }",
        "{ assets(where: {kind: {in: [\"Widget\", \"HTTPRoute\"]}}) { ...AssetFragment } }",
        "{ httpRoutes(where: {rules: {some: {backendRefs: {some: {service: {dangling: true}}}}}}) { ...AssetFragment } }",
        "{ namespaces(where: {otherNetworkPolicies: {some: {}}}) { ...AssetFragment } }",
        "{ pods(where: {terminationGracePeriodSeconds: 45}) { ...AssetFragment } }",
        "{ pods(where: {hostAliases: {some: {hostnames_INCLUDES: \"legacy.example.com\"}}}) { ...AssetFragment } }",
        "{ deployments(where: {strategy: {type: \"Recreate\"}}) { ...AssetFragment } }",
    ] {
        let query =
            query(&schema, text, snapshot.manifest.started).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        let lowered = lower_query(&schema, &query, Dialect::DuckDb, &sources).unwrap();
        needs.extend(lowered.needs);
        texts.push(lowered.text);
        let answer = answers::evaluated(&data, &query);
        assert!(answer.assets.values().any(|truth| *truth == Truth::True), "{text}");
        expected.push(answer);
    }
    derive(&data, &needs).unwrap();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let Some(results) = need(NAME, duckdb(&texts)) else { return };
    for ((text, result), expected) in texts.iter().zip(results).zip(expected) {
        let rows = result.unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(answers::answered(&rows), expected, "{text}");
    }
}

/// Names that folders have encoded, or that an engine could take for numbers.
const CLUSTERS: [&str; 3] = ["1234", "shop-eu", "shop/us"];

/// Runs statements.
type Engine = fn(&[&str]) -> Result<Vec<Result<Rows, String>>, Skip>;

/// A store of three clusters, each collected ten times while objects come and go and some kinds cannot be read.
fn history(schema: &Schema, store: &Path) -> Vec<Snapshot> {
    let folder = tempfile::tempdir().unwrap();
    let shop = collect(schema, &Store::open(folder.path()).unwrap(), &root().join("testdata/shop"));
    let shop = Cluster::of(&shop);
    let mut snapshots = Vec::new();
    for (cluster, name) in CLUSTERS.iter().enumerate() {
        for day in 1..=10 {
            let mut seen = shop.clone();
            let mut number = 0;
            seen.objects.retain(|object| {
                number += 1;
                object["kind"] != "Cluster" && (number + cluster) % (day + 3) != 0
            });
            if day == 5 {
                let of = |text: &str| text.to_owned();
                seen.objects.retain(|object| object["kind"] != "NetworkPolicy");
                seen.gaps = vec![(of("networking.k8s.io"), of("networkpolicies"), of("NetworkPolicy"), None)];
            }
            let started = format!("2026-03-{day:02}T02:00:00Z").parse().unwrap();
            snapshots.push(seen.write_whole(schema, store, name, started));
        }
    }
    snapshots
}

#[test]
fn one_statement_answers_for_a_store_of_three_clusters() {
    const NAME: &str = "one_statement_answers_for_a_store_of_three_clusters";
    if std::env::var_os("ASSAY_TESTS_LONG").is_none() {
        return;
    }
    let schema = Schema::built_in().unwrap();
    let library = Library::built_in().unwrap();
    let controls: Vec<&Control> = library.controls().iter().collect();
    let folder = tempfile::tempdir().unwrap();
    let snapshots = history(&schema, folder.path());
    let mut expected = Outcomes::new();
    snapshots.iter().for_each(|snapshot| evaluated(&schema, snapshot, &controls, &mut expected));
    let dialects = [Dialect::DuckDb, Dialect::Spark];
    let texts = statements(&schema, &controls, folder.path(), &snapshots, dialects);
    eprintln!("{} verdicts of {} snapshots, and what SQL needs of them", expected.len(), snapshots.len());
    for (index, (dialect, engine)) in dialects.into_iter().zip([duckdb as Engine, spark]).enumerate() {
        let texts: Vec<&str> = texts[index].iter().map(String::as_str).collect();
        let Some(results) = need(NAME, engine(&texts)) else { continue };
        let (mut found, mut clusters) = (Outcomes::new(), BTreeSet::new());
        for (text, result) in texts.iter().zip(results) {
            let rows = result.unwrap_or_else(|error| panic!("{error}\n{text}"));
            clusters.extend(rows.iter().map(|row| row["cluster"].as_str().unwrap().to_owned()));
            answered(&rows, &mut found);
        }
        eprintln!("{dialect:?} answered {} statements", texts.len());
        let differences = differences(&expected, &found);
        assert!(differences.is_empty(), "{dialect:?}\n{}", differences.join("\n"));
        assert!(found.values().any(|outcome| outcome == "unknown"), "nothing is unknown");
        assert_eq!(clusters, CLUSTERS.map(str::to_owned).into());
    }
}
