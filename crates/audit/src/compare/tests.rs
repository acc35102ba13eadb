use std::collections::BTreeSet;

use assay_model::id::AssetId;
use assay_model::severity::Severity::{Critical, High, Low};
use serde_json::Value;

use super::FindingState::{self, *};
use super::fixture::{audit, control, finding, gap, place, unknown};
use super::*;
use crate::finding::Evidence;

const WEB: &str = "apps/Deployment/shop/web";

fn audit_of(findings: Vec<Finding>) -> Audit {
    audit(vec![control("c", High, Outcome::Fail)], findings)
}

fn web() -> Finding {
    finding("c", "no", WEB, None)
}

fn excepted(mut finding: Finding) -> Finding {
    finding.exception = Some("e".to_owned());
    finding
}

/// The state of the only finding of two audits.
fn state(old: &Audit, new: &Audit, outcome: Option<Outcome>, exists: bool) -> FindingState {
    let comparison = compare(old, new, &|_, _, _| outcome, &|_| exists);
    assert_eq!(comparison.findings.len(), 1);
    comparison.findings[0].state
}

#[test]
fn found_now() {
    let seen = |places: &[&str]| {
        let mut finding = web();
        finding.places = places.iter().map(|id| place(id)).collect();
        finding
    };
    let fields = |fields: &[&str]| {
        let mut finding = web();
        let evidence = fields.iter().map(|f| Evidence { field: (*f).into(), value: Value::Null.into() });
        finding.places[0].evidence = evidence.collect();
        finding
    };
    for (name, old, new, expected, is_change) in [
        ("not found before", None, web(), New, true),
        ("the same", Some(web()), web(), Unchanged, false),
        ("its exception is over", Some(excepted(web())), web(), New, true),
        ("excepted by now", Some(web()), excepted(web()), Excepted, true),
        ("found and excepted", None, excepted(web()), Excepted, true),
        ("excepted in both", Some(excepted(web())), excepted(web()), Excepted, false),
        ("one more place", Some(seen(&["a"])), seen(&["a", "b"]), Worsened, true),
        ("another place", Some(seen(&["a"])), seen(&["b"]), Unchanged, false),
        ("one place less", Some(seen(&["a", "b"])), seen(&["b"]), Unchanged, false),
        ("one more field", Some(fields(&["x"])), fields(&["x", "y"]), Worsened, true),
        ("another field", Some(fields(&["x"])), fields(&["y"]), Unchanged, false),
        ("worse and excepted", Some(seen(&["a"])), excepted(seen(&["a", "b"])), Excepted, true),
    ] {
        let (old, new) = (audit_of(old.into_iter().collect()), audit_of(vec![new]));
        let comparison = compare(&old, &new, &|_, _, _| Some(Outcome::Fail), &|_| true);
        assert_eq!(comparison.findings[0].state, expected, "{name}");
        assert_eq!(comparison.is_empty(), !is_change, "{name}");
        assert_eq!(comparison.counts, BTreeMap::from([(expected, 1)]), "{name}");
    }
}

/// Each combination of what may be known of a finding that is no longer one.
#[test]
fn only_what_was_examined_again_and_passed_is_resolved() {
    let outcomes = [
        None,
        Some(Outcome::Pass),
        Some(Outcome::Fail),
        Some(Outcome::Unknown),
        Some(Outcome::NotApplicable),
    ];
    let old = audit_of(vec![web()]);
    for outcome in outcomes {
        for bits in 0..16_u32 {
            let bit = |n: u32| bits & (1 << n) != 0;
            let (exists, hidden, edited, dropped) = (bit(0), bit(1), bit(2), bit(3));
            let mut new = audit_of(vec![]);
            if hidden {
                new.gaps.push(gap("deployments.apps", Some("shop"), None));
            }
            if edited {
                new.controls[0].digest = "another".to_owned();
            }
            if dropped {
                new.controls.clear();
            }
            let silent = matches!(outcome, None | Some(Outcome::NotApplicable));
            let expected = if silent && !exists && !hidden {
                AssetGone
            } else if dropped {
                NotExamined
            } else if edited {
                ControlChanged
            } else {
                match outcome {
                    Some(Outcome::Pass) => Resolved,
                    Some(Outcome::Unknown) => UnknownNow,
                    Some(Outcome::Fail) => NotExamined,
                    _ if exists => NotExamined,
                    _ => UnknownNow,
                }
            };
            let is = state(&old, &new, outcome, exists);
            assert_eq!(is, expected, "{outcome:?} {bits:04b}");
            if is == Resolved {
                assert!(outcome == Some(Outcome::Pass) && !edited && !dropped);
            }
        }
    }
}

#[test]
fn a_gap_hides_what_it_may_be_about_and_nothing_else() {
    let old = audit_of(vec![web()]);
    for (gap, expected) in [
        (gap("deployments.apps", None, None), UnknownNow),
        (gap("deployments.apps", Some("shop"), None), UnknownNow),
        (gap("deployments.apps", Some("other"), None), AssetGone),
        (gap("deployments.example.com", None, None), AssetGone),
        (gap("secrets", None, None), AssetGone),
        (gap("deployments.apps", None, Some(WEB)), UnknownNow),
        (gap("deployments.apps", None, Some("apps/Deployment/shop/api")), AssetGone),
    ] {
        let mut new = audit_of(vec![]);
        new.gaps.push(gap.clone());
        assert_eq!(state(&old, &new, None, false), expected, "{gap:?}");
    }
}

#[test]
fn what_is_out_of_scope_was_not_examined() {
    let old = audit_of(vec![web()]);
    for (namespaces, expected) in
        [(vec![], AssetGone), (vec!["shop"], AssetGone), (vec!["other"], NotExamined)]
    {
        let mut new = audit_of(vec![]);
        new.snapshot.namespaces = namespaces.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(state(&old, &new, None, false), expected, "{namespaces:?}");
    }
}

#[test]
fn an_unknown_of_the_cluster_is_one_of_the_asset_where_it_reaches() {
    let old = audit_of(vec![web()]);
    for (namespace, gaps, expected) in [
        (None, vec![0], UnknownNow),
        (Some("shop"), vec![0], UnknownNow),
        (Some("other"), vec![0], AssetGone),
        (Some("other"), vec![], UnknownNow),
        (Some("other"), vec![7], UnknownNow),
    ] {
        let mut new = audit_of(vec![]);
        new.gaps.push(gap("widgets.example.com", namespace, None));
        new.unknowns.push(unknown("c", "core/Cluster//lab", &gaps));
        assert_eq!(state(&old, &new, None, false), expected, "{namespace:?} {gaps:?}");
    }
    let mut new = audit_of(vec![]);
    new.unknowns.push(unknown("other", "core/Cluster//lab", &[]));
    assert_eq!(state(&old, &new, None, false), AssetGone);
}

#[test]
fn places_are_taken_together() {
    let mut pods = web();
    pods.places = vec![place("core/Pod/shop/web-1"), place("core/Pod/shop/web-2")];
    let (old, new) = (audit_of(vec![pods]), audit_of(vec![]));
    let pass = Some(Outcome::Pass);
    for (name, one, other, owner, exists, expected) in [
        ("both passed", pass, pass, None, true, Resolved),
        ("one passed, one is gone", pass, None, None, false, Resolved),
        ("one passed, one was not examined", pass, None, None, true, NotExamined),
        ("one passed, one is unknown", pass, Some(Outcome::Unknown), None, true, UnknownNow),
        ("both are gone", None, None, None, false, AssetGone),
        ("both are replaced by some that passed", None, None, pass, false, Resolved),
        ("both are replaced by unknown ones", None, None, Some(Outcome::Unknown), false, UnknownNow),
    ] {
        let outcome = |_: &str, _: &str, id: &AssetId| match id.as_str() {
            "core/Pod/shop/web-1" => one,
            "core/Pod/shop/web-2" => other,
            _ => owner,
        };
        let comparison = compare(&old, &new, &outcome, &|_| exists);
        assert_eq!(comparison.findings[0].state, expected, "{name}");
    }
}

#[test]
fn containers_are_findings_of_their_own() {
    let (app, sidecar) = (finding("c", "no", WEB, Some("app")), finding("c", "no", WEB, Some("sidecar")));
    let (old, mut new) = (audit_of(vec![app.clone(), sidecar.clone()]), audit_of(vec![sidecar]));
    let states = |new: &Audit| {
        let comparison = compare(&old, new, &|_, _, _| Some(Outcome::Fail), &|_| true);
        comparison
            .findings
            .iter()
            .map(|c| (c.state, c.finding.container.clone().unwrap()))
            .collect::<Vec<_>>()
    };
    let sidecar = (Unchanged, "sidecar".to_owned());
    assert_eq!(states(&new), [sidecar.clone(), (Resolved, "app".to_owned())]);
    new.gaps.push(gap("pods", None, None));
    assert_eq!(states(&new), [sidecar, (UnknownNow, "app".to_owned())]);

    let mut own = app;
    own.places = vec![place(&format!("{WEB}#containers/app"))];
    let (old, new) = (audit_of(vec![own]), audit_of(vec![]));
    let object_only = |id: &AssetId| id.container().is_none();
    assert_eq!(compare(&old, &new, &|_, _, _| None, &object_only).findings[0].state, AssetGone);
    assert_eq!(state(&old, &new, Some(Outcome::Pass), true), Resolved);
    assert_eq!(state(&old, &new, None, true), NotExamined);
}

#[test]
fn a_renamed_control_keeps_its_findings() {
    let old = audit_of(vec![web(), finding("c", "no", "core/Pod/a/b", None)]);
    let new = audit(vec![control("d", High, Outcome::Fail)], vec![finding("d", "no", WEB, None)]);
    let renamed = |id: &str| (id == "c").then(|| "d".to_owned());
    let comparison = compare_renamed(&old, &new, &|_, _, _| None, &|_| true, &renamed);
    let states: Vec<_> = comparison.findings.iter().map(|c| (c.state, c.control_changed)).collect();
    assert_eq!(states, [(Unchanged, true), (ControlChanged, true)]);
    let without = compare(&old, &new, &|_, _, _| None, &|_| true);
    assert_eq!(without.counts, BTreeMap::from([(New, 1), (NotExamined, 2)]));
}

/// Without results nothing is known to have passed, nor any asset to be gone.
#[test]
fn documents_alone_do_not_tell_what_passed() {
    let old = audit_of(vec![web(), finding("c", "no", "core/Pod/a/b", None)]);
    let of = |controls: Vec<ControlResult>| audit(controls, vec![finding("c", "no", "core/Pod/a/b", None)]);
    let passed = of(vec![control("c", High, Outcome::Fail)]);
    let states = |new: &Audit| compare_documents(&old, new, &|_| None).counts;
    assert_eq!(states(&passed), BTreeMap::from([(Unchanged, 1), (NotFoundAgain, 1)]));
    let mut unread = passed.clone();
    unread.gaps.push(gap("deployments.apps", None, None));
    assert_eq!(states(&unread), BTreeMap::from([(Unchanged, 1), (UnknownNow, 1)]));
    let mut undecided = passed.clone();
    undecided.unknowns.push(unknown("c", WEB, &[]));
    assert_eq!(states(&undecided), BTreeMap::from([(Unchanged, 1), (UnknownNow, 1)]));
    let mut elsewhere = passed.clone();
    elsewhere.snapshot.namespaces = vec!["a".to_owned()];
    assert_eq!(states(&elsewhere), BTreeMap::from([(Unchanged, 1), (NotExamined, 1)]));
    let mut edited = passed.clone();
    edited.controls[0].digest = "another".to_owned();
    assert_eq!(states(&edited), BTreeMap::from([(Unchanged, 1), (ControlChanged, 1)]));
    let none = audit(vec![], vec![]);
    assert_eq!(states(&none), BTreeMap::from([(NotExamined, 2)]));
}

#[test]
fn the_order_of_the_input_does_not_show() {
    let with = |control: &str, severity, id: &str| Finding { severity, ..finding(control, "no", id, None) };
    let mut findings = vec![
        with("b", Low, "core/Pod/a/a"),
        with("a", Critical, "core/Pod/a/b"),
        with("a", Critical, "core/Pod/a/a"),
        with("a", High, "core/Pod/a/c"),
    ];
    let (old, new) = (audit_of(findings[..2].to_vec()), audit_of(findings.clone()));
    let comparison = compare(&old, &new, &|_, _, _| None, &|_| true);
    findings.reverse();
    let other = compare(&old, &audit_of(findings), &|_, _, _| None, &|_| true);
    assert_eq!(comparison, other);
    let listed: Vec<_> = comparison.findings.iter().map(|c| (c.state, c.finding.severity)).collect();
    assert_eq!(listed, [(New, Critical), (New, High), (Unchanged, Critical), (Unchanged, Low)]);
    assert_eq!(comparison.of(New).count(), 2);

    let text = serde_json::to_string(&comparison).unwrap();
    assert!(text.contains(r#""counts":{"new":2,"unchanged":2}"#), "{text}");
    assert_eq!(serde_json::from_str::<Comparison>(&text).unwrap(), comparison);
    assert!(schemars::schema_for!(Comparison).get("properties").is_some());
}

#[test]
fn an_audit_does_not_differ_from_itself() {
    let same = audit_of(vec![web(), excepted(finding("c", "no", "core/Pod/a/b", None))]);
    let mut comparison = compare(&same, &same, &|_, _, _| None, &|_| false);
    assert!(comparison.is_empty());
    comparison.inventory =
        Some(InventoryChanges { added: vec![AssetId::from_stored(WEB)], ..Default::default() });
    assert!(!comparison.is_empty());
}

#[test]
fn states_that_nobody_saw_pass_are_standing() {
    let standing =
        [New, Worsened, Unchanged, Excepted, UnknownNow, NotExamined, ControlChanged, NotFoundAgain];
    assert!(standing.iter().all(|state| state.is_standing()));
    assert!(![AssetGone, Resolved].iter().any(|state| state.is_standing()));
    let words: BTreeSet<_> = standing.iter().map(|state| state.as_str()).collect();
    assert_eq!(words.len(), standing.len());
    for state in standing {
        assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
    }
}

#[test]
fn assets_are_added_removed_changed_or_unknown() {
    let snapshot = |assets: &[(&str, &str)]| {
        assets.iter().map(|(id, hash)| (AssetId::from_stored(*id), (*hash).to_owned())).collect::<Vec<_>>()
    };
    let old = snapshot(&[
        ("core/Pod/a/stays", "1"),
        ("core/Pod/a/edited", "1"),
        ("core/Pod/a/goes", "1"),
        ("core/Secret/a/s", "1"),
    ]);
    let new = snapshot(&[
        ("core/Pod/a/comes", "1"),
        ("core/Pod/a/edited", "2"),
        ("core/Pod/a/stays", "1"),
        ("core/Node//n", "1"),
    ]);
    let (nodes, secrets) = ([gap("nodes", None, None)], [gap("secrets", Some("a"), None)]);
    let lacks = |gaps| Lacks { gaps, namespaces: &[] };
    let changes = inventory(old.clone(), new, lacks(&nodes), lacks(&secrets));
    assert_eq!(changes.added, [AssetId::from_stored("core/Pod/a/comes")]);
    assert_eq!(changes.removed, [AssetId::from_stored("core/Pod/a/goes")]);
    assert_eq!(changes.changed, [AssetId::from_stored("core/Pod/a/edited")]);
    assert_eq!(
        changes.unknown,
        [AssetId::from_stored("core/Node//n"), AssetId::from_stored("core/Secret/a/s")]
    );
    assert!(inventory(old.clone(), old.clone(), Lacks::default(), Lacks::default()).is_empty());
    let one = Lacks { gaps: &[], namespaces: &["elsewhere".to_owned()] };
    let smaller = inventory(old, [], Lacks::default(), one);
    assert!(smaller.unknown.len() == 4 && smaller.removed.is_empty(), "{smaller:?}");
}
