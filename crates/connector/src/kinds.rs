//! Which resource a kind belongs to.

use assay_model::schema::{Resource, Schema};

/// The kinds of Kubernetes 1.36 that can be listed and have no type in the model: group, kind, plural, whether in
/// namespaces. From the discovery of an API server; manifests need it, clusters tell it themselves.
const BUILT_IN: &[(&str, &str, &str, bool)] = &[
    ("", "ComponentStatus", "componentstatuses", false),
    ("", "Endpoints", "endpoints", true),
    ("", "Event", "events", true),
    ("", "LimitRange", "limitranges", true),
    ("", "PodTemplate", "podtemplates", true),
    ("", "ResourceQuota", "resourcequotas", true),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy", "mutatingadmissionpolicies", false),
    (
        "admissionregistration.k8s.io",
        "MutatingAdmissionPolicyBinding",
        "mutatingadmissionpolicybindings",
        false,
    ),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", false),
    (
        "admissionregistration.k8s.io",
        "ValidatingAdmissionPolicyBinding",
        "validatingadmissionpolicybindings",
        false,
    ),
    ("apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions", false),
    ("apiregistration.k8s.io", "APIService", "apiservices", false),
    ("apps", "ControllerRevision", "controllerrevisions", true),
    ("autoscaling", "HorizontalPodAutoscaler", "horizontalpodautoscalers", true),
    ("certificates.k8s.io", "CertificateSigningRequest", "certificatesigningrequests", false),
    ("coordination.k8s.io", "Lease", "leases", true),
    ("events.k8s.io", "Event", "events", true),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema", "flowschemas", false),
    ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration", "prioritylevelconfigurations", false),
    ("networking.k8s.io", "IngressClass", "ingressclasses", false),
    ("networking.k8s.io", "IPAddress", "ipaddresses", false),
    ("networking.k8s.io", "ServiceCIDR", "servicecidrs", false),
    ("node.k8s.io", "RuntimeClass", "runtimeclasses", false),
    ("policy", "PodDisruptionBudget", "poddisruptionbudgets", true),
    ("resource.k8s.io", "DeviceClass", "deviceclasses", false),
    ("resource.k8s.io", "ResourceClaim", "resourceclaims", true),
    ("resource.k8s.io", "ResourceClaimTemplate", "resourceclaimtemplates", true),
    ("resource.k8s.io", "ResourceSlice", "resourceslices", false),
    ("scheduling.k8s.io", "PriorityClass", "priorityclasses", false),
    ("storage.k8s.io", "CSIDriver", "csidrivers", false),
    ("storage.k8s.io", "CSINode", "csinodes", false),
    ("storage.k8s.io", "CSIStorageCapacity", "csistoragecapacities", true),
    ("storage.k8s.io", "StorageClass", "storageclasses", false),
    ("storage.k8s.io", "VolumeAttachment", "volumeattachments", false),
    ("storage.k8s.io", "VolumeAttributesClass", "volumeattributesclasses", false),
];

/// An API resource whose objects are read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ListedResource {
    /// The API group; empty for core.
    pub(crate) group: String,
    /// The plural, as in URLs.
    pub(crate) plural: String,
    /// The version its objects are in.
    pub(crate) version: String,
    /// The kind of its objects.
    pub(crate) kind: String,
    /// Whether its objects live in namespaces; none if that is not known.
    pub(crate) namespaced: Option<bool>,
}

impl ListedResource {
    /// The resource that a type of the model is listed from.
    pub(crate) fn modelled(kind: &str, resource: &Resource) -> Self {
        Self {
            group: resource.group.clone(),
            plural: resource.plural.clone(),
            version: resource.version.clone(),
            kind: kind.to_owned(),
            namespaced: Some(resource.namespaced),
        }
    }

    /// `deployments.apps`, as kubectl writes it.
    pub(crate) fn name(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `apps/v1`, as objects have it.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// The type of the model with this very resource in this very version.
    pub(crate) fn model<'s>(&self, schema: &'s Schema) -> Option<&'s Resource> {
        let own = schema.asset_of(&self.group, &self.kind)?.resource.as_ref()?;
        (own.plural == self.plural && own.version == self.version).then_some(own)
    }
}

/// All resources of the model, but for the one that stands for every other.
pub(crate) fn modelled(schema: &Schema) -> Vec<ListedResource> {
    let own = schema.assets().filter(|(_, resource)| resource.plural != "*");
    let mut all: Vec<_> = own.map(|(def, resource)| ListedResource::modelled(&def.name, resource)).collect();
    all.sort();
    all
}

/// The plural and the scope of a kind that Kubernetes has and the model has not.
pub(crate) fn built_in(group: &str, kind: &str) -> Option<(&'static str, bool)> {
    let found = BUILT_IN.iter().find(|(own_group, own_kind, ..)| *own_group == group && *own_kind == kind);
    found.map(|(_, _, plural, namespaced)| (*plural, *namespaced))
}

/// The plural that a kind nobody declared would have by the rules of English that Kubernetes goes by.
pub(crate) fn guess_plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    let consonant_y = lower.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    if let Some(stem) = consonant_y {
        return format!("{stem}ies");
    }
    let hisses = ["s", "x", "z", "ch", "sh"].iter().any(|end| lower.ends_with(end));
    if hisses { format!("{lower}es") } else { format!("{lower}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_sorted_and_not_modelled() {
        let schema = Schema::built_in().unwrap();
        assert!(BUILT_IN.is_sorted_by_key(|(group, _, plural, _)| (group, plural)));
        for (group, kind, ..) in BUILT_IN {
            let found = schema.asset_of(group, kind).unwrap();
            assert_eq!(found.name, schema.generic().unwrap().name, "{group}/{kind} has a type now");
        }
    }

    #[test]
    fn plurals_follow_kubernetes() {
        for (_, kind, plural, _) in BUILT_IN.iter().filter(|(_, kind, ..)| *kind != "Endpoints") {
            assert_eq!(guess_plural(kind), *plural);
        }
        assert_eq!(guess_plural("Gateway"), "gateways");
    }
}
