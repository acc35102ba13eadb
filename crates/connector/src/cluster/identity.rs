//! Which cluster this is, and who we are to it.

use assay_snapshot::{Cluster, User};
use serde_json::{Value, json};

use super::{
    api::{Api, NoAnswer, Reply},
    config::Target,
};
use crate::error::CollectError;

/// Asks the server what it is. The first request of all, so it finds out whether there is a server.
pub(super) async fn cluster(api: &Api<'_>, target: &Target) -> Result<Cluster, CollectError> {
    let version = api.get("/version").await.map_err(|failure| unreachable(&target.url, &failure))?;
    if version.code == 401 {
        return Err(unauthenticated(&target.url));
    }
    if let Some(user) = target.impersonated.as_ref().filter(|_| is_no_impersonation(&version)) {
        return Err(CollectError::Refused(format!(
            "the user of the kubeconfig may not act as `{}` at {} (HTTP 403): it needs the verb impersonate on that \
             user or service account, and on each group",
            user.username.escape_debug(),
            target.url
        )));
    }
    let is_elsewhere = matches!(version.code, 300..400 | 404);
    if is_elsewhere || version.is_ok() && !version.json()["gitVersion"].is_string() {
        return Err(no_api_server(&target.url));
    }
    let version = version.json()["gitVersion"].as_str().map(str::to_owned);
    let namespace = api.get("/api/v1/namespaces/kube-system").await;
    let namespace = namespace.map_err(|failure| unreachable(&target.url, &failure))?;
    if namespace.code == 401 {
        return Err(unauthenticated(&target.url));
    }
    let uid = namespace.json().pointer("/metadata/uid").and_then(Value::as_str).map(str::to_owned);
    Ok(Cluster {
        uid,
        provider: provider(version.as_deref().unwrap_or_default(), &target.url),
        version,
        url: Some(target.url.clone()),
        ca_fingerprint: target.ca,
    })
}

/// Whether a request is refused for the sake of whom we ask to act as.
fn is_no_impersonation(reply: &Reply) -> bool {
    let is_said = |message: &str| message.contains(" cannot impersonate");
    reply.code == 403 && reply.json()["message"].as_str().is_some_and(is_said)
}

/// Refuses a namespace that is not there: its lists would be empty, and look as if nothing were wrong. One that may
/// not be read may be there.
pub(super) async fn namespace(api: &Api<'_>, url: &str, name: &str) -> Result<(), CollectError> {
    let is_name = name.len() < 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !is_name || name.is_empty() {
        return Err(CollectError::Request(format!("`{}` is no name of a namespace", name.escape_debug())));
    }
    let reply = api.get(&format!("/api/v1/namespaces/{name}")).await;
    match reply.map_err(|failure| unreachable(url, &failure))?.code {
        404 => Err(CollectError::Request(format!("the cluster has no namespace `{name}`"))),
        _ => Ok(()),
    }
}

/// Asks the server whom it takes us for; none if it does not say.
pub(super) async fn user(api: &Api<'_>) -> Option<User> {
    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let reply = api.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", &review).await.ok()?;
    let review = reply.json();
    let own = review.pointer("/status/userInfo")?;
    let text = |field: &str| own[field].as_str().map(str::to_owned);
    let groups = own["groups"].as_array().into_iter().flatten();
    let groups = groups.filter_map(|group| group.as_str().map(str::to_owned)).collect();
    Some(User { username: text("username")?, groups, uid: text("uid") })
}

/// What to say where there is no server.
pub(super) fn unreachable(url: &str, failure: &NoAnswer) -> CollectError {
    let reason = &failure.reason;
    if failure.is_ours {
        return CollectError::Refused(format!(
            "cannot log in at {url}: {reason}; try `kubectl get --raw /version` with the same context"
        ));
    }
    if failure.is_untrusted {
        return CollectError::Refused(format!(
            "the certificate of the API server at {url} is not to be trusted: {reason}; set the cluster's \
             certificate-authority or certificate-authority-data in the kubeconfig, or its tls-server-name if the \
             certificate is for another name"
        ));
    }
    CollectError::Unreachable(format!(
        "cannot reach the API server at {url}: {reason}; check the kubeconfig's server and context, the network (VPN, \
         proxy), and that the cluster runs"
    ))
}

fn unauthenticated(url: &str) -> CollectError {
    CollectError::Refused(format!(
        "the API server at {url} does not accept the credentials (HTTP 401): they may have expired; log in again, or \
         check the kubeconfig's user"
    ))
}

/// What to say where something else answers.
fn no_api_server(url: &str) -> CollectError {
    CollectError::Refused(format!(
        "what answers at {url} is no API server: it does not tell its version; a proxy or a login page may be in \
         between, see what `kubectl get --raw /version` shows with the same context"
    ))
}

/// What to say where the server let us in at first.
pub(super) fn logged_out(url: &str) -> CollectError {
    CollectError::Incomplete(format!(
        "the API server at {url} no longer accepted the credentials (HTTP 401) in mid-collection: nothing was kept; \
         log in again, or use credentials that last longer or are had anew: a credential plugin, or a token file"
    ))
}

/// Whose service it is, where the version or the address shows it.
fn provider(version: &str, url: &str) -> Option<String> {
    let by_version = [("-eks-", "eks"), ("-gke.", "gke"), ("+k3s", "k3s"), ("+rke2", "rke2")];
    let by_url = [(".eks.amazonaws.com", "eks"), (".azmk8s.io", "aks")];
    let version = by_version.iter().find(|(mark, _)| version.contains(mark));
    let found = version.or_else(|| by_url.iter().find(|(mark, _)| url.contains(mark)));
    found.map(|(_, provider)| (*provider).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_show_in_versions_and_addresses() {
        let of = |version: &str, url: &str| provider(version, url);
        assert_eq!(of("v1.33.5-gke.1080000", "https://1.2.3.4").as_deref(), Some("gke"));
        assert_eq!(of("v1.33.1-eks-595af52", "").as_deref(), Some("eks"));
        assert_eq!(of("v1.33.1", "https://x.hcp.westeurope.azmk8s.io:443").as_deref(), Some("aks"));
        assert_eq!(of("v1.36.3", "https://127.0.0.1:6443"), None);
    }
}
