//! A check is unknown for what it reads and could not get, and for nothing else.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, StringArray};
use assay_audit::Audit;
use assay_connector::manifest::Input;
use assay_connector::{ManifestRequest, collect_manifests};
use assay_controls::{Control, Library};
use assay_evaluator::{Request, evaluate};
use assay_model::schema::Schema;
use assay_snapshot::{Snapshot, Store};
use assay_tests::assay::Place;
use assay_tests::generated::Cluster;
use assay_tests::tools::root;

/// Outcomes by control, check and asset, and what each check reads.
struct Verdicts {
    outcomes: BTreeMap<(String, String, String), String>,
    reads: BTreeMap<(String, String), Vec<String>>,
}

/// The objects of the shop, as a cluster in which everything could be read.
fn shop(schema: &Schema) -> Cluster {
    let folder = tempfile::tempdir().unwrap();
    let request = ManifestRequest::new(vec![Input::Path(root().join("testdata/shop"))]);
    let store = Store::open(folder.path()).unwrap();
    let snapshot = collect_manifests(&request, schema, &store, &()).unwrap();
    Cluster::of(&snapshot)
}

fn verdicts(schema: &Schema, cluster: &Cluster, library: &Library) -> Verdicts {
    let folder = tempfile::tempdir().unwrap();
    let snapshot: Snapshot = cluster.write(schema, folder.path());
    let controls: Vec<&Control> = library.controls().iter().collect();
    let evaluated = evaluate(&Request::new(schema, &snapshot, &controls)).unwrap();
    let results = evaluated.results.whole().unwrap();
    let column = |name: &str| {
        let column = results.column_by_name(name).unwrap();
        let texts = column.as_any().downcast_ref::<StringArray>().unwrap();
        texts.iter().map(|text| text.unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let keys = column("control").into_iter().zip(column("check")).zip(column("asset"));
    let keys = keys.map(|((control, check), asset)| (control, check, asset));
    let checks = evaluated.audit.controls.iter().flat_map(|control| {
        control.checks.iter().map(|check| ((control.id.clone(), check.slug.clone()), check.reads.clone()))
    });
    Verdicts { outcomes: keys.zip(column("outcome")).collect(), reads: checks.collect() }
}

/// The group, plural and whether namespaced of each type that the cluster has objects of.
fn kinds(schema: &Schema, cluster: &Cluster) -> Vec<(String, String, String, bool)> {
    let there: BTreeSet<&str> = cluster.objects.iter().filter_map(|object| object["kind"].as_str()).collect();
    let assets =
        schema.assets().filter(|(def, _)| there.contains(def.name.as_str()) && def.name != "Cluster");
    let kinds = assets.map(|(def, r)| (r.group.clone(), r.plural.clone(), def.name.clone(), r.namespaced));
    kinds.collect()
}

/// The cluster as someone sees it who may not list these.
fn without(cluster: &Cluster, gaps: &[(String, String, String, Option<String>)]) -> Cluster {
    let mut cluster = cluster.clone();
    cluster.gaps = gaps.to_vec();
    cluster.objects.retain(|object| {
        !gaps.iter().any(|(_, _, kind, namespace)| {
            let there = object["metadata"]["namespace"].as_str();
            object["kind"] == kind.as_str() && (namespace.is_none() || namespace.as_deref() == there)
        })
    });
    cluster
}

#[test]
fn a_kind_that_was_not_read_changes_no_check_that_does_not_read_it() {
    let (schema, library) = (Schema::built_in().unwrap(), Library::built_in().unwrap());
    let cluster = shop(&schema);
    let whole = verdicts(&schema, &cluster, &library);
    let mut compared = 0;
    let unread = ["NetworkPolicy", "ServiceAccount", "RoleBinding", "ClusterRole", "Pod", "Service"];
    let kinds = kinds(&schema, &cluster).into_iter().filter(|(.., kind, _)| unread.contains(&kind.as_str()));
    for (group, plural, kind, _) in kinds {
        let resource = if group.is_empty() { plural.clone() } else { format!("{plural}.{group}") };
        let narrow = verdicts(&schema, &without(&cluster, &[(group, plural, kind.clone(), None)]), &library);
        for (key, outcome) in &whole.outcomes {
            let reads = &whole.reads[&(key.0.clone(), key.1.clone())];
            // The objects that were not listed are in no result.
            if !reads.contains(&resource) && !key.2.contains(&format!("/{kind}/")) {
                compared += 1;
                assert_eq!(narrow.outcomes.get(key), Some(outcome), "{key:?} without {resource}");
            }
        }
        let is_new = |key: &&(String, String, String)| whole.outcomes.get(*key) != narrow.outcomes.get(*key);
        let unread = narrow.outcomes.iter().filter(|(key, outcome)| *outcome == "unknown" && is_new(key));
        for ((control, check, asset), _) in unread {
            let reads = &whole.reads[&(control.clone(), check.clone())];
            assert!(reads.contains(&resource), "{control}/{check} of {asset} without {resource}");
        }
    }
    assert!(compared > 5_000, "{compared} verdicts compared");
}

#[test]
fn a_namespace_that_was_not_read_leaves_the_others_known() {
    const UNREAD: &str = "checkout";
    const ROLE_BINDINGS: &str = "rolebindings.rbac.authorization.k8s.io";
    let (schema, library) = (Schema::built_in().unwrap(), Library::built_in().unwrap());
    let cluster = shop(&schema);
    let namespaced = kinds(&schema, &cluster).into_iter().filter(|(.., namespaced)| *namespaced);
    let gaps: Vec<_> =
        namespaced.map(|(group, plural, kind, _)| (group, plural, kind, Some(UNREAD.to_owned()))).collect();
    let whole = verdicts(&schema, &cluster, &library);
    let narrow = verdicts(&schema, &without(&cluster, &gaps), &library);
    let (mut same, mut unknown) = (0, BTreeSet::new());
    for (key, outcome) in &whole.outcomes {
        let parts: Vec<&str> = key.2.split('/').collect();
        let (kind, namespace, name) = (parts[1], parts[2], parts[3]);
        // A role binding of any namespace may name an account of any other, or a cluster role.
        let may_be_named = ["ServiceAccount", "ClusterRole"].contains(&kind);
        if namespace == UNREAD || may_be_named || kind == "Cluster" {
            continue;
        }
        if kind == "Namespace" && name == UNREAD {
            unknown.insert(narrow.outcomes[key].as_str());
            continue;
        }
        let reads = &whole.reads[&(key.0.clone(), key.1.clone())];
        if reads.iter().any(|read| read == ROLE_BINDINGS) && kind != "RoleBinding" {
            // A binding there may let any account do more, so that what it may not do is not known.
            let found = narrow.outcomes.get(key);
            assert!(
                found == Some(outcome) || outcome == "pass" && found.is_some_and(|found| found == "unknown"),
                "{key:?}"
            );
            continue;
        }
        same += 1;
        assert_eq!(narrow.outcomes.get(key), Some(outcome), "{key:?}");
    }
    assert!(same > 1_000, "{same} verdicts compared");
    assert!(unknown.contains("unknown"), "{unknown:?}");
}

/// Components whose settings are in files.
fn configured() -> String {
    std::fs::read_to_string(root().join("testdata/configured/components.yaml")).unwrap()
}

/// The audit of manifests by some controls.
fn audited(schema: &Schema, library: &[&Control], manifests: &str) -> Audit {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manifests.yaml");
    std::fs::write(&path, manifests).unwrap();
    let store = Store::open(folder.path().join("store")).unwrap();
    let request = ManifestRequest { keep_going: true, ..ManifestRequest::new(vec![Input::Path(path)]) };
    let snapshot = collect_manifests(&request, schema, &store, &()).unwrap();
    evaluate(&Request::new(schema, &snapshot, library)).unwrap().audit
}

/// What of an audit's gaps makes each check unknown, by check and the container's name: the objects and the messages.
fn reasons(audit: &Audit) -> BTreeMap<(String, String), Vec<(String, String)>> {
    let reasons = audit.unknowns.iter().map(|unknown| {
        let gaps = unknown.gaps.iter().map(|gap| {
            let gap = &audit.gaps[*gap];
            let asset = gap.asset.as_ref().map(|asset| asset.id.to_string());
            (asset.unwrap_or_else(|| gap.resource.clone()), gap.message.clone())
        });
        let check = format!("{}/{}", unknown.control, unknown.check);
        ((check, unknown.asset.name.clone()), gaps.collect())
    });
    reasons.collect()
}

#[test]
fn every_check_of_flags_is_unknown_where_a_file_has_the_settings() {
    let (schema, library) = (Schema::built_in().unwrap(), Library::built_in().unwrap());
    let controls: Vec<&Control> = library.controls().iter().collect();
    let audit = audited(&schema, &controls, &configured());
    let found = reasons(&audit);
    let components = [
        ("kube-apiserver", "core/Pod/openshift-kube-apiserver/kube-apiserver-cp-1", "openshift-config"),
        (
            "kube-controller-manager",
            "core/Pod/openshift-kube-controller-manager/kube-controller-manager-cp-1",
            "openshift-config",
        ),
        ("kube-proxy", "apps/DaemonSet/kube-system/kube-proxy", "config"),
        ("etcd", "core/Pod/kube-system/etcd-cp-1", "config-file"),
    ];
    let mut told = BTreeMap::new();
    for (container, object, flag) in components {
        let message = format!(
            "the settings of its container `{container}` are in the file that `--{flag}` names, which no snapshot holds"
        );
        let checks =
            controls.iter().flat_map(|control| control.checks.iter().map(move |check| (control, check)));
        let asks = format!("name: {{eq: \"{container}\"}}");
        for (control, check) in checks.filter(|(_, check)| check.query.text.contains(&asks)) {
            let name = format!("{}/{}", control.id, check.slug);
            let expected = vec![(object.to_owned(), message.clone())];
            assert_eq!(
                found.get(&(name.clone(), container.to_owned())),
                Some(&expected),
                "{name} of {container}"
            );
            *told.entry(container).or_insert(0) += 1;
        }
    }
    assert!(
        told["kube-apiserver"] >= 25
            && told["kube-controller-manager"] >= 6
            && told["kube-proxy"] == 1
            && told["etcd"] == 8,
        "{told:?}"
    );
    // Nothing else of them is unknown for it.
    let others: Vec<_> =
        found.iter().filter(|(_, gaps)| gaps.iter().any(|(_, why)| why.contains("settings"))).collect();
    assert_eq!(others.len(), told.values().sum::<usize>(), "{others:?}");
}

#[test]
fn a_file_with_settings_is_told_beside_what_could_not_be_read() {
    let (schema, library) = (Schema::built_in().unwrap(), Library::built_in().unwrap());
    let controls = [library.get("kube-proxy-metrics-address").unwrap()];
    let unread =
        "---\napiVersion: v1\nkind: Pod\nmetadata: {name: unread, namespace: shop}\nspec: {hostNetwork: 3}\n";
    let audit = audited(&schema, &controls, &(configured() + unread));
    let found = reasons(&audit);
    let of = |check: &str, name: &str| -> Vec<&str> {
        found[&(check.to_owned(), name.to_owned())].iter().map(|(object, _)| object.as_str()).collect()
    };
    let proxies = of("kube-proxy-metrics-address/loopback", "kube-proxy");
    assert_eq!(proxies, ["core/Pod/shop/unread", "apps/DaemonSet/kube-system/kube-proxy"]);
    // What may have such a container is unknown for being unread alone.
    assert_eq!(of("kube-proxy-metrics-address/loopback", "unread"), ["core/Pod/shop/unread"]);
}

#[test]
fn a_file_with_settings_is_told_to_what_has_the_container_or_else_to_its_namespace() {
    // A pod that the DaemonSet stands for, and namespaces.
    const MORE: &str = "
---
apiVersion: v1
kind: Pod
metadata:
  name: kube-proxy-1
  namespace: kube-system
  ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: kube-proxy, controller: true}]
spec:
  containers:
  - {name: kube-proxy, image: a, command: [kube-proxy, --config=/c, --metrics-bind-address=0.0.0.0]}
---
apiVersion: v1
kind: Namespace
metadata: {name: openshift-kube-apiserver}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
";
    let (schema, library) = (Schema::built_in().unwrap(), Library::built_in().unwrap());
    let mut control = library.get("kube-proxy-metrics-address").unwrap().clone();
    control.checks[0].population = None;
    let manifests = configured() + MORE;
    let mut told = |query: &str, expected: &str| {
        control.checks[0].query.text = query.to_owned();
        control.checks[0].expected = expected.parse().unwrap();
        let audit = audited(&schema, &[&control], &manifests);
        let told = reasons(&audit).into_iter().map(|((_, name), gaps)| {
            let objects = gaps.iter().map(|(id, _)| id.rsplit('/').next().unwrap_or_default().to_owned());
            format!("{name}: {}", objects.collect::<Vec<_>>().join(" "))
        });
        told.collect::<Vec<_>>()
    };
    let flags = "containers: {some: {flags: {some: {name: \"profiling\"}}}}";
    let pods = format!("{{ pods(where: {{{flags}}}) {{ ...AssetFragment }} }}");
    let each = ["etcd-cp-1", "kube-apiserver-cp-1", "kube-controller-manager-cp-1", "kube-proxy-1"];
    assert_eq!(told(&pods, "eq []"), each.map(|name| format!("{name}: {name}")));
    let namespaces =
        format!("{{ namespaces(where: {{pods: {{some: {{{flags}}}}}}}) {{ ...AssetFragment }} }}");
    assert_eq!(told(&namespaces, "eq []"), ["openshift-kube-apiserver: kube-apiserver-cp-1"]);
    // The cluster's outcome may hang on any of them.
    let all = "manifests: kube-proxy etcd-cp-1 kube-apiserver-cp-1 kube-controller-manager-cp-1";
    assert_eq!(told(&pods, "count lt 1"), [all]);
    assert_eq!(told("{ namespaces { ...AssetFragment } }", "count lt 1"), Vec::<String>::new());
}

#[test]
fn every_report_names_the_flag_that_names_a_file() {
    const TOLD: &str = "are in the file that `--config` names, which no snapshot holds";
    const ID: &str = "apps/DaemonSet/kube-system/kube-proxy";
    let place = Place::new();
    let run = place.audit(&place.write("a.yaml", configured()), &["--format", "json,html,sarif"]);
    assert!(run.stdout.contains(TOLD), "{run:?}");
    for file in place.files("report") {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(TOLD), "{}", file.display());
    }
    let run = place.run(["explain", "kube-proxy-metrics-address", ID, "a.yaml"]);
    assert!(run.stdout.contains(&format!("{ID} could not be read (excluded)")), "{run:?}");
    assert!(run.stdout.contains(TOLD), "{run:?}");
    let question =
        "{ containers(where: {name: \"kube-proxy\", flags: {some: {name: \"profiling\"}}}) { name } }";
    let run = place.run(["query", question, "a.yaml"]);
    assert!(run.stderr.contains(TOLD) && run.stderr.contains("1 asset more may belong"), "{run:?}");
}
