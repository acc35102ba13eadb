//! What a page must not let in.

use assay_audit::Outcome;

use crate::tests::{audit, write};

#[test]
fn names_from_the_cluster_stay_text() {
    let page = write("html", &audit());
    assert_eq!(page.matches("<script").count(), 1, "only the page's own script");
    for hole in
        ["<img", "\u{202e}", "href=\"javascript:", " onerror=\"", "style=\"", " src=\"", "https://fonts"]
    {
        assert!(!page.contains(hole), "{hole:?}");
    }
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;\\u{202e}"));
}

#[test]
fn the_policy_lets_nothing_else_run() {
    let page = write("html", &audit());
    let policy =
        page.split("Content-Security-Policy\" content=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(policy.starts_with("default-src &#x27;none&#x27;;"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[test]
fn unknown_is_shown_before_anything_is_called_passed() {
    let page = write("html", &audit());
    assert!(page.contains("2 controls are undecided"));
    assert!(page.contains("<code>list networkpolicies.networking.k8s.io</code>"));
}

/// A control that failed may have no open finding, and be unknown for some of its assets.
#[test]
fn the_first_sentence_hides_neither_exceptions_nor_what_is_unknown_beside_a_failure() {
    let lead = |audit: &assay_audit::Audit| {
        let page = write("html", audit);
        let lead = page.split_once("<p class=\"lead\">").unwrap().1.split_once(", which").unwrap().0;
        lead.replace("<strong>", "").replace("</strong>", "").replace("<strong class=\"ink-unknown\">", "")
    };
    let mut audit = audit();
    let except = |audit: &mut assay_audit::Audit, control: &str| {
        let covered = audit.findings.iter_mut().filter(|finding| *finding.control == *control);
        covered.for_each(|finding| finding.exception = Some("EX-1".into()));
    };
    audit.unknowns.retain(|unknown| unknown.control == "sample-good");
    audit.unknowns[0].control = "sample-live".into();
    except(&mut audit, "sample-manifest");
    audit.summary.open_findings.remove(&assay_model::severity::Severity::Low);
    let undecided = "1 control is undecided, at least for some assets";
    let excepted = "1 failed control has findings under exceptions alone";
    let expected = format!("2 open findings in 1 failed control. {excepted}. {undecided}");
    assert_eq!(lead(&audit), expected);
    except(&mut audit, "sample-live");
    audit.summary.open_findings.clear();
    let excepted = "2 failed controls have findings under exceptions alone";
    assert_eq!(lead(&audit), format!("No open findings. {excepted}. {undecided}"));
}

/// What one check could not look at, another of the same control does not pass.
#[test]
fn a_requirement_passes_by_the_checks_that_serve_it() {
    let mut audit = audit();
    audit.controls.retain(|control| control.id == "sample-live");
    let control = &mut audit.controls[0];
    control.outcome = Some(Outcome::Pass);
    control.checks.push(control.checks[0].clone());
    for (check, (outcome, serves)) in
        control.checks.iter_mut().zip([(Outcome::NotApplicable, "1.1"), (Outcome::Pass, "1.2")])
    {
        check.outcome = outcome;
        check.serves = vec![serves.to_owned()];
    }
    let shown = requirement(&audit);
    assert!(shown.contains(">Not applicable</span>") && !shown.contains("assed"), "{shown}");
    audit.controls[0].checks[0].outcome = Outcome::Fail;
    assert!(requirement(&audit).contains(">Failed</span>"));
    audit.controls[0].checks[0].serves = vec!["1.2".to_owned()];
    audit.controls[0].checks[1].serves = vec!["1.1".to_owned()];
    assert!(requirement(&audit).contains(">Passed</span>"));
}

/// The badge of requirement 1.1, and the controls beside it.
fn requirement(audit: &assay_audit::Audit) -> String {
    let page = write("html", audit);
    let row = page.split_once("<tr><td>1.1</td>").unwrap().1.split_once("</tr>").unwrap().0;
    let cells = row.split("<td>").skip(2).map(|cell| cell.trim_end_matches("</td>"));
    cells.collect::<Vec<_>>().join(" ")
}

#[test]
fn what_was_left_out_passes_no_requirement() {
    const LEFT_OUT: &str = "sample-live (not audited)";
    let of = |ids: &[&str]| {
        let mut audit = audit();
        audit.controls.retain(|control| ids.contains(&control.id.as_str()));
        requirement(&audit)
    };
    // The library has one control that serves it: sample-live, which failed.
    for others in [&["sample-good"][..], &["sample-absent"], &["sample-good", "sample-manual"]] {
        let shown = of(others);
        assert!(shown.contains("badge none\">Partly audited") && shown.ends_with(LEFT_OUT), "{shown}");
    }
    for (outcome, label) in [("unknown", "Unknown"), ("manifest", "Failed")] {
        let shown = of(&[&format!("sample-{outcome}")]);
        assert!(shown.contains(&format!(">{label}</span>")) && shown.ends_with(LEFT_OUT), "{shown}");
    }
    let mut other = audit();
    other.controls.retain(|control| control.id == "sample-good");
    other.controls[0].frameworks.insert("sample-1.0".into(), vec!["1.3".into()]);
    let shown = requirement(&other);
    assert!(shown.contains("badge none\">Not audited") && shown.ends_with(LEFT_OUT), "{shown}");
    let mut whole = audit();
    whole.controls.retain(|control| control.id == "sample-live");
    whole.controls[0].outcome = Some(assay_audit::Outcome::Pass);
    assert!(requirement(&whole).contains(">Passed</span>"), "nothing was left out");
}
