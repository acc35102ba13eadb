//! What an API server serves.

use serde::Deserialize;
use serde_json::Value;

use super::api::{Api, NoAnswer, Reply};

/// All groups in one answer; older servers give the plain list.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                          application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,\
                          application/json";

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
        for (group, version) in plain_versions(&list) {
            discovery.ask(api, group, version).await;
        }
    }
    Ok(discovery)
}

impl Discovery {
    fn take_aggregated(&mut self, list: Value) {
        let groups: Vec<Group> = match serde_json::from_value(list["items"].clone()) {
            Ok(groups) => groups,
            Err(_) => return self.lacks("*", "*", "the answer to discovery was not understood"),
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
            return self.lacks(&group, &version, "the answer to discovery was not understood");
        };
        for resource in list.resources.into_iter().filter(|resource| !resource.name.contains('/')) {
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

/// Groups and versions of `/api` and `/apis` as old servers give them, the preferred version of each group first.
fn plain_versions(list: &Value) -> Vec<(String, String)> {
    let of = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut all: Vec<_> = of(list, "versions").iter().map(|version| (String::new(), text(version))).collect();
    for group in of(list, "groups") {
        let preferred = text(&group["preferredVersion"]["version"]);
        let mut versions: Vec<String> =
            of(&group, "versions").iter().map(|version| text(&version["version"])).collect();
        versions.sort_by_key(|version| *version != preferred);
        all.extend(versions.into_iter().map(|version| (text(&group["name"]), version)));
    }
    all
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
    #[serde(default)]
    resources: Vec<PlainResource>,
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
        let versions: Vec<String> = plain_versions(&list).into_iter().map(|(_, version)| version).collect();
        assert_eq!(versions, ["v1", "v1beta1"]);
        assert_eq!(plain_versions(&json!({"versions": ["v1"]})), [(String::new(), "v1".to_owned())]);
    }
}
