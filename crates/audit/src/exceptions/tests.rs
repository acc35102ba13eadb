use std::collections::{BTreeMap, BTreeSet};

use assay_model::id::AssetId;
use jiff::civil::date;

use super::Exceptions;
use crate::compare::fixture::{finding, place};
use crate::finding::Finding;

const TAIL: &str = "reason: because\n    owner: team\n    expires: 2026-06-30\n";

/// An exceptions file with one exception of these entries, besides id, reason, owner and expiry.
fn file(entries: &str) -> String {
    format!("exceptions:\n  - id: one\n    {entries}\n    {TAIL}")
}

fn parsed(entries: &str) -> Exceptions {
    Exceptions::parse("exceptions.yaml", &file(entries)).unwrap()
}

fn problems(text: &str) -> Vec<String> {
    let problems = Exceptions::parse("x.yaml", text).unwrap_err();
    problems.iter().map(ToString::to_string).collect()
}

fn covered(entries: &str, finding: &Finding) -> bool {
    let labels = |id: &AssetId| {
        (id.as_str() == "apps/Deployment/shop/web").then(|| BTreeMap::from([("tier".into(), "front".into())]))
    };
    let filtered = |filter: &str| match filter {
        "{web}" => Ok(BTreeSet::from([AssetId::new("apps", "Deployment", "shop", "web")])),
        "{app}" => {
            Ok(BTreeSet::from([AssetId::new("apps", "Deployment", "shop", "web").child("containers", "app")]))
        }
        _ => Ok(BTreeSet::new()),
    };
    let mut findings = [finding.clone()];
    let uses = parsed(entries).apply(&mut findings, date(2026, 1, 1), &labels, &filtered).unwrap();
    assert_eq!(uses[0].findings, u64::from(!findings[0].is_open()));
    !findings[0].is_open()
}

#[test]
fn selectors_select_what_they_say() {
    let web = finding("privileged", "no", "apps/Deployment/shop/web", Some("app"));
    for (entries, covers) in [
        ("control: privileged", true),
        ("controls: [other, privileged]", true),
        ("controls: [other]", false),
        ("control: privileged\n    checks: ['no']", true),
        ("control: privileged\n    checks: [other]", false),
        ("assets: {ids: [apps/Deployment/shop/web]}", true),
        ("assets: {ids: [apps/Deployment/shop/web#containers/app]}", true),
        ("assets: {ids: [apps/Deployment/shop/web2]}", false),
        ("assets: {kinds: [Deployment]}", true),
        ("assets: {kinds: [deployment]}", false),
        ("assets: {namespaces: [shop*], names: ['w?b']}", true),
        ("assets: {namespaces: [shop-?], names: ['*b']}", false),
        ("assets: {labels: {tier: front}}", true),
        ("assets: {labels: {tier: front, other: ''}}", false),
        ("assets: {containers: ['a*']}", true),
        ("assets: {containers: [sidecar]}", false),
        ("assets: {where: '{web}'}", true),
        ("assets: {where: '{app}'}", true),
        ("assets: {where: '{none}'}", false),
        ("assets: {where: '{web}', names: [api]}", false),
    ] {
        assert_eq!(covered(entries, &web), covers, "{entries}");
    }
}

#[test]
fn a_cluster_scoped_asset_is_in_no_namespace() {
    let node = finding("kubelet", "no", "core/Node//one", None);
    assert!(!covered("assets: {namespaces: ['*'], kinds: [Node]}", &node));
    assert!(covered("assets: {kinds: [Node]}", &node));
    assert!(!covered("control: kubelet\n    assets: {containers: ['*']}", &node));
}

#[test]
fn a_finding_is_covered_by_all_its_places_and_not_by_some() {
    let mut pods = finding("privileged", "no", "apps/Deployment/shop/web", None);
    pods.places = vec![place("core/Pod/shop/web-1"), place("core/Pod/shop/web-2")];
    assert!(covered("assets: {kinds: [Pod], names: ['web-*']}", &pods));
    assert!(!covered("assets: {ids: [core/Pod/shop/web-1]}", &pods));
    pods.places.clear();
    assert!(!covered("assets: {kinds: [Pod]}", &pods));
}

#[test]
fn the_last_day_covers_and_the_next_does_not() {
    let exceptions = parsed("control: privileged");
    for (day, covers) in [(date(2026, 6, 29), true), (date(2026, 6, 30), true), (date(2026, 7, 1), false)] {
        let mut findings = [finding("privileged", "no", "core/Pod/a/b", None)];
        findings[0].exception = Some("left over".to_owned());
        let uses = exceptions.apply(&mut findings, day, &|_| None, &|_| Ok(BTreeSet::new())).unwrap();
        assert_eq!(findings[0].exception, covers.then(|| "one".to_owned()), "{day}");
        assert_eq!((uses[0].expired, uses[0].findings), (!covers, 1), "{day}");
        assert_eq!(uses[0].expires, "2026-06-30");
    }
}

#[test]
fn the_first_in_force_marks_and_each_counts() {
    let entry =
        |id: &str, day: &str| format!("  - {{id: {id}, control: c, reason: r, owner: o, expires: {day}}}\n");
    let text =
        ["exceptions:\n", &entry("old", "2020-01-01"), &entry("b", "2030-01-01"), &entry("a", "2031-01-01")];
    let exceptions = Exceptions::parse("x", &text.concat()).unwrap();
    let mut findings = [finding("c", "no", "core/Pod/a/b", None), finding("d", "no", "core/Pod/a/b", None)];
    let uses =
        exceptions.apply(&mut findings, date(2026, 1, 1), &|_| None, &|_| Ok(BTreeSet::new())).unwrap();
    assert_eq!(findings[0].exception.as_deref(), Some("b"));
    assert!(findings[1].is_open());
    assert_eq!(
        uses.iter().map(|u| (u.id.as_str(), u.findings)).collect::<Vec<_>>(),
        [("old", 1), ("b", 1), ("a", 1)]
    );
}

#[test]
fn a_refused_filter_marks_nothing() {
    let exceptions = parsed("assets: {where: '{nmae: 1}'}");
    let mut findings = [finding("c", "no", "core/Pod/a/b", None)];
    let error =
        exceptions.apply(&mut findings, date(2026, 1, 1), &|_| None, &|_| Err("no field `nmae`".into()));
    assert_eq!(error.unwrap_err(), "exceptions.yaml:2:5: exception `one`: `where`: no field `nmae`");
    assert!(findings[0].is_open());
}

#[test]
fn all_mistakes_are_told_with_their_places() {
    let text = "\
exceptions:
  - id: one
    control: c
    owner: '  '
    expires: 30.6.2026
  - id: one
    controls: [c, 'c*']
    reason:
    owner: 7
    expires: 2026-02-30
    until: never
  - {id: all, reason: r, owner: o, expires: 2026-01-01, assets: {names: ['**']}}
  - {id: slug, reason: r, owner: o, expires: 2026-01-01, checks: ['no'], assets: {names: [a]}}
  - {id: empty, control: c, reason: r, owner: o, expires: 2026-01-01, assets: {ids: [web], kinds: [], size: 1}}
  - text
colour: red
";
    let expected = [
        "x.yaml:2:5: `reason` is missing: say why the failure is accepted",
        "x.yaml:4:12: `owner` is empty: name who answers for it",
        "x.yaml:5:14: `30.6.2026` is no day: write `expires` as `yyyy-mm-dd`",
        "x.yaml:6:5: the id `one` is taken by the exception in line 2: give it another one",
        "x.yaml:7:15: `c*` is no control's id: it is lower-case words joined by hyphens, and no pattern",
        "x.yaml:8:11: `reason` is empty: say why the failure is accepted",
        "x.yaml:9:12: `owner` is text: put it in quotes",
        "x.yaml:10:14: `2026-02-30` is no day: write `expires` as `yyyy-mm-dd`",
        "x.yaml:11:5: unknown key `until`",
        "x.yaml:12:5: this selects every finding there is",
        "x.yaml:13:5: `checks` are slugs within a control",
        "x.yaml:14:85: `web` is no asset's id",
        "x.yaml:14:99: `kinds` is empty: fill it in, or leave it out",
        "x.yaml:14:103: unknown key `size`",
        "x.yaml:15:5: an exception is a mapping",
        "x.yaml:16:1: unknown key `colour`",
    ];
    let told = problems(text);
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{told}\n{expected}");
    }
}

#[test]
fn what_is_no_list_of_exceptions_is_refused() {
    for (text, told) in [
        ("", "nothing is in this file"),
        ("# later\n", "nothing is in this file"),
        ("[]", "the file is a mapping"),
        ("exception: []", "`exceptions` is missing"),
        ("exceptions: {a: b}", "`exceptions` is a list"),
        ("exceptions:\n  - id: *-job\n", "in quotes"),
        ("exceptions: []\nexceptions: []\n", "correct the YAML"),
        ("exceptions: [", "correct the YAML"),
    ] {
        let all = problems(text);
        assert!(all.iter().any(|problem| problem.contains(told)), "{text:?}: {all:?}");
    }
    assert_eq!(Exceptions::parse("x", "exceptions: []").unwrap().iter().count(), 0);
    let both = problems(&file("control: a\n    controls: [b]"));
    assert!(both[0].contains("both given"), "{both:?}");
}

#[test]
fn former_ids_are_resolved_and_unknown_ones_told() {
    let mut exceptions = parsed("controls: [old-name, nowhere]");
    let told = exceptions.resolve_controls(&|id| (id == "old-name").then(|| "new-name".to_owned()));
    assert_eq!(exceptions.iter().next().unwrap().controls, ["new-name", "nowhere"]);
    assert_eq!(told.len(), 1);
    assert!(told[0].message.contains("`nowhere`"));
}

#[test]
fn the_digest_is_of_the_text() {
    let (one, other) = (parsed("control: a"), parsed("control: b"));
    assert_eq!(one.digest(), parsed("control: a").digest());
    assert_ne!(one.digest(), other.digest());
    assert_eq!(one.digest().len(), 64);
    assert_eq!(one.text(), file("control: a"));
}
