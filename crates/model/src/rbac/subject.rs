//! Who is bound, and who asks.

/// The group that may do everything, whatever RBAC says.
pub const MASTERS: &str = "system:masters";
const AUTHENTICATED: &str = "system:authenticated";
const UNAUTHENTICATED: &str = "system:unauthenticated";
const ACCOUNTS: &str = "system:serviceaccounts";
const ACCOUNT_USER: &str = "system:serviceaccount:";
const ANONYMOUS: &str = "system:anonymous";

/// A user, group or service account as bindings name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A user, by name.
    User(String),
    /// A group, by name.
    Group(String),
    /// A service account.
    ServiceAccount {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
}

impl Subject {
    /// A user. One with a service account's user name is that account.
    pub fn user(name: &str) -> Self {
        match name.strip_prefix(ACCOUNT_USER).and_then(|account| account.split_once(':')) {
            Some((namespace, name)) => Self::service_account(namespace, name),
            None => Self::User(name.to_owned()),
        }
    }

    /// A group.
    pub fn group(name: &str) -> Self {
        Self::Group(name.to_owned())
    }

    /// A service account.
    pub fn service_account(namespace: &str, name: &str) -> Self {
        Self::ServiceAccount { namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// A subject as a binding writes it; `home` is the binding's own namespace, where an account without a namespace
    /// is looked for. None for a kind that RBAC doesn't know, and for an account without any namespace.
    pub fn named(kind: &str, name: &str, namespace: Option<&str>, home: Option<&str>) -> Option<Self> {
        match kind {
            "User" => Some(Self::user(name)),
            "Group" => Some(Self::group(name)),
            "ServiceAccount" => {
                let namespace = namespace.filter(|namespace| !namespace.is_empty()).or(home)?;
                Some(Self::service_account(namespace, name))
            }
            _ => None,
        }
    }

    /// The kind that bindings write.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "User",
            Self::Group(_) => "Group",
            Self::ServiceAccount { .. } => "ServiceAccount",
        }
    }

    /// The name, without an account's namespace.
    pub fn name(&self) -> &str {
        match self {
            Self::User(name) | Self::Group(name) | Self::ServiceAccount { name, .. } => name,
        }
    }

    /// An account's namespace.
    pub fn namespace(&self) -> Option<&str> {
        match self {
            Self::ServiceAccount { namespace, .. } => Some(namespace),
            _ => None,
        }
    }

    /// Someone of whom no more is known: the account or user, or a member of the group. Which other groups a user is
    /// in, only its credentials say.
    pub fn as_identity(&self) -> Identity {
        match self {
            Self::User(name) if name == ANONYMOUS => Identity::anonymous(),
            Self::User(name) => Identity::user(name, &[]),
            Self::ServiceAccount { namespace, name } => Identity::service_account(namespace, name),
            Self::Group(name) => Identity::member(name),
        }
    }
}

/// Someone who asks: a user name and groups, as the API server knows them once it has authenticated them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    user: Option<String>,
    groups: Vec<String>,
}

impl Identity {
    /// A user with these groups, and that of everyone who is authenticated.
    pub fn user(name: &str, groups: &[&str]) -> Self {
        Self::new(Some(name), groups.iter().copied().chain([AUTHENTICATED]))
    }

    /// A service account, which is in the groups of all accounts and of those of its namespace.
    pub fn service_account(namespace: &str, name: &str) -> Self {
        let (user, own) = (format!("{ACCOUNT_USER}{namespace}:{name}"), format!("{ACCOUNTS}:{namespace}"));
        Self::new(Some(&user), [ACCOUNTS, &own, AUTHENTICATED])
    }

    /// Someone without credentials.
    pub fn anonymous() -> Self {
        Self::new(Some(ANONYMOUS), [UNAUTHENTICATED])
    }

    /// A user with exactly these groups.
    pub fn exactly(name: &str, groups: &[&str]) -> Self {
        Self::new(Some(name), groups.iter().copied())
    }

    /// A member of a group, whoever it is.
    fn member(group: &str) -> Self {
        let of_accounts = group.starts_with(ACCOUNTS).then_some(ACCOUNTS);
        let everyone = (group != UNAUTHENTICATED).then_some(AUTHENTICATED);
        Self::new(None, [Some(group), of_accounts, everyone].into_iter().flatten())
    }

    fn new<'g>(user: Option<&str>, groups: impl IntoIterator<Item = &'g str>) -> Self {
        let mut groups: Vec<String> = groups.into_iter().map(str::to_owned).collect();
        groups.sort();
        groups.dedup();
        Self { user: user.map(str::to_owned), groups }
    }

    /// The user's name; none for any member of a group.
    pub fn name(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The groups, sorted.
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// Every subject of a binding that means this identity.
    pub fn subjects(&self) -> Vec<Subject> {
        let user = self.user.as_deref().map(Subject::user);
        user.into_iter().chain(self.groups.iter().map(|group| Subject::group(group))).collect()
    }

    /// Whether RBAC isn't asked about it.
    pub fn is_master(&self) -> bool {
        self.groups.iter().any(|group| group == MASTERS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_where_the_binding_says_or_is() {
        let named = |kind, namespace, home| Subject::named(kind, "web", namespace, home);
        assert_eq!(named("ServiceAccount", Some("a"), Some("b")), Some(Subject::service_account("a", "web")));
        assert_eq!(named("ServiceAccount", None, Some("b")), Some(Subject::service_account("b", "web")));
        assert_eq!(named("ServiceAccount", Some(""), None), None);
        assert_eq!(named("Robot", None, None), None);
        assert_eq!(named("User", None, None), Some(Subject::user("web")));
    }

    #[test]
    fn everyone_is_in_the_groups_that_kubernetes_gives() {
        let groups = |identity: &Identity| identity.groups().join(" ");
        let account = Identity::service_account("shop", "web");
        assert_eq!(
            groups(&account),
            "system:authenticated system:serviceaccounts system:serviceaccounts:shop"
        );
        assert_eq!(account.name(), Some("system:serviceaccount:shop:web"));
        assert_eq!(groups(&Identity::user("ann", &["dev"])), "dev system:authenticated");
        assert_eq!(groups(&Identity::anonymous()), "system:unauthenticated");
        let member = |group| groups(&Subject::group(group).as_identity());
        assert_eq!(member("dev"), "dev system:authenticated");
        assert_eq!(member("system:unauthenticated"), "system:unauthenticated");
        assert_eq!(
            member("system:serviceaccounts:shop"),
            "system:authenticated system:serviceaccounts system:serviceaccounts:shop"
        );
    }

    #[test]
    fn a_user_name_of_an_account_is_the_account() {
        let subject = Subject::named("User", "system:serviceaccount:shop:web", None, None);
        assert_eq!(subject, Some(Subject::service_account("shop", "web")));
        assert_eq!(
            Subject::user("system:serviceaccount:odd"),
            Subject::User("system:serviceaccount:odd".into())
        );
    }
}
