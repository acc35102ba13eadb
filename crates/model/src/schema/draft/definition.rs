//! What a CustomResourceDefinition says of its kind.

use serde_json::Value;

use super::text::plain;
use crate::schema::load::is_dns;

/// A kind as its definition has it.
pub(super) struct Definition<'d> {
    pub(super) group: String,
    pub(super) kind: String,
    pub(super) plural: String,
    pub(super) namespaced: bool,
    /// The version that is stored, if it is served; else the first that is.
    pub(super) version: String,
    /// Other versions that are served with the same schema.
    pub(super) alike: Vec<String>,
    /// The OpenAPI schema of the version's objects.
    pub(super) schema: &'d Value,
}

/// A version, and the schema of its objects.
struct Version<'d> {
    name: &'d str,
    served: bool,
    stored: bool,
    schema: &'d Value,
}

impl<'d> Definition<'d> {
    /// Reads a definition of `apiextensions.k8s.io/v1` or `v1beta1`; tells why it can't be.
    pub(super) fn read(object: &'d Value) -> Result<Self, String> {
        let spec = &object["spec"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (group, kind) = (text(&spec["group"]), text(&spec["names"]["kind"]));
        let plural = text(&spec["names"]["plural"]);
        let called = || format!("{} of {}", plain(&kind), plain(&group));
        if kind.is_empty() || [&group, &plural].iter().any(|name| name.is_empty() || !is_dns(name)) {
            return Err(format!("{}: it defines no kind in a group", called()));
        }
        let versions = versions(spec);
        let served = || versions.iter().filter(|version| version.served);
        let chosen = served().find(|version| version.stored).or_else(|| served().next());
        let Some(chosen) = chosen else { return Err(format!("{}: no version is served", called())) };
        if !chosen.schema.is_object() {
            return Err(format!("{}: version {} has no schema", called(), plain(chosen.name)));
        }
        let alike = served().filter(|other| other.name != chosen.name && other.schema == chosen.schema);
        let alike: Vec<String> = alike.map(|version| version.name.to_owned()).collect();
        let namespaced = spec["scope"] != "Cluster";
        let (version, schema) = (chosen.name.to_owned(), chosen.schema);
        Ok(Self { group, kind, plural, namespaced, version, alike, schema })
    }

    /// `Certificate of cert-manager.io`.
    pub(super) fn shown(&self) -> String {
        format!("{} of {}", plain(&self.kind), self.group)
    }
}

/// All versions; old definitions have one, or one schema for all.
fn versions(spec: &Value) -> Vec<Version<'_>> {
    let whole = &spec["validation"]["openAPIV3Schema"];
    let named = spec["versions"].as_array().into_iter().flatten().filter_map(|version| {
        let own = &version["schema"]["openAPIV3Schema"];
        Some(Version {
            name: version["name"].as_str().filter(|name| !name.is_empty())?,
            served: version["served"] == true,
            stored: version["storage"] == true,
            schema: if own.is_object() { own } else { whole },
        })
    });
    let named: Vec<Version<'_>> = named.collect();
    match spec["version"].as_str() {
        Some(name) if named.is_empty() => vec![Version { name, served: true, stored: true, schema: whole }],
        _ => named,
    }
}
