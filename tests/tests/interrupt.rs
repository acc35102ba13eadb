//! A collection that is interrupted leaves nothing half.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::process::{Command, Stdio};
use std::time::Duration;

use assay_tests::apiserver::wait_until;
use assay_tests::assay::Place;
use assay_tests::fake::FakeServer;

#[test]
fn an_interrupted_collection_leaves_an_attempt_alone() {
    for signal in ["INT", "TERM"] {
        // Pods never come.
        let server = FakeServer::start(|asked| {
            if asked.path == "/api/v1/pods" {
                std::thread::sleep(Duration::from_secs(60));
            }
            None
        });
        let place = Place::new();
        let kubeconfig = server.kubeconfig();
        let arguments = ["audit", "--store", "store", "--out", "report", "--kubeconfig"];
        let mut command = place.command(arguments);
        command.arg(&kubeconfig).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        wait_until("pods are asked for", Duration::from_secs(30), || server.count("/api/v1/pods") > 0);
        assert!(!place.files("store").is_empty(), "it has begun to write");
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("interrupted: nothing was kept") && !said.contains("name a cluster"), "{said}");
        assert!(output.stdout.is_empty() && !place.path("report").exists());
        let left = place.files("store");
        assert_eq!(left.len(), 1, "{left:?}");
        assert!(left[0].parent().unwrap().ends_with("cluster=fake/attempts"), "{left:?}");
        let folders = std::fs::read_dir(place.path("store")).unwrap().count();
        assert_eq!(folders, 1, "what was begun is gone");
    }
}

/// What listens to signals in a collection takes them from the system.
#[test]
fn what_follows_a_collection_is_interrupted_too() {
    let server = FakeServer::start(|_| None);
    let kubeconfig = server.kubeconfig();
    for signal in ["INT", "TERM"] {
        let place = Place::new();
        let mut command = place.command(["audit", "--store", "store", "--out", "report", "--kubeconfig"]);
        command.arg(&kubeconfig).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // What follows may take less time than waiting in larger steps does.
        while !place.path("store/cluster=fake").exists() {
            assert!(child.try_wait().unwrap().is_none(), "it ended without a snapshot");
            std::thread::sleep(Duration::from_millis(1));
        }
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.ends_with("interrupted\n") && !place.path("report").exists(), "{said}");
    }
}
