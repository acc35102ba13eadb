//! Which files are read, and what is kept of them.

use std::{fs, path::Path};

use super::{HEAD, Input, Outcome, read_bytes, read_inputs, read_text};

/// Reads a folder with these files; messages call it `d`.
fn read_folder(files: &[(&str, &str)]) -> (Outcome, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let outcome = read_inputs(&[Input::Path(folder.path().to_owned())]);
    let shown = |text: &str| text.replace(folder.path().to_str().unwrap(), "d");
    let told = outcome.notes().iter().chain(&outcome.errors).map(|text| shown(text)).collect();
    (outcome, told)
}

fn named(name: &str) -> String {
    HEAD.replace("name: t", &format!("name: {name}"))
}

#[test]
fn folders_are_read_in_the_order_of_their_paths() {
    let (outcome, told) = read_folder(&[
        ("b.yml", &named("b")),
        ("a/z.yaml", &named("az")),
        ("a.yaml", &named("a")),
        ("B.json", r#"{"apiVersion":"v1","kind":"T","metadata":{"name":"B"}}"#),
        ("readme.md", "a: b: c"),
        (".hidden.yaml", "a: b: c"),
        (".git/x.yaml", "a: b: c"),
    ]);
    assert_eq!(outcome.names(), ["T/B", "T/a", "T/az", "T/b"]);
    assert_eq!(told, Vec::<String>::new());
}

/// A backup of Velero is such a folder.
#[test]
fn what_is_packed_is_skipped_in_a_folder_and_noted() {
    let packed = [("nightly.tar.gz", ""), ("sub/pods.json.gz", ""), ("nightly-logs.gz", "")];
    let told = |name: &str| format!("d/{name}: skipped: packed; name it itself to read what is in it");
    let told = [told("nightly.tar.gz"), told("sub/pods.json.gz")];
    let (outcome, notes) = read_folder(&[&packed[..], &[("velero-backup.json", &named("a"))]].concat());
    assert_eq!(outcome.names(), ["T/a"]);
    assert_eq!(notes, told);
    let (outcome, _) = read_folder(&packed);
    assert_eq!(outcome.errors.len(), 3, "where nothing else is, it is why: {:?}", outcome.errors);
}

#[test]
fn what_is_no_manifest_is_skipped_in_a_folder_and_noted() {
    let (outcome, told) = read_folder(&[
        ("Chart.yaml", "apiVersion: v2\nname: x"),
        ("admin.conf.yaml", "apiVersion: v1\nkind: Config\nusers: []"),
        ("kind.yaml", "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster"),
        (
            "kubelet.yaml",
            "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmetadata: null",
        ),
        ("kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization"),
        ("list.json", "[1, 2]"),
        ("pod.yaml", &named("a")),
        ("sub/kustomization.yml", "images: [{name: x}]\nnamePrefix: prod-\nvars: []"),
        ("values.yaml", "\n\nimage: x"),
    ]);
    assert_eq!(outcome.names(), ["T/a"]);
    assert_eq!(outcome.sources.files.len(), 9);
    assert_eq!(
        told,
        [
            "d/Chart.yaml:1:1: skipped: not a Kubernetes object but a chart: audit what `helm template` makes of it",
            "d/admin.conf.yaml:1:1: skipped: not a Kubernetes object but configuration of kubectl: a kubeconfig",
            "d/kind.yaml:1:1: skipped: not a Kubernetes object but configuration of kind",
            "d/kubelet.yaml:1:1: skipped: not a Kubernetes object but configuration of a kubelet",
            "d/kustomization.yaml:1:1: skipped: not a Kubernetes object but a kustomization: audit what `kubectl \
             kustomize` makes of it",
            "d/list.json:1:1: skipped: not a Kubernetes object: not a mapping",
            "d/sub/kustomization.yml:1:1: skipped: not a Kubernetes object but a kustomization that changes what it \
             draws in (images, namePrefix): audit what `kubectl kustomize` makes of it",
            "d/values.yaml:3:1: skipped: not a Kubernetes object: no apiVersion/kind",
        ]
    );
}

#[test]
fn what_was_meant_as_an_object_is_an_error_in_a_folder_too() {
    let (_, told) =
        read_folder(&[("a.yaml", "kind: Pod\nmetadata: {name: a}"), ("b.yaml", "a: {{ .Values.x }}")]);
    assert_eq!(
        told,
        [
            "d/a.yaml:1:1: no apiVersion: add one, such as `apiVersion: v1`; kubectl needs it to know what this is",
            "d/b.yaml:1:4: template syntax `{{`: render it first, `helm template … | assay audit -`",
        ]
    );
}

/// What is read ahead, and what can't be read at all, is told in its turn.
#[cfg(unix)]
#[test]
fn what_is_wrong_is_told_in_the_order_of_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let broken = "a: b: c\n---\n";
    let many = format!("{broken}{}--- {{a: b}}\n", format!("{HEAD}---\n").repeat(200));
    for (name, content) in [("a.yaml", broken), ("c.yaml", &many), ("e.yaml", &broken.repeat(2))] {
        fs::write(at(name), content).unwrap();
    }
    for name in ["b.yaml", "d.yaml"] {
        std::os::unix::fs::symlink("nowhere", at(name)).unwrap();
    }
    let outcome = read_inputs(&[Input::Path(folder.path().to_owned())]);
    assert_eq!(outcome.documents.len(), 200);
    let places: Vec<String> = outcome
        .errors
        .iter()
        .map(|error| error.trim_start_matches(folder.path().to_str().unwrap()).chars().take(9).collect())
        .collect();
    let expected =
        ["/a.yaml:1", "/b.yaml: ", "/c.yaml:1", "/c.yaml:8", "/d.yaml: ", "/e.yaml:1", "/e.yaml:3"];
    assert_eq!(places, expected);
}

#[cfg(unix)]
#[test]
fn links_to_files_are_followed_and_links_to_folders_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("in");
    fs::create_dir(&inside).unwrap();
    fs::write(folder.path().join("a.txt"), named("a")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("a.txt"), inside.join("a.yaml")).unwrap();
    std::os::unix::fs::symlink(folder.path(), inside.join("loop")).unwrap();
    std::os::unix::fs::symlink("nowhere", inside.join("z.yaml")).unwrap();
    let outcome = read_inputs(&[Input::Path(inside)]);
    assert_eq!(outcome.names(), ["T/a"]);
    assert!(outcome.notes()[0].ends_with("skipped: a link to a folder; name the folder itself to read it"));
    assert!(outcome.errors[0].contains("z.yaml: can't be read: "), "{:?}", outcome.errors);
}

/// A named pipe, which waits for a writer when it is opened.
#[cfg(unix)]
fn pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_skipped_in_a_folder_and_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("a.yaml"), named("a")).unwrap();
    pipe(&at("pipe.yaml"));
    pipe(&at("other"));
    std::os::unix::fs::symlink("other", at("link.json")).unwrap();
    std::os::unix::fs::symlink("/dev/null", at("null.yml")).unwrap();
    let _listening = std::os::unix::net::UnixListener::bind(at("socket.yaml")).unwrap();
    let outcome = read_inputs(&[Input::Path(folder.path().to_owned())]);
    assert_eq!((outcome.names(), outcome.errors.as_slice()), (vec!["T/a".to_owned()], &[] as &[String]));
    let mut notes: Vec<_> =
        outcome.notes().iter().map(|note| note.rsplit('/').next().unwrap().to_owned()).collect();
    notes.sort();
    let note =
        |name: &str, what: &str| format!("{name}: skipped: {what}, not a file; name it itself to read it");
    assert_eq!(
        notes,
        [
            note("link.json", "a named pipe"),
            note("null.yml", "a device"),
            note("pipe.yaml", "a named pipe"),
            note("socket.yaml", "a socket"),
        ]
    );
}

#[cfg(unix)]
#[test]
fn what_leaves_a_folder_empty_is_said() {
    let folder = tempfile::tempdir().unwrap();
    pipe(&folder.path().join("pipe.yaml"));
    std::os::unix::fs::symlink("/", folder.path().join("root")).unwrap();
    let errors = read_inputs(&[Input::Path(folder.path().to_owned())]).errors;
    assert_eq!(errors.len(), 3, "{errors:?}");
    let told = errors.join("\n");
    for expected in
        ["pipe.yaml: skipped: a named pipe", "root: skipped: a link", "no *.yaml, *.yml or *.json file"]
    {
        assert!(told.contains(expected), "{expected}: {told}");
    }
}

/// As in `assay audit <(helm template chart)`.
#[cfg(unix)]
#[test]
fn a_pipe_that_is_named_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    pipe(&path);
    let writer = std::thread::spawn({
        let path = path.clone();
        move || fs::write(path, named("a")).unwrap()
    });
    let outcome = read_inputs(&[Input::Path(path)]);
    writer.join().unwrap();
    assert_eq!((outcome.names(), outcome.errors), (vec!["T/a".to_owned()], Vec::new()));
}

#[test]
fn inputs_without_manifests_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.yaml");
    let outcome = read_inputs(&[Input::Path(folder.path().to_owned()), Input::Path(missing)]);
    assert!(outcome.errors[0].ends_with(": no *.yaml, *.yml or *.json file in this folder"));
    assert!(outcome.errors[1].contains("missing.yaml: can't be read: "));
}

#[test]
fn digests_are_of_the_whole_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty");
    fs::write(&path, "").unwrap();
    let outcome = read_inputs(&[Input::Path(path)]);
    let file = &outcome.sources.files[0];
    assert_eq!(file.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(file.bytes, 0);
    // Also where reading stops early.
    assert_eq!(read_text("--- x\nabc").sources.files[0].bytes, 9);
}

#[test]
fn text_in_other_encodings() {
    let utf_16: Vec<u8> =
        "\u{feff}".encode_utf16().chain(HEAD.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(read_bytes(&utf_16).names(), ["T/t"]);
    let latin_1 = [HEAD.as_bytes(), b"a: M\xfcnchen"].concat();
    let outcome = read_bytes(&latin_1);
    assert_eq!(outcome.objects()[0]["a"], "M\u{fffd}nchen");
    assert_eq!(outcome.notes().len(), 1);
    let binary = read_bytes(b"\x7fELF\0\0");
    assert_eq!(binary.errors, ["f: a binary file, or UTF-16 without a byte order mark: save it as UTF-8"]);
}

/// The files that other crates' tests use, too. None may be lost, and none may be quoted.
#[test]
fn hostile_files_are_read_or_refused() {
    let hostile = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/hostile");
    if !hostile.exists() {
        return;
    }
    let outcome = read_inputs(&[Input::Path(hostile)]);
    assert!(!outcome.documents.is_empty());
    let told = outcome.errors.join("\n") + &outcome.notes().join("\n");
    assert!(!told.contains("PLANTED"), "{told}");
}
