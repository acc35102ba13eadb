//! Which cluster is meant, and how it is reached.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use assay_snapshot::{Digest, User};
use http::Uri;
use kube::{
    Config,
    config::{KubeConfigOptions, Kubeconfig, KubeconfigError},
};

use super::{ClusterRequest, login::Login, proxy};
use crate::error::CollectError;

/// A server that does not even take a connection in this time is not there.
const CONNECT: Duration = Duration::from_secs(10);

/// A way to a cluster.
pub(super) struct Target {
    /// How to log in.
    pub(super) login: Login,
    /// The API server's URL, without credentials.
    pub(super) url: String,
    /// The context's name; none in a pod.
    pub(super) context: Option<String>,
    /// The digest of the CA certificate, if the kubeconfig has one.
    pub(super) ca: Option<Digest>,
    /// Whom we ask to be taken for.
    pub(super) impersonated: Option<User>,
}

/// Finds the cluster: by `--kubeconfig`, `$KUBECONFIG`, `~/.kube/config`, or the pod we are in.
pub(super) async fn find(request: &ClusterRequest) -> Result<Target, CollectError> {
    let (mut config, context) = match kubeconfig(request.kubeconfig.as_deref())? {
        Some(found) => of_context(found, request.context.as_deref()).await?,
        None => (in_cluster(request)?, None),
    };
    config.connect_timeout = Some(CONNECT);
    config.read_timeout = Some(request.timeout);
    config.reset_reader_on_write = true;
    // Retries are ours, so that they show.
    config.default_retry = false;
    let impersonated = impersonate(&mut config, request)?;
    let url = without_credentials(&config.cluster_url);
    let ca = config.root_cert.as_ref().and_then(|certificates| certificates.first());
    let ca = ca.map(|der| Digest::of(der));
    let login = Login::new(config, request.timeout);
    Ok(Target { login, url, context, ca, impersonated })
}

fn kubeconfig(path: Option<&Path>) -> Result<Option<Kubeconfig>, CollectError> {
    if let Some(path) = path {
        let what = path.display().to_string();
        return Kubeconfig::read_from(path).map(Some).map_err(|error| unusable(&what, &error));
    }
    if let Some(paths) = std::env::var_os("KUBECONFIG").filter(|paths| !paths.is_empty()) {
        return merged(std::env::split_paths(&paths)).map(Some);
    }
    match Kubeconfig::read() {
        Ok(found) => Ok(Some(found)),
        Err(KubeconfigError::FindPath) => Ok(None),
        Err(KubeconfigError::ReadConfig(error, _)) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok(None)
        }
        Err(error) => Err(unusable("~/.kube/config", &error)),
    }
}

/// Those files of a list that are there: of what two have, the first one's counts.
fn merged(paths: impl Iterator<Item = PathBuf>) -> Result<Kubeconfig, CollectError> {
    let mut found = None;
    for path in paths.filter(|path| path.exists()) {
        let what = path.display().to_string();
        let mut next = Kubeconfig::read_from(&path).map_err(|error| unusable(&what, &error))?;
        // kubectl writes an empty one where none was chosen, which chooses none.
        next.current_context = next.current_context.filter(|name| !name.is_empty());
        found = Some(match found {
            None => next,
            Some(before) => Kubeconfig::merge(before, next).map_err(|error| unusable(&what, &error))?,
        });
    }
    found.ok_or_else(|| {
        CollectError::Configuration("none of the files that $KUBECONFIG names is there".to_owned())
    })
}

async fn of_context(
    kubeconfig: Kubeconfig,
    context: Option<&str>,
) -> Result<(Config, Option<String>), CollectError> {
    let known: Vec<&str> = kubeconfig.contexts.iter().map(|context| context.name.as_str()).collect();
    let current = kubeconfig.current_context.as_deref().filter(|name| !name.is_empty());
    let Some(name) = context.or(current) else {
        let message = format!("the kubeconfig has no current context: give --context ({})", one_of(&known));
        return Err(CollectError::Configuration(message));
    };
    if !known.contains(&name) {
        let message = format!("the kubeconfig has no context `{name}`; it has {}", one_of(&known));
        return Err(CollectError::Configuration(message));
    }
    let name = name.to_owned();
    let options = KubeConfigOptions { context: Some(name.clone()), ..KubeConfigOptions::default() };
    let what = format!("context `{name}`");
    let own_proxy = proxy_of(&kubeconfig, &name);
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
    let mut config = config.map_err(|error| unusable(&what, &error))?;
    // kube asks whether $NO_PROXY has the proxy, not the server.
    config.proxy_url = proxy_to(&config.cluster_url, own_proxy.as_deref())?;
    Ok((config, Some(name)))
}

fn proxy_of(kubeconfig: &Kubeconfig, context: &str) -> Option<String> {
    let context = kubeconfig.contexts.iter().find(|one| one.name == context)?.context.as_ref()?;
    let cluster = kubeconfig.clusters.iter().find(|one| one.name == context.cluster)?.cluster.as_ref()?;
    cluster.proxy_url.clone()
}

fn proxy_to(server: &Uri, configured: Option<&str>) -> Result<Option<Uri>, CollectError> {
    let chosen = proxy::choose(configured, server, |name| std::env::var(name).ok());
    chosen.map_err(CollectError::Configuration)
}

fn one_of(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn in_cluster(request: &ClusterRequest) -> Result<Config, CollectError> {
    if let Some(context) = &request.context {
        let message = format!("there is no kubeconfig to find context `{context}` in: give --kubeconfig");
        return Err(CollectError::Configuration(message));
    }
    let mut config = Config::incluster().map_err(|_| {
        let message = "no cluster is configured: $KUBECONFIG is not set, there is no ~/.kube/config, and this is \
                       no pod with a service account; give --kubeconfig";
        CollectError::Configuration(message.to_owned())
    })?;
    config.proxy_url = proxy_to(&config.cluster_url, None)?;
    Ok(config)
}

/// What is wrong with a kubeconfig, without a word of what is in it: there are tokens and keys.
fn unusable(what: &str, error: &KubeconfigError) -> CollectError {
    let reason = match error {
        KubeconfigError::Parse(_) => "it is not the YAML of a kubeconfig".to_owned(),
        KubeconfigError::ReadConfig(error, path) => format!("cannot read {}: {error}", path.display()),
        KubeconfigError::MissingClusterUrl => "its cluster has no server".to_owned(),
        KubeconfigError::LoadClusterOfContext(cluster) => format!("there is no cluster `{cluster}`"),
        KubeconfigError::ParseClusterUrl(_) => "its cluster's server is no URL".to_owned(),
        KubeconfigError::ParseProxyUrl(_) => "the proxy is no URL".to_owned(),
        KubeconfigError::ParseNoProxy(_) => "$NO_PROXY has an entry that is no name or address".to_owned(),
        KubeconfigError::LoadCertificateAuthority(_) | KubeconfigError::ParseCertificates(_) => {
            "its cluster's certificate authority cannot be read".to_owned()
        }
        KubeconfigError::LoadClientCertificate(_) => "its user's certificate cannot be read".to_owned(),
        KubeconfigError::LoadClientKey(_) => "its user's key cannot be read".to_owned(),
        _ => "it cannot be used".to_owned(),
    };
    CollectError::Configuration(format!("kubeconfig, {what}: {reason}; `kubectl config view` shows it"))
}

fn impersonate(config: &mut Config, request: &ClusterRequest) -> Result<Option<User>, CollectError> {
    let who = &mut config.auth_info;
    if let Some(user) = &request.impersonate_user {
        who.impersonate = Some(user.clone());
        who.impersonate_groups = Some(request.impersonate_groups.clone()).filter(|groups| !groups.is_empty());
    } else if !request.impersonate_groups.is_empty() {
        let message = "a group can be impersonated with a user only: give --as too";
        return Err(CollectError::Configuration(message.to_owned()));
    }
    let groups = who.impersonate_groups.clone().unwrap_or_default();
    Ok(who.impersonate.clone().map(|username| User { username, groups, uid: None }))
}

fn without_credentials(url: &Uri) -> String {
    let scheme = url.scheme_str().unwrap_or("https");
    let host = url.host().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{scheme}://{host}{port}{}", url.path().trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lose_their_credentials() {
        let plain = |url: &str| without_credentials(&url.parse().unwrap());
        assert_eq!(plain("https://me:hunter2@example.com:6443/a/?token=x"), "https://example.com:6443/a");
        assert_eq!(plain("https://[::1]:6443"), "https://[::1]:6443");
    }

    #[test]
    fn of_several_files_the_first_context_that_is_chosen_counts() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["current-context: ''", "current-context: b", "current-context: c"].map(|text| {
            let path = folder.path().join(&text[text.len() - 1..]);
            std::fs::write(&path, text).unwrap();
            path
        });
        let found = merged(paths.into_iter()).unwrap();
        assert_eq!(found.current_context.as_deref(), Some("b"));
    }

    #[tokio::test]
    async fn mistakes_are_named_without_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        let find = async |text: &str, context: Option<&str>| {
            std::fs::write(&path, text).unwrap();
            let request = ClusterRequest {
                kubeconfig: Some(path.clone()),
                context: context.map(str::to_owned),
                ..ClusterRequest::default()
            };
            super::find(&request).await.map(|_| ()).unwrap_err().to_string()
        };
        let broken = find("users: [{name: a, user: {token: hunter2]}", None).await;
        assert!(broken.contains("not the YAML") && !broken.contains("hunter2"), "{broken}");
        let text = "contexts: [{name: a, context: {cluster: x}}, {name: b}]\n";
        assert!(find(text, None).await.contains("give --context (a, b)"));
        assert!(find(text, Some("c")).await.contains("no context `c`; it has a, b"));
        assert!(find(text, Some("a")).await.contains("no cluster `x`"));
    }
}
