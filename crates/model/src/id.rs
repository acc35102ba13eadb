//! Identity of assets: the same for a manifest and for the live object.

use std::borrow::Borrow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// `group/Kind/namespace/name`, without version, uid or cluster, so that a manifest and the object made from
/// it have one id. The core group is written `core` (no served group can have that name: they need a dot,
/// or are one of Kubernetes' own); a cluster-scoped asset has an empty namespace. A container's id is its
/// parent's followed by `#containers/<name>`.
///
/// `/`, `#`, `%` and control characters in a part are percent-encoded, so that ids of hostile objects can
/// neither collide nor break a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AssetId(String);

impl AssetId {
    /// The id of the object of this group (empty for core), kind, namespace (empty if cluster-scoped) and name.
    pub fn new(group: &str, kind: &str, namespace: &str, name: &str) -> Self {
        let group = if group.is_empty() { "core" } else { group };
        let mut id = String::with_capacity(group.len() + kind.len() + namespace.len() + name.len() + 3);
        for (index, part) in [group, kind, namespace, name].into_iter().enumerate() {
            if index > 0 {
                id.push('/');
            }
            encode(part, &mut id);
        }
        Self(id)
    }

    /// An id read back from a table or a report.
    pub fn from_stored(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id of an entry of one of this asset's lists, by the list's field and the entry's key.
    pub fn child(&self, field: &str, key: &str) -> Self {
        let mut id = String::with_capacity(self.0.len() + field.len() + key.len() + 2);
        for part in [&self.0, "#", field, "/"] {
            id.push_str(part);
        }
        encode(key, &mut id);
        Self(id)
    }

    /// The object this id belongs to: itself, or the parent of a container.
    pub fn object(&self) -> Self {
        Self(self.object_text().to_owned())
    }

    /// The id of the object this id belongs to, as text.
    pub fn object_text(&self) -> &str {
        self.0.split('#').next().unwrap_or_default()
    }

    /// The entry's key if this is a container's id.
    pub fn container(&self) -> Option<&str> {
        self.0.split_once("#containers/").map(|(_, key)| key)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Group (`core` for the core group), kind, namespace (may be empty) and name.
    pub fn parts(&self) -> (&str, &str, &str, &str) {
        let mut parts = self.object_text().splitn(4, '/');
        let mut next = || parts.next().unwrap_or_default();
        (next(), next(), next(), next())
    }
}

impl Borrow<str> for AssetId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn encode(part: &str, into: &mut String) {
    // Names that Kubernetes allows have nothing to encode, and there may be a million.
    if part.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'/' | b'#' | b'%')) {
        return into.push_str(part);
    }
    for c in part.chars() {
        match c {
            '/' | '#' | '%' => into.push_str(&format!("%{:02X}", c as u32)),
            c if c.is_control() => into.push_str(&format!("%{:02X}", c as u32)),
            c => into.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_do_not_collide() {
        let pod = AssetId::new("", "Pod", "shop", "web");
        assert_eq!(pod.as_str(), "core/Pod/shop/web");
        assert_eq!(pod.parts(), ("core", "Pod", "shop", "web"));
        assert_eq!(AssetId::new("", "Node", "", "a").as_str(), "core/Node//a");
        assert_ne!(AssetId::new("", "Pod", "a/b", "c"), AssetId::new("", "Pod", "a", "b/c"));
        let container = pod.child("containers", "app#1");
        assert_eq!(container.as_str(), "core/Pod/shop/web#containers/app%231");
        assert_eq!(container.object(), pod);
        assert_eq!(container.container(), Some("app%231"));
    }
}
