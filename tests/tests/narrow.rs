//! What may not be read is unknown, says which permission is missing, and passes in no report and at no gate.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

mod live;

use std::collections::BTreeSet;

use assay_audit::audit::{Audit, CheckResult, ControlResult};
use assay_audit::finding::{AssetRef, Finding, Place};
use assay_audit::gate::{Gate, Verdict, decide};
use assay_audit::outcome::Outcome;
use assay_evaluator::SnapshotEvidence;
use assay_model::id::AssetId;
use assay_model::severity::Severity;
use assay_reporter::{Options, Report, format};
use assay_snapshot::Snapshot;
use assay_tests::apiserver::ApiServer;
use assay_tests::skip::need;
use serde_json::{Value, json};

use live::{Bench, apply_shop};

/// What the user may not list.
const DENIED: [&str; 3] = ["networkpolicies.networking.k8s.io", "roles.rbac.authorization.k8s.io", "secrets"];

/// What nobody is asked for by default, whatever they may do.
const NOT_ASKED: &str = "kubeletconfigurations.kubelet.config.k8s.io";

const USER: &str = "reader";

const NETWORK_POLICIES: &str = "k8s-namespaces-without-network-policies";

/// Lets the user list all that there is, except for [`DENIED`].
fn allow_the_rest(server: &ApiServer) {
    let all = server.kubectl(&["api-resources", "--verbs=list", "--output=name"]);
    let allowed = all.lines().map(str::trim).filter(|name| !DENIED.contains(name));
    let rules: Vec<Value> = allowed
        .map(|name| {
            let (resource, group) = name.split_once('.').unwrap_or((name, ""));
            json!({"apiGroups": [group], "resources": [resource], "verbs": ["list"]})
        })
        .collect();
    assert!(rules.len() > 40, "{} resources", rules.len());
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "all-but-three"}, "rules": rules,
    });
    server.kubectl_stdin(&["create", "--filename=-"], &role.to_string());
    server.kubectl(&[
        "create",
        "clusterrolebinding",
        "all-but-three",
        "--clusterrole=all-but-three",
        &format!("--user={USER}"),
    ]);
    // Kubernetes' own bindings are not examined, and the shop has none where checks look for what roles give.
    let role = "--role=system:controller:token-cleaner";
    server.kubectl(&["-n", "kube-system", "create", "rolebinding", "cleaner", role, "--user=cleaner"]);
}

fn checks(audit: &Audit) -> impl Iterator<Item = (&ControlResult, &CheckResult)> {
    audit.controls.iter().flat_map(|control| control.checks.iter().map(move |check| (control, check)))
}

fn denied_to(check: &CheckResult) -> Vec<&str> {
    check.reads.iter().map(String::as_str).filter(|read| DENIED.contains(read)).collect()
}

fn written(bench: &Bench, snapshot: &Snapshot, audit: &Audit, name: &str) -> String {
    let evidence = SnapshotEvidence::new(snapshot);
    let report = Report { audit, library: &bench.library, evidence: &evidence, options: Options::default() };
    let mut bytes = Vec::new();
    format(name).unwrap().write(&report, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn what_may_not_be_read_is_no_pass() {
    let Some(server) = need("what_may_not_be_read_is_no_pass", ApiServer::shared()) else { return };
    apply_shop(server);
    allow_the_rest(server);
    let bench = Bench::new();
    let full = bench.judge(&bench.collect(server, "admin"));
    let snapshot = bench.collect(server, USER);
    let narrow = bench.judge(&snapshot);
    let audit = &narrow.audit;

    let permissions: BTreeSet<String> = audit.gaps.iter().filter_map(|gap| gap.permission.clone()).collect();
    let expected = DENIED.map(|resource| format!("list {resource}"));
    assert_eq!(permissions, expected.iter().cloned().collect());

    let of_policies = checks(audit).find(|(control, _)| control.id == NETWORK_POLICIES).unwrap().1.assets;
    let namespaces = audit.snapshot.resources["namespaces"].objects;
    assert_eq!((of_policies.pass, of_policies.fail, of_policies.unknown), (0, 0, namespaces));
    let cluster = AssetRef {
        id: AssetId::new("assay", "Cluster", "", &audit.snapshot.cluster),
        kind: "Cluster".to_owned(),
        namespace: None,
        name: audit.snapshot.cluster.clone(),
        uid: None,
    };

    // What is decided is what someone who sees everything decides.
    let mut wrong = Vec::new();
    for (key, outcome) in
        narrow.outcomes.iter().filter(|(_, outcome)| ["pass", "fail"].contains(&outcome.as_str()))
    {
        let whole = full.outcomes.get(key);
        if whole != Some(outcome) {
            wrong.push(format!("{key:?}: {outcome}, with all permissions {whole:?}"));
        }
    }
    // A check as a whole is about objects that weren't seen, or weren't fully seen.
    let mut depending = 0;
    for (control, check) in checks(audit) {
        let denied = denied_to(check);
        let what = format!("{}/{} reads {denied:?}", control.id, check.slug);
        depending += usize::from(!denied.is_empty());
        if !denied.is_empty() && matches!(check.outcome, Outcome::Pass | Outcome::NotApplicable) {
            wrong.push(format!("{what}: {:?}", check.outcome));
        }
        let unknowns =
            audit.unknowns.iter().filter(|one| one.control == control.id && one.check == check.slug);
        for unknown in unknowns {
            let named: Vec<&str> =
                unknown.gaps.iter().filter_map(|gap| audit.gaps[*gap].permission.as_deref()).collect();
            let is_why = |name: &&str| denied.iter().any(|resource| *name == format!("list {resource}"));
            if check.reads.iter().any(|read| read == NOT_ASKED) {
                let for_all = full
                    .audit
                    .unknowns
                    .iter()
                    .any(|one| (&one.control, &one.check) == (&control.id, &check.slug));
                if !for_all || !named.is_empty() {
                    wrong.push(format!("{what}: unknown because of {named:?}"));
                }
                continue;
            }
            if named.is_empty() || !named.iter().all(is_why) {
                wrong.push(format!("{what}: unknown for {} because of {named:?}", unknown.asset.id.as_str()));
            }
        }
    }
    assert!(depending > 5, "{depending} checks read what is denied");

    // Failures stay, except for those that rest on what is denied: they are unknown, or their objects weren't seen.
    let ids = |audit: &Audit| -> BTreeSet<String> { audit.findings.iter().map(|f| f.id.clone()).collect() };
    let kept = ids(audit);
    let lost: Vec<&Finding> =
        full.audit.findings.iter().filter(|finding| !kept.contains(&finding.id)).collect();
    assert!(!kept.is_empty() && !lost.is_empty());
    for finding in lost {
        let is_unknown = |asset: &AssetRef| {
            let mut unknowns = audit.unknowns.iter();
            unknowns.any(|one| {
                *one.control == *finding.control && *one.check == *finding.check && one.asset.id == asset.id
            })
        };
        let is_unseen = ["NetworkPolicy", "Role", "Secret"].contains(&&*finding.asset.kind);
        let is_open = |place: &Place| is_unknown(&place.asset) || is_unseen && is_unknown(&cluster);
        if !finding.places.iter().all(is_open) {
            wrong.push(format!(
                "lost: {}/{} of {}",
                finding.control,
                finding.check,
                finding.asset.id.as_str()
            ));
        }
    }
    for id in kept.difference(&ids(&full.audit)) {
        wrong.push(format!("made up: {id}"));
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));

    // Even a Secret in the environment is certain without Secrets.
    assert!(audit.findings.iter().any(|finding| &*finding.control == "secrets-in-environment"));
    assert!(audit.findings.iter().all(|finding| &*finding.control != NETWORK_POLICIES));

    in_reports(&bench, &snapshot, audit, &expected);
    at_the_gate(&bench, &snapshot, audit);
}

fn in_reports(bench: &Bench, snapshot: &Snapshot, audit: &Audit, permissions: &[String]) {
    for name in ["html", "json", "sarif"] {
        let text = written(bench, snapshot, audit, name);
        let missing: Vec<_> = permissions.iter().filter(|permission| !text.contains(*permission)).collect();
        assert!(missing.is_empty(), "{name} names no {missing:?}");
    }
    let sarif: Value = serde_json::from_str(&written(bench, snapshot, audit, "sarif")).unwrap();
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), audit.findings.len());
    let of_policies = results.iter().filter(|result| result["ruleId"] == NETWORK_POLICIES);
    assert_eq!(of_policies.count(), 0);
    assert!(results.iter().all(|result| result["kind"].is_null() || result["kind"] == "fail"));
    let notifications = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    let texts: Vec<&str> =
        notifications.iter().map(|notification| notification["message"]["text"].as_str().unwrap()).collect();
    for permission in permissions {
        let named = texts.iter().filter(|text| text.contains(&format!("Missing permission: {permission}.")));
        assert_eq!(named.count(), 1, "{permission} in {texts:?}");
    }
    assert!(texts.iter().any(|text| text.contains(NETWORK_POLICIES)), "{texts:?}");
}

fn at_the_gate(bench: &Bench, snapshot: &Snapshot, audit: &Audit) {
    let gate = Gate { fail_on: Severity::Low, allow_unknown: false };
    let verdict = decide(audit, &gate, None);
    assert!(matches!(verdict, Verdict::Failed { .. }), "certain failures fail it: {verdict:?}");
    let verdict = decide(audit, &gate, Some(audit));
    let Verdict::Undecided { checks } = &verdict else { panic!("{verdict:?}") };
    assert!(checks.iter().any(|check| check.control == NETWORK_POLICIES));
    assert_eq!(decide(audit, &Gate { allow_unknown: true, ..gate }, Some(audit)), Verdict::Passed);

    let control = bench.library.get(NETWORK_POLICIES).unwrap();
    let alone = bench.judge_by(snapshot, &[control]).audit;
    assert!(alone.findings.is_empty() && !alone.unknowns.is_empty());
    let verdict = decide(&alone, &gate, None);
    assert!(matches!(verdict, Verdict::Undecided { .. }), "{verdict:?}");
}
