//! A folder of one's own beside the built-in library, and choosing from a library.

use std::fs;

use tempfile::TempDir;

use super::GOOD;
use crate::{Library, Problems};

const FRAMEWORK: &str =
    "id: f-1\ntitle: F\nversion: '1'\nurl: https://f.example\nrequirements:\n  - {id: '1.1', title: One}\n";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn add(files: &[(&str, &str)]) -> Result<Library, Problems> {
    Library::built_in()?.with_dir(folder(files).path())
}

fn messages(result: Result<Library, Problems>) -> String {
    result.unwrap_err().0.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("\n")
}

fn good(id: &str) -> String {
    GOOD.replace("id: no-host-ports", &format!("id: {id}")).replace("formerIds: [host-ports]\n", "")
}

#[test]
fn a_folder_adds_controls_and_frameworks() {
    let library = add(&[
        ("frameworks/f-1.yaml", FRAMEWORK),
        ("pod-security/no-host-ports.md", GOOD),
        ("README.md", "not a control"),
        (".git/x.md", "not a control"),
        ("notes.txt", "not a control"),
    ])
    .unwrap();
    let control = library.get("host-ports").unwrap();
    assert_eq!(control.id.as_str(), "no-host-ports");
    assert_eq!(control.source.path, "pod-security/no-host-ports.md");
    assert_eq!(library.framework("f-1").unwrap().requirements.len(), 1);
}

/// Assets are never a number, so this would pass whatever there is.
#[test]
fn an_expectation_that_no_result_can_change_is_told() {
    let page = GOOD.replace("Expected: `eq []`", "Expected: `neq 0`");
    let files = [("frameworks/f-1.yaml", FRAMEWORK), ("pod-security/no-host-ports.md", page.as_str())];
    let lints = add(&files).unwrap().lint();
    assert_eq!(lints.len(), 1, "{lints:?}");
    assert!(lints[0].message.ends_with(" passes whatever there is"), "{}", lints[0].message);
}

#[test]
fn an_id_has_one_control() {
    let taken = good("container-privileged");
    let path = "pod-security/container-privileged.md";
    let framework = ("frameworks/f-1.yaml", FRAMEWORK);
    assert_eq!(
        messages(add(&[framework, (path, &taken)])),
        "there is a control `container-privileged` already, in library/pod-security/container-privileged.md"
    );
    let replacing = taken.replace("severity:", "replaces: true\nseverity:");
    let library = add(&[framework, (path, &replacing)]).unwrap();
    assert_eq!(library.get("container-privileged").unwrap().title, "Host ports");

    let nothing = good("other").replace("severity:", "replaces: true\nseverity:");
    assert_eq!(
        messages(add(&[framework, ("pod-security/other.md", &nothing)])),
        "there is no control `other` to replace"
    );
    assert!(
        messages(add(&[framework, ("a/pod-security/o.md", &good("o")), ("b/pod-security/o.md", &good("o"))]))
            .starts_with("control `o` is also in ")
    );
    let former = GOOD.replace("[host-ports]", "[container-privileged]");
    assert_eq!(
        messages(add(&[framework, ("pod-security/no-host-ports.md", &former)])),
        "`container-privileged` names another control as well"
    );
    assert_eq!(
        messages(add(&[("frameworks/pss-1.37.yaml", &FRAMEWORK.replace("f-1", "pss-1.37"))])),
        "framework `pss-1.37` is there already"
    );
}

#[test]
fn what_cannot_be_read_is_told() {
    let dir = folder(&[("a/b.md", "")]);
    fs::write(dir.path().join("a/b.md"), [0xff]).unwrap();
    let problems = Library::built_in().unwrap().with_dir(dir.path()).unwrap_err();
    assert!(problems.0[0].message.starts_with("cannot be read: "), "{problems}");
    assert!(Library::built_in().unwrap().with_dir(&dir.path().join("none")).is_err());
}

/// A named pipe has no end until somebody writes to it.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_waited_for() {
    let dir = folder(&[("a.md", GOOD)]);
    for name in ["pipe.md", "pipe.json"] {
        assert!(std::process::Command::new("mkfifo").arg(dir.path().join(name)).status().unwrap().success());
    }
    let problems = Library::built_in().unwrap().with_dir(dir.path()).unwrap_err();
    assert_eq!(problems.0[0].message, "cannot be read: it is no file", "{problems}");
    let catalogue = crate::catalogue::read(dir.path()).unwrap();
    assert_eq!(catalogue.notes, ["pipe.json: cannot be read: it is no file"]);
}

#[test]
fn patterns_choose_controls() {
    let library =
        add(&[("frameworks/f-1.yaml", FRAMEWORK), ("pod-security/no-host-ports.md", GOOD)]).unwrap();
    let ids = |patterns: &[&str]| -> Vec<String> {
        library.select(patterns).unwrap().iter().map(|control| control.id.to_string()).collect()
    };
    assert_eq!(ids(&[]).len(), library.controls().len());
    for pattern in ["no-host-ports", "no-host-*", "host-ports", "f-1", "f-1:1.*", "pod-security/no-*"] {
        assert_eq!(ids(&[pattern]), ["no-host-ports"], "{pattern}");
    }
    assert!(ids(&["pod-security/"]).len() > 1);
    assert_eq!(ids(&["no-*", "!pod-security/"]), [] as [&str; 0]);
    assert_eq!(ids(&["!no-host-ports"]).len(), library.controls().len() - 1);

    let unknown = library.select(&["no-host-prots", "f-1:9"]).unwrap_err();
    let told: Vec<String> = unknown.iter().map(ToString::to_string).collect();
    assert_eq!(told[0], "`no-host-prots` fits no control; did you mean `no-host-ports`?");
    assert_eq!(told.len(), 2);
}
