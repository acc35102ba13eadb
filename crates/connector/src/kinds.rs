//! Which resource a kind belongs to.

use std::collections::BTreeSet;

use assay_model::nearest::mistyped;
use assay_model::schema::{Resource, Schema, TypeDef, is_built_in, split_api_version};

/// The one kind of Kubernetes 1.36 that can be listed and has no type in the model, since it is no stored object:
/// the API server makes it of probes when it is asked. Group, kind, plural, whether in namespaces.
const BUILT_IN: &[(&str, &str, &str, bool)] = &[("", "ComponentStatus", "componentstatuses", false)];

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
    /// The group that its objects are known by, where they are served in another one too.
    pub(crate) home: String,
}

impl ListedResource {
    /// The resource that a type of the model is listed from.
    pub(crate) fn modelled(resource: &Resource) -> Self {
        Self {
            group: resource.group.clone(),
            plural: resource.plural.clone(),
            version: resource.version.clone(),
            kind: resource.kind.clone(),
            namespaced: Some(resource.namespaced),
            home: resource.group.clone(),
        }
    }

    /// The groups that a cluster may have it in: its own, and others that are no groups of Kubernetes of old.
    pub(crate) fn groups(&self, schema: &Schema) -> BTreeSet<String> {
        let own = self.model(schema).and_then(|def| def.resource.as_ref());
        let others = own.into_iter().flat_map(|own| &own.formerly).map(|(group, _)| group);
        others.filter(|group| !is_built_in(group)).chain([&self.group]).cloned().collect()
    }

    /// What stands for every resource that nothing else is said of.
    pub(crate) fn any() -> Self {
        let any = || "*".to_owned();
        Self { group: any(), plural: any(), version: any(), kind: any(), namespaced: None, home: any() }
    }

    /// `deployments.apps`, as kubectl writes it.
    pub(crate) fn name(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `apps/v1`, as objects have it.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// The type of the model that is read from this resource in this version; none if its objects are served in the
    /// type's own group, too.
    pub(crate) fn model<'s>(&self, schema: &'s Schema) -> Option<&'s TypeDef> {
        let def = schema.typed(&self.group, &self.kind)?;
        let own = def.resource.as_ref()?;
        let is_it = own.plural == self.plural && own.group == self.home;
        (is_it && own.reads(&self.group, &self.version)).then_some(def)
    }
}

/// All resources of the model, but for the one that stands for every other.
pub(crate) fn modelled(schema: &Schema) -> Vec<ListedResource> {
    let own = schema.assets().filter(|(_, resource)| resource.plural != "*");
    let mut all: Vec<_> = own.map(|(_, resource)| ListedResource::modelled(resource)).collect();
    all.sort();
    all
}

/// The resources of the model that are listed unless something else is said.
pub(crate) fn wanted(schema: &Schema) -> Vec<ListedResource> {
    let is_excluded = |own: &ListedResource| {
        own.model(schema).and_then(|def| def.resource.as_ref()).is_some_and(|resource| resource.excluded)
    };
    modelled(schema).into_iter().filter(|own| !is_excluded(own)).collect()
}

/// The plural and the scope of a kind that Kubernetes has and the model has not.
pub(crate) fn built_in(group: &str, kind: &str) -> Option<(&'static str, bool)> {
    let found = BUILT_IN.iter().find(|(own_group, own_kind, ..)| *own_group == group && *own_kind == kind);
    found.map(|(_, _, plural, namespaced)| (*plural, *namespaced))
}

/// What is wrong with an object's group, version and kind, if Kubernetes has no such kind, and another one is meant:
/// the same in another group, or one of nearly that name. What only a later Kubernetes may have is not wrong.
pub(crate) fn mistake(schema: &Schema, api_version: &str, kind: &str) -> Option<String> {
    let (group, _) = split_api_version(api_version);
    if !is_built_in(group) || schema.typed(group, kind).is_some() || built_in(group, kind).is_some() {
        return None;
    }
    let own = || schema.assets().map(|(_, own)| own).filter(|own| own.is_built_in());
    let elsewhere = || own().find(|own| own.kind == kind).map(|own| (own.kind.as_str(), own.api_version()));
    let of_group = own().filter(|own| own.group == group).map(|own| own.kind.as_str());
    let mistyped = mistyped(kind, of_group).map(|meant| (meant, api_version.to_owned()));
    let (meant, version) = mistyped.or_else(elsewhere)?;
    Some(format!("{api_version} has no kind `{kind}`: did you mean `{meant}` of {version}?"))
}

/// The plural that a kind nobody declared would have by the rules of English that Kubernetes goes by.
pub(crate) fn guess_plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    let consonant_y = lower.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    if let Some(stem) = consonant_y {
        return format!("{stem}ies");
    }
    if lower.ends_with("ints") {
        return lower;
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
    fn a_kind_that_kubernetes_lacks_is_another_one_mistyped() {
        let schema = Schema::built_in().unwrap();
        for (version, kind, meant) in [
            ("apps/v1", "Deploymnt", Some("`Deployment` of apps/v1")),
            ("apps/v1", "deployment", Some("`Deployment` of apps/v1")),
            ("v1", "Pods", Some("`Pod` of v1")),
            ("v1", "Deployment", Some("`Deployment` of apps/v1")),
            (
                "rbac.authorization.k8s.io/v1",
                "ClusterRol",
                Some("`ClusterRole` of rbac.authorization.k8s.io/v1"),
            ),
            ("apps/v1", "Deployment", None),
            ("extensions/v1beta1", "Deployment", None),
            ("v1", "ComponentStatus", None),
            ("v1", "Binding", None),
            ("policy/v1beta1", "PodSecurityPolicy", None),
            ("authorization.k8s.io/v1", "SubjectAccessReview", None),
            ("example.com/v1", "Pods", None),
        ] {
            let found = mistake(&schema, version, kind);
            assert_eq!(found.is_some(), meant.is_some(), "{version} {kind}: {found:?}");
            assert!(meant.is_none_or(|meant| found.unwrap_or_default().contains(meant)), "{version} {kind}");
        }
    }

    #[test]
    fn plurals_follow_kubernetes() {
        let schema = Schema::built_in().unwrap();
        let own = modelled(&schema).into_iter().filter(|own| own.group != "assay");
        for ListedResource { kind, plural, .. } in own {
            assert_eq!(guess_plural(&kind), plural);
        }
        assert_eq!(guess_plural("Gateway"), "gateways");
    }
}
