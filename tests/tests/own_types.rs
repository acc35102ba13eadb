//! Asset types of a user's own: `--schema`, from manifests and from a real cluster.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assay_tests::apiserver::{ApiServer, wait_until};
use assay_tests::assay::{Place, Run};
use assay_tests::skip::need;
use assay_tests::tools::{duckdb, root};
use serde_json::Value;

fn given(part: &str) -> String {
    root().join("testdata/own-types").join(part).display().to_string()
}

fn succeeded(place: &Place, arguments: &[&str]) -> Run {
    let run = place.run(arguments);
    assert_eq!(run.code, 0, "{arguments:?}: {run:?}");
    run
}

/// The files of the only audit in the store.
fn audit_folder(place: &Place) -> PathBuf {
    let audits: Vec<PathBuf> =
        place.files("store").into_iter().filter(|file| file.ends_with("audit.json")).collect();
    assert_eq!(audits.len(), 1, "{audits:?}");
    audits[0].parent().unwrap().to_owned()
}

fn audit(place: &Place) -> Value {
    serde_json::from_slice(&fs::read(audit_folder(place).join("audit.json")).unwrap()).unwrap()
}

/// check, asset of each finding.
fn findings(audit: &Value) -> BTreeSet<(&str, &str)> {
    let text = |value: &'_ Value| value.as_str().unwrap().to_owned().leak() as &str;
    let findings = audit["findings"].as_array().unwrap().iter();
    findings.map(|finding| (text(&finding["check"]), text(&finding["asset"]["id"]))).collect()
}

fn expected() -> BTreeSet<(&'static str, &'static str)> {
    BTreeSet::from([
        ("in-the-clear", "backup.shop.example/BackupPlan/backups/half-open"),
        ("leads-nowhere", "backup.shop.example/BackupPlan/backups/nowhere"),
    ])
}

/// The flags that evaluate the control of the team's own.
fn own(types: &str, controls: &str) -> [String; 6] {
    ["--schema", types, "--controls", controls, "--select", "backup/"].map(str::to_owned)
}

fn run_with(place: &Place, fixed: &[&str], more: &[String]) -> Run {
    place.run(fixed.iter().map(|word| (*word).to_owned()).chain(more.iter().cloned()))
}

#[test]
fn manifests_are_audited_by_types_of_ones_own() {
    let (place, flags) = (Place::new(), own(&given("types"), &given("controls")));
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let run = place.audit(Path::new(&given("manifests")), &flags);
    assert_eq!(run.code, 0, "{run:?}");
    let first = audit(&place);
    assert_eq!(findings(&first), expected());
    assert_eq!(first["unknowns"].as_array().unwrap().len(), 0);
    let outcome = first["controls"][0]["checks"].as_array().unwrap().iter().map(|c| c["outcome"].clone());
    assert_eq!(outcome.collect::<Vec<_>>(), ["fail", "fail", "pass"]);
    // A finding in a manifest has its line, and what decided.
    let source = &first["findings"][0]["places"][0]["source"];
    assert!(source["file"].as_str().unwrap().ends_with("20-backups.yaml"), "{source}");
    // The audit keeps the types it was made with, without the machine's folders.
    let kept = inputs(&audit_folder(&place));
    let own = fs::read_to_string(given("types/backup.graphql")).unwrap();
    assert_eq!(kept.get("model/own-backup.graphql"), Some(&own));
    assert!(kept.contains_key("model/pod.graphql") && kept.contains_key("lists.txt"));
}

/// What an audit depended on, by path.
fn inputs(audit: &Path) -> BTreeMap<String, String> {
    let mut archive = tar::Archive::new(fs::File::open(audit.join("inputs.tar")).unwrap());
    let read = |entry: std::io::Result<tar::Entry<'_, fs::File>>| {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        (path, std::io::read_to_string(&mut entry).unwrap())
    };
    archive.entries().unwrap().map(read).collect()
}

/// The assets that a check's statement gives as failures; nothing where there is no DuckDB.
fn sql_failures(place: &Place, check: &str) -> Option<BTreeSet<String>> {
    let store = place.path("store").display().to_string();
    let arguments =
        ["sql", check, "--store", &store, "--schema", &given("types"), "--controls", &given("controls")];
    let statement = succeeded(place, &arguments).stdout;
    let results = need("sql_gives_the_same_outcomes", duckdb(&[&statement]))?;
    let rows = results[0].as_ref().unwrap_or_else(|error| panic!("{error}\n{statement}"));
    let failures = rows.iter().filter(|row| row["outcome"] == "fail");
    Some(failures.map(|row| row["asset"].as_str().unwrap().to_owned()).collect())
}

#[test]
fn sql_gives_the_same_outcomes() {
    let place = Place::new();
    // With their tables, and without: then what is read is derived from the objects.
    for types in [vec!["--schema".to_owned(), given("types")], Vec::new()] {
        let _ = fs::remove_dir_all(place.path("store"));
        let collect = ["collect", "--store", "store", &given("manifests")].map(str::to_owned);
        assert_eq!(place.run(collect.iter().chain(&types)).code, 0);
        for (check, asset) in expected() {
            let found = sql_failures(&place, &format!("backup-plans-work/{check}"));
            let Some(found) = found else { return };
            assert_eq!(found, BTreeSet::from([asset.to_owned()]), "{check}");
        }
    }
}

#[test]
fn audits_are_compared_whatever_types_they_were_made_with() {
    let (place, flags) = (Place::new(), own(&given("types"), &given("controls")));
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let all = fs::read_to_string(given("manifests/20-backups.yaml")).unwrap();
    let (before, gone) = all.split_once("---\n# A claim and a vault").unwrap();
    let rest = gone.split_once("---\n").unwrap().1;
    for (store, text) in [("old", all.clone()), ("new", format!("{before}---\n{rest}"))] {
        let input = place.write("backups.yaml", text);
        let fixed = ["audit", "--store", "store", "--out", store, input.to_str().unwrap()];
        succeeded(&place, &[&fixed[..], &flags].concat());
    }
    // Without the store, the two documents tell what they can.
    let alone =
        succeeded(&place, &["diff", "old/audit.json", "new/audit.json", "--store", "elsewhere"]).stdout;
    assert!(alone.contains("Not found again") && alone.contains("Unchanged: 1 finding"), "{alone}");
    assert!(!alone.contains("Asset gone") && !alone.contains("Assets "), "{alone}");
    let compared = ["diff", "old/audit.json", "new/audit.json", "--store", "store", "--output", "json"];
    let comparison: Value = serde_json::from_str(&succeeded(&place, &compared).stdout).unwrap();
    assert_eq!(
        (&comparison["counts"]["unchanged"], &comparison["counts"]["assetGone"]),
        (&1.into(), &1.into())
    );
    let removed = comparison["inventory"]["removed"].as_array().unwrap();
    assert!(
        removed.iter().any(|asset| asset.to_string().contains("BackupPlan/backups/nowhere")),
        "{comparison:#}"
    );
    succeeded(
        &place,
        &["report", "--store", "store", "--out", "again", "--format", "sarif", "old/audit.json"],
    );
}

#[test]
fn the_types_are_part_of_what_an_audit_depends_on() {
    let place = Place::new();
    let manifests = given("manifests");
    succeeded(&place, &["collect", "--store", "store", &manifests]);
    let digest = |types: &[&str]| {
        let select = ["evaluate", "--store", "store", "--select", "pod-host-network"];
        succeeded(&place, &[&select[..], types].concat());
        let folder = audit_folder(&place);
        let audit = audit(&place)["inputs"]["model"].as_str().unwrap().to_owned();
        fs::remove_dir_all(folder).unwrap();
        audit
    };
    let types = given("types");
    let (without, with) = (digest(&[]), digest(&["--schema", &types]));
    assert_ne!(without, with);
    assert_eq!(with, digest(&["--schema", &types]));
    fs::create_dir(place.path("types")).unwrap();
    let changed = fs::read_to_string(given("types/backup.graphql")).unwrap() + "\n# changed\n";
    place.write("types/backup.graphql", changed);
    assert_ne!(with, digest(&["--schema", "types"]));
}

#[test]
fn a_snapshot_that_was_taken_without_the_types_answers_by_them() {
    let place = Place::new();
    let input = given("manifests/20-backups.yaml");
    // Without the definitions, no plural is known either.
    succeeded(&place, &["collect", "--store", "store", &input]);
    let flags = own(&given("types"), &given("controls"));
    let run = run_with(&place, &["evaluate", "--store", "store"], &flags);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(findings(&audit(&place)), expected());
    let asked = succeeded(
        &place,
        &[
            "query",
            "--store",
            "store",
            "--snapshot",
            "--schema",
            &given("types"),
            "{ safes { region plans { name } } }",
            "-o",
            "csv",
        ],
    );
    assert!(asked.stdout.contains("north,eu-north,\"half-open, orders\""), "{}", asked.stdout);
}

#[test]
fn what_was_not_read_of_a_type_of_ones_own_is_unknown() {
    let place = Place::new();
    succeeded(&place, &["collect", "--store", "store", "--partial", &given("manifests/10-crds.yaml")]);
    let flags = own(&given("types"), &given("controls"));
    let run = run_with(&place, &["evaluate", "--store", "store"], &flags);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(audit(&place)["controls"][0]["outcome"], "unknown");
}

#[test]
fn commands_that_take_controls_take_types() {
    let place = Place::new();
    let (types, controls, manifests) = (given("types"), given("controls"), given("manifests"));
    let with = ["--schema", types.as_str()];
    let controls_too = [&with[..], &["--controls", &controls]].concat();
    let run = |command: &[&str], flags: &[&str]| succeeded(&place, &[command, flags].concat());

    let tried = run(&["controls", "test", "backup-plans-work"], &controls_too);
    assert!(tried.stdout.contains("ok: 6 of 6 examples"), "{}", tried.stdout);
    run(&["controls", "lint"], &controls_too);
    run(&["controls", "fmt", "--check", &controls], &with);
    let role = run(&["rbac", "--select", "backup/"], &controls_too);
    assert!(role.stdout.contains("backupplans") && role.stdout.contains("safeboxes"), "{}", role.stdout);
    let why = ["explain", "backup-plans-work", "BackupPlan/backups/half-open", manifests.as_str()];
    assert!(run(&why, &controls_too).stdout.contains("fails"));
    assert!(run(&["schema", "-o", "graphql"], &with).stdout.contains("type BackupTarget {"));
    succeeded(&place, &["collect", "--store", "store", &manifests]);
    let sql = run(&["sql", "backup-plans-work/in-the-clear", "--store", "store"], &controls_too);
    assert!(sql.stdout.to_lowercase().contains("select"), "{}", sql.stdout);

    // Named once, for all commands.
    place.write("assay.yaml", format!("version: 1\nschema: [{types}]\ncontrols: [{controls}]\n"));
    succeeded(&place, &["controls", "test", "backup-plans-work"]);
}

/// What is told of types that are written to a folder.
fn told(files: &[(&str, &str)]) -> String {
    let place = Place::new();
    fs::create_dir(place.path("types")).unwrap();
    for (name, text) in files {
        place.write(&format!("types/{name}"), text);
    }
    let run = place.run(["schema", "-o", "graphql", "--schema", "types"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{run:?}");
    run.stderr
}

#[test]
fn a_mistake_has_its_file_line_and_column_what_is_expected_and_the_nearest_name() {
    let asset = "@asset(group: \"a.example\", version: \"v1\", resource: \"owns\")";
    let text = format!(
        "type Own implements Asset {asset} {{\n  days: Integer @path(jsno: \"spec.days\")\n  by: Pod @refers(name: \"pod\")\n}}\n"
    );
    let found = told(&[("own.graphql", &text)]);
    for part in
        ["types/own.graphql:2:9", "no type `Integer`", "types/own.graphql:2:23", "did you mean `json`"]
    {
        assert!(found.contains(part), "{part}: {found}");
    }
    let text = format!(
        "type Own implements Asset {asset} {{\n  podName: String\n  by: Pod @refers(name: \"podNam\")\n}}\n"
    );
    let found = told(&[("own.graphql", &text)]);
    for part in ["types/own.graphql:3:3", "`Own` has no field `podNam`", "did you mean `podName`"] {
        assert!(found.contains(part), "{part}: {found}");
    }
    let text = format!(
        "type Own implements Asset {asset} {{\n  days: Int\n  short: Boolean! @defined(as: \"{{dais: {{lt: 7}}}}\")\n}}\n"
    );
    let found = told(&[("own.graphql", &text)]);
    for part in ["types/own.graphql:3:3", "`Own` has no field `dais`", "did you mean `days`"] {
        assert!(found.contains(part), "{part}: {found}");
    }
    let clash = format!("type Pod implements Asset {asset} {{ a: Int }}\n");
    let found = told(&[("a.graphql", "type A { b: Int }\n"), ("pods.graphql", &clash)]);
    for part in ["types/pods.graphql:1:6", "assay has a type of that name", "kind: \"Pod\""] {
        assert!(found.contains(part), "{part}: {found}");
    }
    assert!(told(&[("notes.txt", "")]).contains("there are no types in types"));
    assert!(told(&[("own.graphql", "type A {")]).contains("types/own.graphql:1:"));
}

fn apply(server: &ApiServer) {
    let folder = root().join("testdata/own-types/manifests");
    let crds = format!("--filename={}", folder.join("10-crds.yaml").display());
    server.kubectl(&["apply", &crds]);
    server.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", &crds]);
    let rest = format!("--filename={}", folder.join("20-backups.yaml").display());
    // Custom resources are taken a moment after their definitions.
    wait_until("the backups are applied", Duration::from_secs(120), || {
        server.try_kubectl("admin", &["apply", &rest], "").status.success()
    });
}

#[test]
fn a_cluster_is_audited_by_types_of_ones_own() {
    let test = "a_cluster_is_audited_by_types_of_ones_own";
    let Some(server) = need(test, ApiServer::start()) else { return };
    apply(&server);
    let flags = own(&given("types"), &given("controls"));
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let kubeconfig = server.kubeconfig();

    let with = Place::new();
    let run = with.audit_cluster(&kubeconfig, &flags);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(findings(&audit(&with)), expected());
    assert_eq!(audit(&with)["unknowns"].as_array().unwrap().len(), 0);
    assert!(with.snapshot().join("backupplans.backup.shop.example.targets.parquet").is_file());

    // A snapshot that was taken without the types holds the same objects.
    let without = Place::new();
    let kubeconfig = kubeconfig.display().to_string();
    succeeded(&without, &["collect", "--store", "store", "--kubeconfig", &kubeconfig]);
    succeeded(&without, &[&["evaluate", "--store", "store"][..], &flags].concat());
    assert_eq!(findings(&audit(&without)), expected());

    // A type whose plural or kind is none of the cluster's would find nothing, which is not the same as empty.
    let text = fs::read_to_string(given("types/backup.graphql")).unwrap();
    for (right, wrong) in
        [("\"backupplans\"", "\"backups\""), ("resource: \"safeb", "kind: \"Vault\", resource: \"safeb")]
    {
        assert!(text.contains(right));
        let types = without.write("backup.graphql", text.replace(right, wrong));
        let types = types.display().to_string();
        let evaluated =
            without.run(["evaluate", "--store", "store", "--select", "pod-host-pid", "--schema", &types]);
        assert_eq!(evaluated.code, 2, "{evaluated:?}");
        assert!(evaluated.stderr.contains("name no resource of the cluster"), "{}", evaluated.stderr);
    }

    // Who may not list them knows nothing of them.
    let narrow = Place::new();
    let run = narrow.audit_cluster(&server.kubeconfig_for("narrow"), &flags);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(audit(&narrow)["controls"][0]["outcome"], "unknown");
}
