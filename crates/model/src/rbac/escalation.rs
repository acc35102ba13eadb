//! Permissions by which one gets more than they say.
//!
//! Source: the Kubernetes documentation, "Role Based Access Control Good Practices" (privilege escalation risks) and
//! "Hardening Guide".

use super::rule::{Action, Rule};

/// A way to more than a permission says.
#[derive(Debug)]
pub struct Escalation {
    /// Its name in checks.
    pub name: &'static str,
    /// What whoever may do it can get to.
    pub description: &'static str,
    /// What opens it: any of these.
    needs: &'static [Need],
}

/// Any of some verbs on any of some resources of a group.
#[derive(Debug)]
struct Need {
    verbs: &'static [&'static str],
    group: &'static str,
    resources: &'static [&'static str],
    /// Whether the resources belong to the whole cluster, so that a binding in a namespace doesn't give them.
    cluster: bool,
    /// Whether a rule that is limited to some names is enough.
    by_name: bool,
}

const RBAC: &str = "rbac.authorization.k8s.io";
const CERTIFICATES: &str = "certificates.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";
const CHANGE: &[&str] = &["create", "update", "patch"];
const ADMITS: &[&str] = &[
    "mutatingwebhookconfigurations",
    "validatingwebhookconfigurations",
    "mutatingadmissionpolicies",
    "mutatingadmissionpolicybindings",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
];
const DELETE: &[&str] = &["delete", "deletecollection"];
/// What is answered with objects: an empty patch with the whole of one, a deletion in the foreground or of a collection
/// with what is deleted, in a dry run too.
const READ: &[&str] = &["get", "list", "watch", "patch", "delete", "deletecollection"];
const CONNECT: &[&str] = &["get", "create"];
/// The verbs that HTTP methods become on a proxy.
const PROXY: &[&str] = &["get", "create", "update", "patch", "delete"];

const fn of(verbs: &'static [&'static str], group: &'static str, resources: &'static [&'static str]) -> Need {
    Need { verbs, group, resources, cluster: false, by_name: false }
}

impl Need {
    const fn cluster(mut self) -> Self {
        self.cluster = true;
        self
    }

    const fn by_name(mut self) -> Self {
        self.by_name = true;
        self
    }

    fn is_met_by(&self, rule: &Rule) -> bool {
        let action = |verb, resource| Action::resource(verb, self.group, resource, "", "");
        let allowed = |verb: &&'static str, resource: &&'static str| {
            // Server-side apply is a patch that names what it creates.
            let applies = *verb == "create" && !resource.contains('/');
            let by_name = self.by_name || applies && rule.allows_some(&action("patch", *resource));
            let action = action(*verb, *resource);
            if by_name { rule.allows_some(&action) } else { rule.allows(&action) }
        };
        self.resources.iter().any(|resource| self.verbs.iter().any(|verb| allowed(verb, resource)))
    }
}

impl Escalation {
    /// Whether a rule opens it, bound in one namespace or in the whole cluster.
    pub fn is_opened_by(&self, rule: &Rule, namespaced: bool) -> bool {
        self.needs.iter().any(|need| !(namespaced && need.cluster) && need.is_met_by(rule))
    }

    /// Whether it is only there for those bound in the whole cluster.
    pub fn is_cluster_wide(&self) -> bool {
        self.needs.iter().all(|need| need.cluster)
    }
}

/// All that are known, by name.
pub const ESCALATIONS: &[Escalation] = &[
    Escalation {
        name: "approveCertificates",
        description: "approve certificate signing requests, and so make client certificates for any user or group",
        // Who asks for a certificate chooses its request's name.
        needs: &[of(&["update", "patch"], CERTIFICATES, &["certificatesigningrequests/approval"])
            .cluster()
            .by_name()],
    },
    Escalation {
        name: "bindRoles",
        description: "bind roles with more permissions than one's own",
        needs: &[of(&["bind"], RBAC, &["roles"]).by_name(), of(&["bind"], RBAC, &["clusterroles"]).by_name()],
    },
    Escalation {
        name: "changeAPIServices",
        description: "answer for a group of the API with a server of one's own",
        needs: &[
            of(&["create"], "apiregistration.k8s.io", &["apiservices"]).cluster(),
            of(&["update", "patch"], "apiregistration.k8s.io", &["apiservices"]).cluster().by_name(),
        ],
    },
    Escalation {
        name: "changeAdmission",
        description: "read and change every object that is written, or switch off what refuses some",
        needs: &[
            of(&["create", "deletecollection"], ADMISSION, ADMITS).cluster(),
            // One of them can be made to concern every object.
            of(&["update", "patch", "delete"], ADMISSION, ADMITS).cluster().by_name(),
        ],
    },
    Escalation {
        name: "changeEndpoints",
        description: "send the traffic of a service elsewhere",
        needs: &[of(CHANGE, "", &["endpoints"]), of(CHANGE, "discovery.k8s.io", &["endpointslices"])],
    },
    Escalation {
        name: "changeNamespaces",
        description: "change a namespace's labels, and with them the pod security level it enforces",
        needs: &[of(&["update", "patch"], "", &["namespaces"])],
    },
    Escalation {
        name: "changeNodes",
        description: "change nodes, and so which pods run where",
        needs: &[of(&["update", "patch"], "", &["nodes", "nodes/status"]).cluster()],
    },
    Escalation {
        name: "changeWorkloads",
        description: "change what the pods of workloads run, as any service account of the namespace",
        needs: &[
            of(&["update", "patch"], "", &["pods", "replicationcontrollers", "podtemplates"]),
            of(&["update", "patch"], "apps", &["deployments", "daemonsets", "replicasets", "statefulsets"]),
            of(&["update", "patch"], "batch", &["jobs", "cronjobs"]),
        ],
    },
    Escalation {
        name: "createPersistentVolumes",
        description: "make volumes of any folder of a node",
        needs: &[of(&["create"], "", &["persistentvolumes"]).cluster()],
    },
    Escalation {
        name: "createPods",
        description: "run pods as any service account of the namespace, with its Secrets",
        needs: &[of(&["create"], "", &["pods"])],
    },
    Escalation {
        name: "createTokens",
        description: "make tokens of service accounts",
        needs: &[of(&["create"], "", &["serviceaccounts/token"]).by_name()],
    },
    Escalation {
        name: "createWorkloads",
        description: "run pods through workloads, as any service account of the namespace, with its Secrets",
        needs: &[
            of(&["create"], "", &["replicationcontrollers"]),
            of(&["create"], "apps", &["deployments", "daemonsets", "replicasets", "statefulsets"]),
            of(&["create"], "batch", &["jobs", "cronjobs"]),
        ],
    },
    Escalation {
        name: "debugPods",
        description: "add containers to running pods",
        needs: &[of(&["update", "patch"], "", &["pods/ephemeralcontainers"])],
    },
    Escalation {
        name: "deleteEvents",
        description: "remove traces of what was done",
        needs: &[of(DELETE, "", &["events"]), of(DELETE, "events.k8s.io", &["events"])],
    },
    Escalation {
        name: "deleteNamespaces",
        description: "delete namespaces with all that is in them",
        needs: &[of(DELETE, "", &["namespaces"])],
    },
    Escalation {
        name: "deletePods",
        description: "end pods, and so have them run elsewhere or not at all",
        needs: &[
            of(DELETE, "", &["pods", "replicationcontrollers"]),
            of(&["create"], "", &["pods/eviction"]),
            of(DELETE, "apps", &["deployments", "daemonsets", "replicasets", "statefulsets"]),
            of(DELETE, "batch", &["jobs", "cronjobs"]),
        ],
    },
    Escalation {
        name: "escalateRoles",
        description: "write roles with more permissions than one's own",
        needs: &[
            of(&["escalate"], RBAC, &["roles"]).by_name(),
            of(&["escalate"], RBAC, &["clusterroles"]).cluster().by_name(),
        ],
    },
    Escalation {
        name: "everything",
        description: "do everything with every resource",
        needs: &[of(&["*"], "*", &["*"])],
    },
    Escalation {
        name: "execInPods",
        description: "run commands in containers, or attach to them",
        needs: &[of(CONNECT, "", &["pods/exec", "pods/attach"])],
    },
    Escalation {
        name: "impersonate",
        description: "act as another user, group or service account",
        needs: &[
            of(&["impersonate"], "", &["users", "groups"]).cluster().by_name(),
            of(&["impersonate"], "", &["serviceaccounts"]).by_name(),
        ],
    },
    Escalation {
        name: "portForwardToPods",
        description: "open connections to ports of pods that no service offers",
        needs: &[of(CONNECT, "", &["pods/portforward"])],
    },
    Escalation {
        name: "proxyToNodes",
        description: "speak to kubelets, and so run commands in every pod of a node past admission and audit",
        needs: &[of(PROXY, "", &["nodes/proxy"]).cluster()],
    },
    Escalation {
        name: "proxyToPods",
        description: "send requests to pods and services through the API server",
        needs: &[of(PROXY, "", &["pods/proxy", "services/proxy"])],
    },
    Escalation {
        name: "readSecrets",
        description: "read Secrets: by getting, listing or watching them, or in answers to patches and deletions",
        needs: &[of(READ, "", &["secrets"])],
    },
    Escalation {
        name: "signCertificates",
        description: "sign certificates in the name of a signer",
        needs: &[of(&["sign"], CERTIFICATES, &["signers"]).cluster().by_name()],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(rule: &Rule, namespaced: bool) -> Vec<&'static str> {
        ESCALATIONS.iter().filter(|it| it.is_opened_by(rule, namespaced)).map(|it| it.name).collect()
    }

    #[test]
    fn names_are_sorted_and_differ() {
        assert!(ESCALATIONS.windows(2).all(|pair| pair[0].name < pair[1].name));
    }

    #[test]
    fn a_wildcard_opens_all_of_them() {
        let all = Rule::of_resources(&["*"], &["*"], &["*"]);
        assert_eq!(opened(&all, false).len(), ESCALATIONS.len());
        let lost = ESCALATIONS.iter().filter(|it| it.is_cluster_wide()).count();
        assert_eq!(opened(&all, true).len(), ESCALATIONS.len() - lost);
    }

    #[test]
    fn each_is_opened_by_what_it_needs_and_nothing_near_it() {
        let core = |verbs: &[&str], resources: &[&str]| Rule::of_resources(verbs, &[""], resources);
        for (rule, expected) in [
            (core(&["create"], &["pods"]), "createPods"),
            (core(&["get", "list"], &["pods"]), ""),
            (core(&["list"], &["secrets"]), "readSecrets"),
            (core(&["create", "update"], &["secrets"]), ""),
            (core(&["patch"], &["secrets"]), "readSecrets"),
            (core(&["deletecollection"], &["secrets"]), "readSecrets"),
            (core(&["*"], &["pods/exec"]), "execInPods"),
            (core(&["get"], &["nodes/proxy"]), "proxyToNodes"),
            (core(&["get"], &["nodes"]), ""),
            (core(&["get"], &["*/proxy"]), "proxyToNodes proxyToPods"),
            (core(&["patch"], &["pods/ephemeralcontainers"]), "debugPods"),
            (core(&["create"], &["pods/eviction"]), "deletePods"),
            (core(&["create"], &["serviceaccounts/token"]), "createTokens"),
            (core(&["create"], &["serviceaccounts"]), ""),
            (core(&["impersonate"], &["serviceaccounts"]), "impersonate"),
            (Rule::of_resources(&["create"], &["apps"], &["*"]), "createWorkloads"),
            (Rule::of_resources(&["*"], &["extensions"], &["*"]), ""),
            (Rule::of_resources(&["escalate"], &[RBAC], &["roles"]), "escalateRoles"),
            (Rule::of_resources(&["bind"], &[RBAC], &["clusterroles"]), "bindRoles"),
            (Rule::of_urls(&["*"], &["*"]), ""),
        ] {
            assert_eq!(opened(&rule, false).join(" "), expected, "{rule:?}");
        }
    }

    #[test]
    fn a_rule_for_some_names_opens_what_one_name_is_enough_for() {
        let named = |mut rule: Rule| {
            rule.resource_names = vec!["one".to_owned()];
            opened(&rule, false).join(" ")
        };
        assert_eq!(named(Rule::of_resources(&["get"], &[""], &["secrets"])), "");
        assert_eq!(named(Rule::of_resources(&["bind"], &[RBAC], &["clusterroles"])), "bindRoles");
        assert_eq!(named(Rule::of_resources(&["impersonate"], &[""], &["users"])), "impersonate");
        assert_eq!(named(Rule::of_resources(&["patch"], &[ADMISSION], &["*"])), "changeAdmission");
        assert_eq!(named(Rule::of_resources(&["create"], &[ADMISSION], &["*"])), "");
        assert_eq!(
            named(Rule::of_resources(&["patch"], &[CERTIFICATES], &["*/approval"])),
            "approveCertificates"
        );
        let services =
            |verb| named(Rule::of_resources(&[verb], &["apiregistration.k8s.io"], &["apiservices"]));
        assert_eq!((services("update"), services("create")), ("changeAPIServices".to_owned(), String::new()));
    }

    #[test]
    fn who_may_patch_a_name_too_creates_it_by_applying_it() {
        let named = |verbs: &[&str], group: &str, resource: &str| {
            let mut rule = Rule::of_resources(verbs, &[group], &[resource]);
            rule.resource_names = vec!["one".to_owned()];
            opened(&rule, false).join(" ")
        };
        assert_eq!(named(&["create"], "", "pods"), "");
        assert_eq!(named(&["create", "update"], "", "pods"), "");
        assert_eq!(named(&["create", "patch"], "", "pods"), "createPods");
        assert_eq!(named(&["*"], "batch", "jobs"), "createWorkloads");
        assert_eq!(named(&["create", "patch"], "", "pods/exec"), "");
        let mut unnamed = Rule::of_resources(&["create"], &[""], &["pods"]);
        unnamed.resource_names = vec![String::new()];
        assert_eq!(opened(&unnamed, false).join(" "), "createPods");
    }

    #[test]
    fn what_belongs_to_the_cluster_needs_a_binding_of_the_cluster() {
        let nodes = Rule::of_resources(&["get"], &[""], &["nodes/proxy"]);
        assert_eq!(opened(&nodes, true), Vec::<&str>::new());
        let secrets = Rule::of_resources(&["get"], &[""], &["secrets"]);
        assert_eq!(opened(&secrets, true), ["readSecrets"]);
    }
}
