//! Role-based access control, as the API server decides it.
//!
//! Source: the Kubernetes documentation, "Using RBAC Authorization", and its API reference of
//! `rbac.authorization.k8s.io/v1`. Nodes have an authorizer of their own, which is not part of this.

mod defaults;
mod escalation;
mod rule;
mod subject;

use std::collections::HashMap;

pub use defaults::{default_role, gathered_labels};
pub use escalation::{ESCALATIONS, Escalation};
pub use rule::{Action, Rule};
pub use subject::{Identity, MASTERS, Subject};

/// Rules that a binding gives to subjects.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The namespace they hold in; none for the whole cluster.
    pub namespace: Option<String>,
    /// To whom.
    pub subjects: Vec<Subject>,
    /// What.
    pub rules: Vec<Rule>,
}

impl Grant {
    /// Whether it allows an action to those it is given to. What is bound in a namespace allows nothing beyond it,
    /// and so no URLs and no requests for the whole cluster.
    pub fn allows(&self, action: &Action<'_>) -> bool {
        let within = self.namespace.as_deref().is_none_or(|namespace| action.namespace() == Some(namespace));
        within && self.rules.iter().any(|rule| rule.allows(action))
    }
}

/// All that bindings give.
#[derive(Debug, Default)]
pub struct Policy {
    grants: Vec<Grant>,
    by_subject: HashMap<Subject, Vec<usize>>,
}

impl Policy {
    /// A policy of these grants.
    pub fn new(grants: Vec<Grant>) -> Self {
        let mut by_subject: HashMap<Subject, Vec<usize>> = HashMap::new();
        for (index, grant) in grants.iter().enumerate() {
            for subject in &grant.subjects {
                by_subject.entry(subject.clone()).or_default().push(index);
            }
        }
        Self { grants, by_subject }
    }

    /// The grants, in the order given.
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// Everyone who is named, each once, in the order of kind and name.
    pub fn subjects(&self) -> Vec<&Subject> {
        let mut subjects: Vec<&Subject> = self.by_subject.keys().collect();
        subjects.sort();
        subjects
    }

    /// The grants that someone has, by index, each once and in order.
    pub fn grants_of(&self, identity: &Identity) -> Vec<usize> {
        let found = identity.subjects().into_iter().filter_map(|subject| self.by_subject.get(&subject));
        let mut found: Vec<usize> = found.flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether someone may do something. `system:masters` may do everything: the API server doesn't ask RBAC.
    pub fn can(&self, identity: &Identity, action: &Action<'_>) -> bool {
        identity.is_master()
            || self.grants_of(identity).iter().any(|grant| self.grants[*grant].allows(action))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        let rule = |verbs: &[&str], resources: &[&str]| Rule::of_resources(verbs, &[""], resources);
        let grant = |namespace: Option<&str>, subject: Subject, rules: Vec<Rule>| Grant {
            namespace: namespace.map(str::to_owned),
            subjects: vec![subject],
            rules,
        };
        Policy::new(vec![
            grant(
                Some("shop"),
                Subject::group("system:serviceaccounts:shop"),
                vec![rule(&["get"], &["pods"])],
            ),
            grant(None, Subject::service_account("shop", "web"), vec![rule(&["list"], &["nodes"])]),
            grant(None, Subject::user("system:serviceaccount:shop:api"), vec![rule(&["get"], &["secrets"])]),
            grant(Some("shop"), Subject::user("ann"), vec![Rule::of_urls(&["get"], &["/metrics"])]),
            grant(None, Subject::group("system:authenticated"), vec![Rule::of_urls(&["get"], &["/version"])]),
        ])
    }

    #[test]
    fn bindings_give_what_the_documentation_says() {
        let policy = policy();
        let web = Identity::service_account("shop", "web");
        let api = Identity::service_account("shop", "api");
        let ann = Identity::user("ann", &[]);
        let nobody = Identity::anonymous();
        let get = |resource, namespace| Action::resource("get", "", resource, namespace, "x");
        for (who, action, expected) in [
            (&web, get("pods", "shop"), true),
            (&web, get("pods", "other"), false),
            // A binding in a namespace gives nothing that belongs to the whole cluster.
            (&web, get("pods", ""), false),
            (&web, Action::resource("list", "", "nodes", "", ""), true),
            (&api, Action::resource("list", "", "nodes", "", ""), false),
            // A service account may be bound by its user name.
            (&api, get("secrets", "other"), true),
            (&ann, Action::url("get", "/metrics"), false),
            (&ann, Action::url("get", "/version"), true),
            (&nobody, Action::url("get", "/version"), false),
            (&Identity::user("root", &[MASTERS]), Action::resource("delete", "x.example", "y", "", ""), true),
        ] {
            assert_eq!(policy.can(who, &action), expected, "{who:?} {action:?}");
        }
    }
}
