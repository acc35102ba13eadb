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
