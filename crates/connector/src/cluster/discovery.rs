//! What an API server serves.

use serde::Deserialize;
use serde_json::Value;

use super::api::{Api, NoAnswer, Reply};

/// All groups in one answer; older servers give the plain list.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                          application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,\
                          application/json";

/// Why resources are not known though the server answered. What answers may be a proxy that wants a login: an answer
/// without resources must not look as if there were none.
const NOT_UNDERSTOOD: &str = "the answer to discovery was not understood";

/// A resource in one of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) plural: String,
    pub(super) kind: String,
    pub(super) namespaced: bool,
    pub(super) is_listable: bool,
}

/// A version of a group whose resources the server could not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Undiscovered {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) reason: String,
}

/// What is served. Whatever it lacks, in groups that were discovered, does not exist.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Discovery {
    /// In the order of the server's preference.
    pub(super) served: Vec<Served>,
    pub(super) undiscovered: Vec<Undiscovered>,
}

/// Why nothing could be discovered.
pub(super) enum Failed {
    Refused(Reply),
    NoAnswer(NoAnswer),
}

impl From<NoAnswer> for Failed {
    fn from(failure: NoAnswer) -> Self {
        Self::NoAnswer(failure)
    }
}

/// Asks for everything that is served.
pub(super) async fn discover(api: &Api<'_>) -> Result<Discovery, Failed> {
    let mut discovery = Discovery::default();
    for root in ["/api", "/apis"] {
        let reply = api.get_as(root, AGGREGATED).await?;
        if !reply.is_ok() {
            return Err(Failed::Refused(reply));
        }
        let list = reply.json();
        if list["kind"] == "APIGroupDiscoveryList" {
            discovery.take_aggregated(list);
            continue;
        }
        match plain_versions(root, &list) {
            Some(versions) => {
                for (group, version) in versions {
                    discovery.ask(api, group, version).await;
                }
            }
            None => discovery.lacks("*", "*", NOT_UNDERSTOOD),
        }
    }
    Ok(discovery)
}

impl Discovery {
    fn take_aggregated(&mut self, list: Value) {
        let groups: Vec<Group> = match serde_json::from_value(list["items"].clone()) {
            Ok(groups) => groups,
            Err(_) => return self.lacks("*", "*", NOT_UNDERSTOOD),
        };
        for group in groups {
            for version in group.versions {
                // Resources of a stale version are of an earlier time, or missing.
                if version.freshness.as_deref() == Some("Stale") {
                    self.lacks(
                        &group.metadata.name,
                        &version.version,
                        "the server behind it does not answer",
                    );
                    continue;
                }
                for resource in version.resources {
                    self.served.push(Served {
                        group: group.metadata.name.clone(),
                        version: version.version.clone(),
                        plural: resource.resource,
                        kind: resource.response_kind.map(|own| own.kind).unwrap_or_default(),
                        namespaced: resource.scope == "Namespaced",
                        is_listable: resource.verbs.iter().any(|verb| verb == "list"),
                    });
                }
            }
        }
    }

    async fn ask(&mut self, api: &Api<'_>, group: String, version: String) {
        let path =
            if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
        let reply = match api.get(&path).await {
            Ok(reply) if reply.is_ok() => reply,
            Ok(reply) => return self.lacks(&group, &version, &reply.describe()),
            Err(failure) => return self.lacks(&group, &version, &failure.reason),
        };
        let Ok(list) = serde_json::from_slice::<PlainList>(&reply.body) else {
            return self.lacks(&group, &version, NOT_UNDERSTOOD);
        };
        let resources = list.resources.unwrap_or_default();
        for resource in resources.into_iter().filter(|resource| !resource.name.contains('/')) {
            self.served.push(Served {
                group: group.clone(),
                version: version.clone(),
                plural: resource.name,
                kind: resource.kind,
                namespaced: resource.namespaced,
                is_listable: resource.verbs.iter().any(|verb| verb == "list"),
            });
        }
    }

    fn lacks(&mut self, group: &str, version: &str, reason: &str) {
        self.undiscovered.push(Undiscovered {
            group: group.to_owned(),
            version: version.to_owned(),
            reason: reason.to_owned(),
        });
    }
}

/// Groups and versions of `/api` and `/apis` as old servers give them, the preferred version of each group first; none
/// if it is no such list.
fn plain_versions(root: &str, list: &Value) -> Option<Vec<(String, String)>> {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    if root == "/api" {
        let versions = list["versions"].as_array()?.iter();
        return versions.map(|version| Some((String::new(), text(version)?))).collect();
    }
    let mut all = Vec::new();
    for group in list["groups"].as_array()? {
        let name = text(&group["name"])?;
        let preferred = text(&group["preferredVersion"]["version"]);
        let versions = group["versions"].as_array()?.iter().map(|version| text(&version["version"]));
        let mut versions = versions.collect::<Option<Vec<_>>>()?;
        versions.sort_by_key(|version| Some(version) != preferred.as_ref());
        all.extend(versions.into_iter().map(|version| (name.clone(), version)));
    }
    Some(all)
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Deserialize, Default)]
struct Metadata {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Version {
    version: String,
    freshness: Option<String>,
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    resource: String,
    response_kind: Option<ResponseKind>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    verbs: Vec<String>,
}

#[derive(Deserialize)]
struct ResponseKind {
    #[serde(default)]
    kind: String,
}

#[derive(Deserialize)]
struct PlainList {
    // Required, and null where a server has it so for none.
    #[serde(deserialize_with = "Option::deserialize")]
    resources: Option<Vec<PlainResource>>,
}

#[derive(Deserialize)]
struct PlainResource {
    name: String,
    kind: String,
    #[serde(default)]
    namespaced: bool,
    #[serde(default)]
    verbs: Vec<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn aggregated_answers_tell_what_is_stale() {
        let mut discovery = Discovery::default();
        discovery.take_aggregated(json!({"items": [
            {"metadata": {"name": "apps"}, "versions": [{"version": "v1", "freshness": "Current", "resources": [
                {"resource": "deployments", "responseKind": {"kind": "Deployment"}, "scope": "Namespaced",
                 "verbs": ["get", "list"], "subresources": [{"subresource": "scale"}]}]}]},
            {"metadata": {"name": "metrics.k8s.io"}, "versions": [{"version": "v1beta1", "freshness": "Stale"}]},
        ]}));
        assert_eq!(discovery.served.len(), 1);
        assert!(discovery.served[0].is_listable && discovery.served[0].namespaced);
        assert_eq!(discovery.undiscovered[0].group, "metrics.k8s.io");
    }

    #[test]
    fn the_preferred_version_comes_first() {
        let list = json!({"groups": [{"name": "apps", "preferredVersion": {"version": "v1"},
            "versions": [{"version": "v1beta1"}, {"version": "v1"}]}]});
        let of = |group: &str, version: &str| (group.to_owned(), version.to_owned());
        assert_eq!(plain_versions("/apis", &list), Some(vec![of("apps", "v1"), of("apps", "v1beta1")]));
        assert_eq!(plain_versions("/api", &json!({"versions": ["v1"]})), Some(vec![of("", "v1")]));
    }

    #[test]
    fn what_tells_no_versions_is_no_list_without_versions() {
        for list in [
            json!(null),
            json!({}),
            json!({"kind": "Status"}),
            json!({"versions": [1]}),
            json!({"groups": [{"name": "apps"}]}),
            json!({"groups": [{"versions": [{"version": "v1"}]}]}),
            json!({"groups": [{"name": "apps", "versions": [{}]}]}),
        ] {
            assert_eq!(plain_versions("/api", &list), None, "{list}");
            assert_eq!(plain_versions("/apis", &list), None, "{list}");
        }
    }
}
