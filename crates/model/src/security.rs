//! What a container's security settings come to.
//!
//! Source: the Kubernetes documentation, "Configure a Security Context for a Pod or Container" and "Restrict a
//! Container's Access to Resources with AppArmor".

/// The annotation that names a container's AppArmor profile, less the container's name. Since Kubernetes 1.30 a field
/// of the container's own comes before it, and it before the pod's field.
pub const APP_ARMOR_ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

/// A capability in the spelling of Kubernetes' documentation: upper case, without `CAP_`.
pub fn capability(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    upper.strip_prefix("CAP_").map(str::to_owned).unwrap_or(upper)
}

/// A profile as the AppArmor annotation writes it: the type, and the name of a profile of the node's own. Nothing for
/// a text that Kubernetes doesn't know.
pub fn app_armor(annotation: &str) -> Option<(&'static str, Option<&str>)> {
    match annotation {
        "runtime/default" => Some(("RuntimeDefault", None)),
        "unconfined" => Some(("Unconfined", None)),
        other => other.strip_prefix("localhost/").map(|name| ("Localhost", Some(name))),
    }
}

/// Whether a process of the container can get more privileges than its parent: so if the container is privileged or
/// has CAP_SYS_ADMIN, whatever it says; else as it says; else yes.
pub fn allows_escalation<'c>(
    said: Option<bool>,
    privileged: bool,
    mut added: impl Iterator<Item = &'c str>,
) -> bool {
    privileged || added.any(|capability| matches!(capability, "SYS_ADMIN" | "ALL")) || said.unwrap_or(true)
}

/// Whether a container may run as root: it asks for user 0, or says nothing, so that its image decides.
pub fn may_run_as_root(user: Option<i64>, non_root: bool) -> bool {
    match user {
        Some(user) => user == 0,
        None => !non_root,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_have_one_spelling() {
        for (written, expected) in
            [("NET_ADMIN", "NET_ADMIN"), ("CAP_NET_ADMIN", "NET_ADMIN"), ("cap_all", "ALL")]
        {
            assert_eq!(capability(written), expected);
        }
    }

    #[test]
    fn app_armor_annotations_are_the_fields_of_today() {
        assert_eq!(app_armor("runtime/default"), Some(("RuntimeDefault", None)));
        assert_eq!(app_armor("localhost/k8s-deny"), Some(("Localhost", Some("k8s-deny"))));
        assert_eq!(app_armor("unconfined"), Some(("Unconfined", None)));
        assert_eq!(app_armor("Unconfined"), None);
    }

    #[test]
    fn privileges_bring_escalation() {
        let none = || std::iter::empty();
        assert!(allows_escalation(None, false, none()));
        assert!(!allows_escalation(Some(false), false, none()));
        assert!(allows_escalation(Some(false), true, none()));
        assert!(allows_escalation(Some(false), false, ["NET_RAW", "SYS_ADMIN"].into_iter()));
    }

    #[test]
    fn who_says_nothing_may_be_root() {
        assert!(may_run_as_root(None, false) && may_run_as_root(Some(0), true));
        assert!(!may_run_as_root(None, true) && !may_run_as_root(Some(1), false));
    }
}
