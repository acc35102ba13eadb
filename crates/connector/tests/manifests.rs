//! Manifests into snapshots.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

#[path = "manifests/charts.rs"]
mod charts;
#[path = "manifests/kustomizations.rs"]
mod kustomizations;

use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::{Array as _, AsArray as _};
use arrow::datatypes::Int64Type;
use assay_connector::{CollectError, ManifestRequest, collect_manifests, manifest::Input};
use assay_model::coverage::ReadStatus;
use assay_model::schema::Schema;
use assay_snapshot::{Snapshot, Store};
use tempfile::TempDir;

struct Collected {
    snapshot: Snapshot,
    _store: TempDir,
}

fn request(inputs: &[PathBuf]) -> ManifestRequest {
    ManifestRequest::new(inputs.iter().cloned().map(Input::Path).collect())
}

fn try_collect(request: &ManifestRequest) -> Result<Collected, CollectError> {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let snapshot = collect_manifests(request, &Schema::built_in().unwrap(), &store, &())?;
    Ok(Collected { snapshot, _store: folder })
}

fn collect(inputs: &[PathBuf]) -> Collected {
    try_collect(&request(inputs)).unwrap()
}

/// Collects one file with this text.
fn collect_text(text: &str) -> Collected {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.yaml");
    fs::write(&file, text).unwrap();
    collect(&[file])
}

impl Collected {
    /// A column of text, with `-` for what is missing.
    fn texts(&self, table: &str, column: &str) -> Vec<String> {
        let batch = self.snapshot.read(table, Some(&[column])).unwrap();
        let texts = batch.column(0).as_string::<i32>();
        texts.iter().map(|text| text.unwrap_or("-").to_owned()).collect()
    }

    fn notes(&self) -> &[String] {
        &self.snapshot.manifest.collection.notes
    }

    fn status(&self, resource: &str) -> (ReadStatus, u64) {
        let resources = &self.snapshot.manifest.collection.resources;
        let found = resources.iter().find(|read| read.resource == resource).unwrap();
        (found.status, found.count)
    }
}

fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(name)
}

#[test]
fn the_order_of_arrival_is_of_no_account() {
    let shop = testdata("shop");
    let mut parts: Vec<PathBuf> = fs::read_dir(&shop).unwrap().map(|entry| entry.unwrap().path()).collect();
    parts.retain(|path| path.extension().is_none_or(|extension| extension != "md"));
    parts.push(testdata("hostile/generate-name.yaml"));
    parts.sort();
    let one = collect(&parts);
    parts.reverse();
    let other = collect(&parts);
    assert_eq!(one.snapshot.manifest.files, other.snapshot.manifest.files);
    let collection = &one.snapshot.manifest.collection;
    assert_eq!(collection.resources, other.snapshot.manifest.collection.resources);
    assert!(one.snapshot.rows("deployments").unwrap() > 10);
}

#[test]
fn objects_get_the_namespace_that_kubectl_would_give_them() {
    let collected = collect_text(
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a}}\n---\n\
         {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: b, namespace: x}}\n---\n\
         {apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: c}}\n---\n\
         {apiVersion: d.example/v1, kind: Known, metadata: {name: d}}\n---\n\
         {apiVersion: d.example/v1, kind: Unknown, metadata: {name: e}}\n---\n\
         {apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: knowns.d.example},\n\
         spec: {group: d.example, names: {kind: Known, plural: knowns}, scope: Namespaced}}\n",
    );
    assert_eq!(collected.texts("serviceaccounts", "id"), ["core/ServiceAccount/default/a"]);
    assert_eq!(collected.texts("clusterroles", "id"), ["rbac.authorization.k8s.io/ClusterRole//b"]);
    assert_eq!(collected.texts("poddisruptionbudgets", "id"), ["policy/PodDisruptionBudget/default/c"]);
    assert_eq!(collected.texts("others", "id"), ["d.example/Known/default/d", "d.example/Unknown//e"]);
    assert_eq!(collected.texts("objects/knowns.d.example", "namespace"), ["default"]);
    assert_eq!(collected.status("pods"), (ReadStatus::Listed, 0));
    assert_eq!(collected.snapshot.rows("pods"), Some(0));
}

#[test]
fn the_last_of_two_counts() {
    let collected = collect_text(
        "{apiVersion: v1, kind: Secret, metadata: {name: a}, type: first}\n---\n\
         {apiVersion: v1, kind: Secret, metadata: {name: a, namespace: default}, type: second}\n",
    );
    assert_eq!(collected.texts("secrets", "type"), ["second"]);
    let note = "a.yaml:1:1: Secret default/a is there again at a.yaml:3:1; that one counts, as it would for kubectl apply";
    assert_eq!(collected.notes(), [note]);
}

/// Of two environments, either alone may be in force: what one of them fails must not pass for the other's sake.
#[test]
fn what_two_folders_have_differently_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let pod = |name: &str, spec: &str| {
        format!("{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {spec}}}\n")
    };
    let service = "---\n{apiVersion: v1, kind: Service, metadata: {name: web}}\n";
    for (environment, spec) in [("dev", "{hostNetwork: true}"), ("prod", "{}")] {
        let path = folder.path().join("deploy").join(environment);
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("web.yaml"), pod("web", spec) + service).unwrap();
    }
    fs::write(folder.path().join("deploy/dev/debug.yaml"), pod("debug", "{}")).unwrap();
    let collected = collect(&[folder.path().join("deploy")]);
    assert_eq!(collected.texts("pods", "name"), ["debug", "web"]);
    let why = "deploy/dev and deploy/prod have it differently: audit each by itself, with a `--cluster-name` of its own";
    assert_eq!(collected.texts("pods", "unreadable"), ["-", why]);
    assert_eq!(collected.texts("services", "unreadable"), ["-"]);
    let again =
        "deploy/dev/web.yaml:1:1: Pod default/web is there again at deploy/prod/web.yaml:1:1; ".to_owned();
    // Before what tells of files that are no manifests.
    fs::write(folder.path().join("deploy/a.json"), "{}").unwrap();
    let collected = collect(&[folder.path().join("deploy")]);
    assert_eq!(collected.notes()[0], again + why);
    assert!(collected.notes().last().unwrap().starts_with("deploy/a.json"), "{:?}", collected.notes());
    for more in 'e'..'q' {
        fs::write(folder.path().join(format!("deploy/{more}.yaml")), pod("web", &format!("{{a: {more}}}")))
            .unwrap();
    }
    let reason = &collect(&[folder.path().join("deploy")]).texts("pods", "unreadable")[1];
    assert!(
        reason.starts_with("deploy/dev and deploy/e.yaml and deploy/f.yaml and 11 more have it"),
        "{reason}"
    );
}

#[test]
fn what_a_kustomization_makes_of_two_is_unknown() {
    let pod = |name: &str, spec: &str| {
        format!("{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {spec}}}\n")
    };
    let base = pod("web", "{hostNetwork: true, containers: [{name: c}]}") + "---\n" + &pod("other", "{}");
    // Whichever of two equal ones is a patch, it changes nothing.
    let patch = pod("web", "{priorityClassName: x}") + "---\n" + &pod("other", "{}");
    for (name, is_packed) in [
        ("kustomization.yaml", false),
        ("Kustomization", false),
        ("kustomization.yml", true),
        ("Kustomization", true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let files = folder.path().join("files");
        fs::create_dir(&files).unwrap();
        for (file, text) in
            [("base.yaml", base.as_str()), (name, "resources: [base.yaml]\n"), ("patch.yaml", &patch)]
        {
            fs::write(files.join(file), text).unwrap();
        }
        let input = if is_packed { pack(folder.path(), &files) } else { files };
        let collected = collect(&[input]);
        assert_eq!(collected.texts("pods", "name"), ["other", "web"]);
        let unreadable = collected.texts("pods", "unreadable");
        assert!(
            unreadable[0] == "-" && unreadable[1].contains("kubectl kustomize"),
            "{name}: {unreadable:?}"
        );
        assert!(collected.notes().iter().any(|note| note.contains("a kustomization makes one of them")));
    }
}

#[test]
fn folders_are_read_without_what_is_to_be_left_out() {
    let folder = tempfile::tempdir().unwrap();
    for file in [
        "charts/web/templates/a.yaml",
        "deploy/dev/b.yaml",
        "deploy/prod/c.yaml",
        "dev/d.yaml",
        "values-x.yaml",
    ] {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        fs::write(&path, format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}")).unwrap();
    }
    fs::write(folder.path().join("charts/web/templates/e.yaml"), "{{ if }}").unwrap();
    let names = |exclude: &[&str]| {
        let exclude = exclude.iter().map(ToString::to_string).collect();
        let collected =
            try_collect(&ManifestRequest { exclude, ..request(&[folder.path().to_owned()]) }).unwrap();
        assert!(
            collected.notes().iter().any(|note| note.contains("charts: left out")),
            "{:?}",
            collected.notes()
        );
        collected.texts("configmaps", "name")
    };
    assert_eq!(names(&["charts"]), ["b", "c", "d", "values-x"]);
    assert_eq!(names(&["charts/", "./deploy/dev", "values*.yaml"]), ["c", "d"]);
    assert_eq!(names(&["chart?", "dev"]), ["c", "values-x"]);
    // What leads to a name, the folder that is read included, is not what the name is.
    assert_eq!(names(&["charts", ".tmp*", "deplo*/b.yaml"]), ["b", "c", "d", "values-x"]);
    // What is named is meant.
    let named = request(&[folder.path().join("dev")]);
    let collected = try_collect(&ManifestRequest { exclude: vec!["dev".to_owned()], ..named }).unwrap();
    assert_eq!(collected.texts("configmaps", "name"), ["d"]);
}

/// A pattern that leaves nothing out may be misspelt; one that is meant for other inputs, too, is not.
#[test]
fn a_pattern_that_leaves_nothing_out_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let object = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}";
    for path in ["deploy/a.yaml", "charts/web/b.yaml"] {
        fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
        fs::write(folder.path().join(path), object).unwrap();
    }
    let told = |wants_excluded: bool| {
        let exclude = ["charts", "chart?", "chats"].map(str::to_owned).to_vec();
        let request = ManifestRequest { exclude, wants_excluded, ..request(&[folder.path().to_owned()]) };
        try_collect(&request).unwrap().notes().to_vec()
    };
    let misspelt = "`chats` leaves nothing out: no folder or archive that was given has what is called so";
    assert_eq!((told(true).len(), &*told(true)[0]), (2, misspelt));
    assert_eq!(told(false).len(), 1, "{:?}", told(false));
}

#[test]
fn archives_are_read_without_what_is_to_be_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("all.tar");
    let mut tar = tar::Builder::new(fs::File::create(&archive).unwrap());
    for (file, name) in [
        ("top/charts/web/templates/a.yaml", "a"),
        ("top/charts/web/b.yaml", "b"),
        ("top/deploy/dev/c.yaml", "c"),
        ("top/deploy/prod/d.yaml", "d"),
    ] {
        let text = format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}");
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_cksum();
        tar.append_data(&mut header, file, text.as_bytes()).unwrap();
    }
    tar.finish().unwrap();
    let excluding = |exclude: &[&str]| {
        let exclude = exclude.iter().map(ToString::to_string).collect();
        try_collect(&ManifestRequest {
            exclude,
            wants_excluded: true,
            ..request(std::slice::from_ref(&archive))
        })
    };
    let collected = excluding(&["charts", "deploy/dev"]).unwrap();
    assert_eq!(collected.texts("configmaps", "name"), ["d"]);
    let notes = collected.notes();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].ends_with("all.tar/top/charts: left out, as `charts` is to be"), "{notes:?}");
    let Err(error) = excluding(&["top/"]) else { panic!("all is left out") };
    assert!(error.to_string().contains("all.tar/top: left out, as `top/` is to be"), "{error}");
}

#[test]
fn generated_names_stay_apart() {
    let collected = collect(&[testdata("hostile/generate-name.yaml")]);
    assert_eq!(collected.texts("jobs", "name"), ["import-*", "import-*~2"]);
    assert_eq!(collected.texts("pods", "name"), ["debug-*", "has-a-name"]);
}

#[test]
fn older_versions_are_read_as_the_kind_they_are() {
    let collected = collect_text(
        "{apiVersion: extensions/v1beta1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: \
         {containers: [{name: a}]}}}}\n---\n\
         {apiVersion: networking.k8s.io/v1beta1, kind: Ingress, metadata: {name: b}}\n---\n\
         {apiVersion: batch/v2alpha2, kind: CronJob, metadata: {name: c}}\n",
    );
    assert_eq!(collected.texts("deployments", "id"), ["apps/Deployment/default/a"]);
    // Checks ask for the version that was written; defaults are those of today's.
    assert_eq!(collected.texts("deployments", "apiVersion"), ["extensions/v1beta1"]);
    assert_eq!(collected.texts("deployments.containers", "imagePullPolicy"), ["IfNotPresent"]);
    assert_eq!(collected.texts("ingresses", "id"), ["networking.k8s.io/Ingress/default/b"]);
    assert_eq!(collected.status("ingresses"), (ReadStatus::Listed, 1));
    // One that nobody knows leaves open what the CronJobs are.
    assert_eq!(collected.texts("others", "id"), ["batch/CronJob/default/c"]);
    assert_eq!(collected.status("cronjobs").0, ReadStatus::Failed);
}

#[test]
fn unreadable_objects_are_counted_and_told() {
    let collected = collect_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  hostNetwork: maybe\n---\n\
         {apiVersion: v1, kind: Secret, metadata: {name: b}, data: text}\n",
    );
    assert_eq!(
        collected.notes(),
        [
            "a.yaml:5:3: core/Pod/default/a is unreadable: spec.hostNetwork: expected a boolean, found a string",
            "a.yaml:7:1: core/Secret/default/b is unreadable: its data is not what Kubernetes takes",
        ]
    );
    let batch = collected.snapshot.read("collection", Some(&["unreadable"])).unwrap();
    let unreadable: i64 = batch.column(0).as_primitive::<Int64Type>().iter().flatten().sum();
    assert_eq!(unreadable, 2);
    assert_eq!(collected.texts("secrets.entries", "key").len(), 0);
}

#[test]
fn every_field_has_its_place() {
    let collected = collect_text("# first\napiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n");
    assert_eq!(collected.texts("sources", "field"), ["", "apiVersion", "kind", "metadata", "metadata.name"]);
    let batch = collected.snapshot.read("sources", Some(&["line"])).unwrap();
    assert_eq!(batch.column(0).as_primitive::<Int64Type>().values(), &[2, 2, 3, 4, 5]);
    assert_eq!(batch.column(0).null_count(), 0);
}

#[test]
fn documents_that_can_not_be_read_stop_the_collection_or_leave_it_unknown() {
    let file = testdata("hostile/broken.yaml");
    assert!(matches!(try_collect(&request(std::slice::from_ref(&file))), Err(CollectError::Manifests(_))));
    let collected = try_collect(&ManifestRequest { keep_going: true, ..request(&[file]) }).unwrap();
    assert_eq!(collected.status("configmaps"), (ReadStatus::Failed, 2));
    assert!(collected.notes()[0].contains("broken.yaml:12:14"), "{:?}", collected.notes());
}

#[test]
fn no_planted_secret_gets_into_a_snapshot() {
    let inputs = ["secrets.yaml", "secrets-wrong-types.yaml"].map(|file| testdata("hostile").join(file));
    let collected = try_collect(&ManifestRequest { keep_going: true, ..request(&inputs) }).unwrap();
    let manifest = serde_json::to_string(&collected.snapshot.manifest).unwrap();
    assert!(!manifest.contains("PLANTED-"), "{manifest}");
    let tables: Vec<String> = collected.snapshot.tables().map(str::to_owned).collect();
    for table in tables {
        let rows = format!("{:?}", collected.snapshot.read(&table, None).unwrap());
        for bytes in ["PLANTED-", "10348151623", "AKIAPLANTED05EXAMPLE", "UExBTlRFRC0", "H4sI", "eyJpc3Mi"] {
            assert!(!rows.contains(bytes), "{table}: {bytes}");
        }
    }
}

#[test]
fn a_failed_collection_leaves_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let request = request(&[testdata("hostile/broken.yaml")]);
    assert!(collect_manifests(&request, &Schema::built_in().unwrap(), &store, &()).is_err());
    let cluster = store.clusters().unwrap().remove(0);
    let attempts = store.attempts(&cluster).unwrap();
    assert!(attempts[0].error.contains("broken.yaml"), "{}", attempts[0].error);
    assert!(store.latest(None).unwrap().is_none());
}

/// A support bundle, in short: lists by resource, and what else there is in one that looks like a manifest.
const BUNDLE: [(&str, &str); 10] = [
    (
        "cluster-resources/pods/shop.json",
        r#"{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[
            {"metadata":{"name":"web","namespace":"shop"},"spec":{"containers":[{"name":"c","image":"web"}]}}]}"#,
    ),
    (
        "cluster-resources/namespaces.json",
        r#"{"kind":"NamespaceList","apiVersion":"v1","items":[{"metadata":{"name":"shop"}}]}"#,
    ),
    (
        "cluster-resources/custom-resources/widgets.example.com/shop.json",
        r#"[{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"one","namespace":"shop"}}]"#,
    ),
    (
        "cluster-resources/resources.json",
        r#"[{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"v1","resources":[]}]"#,
    ),
    ("cluster-resources/groups.json", r#"[{"name":"apps","versions":[{"groupVersion":"apps/v1"}]}]"#),
    (
        "cluster-resources/auth-cani-list/shop.json",
        r#"{"resourceRules":[{"verbs":["*"],"apiGroups":["*"],"resources":["*"]}],"incomplete":false}"#,
    ),
    (
        "cluster-resources/network-policy-errors.json",
        r#"{"shop":"networkpolicies.networking.k8s.io is forbidden"}"#,
    ),
    ("cluster-info/cluster_version.json", r#"{"info":{"major":"1","minor":"36"},"string":"v1.36.0"}"#),
    ("analysis.json", r#"[{"name":"nodes","insight":{"severity":"debug"}}]"#),
    (
        "version.yaml",
        "apiVersion: troubleshoot.sh/v1beta2\nkind: SupportBundle\nspec:\n  versionNumber: v0.120.0\n",
    ),
];

fn bundle(folder: &Path) -> PathBuf {
    for (name, text) in BUNDLE {
        let path = folder.join("bundle").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder.join("bundle")
}

fn packed(folder: &Path) -> PathBuf {
    pack(folder, &bundle(folder))
}

/// These files as an archive in a folder.
fn pack(folder: &Path, files: &Path) -> PathBuf {
    let path = folder.join("packed.tar.gz");
    let gzip = flate2::write::GzEncoder::new(fs::File::create(&path).unwrap(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(gzip);
    archive.append_dir_all("files", files).unwrap();
    archive.into_inner().unwrap().finish().unwrap();
    path
}

#[test]
fn a_support_bundle_says_what_it_lacks() {
    for make in [bundle, packed] {
        let folder = tempfile::tempdir().unwrap();
        let collected = collect(&[make(folder.path())]);
        assert_eq!(collected.texts("pods", "name"), ["web"]);
        assert_eq!(collected.status("pods"), (ReadStatus::Listed, 1));
        assert_eq!(collected.status("widgets"), (ReadStatus::Listed, 1));
        assert_eq!(collected.status("networkpolicies"), (ReadStatus::Failed, 0));
        assert_eq!(collected.status("secrets"), (ReadStatus::Listed, 0));
    }
}

#[test]
fn a_bundle_lacks_custom_resources_and_namespaces_too() {
    const ERRORS: &str = "cluster-resources/custom-resources/custom-resources-errors.json";
    const OF_PODS: &str = "cluster-resources/pods-errors.json";
    const RIGHTS: &str = "cluster-resources/auth-cani-list/till.json";
    let istio = "authorizationpolicies.security.istio.io";
    let forbidden = |name: &str| format!(r#"{{"{name}":"it is forbidden"}}"#);
    let (listed, failed) = (ReadStatus::Listed, ReadStatus::Failed);
    for (files, expected) in [
        (vec![(ERRORS, forbidden(istio))], [failed, listed, listed, listed, failed]),
        (vec![(ERRORS, forbidden("crdList"))], [failed, failed, listed, listed, failed]),
        // Nobody could read the pods of a namespace: it was not asked for anything else.
        (vec![(RIGHTS, "{}".to_owned())], [failed, failed, failed, listed, failed]),
        (
            vec![(RIGHTS, "{}".to_owned()), (OF_PODS, forbidden("till"))],
            [listed, listed, failed, listed, listed],
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let bundle = bundle(folder.path());
        for (name, text) in &files {
            fs::write(bundle.join(name), text).unwrap();
        }
        let collected = collect(&[bundle]);
        let status = |resource| collected.status(resource).0;
        let found = ["authorizationpolicies", "ciliumnetworkpolicies", "pods", "nodes"].map(status);
        assert_eq!(found, expected[..4], "{files:?}");
        let any = collected.snapshot.manifest.collection.resources.iter().find(|read| read.resource == "*");
        assert_eq!(any.map_or(listed, |any| any.status), expected[4], "{files:?}");
    }
}

#[test]
fn what_a_bundle_lacks_may_be_given_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let roles = folder.path().join("roles.yaml");
    fs::write(&roles, "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a}\n").unwrap();
    let request = ManifestRequest { partial: true, ..request(&[packed(folder.path()), roles]) };
    let collected = try_collect(&request).unwrap();
    assert_eq!(collected.status("pods"), (ReadStatus::Listed, 1));
    assert_eq!(collected.status("roles"), (ReadStatus::Listed, 1));
    assert_eq!(collected.status("clusterroles"), (ReadStatus::Excluded, 0));
}

#[test]
fn of_a_part_what_is_not_in_it_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let request = ManifestRequest { partial: true, ..request(&[bundle(folder.path())]) };
    let collected = try_collect(&request).unwrap();
    assert_eq!(collected.status("pods"), (ReadStatus::Listed, 1));
    assert_eq!(collected.status("networkpolicies"), (ReadStatus::Failed, 0));
    assert_eq!(collected.status("secrets"), (ReadStatus::Excluded, 0));
}
