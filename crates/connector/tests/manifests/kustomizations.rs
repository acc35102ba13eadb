//! What kustomizations leave unknown.

use super::*;

/// Two pods and a list that draws them in.
const BASE: [(&str, &str); 3] = [
    ("base/kustomization.yaml", "resources: [web.yaml, job.yaml]"),
    ("base/web.yaml", "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}}"),
    ("base/job.yaml", "{apiVersion: v1, kind: Pod, metadata: {name: job}}"),
];

const PATCH: &str = "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {hostNetwork: true}}\n";

const JSON_PATCH: &str = "- {op: add, path: /spec/hostNetwork, value: true}";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// The names of the pods that are read, and of those of which it is unknown what they are.
fn pods(collected: &Collected) -> (Vec<String>, Vec<String>) {
    let all = collected.texts("pods", "name").into_iter().zip(collected.texts("pods", "unreadable"));
    let (read, unclear): (Vec<_>, Vec<_>) = all.partition(|(_, unreadable)| unreadable == "-");
    assert!(unclear.iter().all(|(_, why)| why.contains("audit what `kubectl kustomize ")), "{unclear:?}");
    let names = |pods: Vec<(String, String)>| pods.into_iter().map(|(name, _)| name).collect();
    (names(read), names(unclear))
}

/// The overlay's kustomization, its other files, and which pods of the base are not known then.
#[test]
fn what_is_patched_is_unknown() {
    let with_job = PATCH.to_owned() + "---\n" + &PATCH.replace("web", "job");
    let inline = "resources: [../base]\npatches:\n- patch: |-\n    ".to_owned() + PATCH;
    let inline_list = "resources: [../base]\npatchesStrategicMerge:\n- |-\n  ".to_owned() + PATCH;
    type Case<'c> = (&'c str, &'c [(&'c str, &'c str)], &'c [&'c str]);
    let cases: &[Case<'_>] = &[
        ("resources: [../base]\npatches: [{path: patch.yaml}]", &[("patch.yaml", PATCH)], &["web"]),
        ("resources: [../base]\npatches: [{path: ./sub/../patch.yaml}]", &[("patch.yaml", PATCH)], &["web"]),
        ("bases: [../base/]\npatchesStrategicMerge: [patch.yaml]", &[("patch.yaml", PATCH)], &["web"]),
        ("resources: [../base]\npatches: [{path: both.yaml}]", &[("both.yaml", &with_job)], &["job", "web"]),
        (&inline, &[], &["web"]),
        (&inline_list, &[], &["web"]),
        ("resources: [../base]\npatches: [{patch: '{a: ['}]", &[], &["job", "web"]),
        (
            "resources: [../base]\npatchesJson6902: [{path: json.yaml, target: {version: v1, kind: Pod, name: web}}]",
            &[("json.yaml", JSON_PATCH)],
            &["web"],
        ),
        (
            "resources: [../base]\npatches: [{path: json.yaml, target: {kind: Pod, name: 'w.*|jo'}}]",
            &[("json.yaml", JSON_PATCH)],
            &["web"],
        ),
        (
            "resources: [../base]\npatches: [{patch: '[]', target: {labelSelector: a=b}}]",
            &[],
            &["job", "web"],
        ),
        ("resources: [../base]\npatches: [{patch: '[]', target: {name: '('}}]", &[], &["job", "web"]),
        ("resources: [../base]\npatches: [{patch: '[]', target: {kind: Service}}]", &[], &[]),
        ("resources: [../base]\npatches: [{patch: '[]', target: {namespace: other}}]", &[], &["job"]),
        (
            "resources: [../base]\npatches: [{path: any.yaml, target: {kind: Pod, name: job}}]",
            &[("any.yaml", &PATCH.replace("web", "not-used"))],
            &["job"],
        ),
        // A file that is elsewhere may be a patch of anything.
        ("resources: [../base]\npatches: [{path: ../../web.yaml}]", &[], &["job", "web"]),
        ("resources: [../base]\ntransformers: [x.yaml]", &[], &["job", "web"]),
        // By the name that something else gave it before.
        (
            "resources: [../named]\npatches: [{path: patch.yaml}]",
            &[
                ("../named/kustomization.yml", "resources: [../base]\nnamePrefix: x-"),
                ("patch.yaml", &PATCH.replace("web", "x-web")),
            ],
            &["web"],
        ),
        (
            "resources: [../base]\ncomponents: [../part]",
            &[
                ("../part/Kustomization", "kind: Component\npatches: [{path: patch.yaml}]"),
                ("../part/patch.yaml", PATCH),
            ],
            &["web"],
        ),
        // In a circle.
        ("resources: [../base, ../top]\npatches: [{path: patch.yaml}]", &[("patch.yaml", PATCH)], &["web"]),
        ("resources: []\npatches: [{patch: '[]', target: {kind: Pod}}]", &[], &[]),
        ("resources: [../base]\nnamePrefix: prod-", &[], &[]),
    ];
    for (kustomization, others, expected) in cases {
        let others = others.iter().map(|(name, text)| (format!("top/{name}"), *text));
        let files: Vec<(String, &str)> = BASE
            .iter()
            .map(|(name, text)| ((*name).to_owned(), *text))
            .chain([("top/kustomization.yaml".to_owned(), *kustomization)])
            .chain(others)
            .collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
        collect_both_ways(&files, |collected| {
            let (read, unclear) = pods(collected);
            assert_eq!(unclear, *expected, "{kustomization}");
            assert_eq!(read.len() + unclear.len(), 2, "{kustomization}: a patch is no pod: {read:?}");
            assert_eq!(collected.status("pods").0, ReadStatus::Listed, "{kustomization}");
        });
    }
}

/// As one input, and as several, of which that of the patches comes first.
fn collect_both_ways(files: &[(&str, &str)], check: impl Fn(&Collected)) {
    let made = tempfile::tempdir().unwrap();
    fs::create_dir(made.path().join("top")).unwrap();
    for (file, text) in files {
        let path = made.path().join(file);
        fs::create_dir_all(made.path().join(file.replace("top/../", "")).parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    check(&collect(&[made.path().to_owned()]));
    let mut folders: Vec<PathBuf> =
        fs::read_dir(made.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.reverse();
    check(&collect(&folders));
}

/// An overlay alone: the patch says little of what is deployed, and what it draws in is not there.
#[test]
fn an_overlay_alone_passes_nothing() {
    let overlay = folder(&[
        ("kustomization.yaml", "resources: [../../base]\npatches: [{path: patch.yaml}, {path: json.yaml}]"),
        ("patch.yaml", PATCH),
        ("json.yaml", JSON_PATCH),
    ]);
    let collected = collect(&[overlay.path().to_owned()]);
    assert_eq!(pods(&collected), (vec![], vec!["web".to_owned()]));
    for resource in ["pods", "configmaps", "networkpolicies"] {
        assert_eq!(collected.status(resource).0, ReadStatus::Failed, "{resource}");
    }
    let missing: Vec<&String> =
        collected.notes().iter().filter(|note| note.contains("draws in what is not among")).collect();
    assert_eq!(missing.len(), 1, "{:?}", collected.notes());
}

/// Of each kustomization, whether pods and ConfigMaps are known to be complete.
#[test]
fn what_is_drawn_in_from_elsewhere_leaves_kinds_incomplete() {
    for (kustomization, pods, configmaps) in [
        ("resources: [web.yaml]", true, true),
        ("resources: [web.yaml]\nimages: [{name: x, newTag: y}]", true, true),
        ("resources: [web.yaml, \"https://user:password@git.example/base\"]", false, false),
        ("resources: [web.yaml, gone.yaml]", false, false),
        ("components: [../gone]", false, false),
        ("helmCharts: [{name: x}]", false, false),
        ("generators: [x.yaml]", false, false),
        ("configMapGenerator: [{name: x}]", true, false),
        ("secretGenerator: [{name: x}]", true, true),
    ] {
        let made = folder(&[("kustomization.yaml", kustomization), BASE[1]]);
        fs::rename(made.path().join("base/web.yaml"), made.path().join("web.yaml")).unwrap();
        let collected = collect(&[made.path().to_owned()]);
        let is_complete = |resource: &str| collected.status(resource).0 == ReadStatus::Listed;
        assert_eq!((is_complete("pods"), is_complete("configmaps")), (pods, configmaps), "{kustomization}");
        assert_eq!(is_complete("secrets"), pods && !kustomization.starts_with("secret"), "{kustomization}");
        assert!(!collected.notes().iter().any(|note| note.contains("password")), "{:?}", collected.notes());
    }
}

/// What has an object's own fields is one, whatever its file is called.
#[test]
fn an_object_called_kustomization_is_an_object() {
    let flux = "{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {name: a}, \
                spec: {path: ./x, patches: [{target: {kind: Pod}}]}}";
    let made = folder(&[("kustomization.yaml", flux), BASE[1]]);
    let collected = collect(&[made.path().to_owned()]);
    assert_eq!(collected.texts("others", "name"), ["a"]);
    assert_eq!(pods(&collected).0, ["web"]);
}

#[test]
fn kustomizations_in_archives_are_followed() {
    let made = tempfile::tempdir().unwrap();
    let archive = made.path().join("all.tar");
    let mut tar = tar::Builder::new(fs::File::create(&archive).unwrap());
    let overlay = [
        ("top/Kustomization", "resources: [../base]\npatches: [{path: patch.yaml}]"),
        ("top/patch.yaml", PATCH),
    ];
    for (file, text) in overlay.iter().chain(&BASE) {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_cksum();
        tar.append_data(&mut header, file, text.as_bytes()).unwrap();
    }
    tar.finish().unwrap();
    let collected = collect(&[archive]);
    assert_eq!(pods(&collected), (vec!["job".to_owned()], vec!["web".to_owned()]));
    assert_eq!(collected.status("pods").0, ReadStatus::Listed);
}
