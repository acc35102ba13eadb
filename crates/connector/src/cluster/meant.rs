//! Which snapshot would do in place of a collection.

use std::time::Duration;

use assay_snapshot::{ClusterName, Consistency, Digest, Snapshot, Store, User};
use jiff::{SignedDuration, Timestamp};

use super::{ClusterRequest, config, kubelet};
use crate::error::CollectError;

/// What a snapshot has to be of.
#[derive(Debug)]
struct Meant {
    name: ClusterName,
    url: String,
    /// Of the certificate authority: a cluster that is made anew has the name and the URL of the one before.
    ca: Option<Digest>,
    impersonated: Option<User>,
    namespaces: Vec<String>,
    /// Whether the kubelets have to have been asked.
    kubelets: bool,
}

/// The newest snapshot of the cluster that is meant, if it is no older than this and was asked for in the same way:
/// of the same API server with the same certificate authority, for the same namespaces, acting as the same user, with
/// the kubelets if those are wanted. No request is made. None, too, if only the cluster itself could tell its name.
///
/// # Errors
/// If no cluster is configured, or the store can't be read.
pub async fn recent_snapshot(
    request: &ClusterRequest,
    store: &Store,
    max_age: Duration,
) -> Result<Option<Snapshot>, CollectError> {
    let target = config::find(request).await?;
    let name = request.cluster_name.as_deref().or(target.context.as_deref());
    let Some(name) = name.map(ClusterName::new).transpose()? else { return Ok(None) };
    let mut namespaces = request.namespaces.clone();
    namespaces.sort();
    namespaces.dedup();
    let (impersonated, kubelets) = (target.impersonated, request.kubelet_config);
    let meant = Meant { name, url: target.url, ca: target.ca, impersonated, namespaces, kubelets };
    let Some(latest) = store.latest(Some(&meant.name))? else { return Ok(None) };
    let snapshot = latest.open()?;
    Ok(Some(snapshot)
        .filter(|snapshot| meant.is(snapshot) && is_younger(snapshot, max_age, Timestamp::now())))
}

impl Meant {
    fn is(&self, snapshot: &Snapshot) -> bool {
        let collection = &snapshot.manifest.collection;
        let mut namespaces = collection.scope.namespaces.clone();
        namespaces.sort();
        !matches!(collection.consistency, Consistency::Manifests)
            && collection.cluster.url.as_deref() == Some(self.url.as_str())
            && collection.cluster.ca_fingerprint == self.ca
            && collection.collector.impersonated == self.impersonated
            && namespaces == self.namespaces
            && !(self.kubelets && collection.scope.excluded_resources.contains(&kubelet::resource().name()))
    }
}

/// Whether the collection began no longer ago than this. What is of the future has a wrong clock, and is no evidence
/// of now.
pub fn is_younger(snapshot: &Snapshot, max_age: Duration, now: Timestamp) -> bool {
    let age = now.duration_since(snapshot.manifest.started);
    let most = SignedDuration::try_from(max_age).unwrap_or(SignedDuration::MAX);
    !age.is_negative() && age <= most
}
