//! Rules of roles, and what they allow.

/// Some verbs on some resources or URLs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Rule {
    /// `*` is every verb.
    pub verbs: Vec<String>,
    /// The empty name is the core group; `*` is every group.
    pub api_groups: Vec<String>,
    /// `pods`, `pods/exec`; `*/scale` is that subresource of every resource, `*` every resource and subresource.
    pub resources: Vec<String>,
    /// Names that the rule is limited to; none for all.
    pub resource_names: Vec<String>,
    /// Paths of URLs; one that ends in `*` means all that begin so.
    pub non_resource_urls: Vec<String>,
}

/// What someone asks to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action<'a> {
    /// Something with a resource.
    Resource {
        /// The verb.
        verb: &'a str,
        /// The API group; empty for core.
        group: &'a str,
        /// The resource, with its subresource after a slash if one is asked for.
        resource: &'a str,
        /// The namespace; empty for the whole cluster.
        namespace: &'a str,
        /// The object's name; empty where none is known, as when listing.
        name: &'a str,
    },
    /// Something with a URL that is no resource.
    Url {
        /// The HTTP method in lower case.
        verb: &'a str,
        /// The URL's path.
        path: &'a str,
    },
}

impl<'a> Action<'a> {
    /// Something with a resource.
    pub fn resource(
        verb: &'a str,
        group: &'a str,
        resource: &'a str,
        namespace: &'a str,
        name: &'a str,
    ) -> Self {
        Self::Resource { verb, group, resource, namespace, name }
    }

    /// Something with a URL.
    pub fn url(verb: &'a str, path: &'a str) -> Self {
        Self::Url { verb, path }
    }

    /// The namespace it is asked for in; none for the whole cluster.
    pub fn namespace(&self) -> Option<&'a str> {
        match self {
            Self::Resource { namespace, .. } if !namespace.is_empty() => Some(namespace),
            _ => None,
        }
    }
}

impl Rule {
    /// A rule on resources, whatever their names.
    pub fn of_resources(verbs: &[&str], api_groups: &[&str], resources: &[&str]) -> Self {
        Self {
            verbs: owned(verbs),
            api_groups: owned(api_groups),
            resources: owned(resources),
            ..Self::default()
        }
    }

    /// A rule on URLs.
    pub fn of_urls(verbs: &[&str], urls: &[&str]) -> Self {
        Self { verbs: owned(verbs), non_resource_urls: owned(urls), ..Self::default() }
    }

    /// Whether it allows an action, wherever the rule holds.
    pub fn allows(&self, action: &Action<'_>) -> bool {
        match action {
            Action::Resource { name, .. } => self.allows_some(action) && self.is_for(name),
            Action::Url { .. } => self.allows_some(action),
        }
    }

    /// Whether it allows an action on objects of some names, if not of all.
    pub fn allows_some(&self, action: &Action<'_>) -> bool {
        match action {
            Action::Resource { verb, group, resource, .. } => {
                has(&self.verbs, verb)
                    && has(&self.api_groups, group)
                    && self.resources.iter().any(|rule| is_resource(rule, resource))
            }
            Action::Url { verb, path } => {
                has(&self.verbs, verb) && self.non_resource_urls.iter().any(|rule| is_url(rule, path))
            }
        }
    }

    /// Whether the rule is limited to objects of some names.
    pub fn is_limited(&self) -> bool {
        !self.resource_names.is_empty()
    }

    fn is_for(&self, name: &str) -> bool {
        !self.is_limited() || self.resource_names.iter().any(|one| one == name)
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn has(names: &[String], wanted: &str) -> bool {
    names.iter().any(|name| name == "*" || name == wanted)
}

/// A resource doesn't include its subresources, and `pods/*` is no pattern.
fn is_resource(rule: &str, wanted: &str) -> bool {
    let every = |subresource: &str| rule.strip_prefix("*/") == Some(subresource);
    rule == "*" || rule == wanted || wanted.split_once('/').is_some_and(|(_, subresource)| every(subresource))
}

fn is_url(rule: &str, path: &str) -> bool {
    rule == path || rule.ends_with('*') && path.starts_with(rule.trim_end_matches('*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_matched_with_their_subresources() {
        for (rule, wanted, expected) in [
            ("pods", "pods", true),
            ("pods", "pods/exec", false),
            ("pods/exec", "pods/exec", true),
            ("pods/exec", "pods", false),
            ("*", "pods", true),
            ("*", "pods/exec", true),
            ("*/scale", "deployments/scale", true),
            ("*/scale", "deployments", false),
            ("*/scale", "scale", false),
            ("pods/*", "pods/exec", false),
            ("pods/*", "pods", false),
        ] {
            let rule = Rule::of_resources(&["get"], &[""], &[rule]);
            let action = Action::resource("get", "", wanted, "", "");
            assert_eq!(rule.allows(&action), expected, "{rule:?} {wanted}");
        }
    }

    #[test]
    fn verbs_and_groups_know_only_the_whole_wildcard() {
        let rule = Rule::of_resources(&["get", "li*"], &["apps"], &["*"]);
        assert!(rule.allows(&Action::resource("get", "apps", "deployments", "", "")));
        assert!(!rule.allows(&Action::resource("list", "apps", "deployments", "", "")));
        assert!(!rule.allows(&Action::resource("get", "", "pods", "", "")));
        assert!(!rule.allows(&Action::url("get", "/")));
        assert!(Rule::of_resources(&["*"], &["*"], &["*"]).allows(&Action::resource("x", "y", "z", "", "")));
    }

    #[test]
    fn names_limit_a_rule_to_requests_that_name_one() {
        let mut rule = Rule::of_resources(&["get", "list"], &[""], &["secrets"]);
        rule.resource_names = vec!["tls".to_owned()];
        let action = |name| Action::resource("list", "", "secrets", "", name);
        assert!(rule.allows(&action("tls")));
        assert!(!rule.allows(&action("other")));
        assert!(!rule.allows(&action("")));
        assert!(rule.allows_some(&action("")) && rule.is_limited());
    }

    #[test]
    fn urls_match_whole_or_by_what_they_begin_with() {
        for (rule, path, expected) in [
            ("/healthz", "/healthz", true),
            ("/healthz", "/healthz/etcd", false),
            ("/healthz/*", "/healthz/etcd", true),
            ("/healthz/*", "/healthz", false),
            ("/healthz*", "/healthz", true),
            ("*", "/anything", true),
        ] {
            let rule = Rule::of_urls(&["get"], &[rule]);
            assert_eq!(rule.allows(&Action::url("get", path)), expected, "{rule:?} {path}");
        }
    }
}
