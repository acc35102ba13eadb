//! What a page must not let in.

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
    assert!(page.contains("1 control is undecided"));
    assert!(page.contains("<code>list networkpolicies.networking.k8s.io</code>"));
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
