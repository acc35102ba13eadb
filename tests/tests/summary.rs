//! What an audit prints: what a person should look at first, and little else.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;

use assay_tests::assay::Place;

const CRITICAL: &str = "securityContext: {privileged: true}";

/// Pods in a namespace each, of which the last has a privileged container.
fn pods(count: usize) -> String {
    let mut text = String::new();
    for number in 1..=count {
        let more = if number == count { CRITICAL } else { "imagePullPolicy: Always" };
        let spec = format!("{{containers: [{{name: web, image: web, {more}}}]}}");
        let metadata = format!("{{name: web, namespace: n{number}}}");
        let _ = writeln!(text, "---\n{{apiVersion: v1, kind: Pod, metadata: {metadata}, spec: {spec}}}");
    }
    text
}

#[test]
fn many_findings_fit_a_screen_the_worst_with_their_places() {
    let place = Place::new();
    let few = place.audit(&place.write("few.yaml", pods(1)), &[]);
    assert!(!few.stdout.contains("where the others are"), "{}", few.stdout);
    let run = place.audit(&place.write("many.yaml", pods(20)), &[]);
    assert_eq!(run.code, 0, "{run:?}");
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(lines.len() <= 64, "{} lines: {}", lines.len(), run.stdout);
    let worst = lines.iter().position(|line| line.starts_with("critical")).unwrap();
    assert!(lines[worst + 1].contains("Pod n20/web, container web"), "{}", run.stdout);
    assert!(run.stdout.contains("where the others are the reports tell"), "{}", run.stdout);
}

#[test]
fn a_gate_with_a_baseline_names_what_is_new() {
    let place = Place::new();
    let input = place.write("pods.yaml", pods(2).replace(CRITICAL, ""));
    assert_eq!(place.audit(&input, &[]).code, 0);
    fs::rename(place.path("report"), place.path("last")).unwrap();
    let gate = ["--fail-on", "low", "--baseline", "last/audit.json"];
    assert!(place.audit(&input, &gate).stdout.ends_with("Gate passed: no new finding is low or worse\n"));
    let input = place.write("pods.yaml", pods(2));
    let run = place.audit(&input, &gate);
    let told = run.stdout.split_once("Gate failed: 1 new finding at low or worse\n").map(|(_, told)| told);
    let expected = "critical  Pod n2/web, container web  container-privileged  pods.yaml:4\n";
    assert_eq!((run.code, told), (1, Some(expected)), "{run:?}");
}

/// Who keeps snapshots for later sees no summary of an audit.
#[test]
fn a_collection_tells_what_it_could_not_read() {
    let place = Place::new();
    let collect = |text: String| {
        place.write("pods.yaml", text);
        place.run(["collect", "--store", "store", "pods.yaml"])
    };
    let run = collect(pods(1));
    assert_eq!((run.code, run.stderr.as_str(), run.stdout.lines().count()), (0, "", 2), "{run:?}");
    let run = collect(pods(7).replace("image: web, imagePullPolicy", "image: [], imagePullPolicy"));
    assert_eq!((run.code, run.stdout.lines().count()), (0, 2), "{run:?}");
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert!(lines[..5].iter().all(|line| line.starts_with("note: pods.yaml:")), "{run:?}");
    let told = "warning: 6 objects could not be read: what needs them will be unknown";
    assert_eq!(lines[5..], ["and 1 more note, see manifest.json", told], "{run:?}");
}

#[test]
fn a_log_has_colours_on_a_terminal_alone() {
    let place = Place::new();
    let input = place.write("pods.yaml", pods(1));
    let log = |forced: bool| {
        let mut command = place.command(["-vv", "collect", "--store", "store"].map(OsStr::new));
        command.arg(&input).env_remove("NO_COLOR");
        if forced {
            command.env("CLICOLOR_FORCE", "1");
        }
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    let (plain, coloured) = (log(false), log(true));
    assert!(plain.contains("DEBUG") && !plain.contains('\u{1b}'), "{plain:?}");
    assert!(coloured.contains('\u{1b}'), "{coloured:?}");
}

#[test]
fn each_step_is_told_where_that_is_asked_for() {
    let place = Place::new();
    let input = place.write("pods.yaml", pods(2));
    let told = place.audit(&input, &["-v", "--format", "html"]).stderr;
    let lines: Vec<&str> = told.lines().map(|line| line.split_once(": ").unwrap().1).collect();
    // The model and the controls are read at once.
    assert_eq!(lines.len(), 7, "{told}");
    assert!(lines[..2].contains(&"reading the asset model") && lines[..2].contains(&"reading the controls"));
    assert!(lines[2] == "reading manifests" && lines[3].starts_with("collecting "), "{told}");
    let evaluating =
        lines[4].strip_prefix("evaluating ").and_then(|rest| rest.split_once(" checks over snapshot "));
    assert!(evaluating.is_some_and(|(count, _)| count.parse::<u64>().is_ok()), "{told}");
    assert_eq!(lines[5..], ["writing reports to report", "writing html to report/audit.html"], "{told}");
    assert_eq!(place.run(["report", "--store", "store", "--out", "again"]).stderr, "");
    let hostile = place.run(["report", "-v", "--store", "store", "--out", "a\u{202e}b"]).stderr;
    assert!(hostile.contains(r"to a\u{202e}b/audit.json") && !hostile.contains('\u{202e}'), "{hostile}");
}

#[test]
fn a_format_that_is_named_twice_is_written_once() {
    let place = Place::new();
    let run = place.audit(&place.write("pods.yaml", pods(1)), &["--format", "json,sarif,json"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        place.files("report"),
        ["audit.json", "audit.sarif"].map(|name| place.path("report").join(name))
    );
    assert_eq!(run.stdout.matches("audit.json").count(), 1, "{}", run.stdout);
}
