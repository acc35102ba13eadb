//! What could be read of a cluster, found out before anything is collected.

use assay_model::{coverage::ReadStatus, schema::Schema};

use super::{
    ClusterRequest, Run,
    api::Api,
    config, identity, kubelet,
    page::Page,
    place::{self, Place},
    plan::{self, Step},
};
use crate::{error::CollectError, kinds::ListedResource, progress::Progress};

/// What would become of reading a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// `deployments.apps`.
    pub resource: String,
    /// The namespace, if it is read by namespace.
    pub namespace: Option<String>,
    /// What would become of reading it.
    pub status: ReadStatus,
    /// Why it would not be listed.
    pub reason: Option<String>,
}

/// Who was asked about, and what the API server answered.
#[derive(Debug, Clone)]
pub struct AccessReport {
    /// The API server's URL.
    pub url: String,
    /// Whom it takes us for.
    pub user: String,
    /// Each resource, in each of the namespaces if only some are to be read.
    pub access: Vec<Access>,
}

/// Asks for one object of each resource that a collection would list. More than the permissions shows so: a resource
/// whose server is down, too.
///
/// # Errors
/// If no cluster is configured or reached, or a namespace isn't there.
pub async fn check_access(
    request: &ClusterRequest,
    schema: &Schema,
    progress: &dyn Progress,
) -> Result<AccessReport, CollectError> {
    let target = config::find(request).await?;
    let api = Api::new(&target.login, progress, request.timeout);
    identity::cluster(&api, &target).await?;
    let user = identity::user(&api).await.map(|user| user.username);
    let user = user.unwrap_or_else(|| "the collecting user".to_owned());
    let namespaces = Run::namespaces(request, &api, &target.url).await?;
    let steps = plan::plan(schema, &Run::discover(&api, &target.url).await?, request.kubelet_config);
    progress.resources(steps.len());
    let mut access = Vec::new();
    for (resource, step) in &steps {
        progress.started(&resource.name());
        for place in Place::all(resource, &namespaces) {
            let (status, reason) = match step {
                Step::Skip(status, reason) => (*status, Some(reason.clone())),
                Step::List => one(&api, resource, place, &user).await,
                Step::Kubelets => kubelet::access(&api, &user).await,
            };
            access.push(Access { resource: resource.name(), namespace: place.namespace(), status, reason });
        }
        progress.finished(&resource.name(), ReadStatus::Listed, 0);
    }
    Ok(AccessReport { url: target.url, user, access })
}

async fn one(
    api: &Api<'_>,
    resource: &ListedResource,
    place: Place<'_>,
    user: &str,
) -> (ReadStatus, Option<String>) {
    let path = place.path(resource);
    let joint = if path.contains('?') { '&' } else { '?' };
    let mut reply = api.get(&format!("{path}{joint}limit=1")).await;
    let mut is_list = true;
    if let (Place::Named(name), Ok(refused)) = (place, &reply)
        && refused.code == 403
    {
        is_list = false;
        reply = api.get(&place::object(resource, name)).await;
    }
    match reply {
        Ok(reply) if reply.is_ok() && (!is_list || Page::parse(&reply.body, None).is_some()) => {
            (ReadStatus::Listed, None)
        }
        Ok(reply) if reply.is_ok() => {
            (ReadStatus::Failed, Some("the API server's answer is no list that can be read".to_owned()))
        }
        Ok(reply) if matches!(reply.code, 401 | 403) => {
            (ReadStatus::Forbidden, Some(format!("{} is forbidden to {user}", place.verb(resource))))
        }
        Ok(reply) => (ReadStatus::Failed, Some(reply.describe())),
        Err(failure) => (ReadStatus::Failed, Some(failure.reason)),
    }
}
