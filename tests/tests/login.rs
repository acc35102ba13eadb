//! A cluster is logged in to in every way that a kubeconfig knows, for as long as a collection takes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

mod live;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use assay_connector::{ClusterRequest, CollectError};
use assay_model::coverage::ReadStatus;
use assay_snapshot::{ClusterName, Snapshot};
use assay_tests::apiserver::{ApiServer, wait_until};
use assay_tests::skip::need;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tempfile::TempDir;

use live::Bench;
use live::tripwire::disturbed;

/// The last that is read of what a fresh server has several of.
const LATE: &str = "clusterroles.rbac.authorization.k8s.io";

/// A folder with a kubeconfig, and what it names.
struct Folder<'s> {
    server: &'s ApiServer,
    folder: TempDir,
}

impl<'s> Folder<'s> {
    fn new(server: &'s ApiServer) -> Self {
        Self { server, folder: tempfile::tempdir().unwrap() }
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    /// A program for `sh`, which runs in this folder's `log` what it was told of.
    #[cfg(unix)]
    fn script(&self, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = self.folder.path().display();
        let path = self.write("plugin", format!("#!/bin/sh\ncd '{folder}'\n{text}\n"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn request(&self, user: &Value) -> ClusterRequest {
        let cluster =
            json!({"server": self.server.url(), "certificate-authority": self.server.certificate()});
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "lab",
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "me"}}],
            "clusters": [{"name": "lab", "cluster": cluster}],
            "users": [{"name": "me", "user": user}],
        });
        let kubeconfig = Some(self.write("config", config.to_string()));
        ClusterRequest { kubeconfig, timeout: Duration::from_secs(5), ..ClusterRequest::default() }
    }

    fn plugin(&self, more: Value) -> ClusterRequest {
        let mut exec = json!({"apiVersion": "client.authentication.k8s.io/v1", "command": "./plugin"});
        for (key, value) in more.as_object().unwrap() {
            exec[key] = value.clone();
        }
        self.request(&json!({"exec": exec}))
    }

    fn collect(&self, user: &Value) -> Snapshot {
        Bench::new().try_collect(&self.request(user)).unwrap()
    }
}

fn user(snapshot: &Snapshot) -> String {
    snapshot.manifest.collection.collector.user.as_ref().unwrap().username.clone()
}

fn credential(status: &Value) -> String {
    json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status})
        .to_string()
}

#[test]
fn certificates_log_in() {
    let Some(server) = need("certificates_log_in", ApiServer::shared()) else { return };
    let folder = Folder::new(server);
    let [certificate, key] = server.client_certificate().map(|path| fs::read(path).unwrap());
    let inline = json!({"client-certificate-data": STANDARD.encode(&certificate), "client-key-data": STANDARD.encode(&key)});
    assert_eq!(user(&folder.collect(&inline)), "certified");

    folder.write("own.crt", &certificate);
    folder.write("own.key", &key);
    let files = json!({"client-certificate": "own.crt", "client-key": "own.key"});
    assert_eq!(user(&folder.collect(&files)), "certified", "paths are the kubeconfig's folder's");

    folder.write("own.key", b"hunter2");
    let error = Bench::new().try_collect(&folder.request(&files)).unwrap_err().to_string();
    assert!(error.contains("cannot log in") && !error.contains("hunter2"), "{error}");
    let missing = json!({"client-certificate": "gone.crt", "client-key": "own.key"});
    let error = Bench::new().try_collect(&folder.request(&missing)).unwrap_err().to_string();
    assert!(error.contains("certificate"), "{error}");
}

#[cfg(unix)]
#[test]
fn plugins_log_in() {
    let Some(server) = need("plugins_log_in", ApiServer::shared()) else { return };
    let folder = Folder::new(server);
    folder.write("printed", credential(&json!({"token": server.token("admin")})));
    folder.script("echo \"$1 $FROM\" >> log\necho \"$KUBERNETES_EXEC_INFO\" > info\ncat printed");
    let request = folder.plugin(json!({
        "args": ["get-token"], "env": [{"name": "FROM", "value": "here"}], "provideClusterInfo": true,
    }));
    let snapshot = Bench::new().try_collect(&request).unwrap();
    assert_eq!(user(&snapshot), "admin");
    assert_eq!(folder.read("log"), "get-token here\n", "once");
    let info: Value = serde_json::from_str(&folder.read("info")).unwrap();
    assert_eq!(info["kind"], "ExecCredential");
    assert_eq!(info["spec"]["interactive"], false);
    assert_eq!(info["spec"]["cluster"]["server"], server.url());

    let [certificate, key] = server.client_certificate().map(|path| fs::read_to_string(path).unwrap());
    folder.write("printed", credential(&json!({"clientCertificateData": certificate, "clientKeyData": key})));
    assert_eq!(user(&Bench::new().try_collect(&request).unwrap()), "certified");
}

#[cfg(unix)]
#[test]
fn a_plugin_whose_credential_ends_is_run_again() {
    let Some(server) = need("a_plugin_whose_credential_ends", ApiServer::shared()) else { return };
    let folder = Folder::new(server);
    let ended =
        credential(&json!({"token": server.token("admin"), "expirationTimestamp": "2020-01-01T00:00:00Z"}));
    folder.write("printed", ended);
    folder.script("echo run >> log\ncat printed");
    Bench::new().try_collect(&folder.plugin(json!({}))).unwrap();
    assert!(folder.read("log").lines().count() > 10);
}

#[cfg(unix)]
#[test]
fn what_is_wrong_with_a_plugin_is_told() {
    let Some(server) = need("what_is_wrong_with_a_plugin_is_told", ApiServer::shared()) else { return };
    let folder = Folder::new(server);
    let error = |script: &str, more: Value| {
        folder.script(script);
        let request = ClusterRequest { timeout: Duration::from_secs(2), ..folder.plugin(more) };
        let started = Instant::now();
        let error = Bench::new().try_collect(&request).unwrap_err().to_string();
        assert!(started.elapsed() < Duration::from_secs(10), "{error}");
        assert!(error.contains("cannot log in at https://") && !error.contains("hunter2"), "{error}");
        error
    };
    let failed = error("echo hunter2; exit 3", json!({}));
    assert!(failed.contains("failed (exit status: 3)"), "{failed}");
    let hung = error("sleep 600", json!({}));
    assert!(hung.contains("did not end within 2 s"), "{hung}");
    let asking = error("read answer || exit 4; sleep 600", json!({"interactiveMode": "IfAvailable"}));
    assert!(asking.contains("failed (exit status: 4)"), "nobody is asked: {asking}");
    let rubbish = error("echo 'token: hunter2'", json!({}));
    assert!(
        rubbish.contains("printed no ExecCredential of version client.authentication.k8s.io/v1"),
        "{rubbish}"
    );
    let endless = error("yes hunter2", json!({}));
    assert!(endless.contains("printed no ExecCredential") || endless.contains("failed"), "{endless}");
    let always = error("true", json!({"interactiveMode": "Always"}));
    assert!(always.contains("there is no terminal"), "{always}");
    let gone = error("true", json!({"command": "no-such-plugin", "installHint": "brew install\nit"}));
    assert!(gone.contains("`no-such-plugin` is not installed: brew install it"), "{gone}");
}

/// A ServiceAccount that may do everything, whose tokens can be revoked.
struct Account<'s> {
    server: &'s ApiServer,
    namespace: String,
}

impl<'s> Account<'s> {
    fn new(server: &'s ApiServer) -> Self {
        let namespace = server.namespace("robot");
        let account = format!("--serviceaccount={namespace}:default");
        let name = format!("{namespace}-robot");
        server.kubectl(&["create", "clusterrolebinding", &name, "--clusterrole=cluster-admin", &account]);
        Self { server, namespace }
    }

    /// A token that is good while this Secret is there.
    fn token(&self, secret: &str) -> String {
        let of = format!("--namespace={}", self.namespace);
        self.server.kubectl(&["create", "secret", "generic", secret, &of]);
        let bound = ["--bound-object-kind=Secret", "--bound-object-name", secret];
        self.server.kubectl(&[&["create", "token", "default", &of], &bound[..]].concat())
    }

    /// Returns once the token is refused: the server keeps for some seconds that it was good.
    fn revoke(&self, secret: &str, token: &str) {
        self.server.kubectl(&["delete", "secret", secret, &format!("--namespace={}", self.namespace)]);
        let anonymous = self.server.state().join("anonymous");
        let (config, url) = (json!({"apiVersion": "v1", "kind": "Config"}), self.server.url());
        fs::write(&anonymous, config.to_string()).unwrap();
        let arguments = ["--server", &url, "--token", token.trim(), "--insecure-skip-tls-verify=true"];
        wait_until("the token is refused", Duration::from_secs(60), || {
            let output = {
                let arguments = [&arguments[..], &["get", "--raw=/version"]].concat();
                self.server.try_kubectl_by(&anonymous, &arguments, "")
            };
            !output.status.success() && String::from_utf8_lossy(&output.stderr).contains("Unauthorized")
        });
    }
}

/// Collects, while the token of Secret `first` is revoked and something else takes its place.
fn with_revoked(
    account: &Account<'_>,
    request: &ClusterRequest,
    token: &str,
    replace: impl FnOnce() + Send,
) -> (Bench, Result<Snapshot, CollectError>) {
    let bench = Bench::new();
    let (collected, _) = disturbed(&bench, request, LATE, |go| {
        account.revoke("first", token);
        replace();
        go.send(()).unwrap();
    });
    (bench, collected)
}

#[test]
fn a_token_file_that_is_replaced_is_read_again() {
    let Some(server) = need("a_token_file_that_is_replaced_is_read_again", ApiServer::shared()) else {
        return;
    };
    let (account, folder) = (Account::new(server), Folder::new(server));
    let (first, second) = (account.token("first"), account.token("second"));
    folder.write("token", format!("{}\n", first.trim()));
    let request = folder.request(&json!({"tokenFile": "token"}));
    let (_, collected) = with_revoked(&account, &request, &first, || drop(folder.write("token", &second)));
    let snapshot = collected.unwrap();
    assert_eq!(user(&snapshot), format!("system:serviceaccount:{}:default", account.namespace));
    let reads = &snapshot.manifest.collection.resources;
    let incomplete: Vec<_> = reads
        .iter()
        .filter(|read| matches!(read.status, ReadStatus::Failed | ReadStatus::Forbidden))
        .collect();
    assert!(incomplete.is_empty(), "{incomplete:?}");

    folder.write("token", "\n");
    let error = Bench::new().try_collect(&request).unwrap_err().to_string();
    assert!(error.contains("token holds no token"), "{error}");
    fs::remove_file(folder.folder.path().join("token")).unwrap();
    let error = Bench::new().try_collect(&request).unwrap_err().to_string();
    assert!(error.contains("token cannot be read"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_plugin_whose_token_is_refused_is_run_again() {
    let Some(server) = need("a_plugin_whose_token_is_refused", ApiServer::shared()) else { return };
    let (account, folder) = (Account::new(server), Folder::new(server));
    let (first, second) = (account.token("first"), account.token("second"));
    folder.write("printed", credential(&json!({"token": first.trim()})));
    folder.script("echo run >> log\ncat printed");
    let replace = || drop(folder.write("printed", credential(&json!({"token": second.trim()}))));
    let (_, collected) = with_revoked(&account, &folder.plugin(json!({})), &first, replace);
    collected.unwrap();
    assert_eq!(folder.read("log"), "run\nrun\n");
}

#[test]
fn a_collection_whose_token_is_revoked_fails() {
    let Some(server) = need("a_collection_whose_token_is_revoked_fails", ApiServer::shared()) else { return };
    let (account, folder) = (Account::new(server), Folder::new(server));
    let first = account.token("first");
    let request = folder.request(&json!({"token": first.trim()}));
    let (bench, collected) = with_revoked(&account, &request, &first, || ());
    let error = collected.unwrap_err().to_string();
    assert!(error.contains("no longer accepted the credentials (HTTP 401)"), "{error}");
    assert_eq!(bench.store.snapshots(None).unwrap(), []);
    let attempts = bench.store.attempts(&ClusterName::new("lab").unwrap()).unwrap();
    assert_eq!(attempts.len(), 1);
    assert!(!attempts[0].resources.is_empty(), "what was read by then");
    let before = Bench::new().try_collect(&request).unwrap_err().to_string();
    assert!(before.contains("does not accept the credentials (HTTP 401)"), "{before}");
}
