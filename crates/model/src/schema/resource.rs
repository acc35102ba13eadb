//! The resource of the Kubernetes API that a type is listed from.

/// The API groups that kube-apiserver itself serves. Other groups are of custom resources and of aggregated APIs:
/// a cluster may lack them, and two of them may have a resource of the same name.
const KUBERNETES: &[&str] = &[
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
    "storagemigration.k8s.io",
    // The cluster itself, which assay adds.
    "assay",
];

/// A resource of the Kubernetes API.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// The API group; empty for core.
    pub group: String,
    /// The version the model's fields are of.
    pub version: String,
    /// The plural, lower-case name in URLs; `*` for every kind that has no type of its own.
    pub plural: String,
    /// The kind of its objects.
    pub kind: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Other groups and versions that the same objects are or were served in, and are read in too.
    pub formerly: Vec<(String, String)>,
    /// Whether it is left out of a collection unless asked for.
    pub excluded: bool,
}

impl Resource {
    /// Whether objects of this group and version are read.
    pub fn reads(&self, group: &str, version: &str) -> bool {
        let own = self.group == group && self.version == version;
        own || self.formerly.iter().any(|(g, v)| g == group && v == version)
    }

    /// Whether kube-apiserver itself serves it.
    pub fn is_built_in(&self) -> bool {
        is_built_in(&self.group)
    }

    /// The name of the table of its rows: the plural (`pods`); with the group (`certificates.cert-manager.io`) if
    /// it is no resource of Kubernetes itself.
    pub fn table(&self) -> String {
        match self.plural.as_str() {
            "*" => "others".to_owned(),
            plural if self.is_built_in() => plural.to_owned(),
            plural => format!("{plural}.{}", self.group),
        }
    }

    /// `apps/v1`, as objects have it.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }
}

/// Whether kube-apiserver itself serves the group.
pub fn is_built_in(group: &str) -> bool {
    KUBERNETES.contains(&group)
}

/// `apps/v1` as group and version; the core group is empty.
pub fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.rsplit_once('/').unwrap_or(("", api_version))
}
