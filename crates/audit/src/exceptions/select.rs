//! Which assets an exception is for.

use std::collections::{BTreeMap, BTreeSet};

use assay_model::glob;
use assay_model::id::AssetId;

use crate::finding::AssetRef;

/// Which assets an exception is for: those that each of its entries selects. An empty entry asks nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AssetSelector {
    /// Assets' ids, word for word; an object's id also selects its containers.
    pub ids: Vec<String>,
    /// Patterns of kinds.
    pub kinds: Vec<String>,
    /// Patterns of namespaces; none selects an asset that is in no namespace.
    pub namespaces: Vec<String>,
    /// Patterns of names.
    pub names: Vec<String>,
    /// Labels the asset must have.
    pub labels: BTreeMap<String, String>,
    /// Patterns of containers' names; a finding that is not about a container is not selected.
    pub containers: Vec<String>,
    /// The text of a filter in the query dialect (`where` in the file).
    pub filter: Option<String>,
}

impl AssetSelector {
    /// Whether it leaves nothing out: it asks nothing, or only what every name fulfils.
    pub fn selects_everything(&self) -> bool {
        let open = |patterns: &[String]| patterns.is_empty() || patterns.iter().any(|p| glob::matches_all(p));
        self.ids.is_empty()
            && self.labels.is_empty()
            && self.filter.is_none()
            && [&self.kinds, &self.namespaces, &self.names, &self.containers].into_iter().all(|p| open(p))
    }

    /// The patterns of kinds that none of these kinds fulfils.
    pub fn unknown_kinds<'s>(&'s self, known: &BTreeSet<String>) -> impl Iterator<Item = &'s str> {
        let is_unknown = |pattern: &&str| !known.iter().any(|kind| glob::matches(pattern, kind));
        self.kinds.iter().map(String::as_str).filter(is_unknown)
    }

    pub(super) fn selects_container(&self, container: Option<&str>) -> bool {
        self.containers.is_empty() || container.is_some_and(|name| any(&self.containers, name))
    }

    /// Whether it selects the asset, containers aside; `container` is the one the finding is about.
    pub(super) fn selects(
        &self,
        asset: &AssetRef,
        container: Option<&str>,
        filtered: Option<&BTreeSet<AssetId>>,
        labels: &dyn Fn(&AssetId) -> Option<BTreeMap<String, String>>,
    ) -> bool {
        let object = asset.id.object();
        let child = container.map(|name| object.child("containers", name));
        let ids = || [Some(&asset.id), Some(&object), child.as_ref()].into_iter().flatten();
        let (_, kind, namespace, object_name) = asset.id.parts();
        // A container goes by its object's name here: its own is asked for by `containers`.
        let name = if asset.id == object { &asset.name } else { object_name };
        let open = |patterns: &[String], text: &str| patterns.is_empty() || any(patterns, text);
        (self.ids.is_empty() || ids().any(|id| self.ids.iter().any(|wanted| wanted == id.as_str())))
            && (open(&self.kinds, kind) || any(&self.kinds, &asset.kind))
            && (self.namespaces.is_empty() || (!namespace.is_empty() && any(&self.namespaces, namespace)))
            && open(&self.names, name)
            && filtered.is_none_or(|selected| ids().any(|id| selected.contains(id)))
            && (self.labels.is_empty()
                || labels(&object).is_some_and(|has| self.labels.iter().all(|(k, v)| has.get(k) == Some(v))))
    }
}

fn any(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| glob::matches(pattern, text))
}
