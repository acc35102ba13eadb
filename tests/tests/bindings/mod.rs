//! Random roles and bindings.

use assay_tests::random::Random;
use serde_json::{Value, json};

const BINDINGS: usize = 200;

const RBAC: &str = "rbac.authorization.k8s.io";
pub(crate) const NAMESPACES: [&str; 4] = ["access-a", "access-b", "access-c", "access-d"];
pub(crate) const USERS: [&str; 6] =
    ["ann", "bob", "cy", "system:anonymous", "system:kube-scheduler", "o'hara@example.com"];
pub(crate) const GROUPS: [&str; 7] = [
    "dev",
    "ops",
    "system:authenticated",
    "system:unauthenticated",
    "system:serviceaccounts",
    "system:serviceaccounts:access-a",
    "system:serviceaccounts:access-b",
];
pub(crate) const ACCOUNTS: [&str; 4] = ["default", "web", "api", "nowhere"];
pub(crate) const VERBS: [&str; 12] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "escalate",
    "bind",
    "impersonate",
    "*",
];
pub(crate) const API_GROUPS: [&str; 7] =
    ["", "apps", "batch", RBAC, "certificates.k8s.io", "example.com", "*"];
pub(crate) const RESOURCES: [&str; 20] = [
    "pods",
    "pods/exec",
    "pods/log",
    "pods/*",
    "*/scale",
    "*/status",
    "deployments",
    "deployments/scale",
    "secrets",
    "configmaps",
    "nodes",
    "nodes/proxy",
    "serviceaccounts",
    "serviceaccounts/token",
    "roles",
    "clusterroles",
    "users",
    "certificatesigningrequests/approval",
    "widgets",
    "*",
];
pub(crate) const NAMES: [&str; 5] = ["", "one", "two", "cluster-admin", "web"];
const URLS: [&str; 8] =
    ["/healthz", "/healthz/*", "/metrics", "/api/*", "/apis/apps*", "/version", "/logs/", "*"];
/// Roles and bindings of every sort.
pub(crate) struct Objects {
    random: Random,
    /// Where each is created, and what it is.
    pub(crate) list: Vec<(String, Value)>,
    cluster_roles: Vec<String>,
    roles: Vec<(String, String)>,
}

impl Objects {
    /// Makes them, with these roles that there are already to be bound.
    pub(crate) fn make(random: Random, defaults: Vec<String>) -> Self {
        let mut objects = Self { random, list: Vec::new(), cluster_roles: defaults, roles: Vec::new() };
        (0..30).for_each(|number| objects.cluster_role(number));
        (0..24).for_each(|number| objects.role(number));
        (0..BINDINGS).for_each(|number| objects.binding(number));
        objects
    }

    fn add(&mut self, namespace: Option<&str>, resource: &str, kind: &str, mut object: Value) {
        object["apiVersion"] = json!(format!("{RBAC}/v1"));
        object["kind"] = json!(kind);
        let within = namespace.map(|namespace| format!("/namespaces/{namespace}")).unwrap_or_default();
        self.list.push((format!("/apis/{RBAC}/v1{within}/{resource}"), object));
    }

    fn rule(&mut self, urls: bool) -> Value {
        let random = &mut self.random;
        let verbs = random.some(&VERBS, 1, 4);
        if urls && random.once_in(4) {
            return json!({"verbs": verbs, "nonResourceURLs": random.some(&URLS, 1, 3)});
        }
        let names = if random.once_in(3) { random.some(&NAMES, 1, 2) } else { Vec::new() };
        // Wildcards are rare, as they would hide everything else.
        let few = |all: &'static [&str], random: &mut Random| {
            if random.once_in(8) { all } else { &all[..all.len() - 1] }
        };
        let (groups, resources) = (few(&API_GROUPS, random), few(&RESOURCES, random));
        let (groups, resources) = (random.some(groups, 1, 3), random.some(resources, 1, 4));
        json!({"verbs": verbs, "apiGroups": groups, "resources": resources, "resourceNames": names})
    }

    /// Every fifth is gathered from others, some of which are gathered by Kubernetes' own roles too.
    fn cluster_role(&mut self, number: usize) {
        const GATHERED_BY: [&str; 4] =
            ["access.example/one", "access.example/two", "aggregate-to-view", "aggregate-to-edit"];
        let name = format!("access-{number}");
        let role = if number.is_multiple_of(5) {
            let label = self.random.pick(&GATHERED_BY[..2]);
            json!({
                "metadata": {"name": name, "labels": {"access.example/one": "true"}},
                "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {label: "true"}}]},
            })
        } else {
            let label = match self.random.pick(&GATHERED_BY) {
                own if own.contains('/') => own.to_owned(),
                kubernetes => format!("{RBAC}/{kubernetes}"),
            };
            let rules: Vec<Value> = (0..=self.random.below(3)).map(|_| self.rule(true)).collect();
            json!({"metadata": {"name": name, "labels": {label: "true"}}, "rules": rules})
        };
        self.add(None, "clusterroles", "ClusterRole", role);
        self.cluster_roles.push(name);
    }

    fn role(&mut self, number: usize) {
        let namespace = self.random.pick(&NAMESPACES);
        let name = format!("access-{number}");
        let rules: Vec<Value> = (0..=self.random.below(3)).map(|_| self.rule(false)).collect();
        self.add(Some(namespace), "roles", "Role", json!({"metadata": {"name": name}, "rules": rules}));
        self.roles.push((namespace.to_owned(), name));
    }

    fn binding(&mut self, number: usize) {
        let random = &mut self.random;
        let namespace = (!random.once_in(4)).then(|| random.pick(&NAMESPACES));
        let own: Vec<&String> = self
            .roles
            .iter()
            .filter(|(at, _)| Some(at.as_str()) == namespace)
            .map(|(_, name)| name)
            .collect();
        let mut role =
            json!({"apiGroup": RBAC, "kind": "ClusterRole", "name": random.pick(&self.cluster_roles)});
        if !own.is_empty() && random.once_in(2) {
            role = json!({"apiGroup": RBAC, "kind": "Role", "name": random.pick(&own)});
        } else if random.once_in(20) {
            role["name"] = json!("there-is-none");
        }
        // What everyone may do would hide everything else.
        if role["name"] == "cluster-admin" {
            role["name"] = json!("view");
        }
        let subjects: Vec<Value> = (0..=random.below(2)).map(|_| subject(random)).collect();
        let binding =
            json!({"metadata": {"name": format!("access-{number}")}, "roleRef": role, "subjects": subjects});
        match namespace {
            Some(namespace) => self.add(Some(namespace), "rolebindings", "RoleBinding", binding),
            None => self.add(None, "clusterrolebindings", "ClusterRoleBinding", binding),
        }
    }
}

fn subject(random: &mut Random) -> Value {
    match random.below(8) {
        0 => json!({"apiGroup": RBAC, "kind": "Group", "name": random.pick(&GROUPS)}),
        1 => json!({"apiGroup": RBAC, "kind": "User",
            "name": format!("system:serviceaccount:{}:{}", random.pick(&NAMESPACES), random.pick(&ACCOUNTS))}),
        2 | 3 => json!({"apiGroup": RBAC, "kind": "User", "name": random.pick(&USERS)}),
        _ => {
            json!({"kind": "ServiceAccount", "namespace": random.pick(&NAMESPACES), "name": random.pick(&ACCOUNTS)})
        }
    }
}
