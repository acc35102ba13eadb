//! The cluster roles that Kubernetes itself creates, for bindings in manifests, which name them without holding them.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::Rule;

/// By name, the rules of each, gathered ones included, as an API server of Kubernetes 1.36 has them.
const ROLES: &str = include_str!("../../builtin/cluster-roles.json");

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    verbs: Vec<String>,
    api_groups: Vec<String>,
    resources: Vec<String>,
    resource_names: Vec<String>,
    #[serde(rename = "nonResourceURLs")]
    non_resource_urls: Vec<String>,
}

/// The rules of a default cluster role; none if Kubernetes creates no role of that name.
pub fn default_role(name: &str) -> Option<&'static [Rule]> {
    static PARSED: OnceLock<HashMap<String, Vec<Rule>>> = OnceLock::new();
    PARSED.get_or_init(parse).get(name).map(Vec::as_slice)
}

/// The labels, each with the value `true`, of the cluster roles whose rules a default one has besides its own: those
/// that it gathers, and those that what it gathers does.
pub fn gathered_labels(name: &str) -> &'static [&'static str] {
    const TO_VIEW: &str = "rbac.authorization.k8s.io/aggregate-to-view";
    const TO_EDIT: &str = "rbac.authorization.k8s.io/aggregate-to-edit";
    const TO_ADMIN: &str = "rbac.authorization.k8s.io/aggregate-to-admin";
    match name {
        "view" => &[TO_VIEW],
        "edit" => &[TO_VIEW, TO_EDIT],
        "admin" => &[TO_VIEW, TO_EDIT, TO_ADMIN],
        _ => &[],
    }
}

fn parse() -> HashMap<String, Vec<Rule>> {
    // A test reads it, so that it is always JSON.
    let roles: HashMap<String, Vec<Written>> = serde_json::from_str(ROLES).unwrap_or_default();
    roles.into_iter().map(|(name, rules)| (name, rules.into_iter().map(Rule::from).collect())).collect()
}

impl From<Written> for Rule {
    fn from(written: Written) -> Self {
        Self {
            verbs: written.verbs,
            api_groups: written.api_groups,
            resources: written.resources,
            resource_names: written.resource_names,
            non_resource_urls: written.non_resource_urls,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rbac::Action;

    #[test]
    fn default_roles_allow_what_the_documentation_says() {
        let can = |role: &str, action: Action<'_>| {
            default_role(role).unwrap().iter().any(|rule| rule.allows(&action))
        };
        let secrets = || Action::resource("get", "", "secrets", "shop", "x");
        let roles = || Action::resource("create", "rbac.authorization.k8s.io", "roles", "shop", "");
        let pods = || Action::resource("list", "", "pods", "shop", "");
        assert!(can("cluster-admin", secrets()) && can("cluster-admin", Action::url("get", "/metrics")));
        assert!(can("admin", secrets()) && can("admin", roles()) && can("admin", pods()));
        assert!(can("edit", secrets()) && !can("edit", roles()) && can("edit", pods()));
        assert!(!can("view", secrets()) && !can("view", roles()) && can("view", pods()));
        assert!(default_role("my-role").is_none());
    }
}
