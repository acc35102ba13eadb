//! Where the objects of a resource are listed.

use crate::kinds::ListedResource;

/// Where to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'p> {
    /// In the whole cluster.
    Everywhere,
    /// In a namespace.
    Namespace(&'p str),
    /// Only the object of this name, which is a namespace.
    Named(&'p str),
}

impl<'p> Place<'p> {
    /// Where to list a resource if only these namespaces, or all if there are none, are to be read.
    pub(super) fn all(resource: &ListedResource, namespaces: &'p [String]) -> Vec<Self> {
        if namespaces.is_empty() {
            vec![Self::Everywhere]
        } else if is_namespaces(resource) {
            namespaces.iter().map(|name| Self::Named(name)).collect()
        } else if resource.namespaced == Some(false) {
            vec![Self::Everywhere]
        } else {
            namespaces.iter().map(|name| Self::Namespace(name)).collect()
        }
    }

    /// The list's path, with a query if it has one.
    pub(super) fn path(self, resource: &ListedResource) -> String {
        let plural = &resource.plural;
        let root = root(resource);
        match self {
            Self::Everywhere => format!("{root}/{plural}"),
            Self::Namespace(name) => format!("{root}/namespaces/{name}/{plural}"),
            Self::Named(name) => format!("{root}/{plural}?fieldSelector=metadata.name%3D{name}"),
        }
    }

    /// What is asked for, in words: `list pods in namespace shop`.
    pub(super) fn verb(self, resource: &ListedResource) -> String {
        let name = resource.name();
        match self {
            Self::Everywhere => format!("list {name} at the cluster scope"),
            Self::Namespace(namespace) => format!("list {name} in namespace {namespace}"),
            Self::Named(namespace) => format!("get {name} {namespace}"),
        }
    }

    /// The namespace that a record is about, if it isn't about all.
    pub(super) fn namespace(self) -> Option<String> {
        match self {
            Self::Namespace(name) => Some(name.to_owned()),
            Self::Everywhere | Self::Named(_) => None,
        }
    }
}

/// Where a group's version is.
fn root(resource: &ListedResource) -> String {
    let ListedResource { group, version, .. } = resource;
    if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") }
}

/// Whether this is the resource of namespaces themselves.
fn is_namespaces(resource: &ListedResource) -> bool {
    resource.group.is_empty() && resource.plural == "namespaces"
}

/// The path of an object that is in no namespace.
pub(super) fn object(resource: &ListedResource, name: &str) -> String {
    format!("{}/{}/{name}", root(resource), resource.plural)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(group: &str, plural: &str, namespaced: bool) -> ListedResource {
        ListedResource {
            group: group.to_owned(),
            plural: plural.to_owned(),
            version: "v1".to_owned(),
            kind: "Kind".to_owned(),
            namespaced: Some(namespaced),
            home: String::new(),
        }
    }

    #[test]
    fn some_namespaces_are_listed_one_by_one() {
        let two = ["a".to_owned(), "b".to_owned()];
        let paths = |resource: &ListedResource, namespaces: &[String]| {
            let places = Place::all(resource, namespaces);
            places.into_iter().map(|place| place.path(resource)).collect::<Vec<_>>()
        };
        let deployments = resource("apps", "deployments", true);
        assert_eq!(paths(&deployments, &[]), ["/apis/apps/v1/deployments"]);
        assert_eq!(
            paths(&deployments, &two),
            ["/apis/apps/v1/namespaces/a/deployments", "/apis/apps/v1/namespaces/b/deployments"]
        );
        assert_eq!(paths(&resource("", "nodes", false), &two), ["/api/v1/nodes"]);
        assert_eq!(
            paths(&resource("", "namespaces", false), &two[..1]),
            ["/api/v1/namespaces?fieldSelector=metadata.name%3Da"]
        );
    }
}
