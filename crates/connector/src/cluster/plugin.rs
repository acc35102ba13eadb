//! Credential plugins: programs that a kubeconfig names, and that print with what to log in.
//!
//! They run here and not within `kube`, which waits for them without an end, lets them ask whoever is not there, and
//! does not run them again when the API server refuses what they printed.

use std::{
    io::{ErrorKind, IsTerminal as _},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use jiff::Timestamp;
use kube::config::{ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use serde_json::json;
use tokio::{
    io::AsyncReadExt as _,
    process::{Child, Command},
};

/// Credentials are a few kilobytes.
const MOST_PRINTED: u64 = 1 << 20;

/// What a plugin printed, as far as it counts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecCredential {
    api_version: String,
    kind: String,
    status: Credential,
}

/// With what to log in: a token, a certificate and its key, or both.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Credential {
    /// A bearer token.
    pub(super) token: Option<String>,
    /// A certificate for TLS, in PEM.
    pub(super) client_certificate_data: Option<String>,
    /// Its key, in PEM.
    pub(super) client_key_data: Option<String>,
    /// When they end, if the plugin tells.
    pub(super) expiration_timestamp: Option<Timestamp>,
}

/// Runs a plugin, whose own messages go to the standard error, as with kubectl. Where there is no terminal it gets no
/// input, and no more time than `patience`.
///
/// # Errors
/// What went wrong, and what to do; nothing of what the plugin printed.
pub(super) async fn run(plugin: &ExecConfig, patience: Duration) -> Result<Credential, String> {
    let name = plugin.command.as_deref().unwrap_or_default();
    let program = format!("the credential plugin `{}`", name.escape_debug());
    let is_interactive = is_interactive(plugin).map_err(|why| format!("{program} {why}"))?;
    let running = command(plugin, name, is_interactive).spawn().map_err(|error| {
        let hint = plugin.install_hint.as_deref().map(|hint| format!(": {}", one_line(hint)));
        match error.kind() {
            ErrorKind::NotFound => format!("{program} is not installed{}", hint.unwrap_or_default()),
            _ => format!("{program} cannot be run: {error}"),
        }
    })?;
    let ended = if is_interactive {
        // A person may take their time in a browser, and can interrupt.
        output(running).await
    } else {
        tokio::time::timeout(patience, output(running)).await.map_err(|_| {
            format!(
                "{program} did not end within {} s; if it waits for somebody to log in, log in first",
                patience.as_secs()
            )
        })?
    };
    let (status, printed) = ended.map_err(|error| format!("{program} cannot be read: {error}"))?;
    if !status.success() {
        return Err(format!("{program} failed ({status}); it may have said why, above: log in anew with it"));
    }
    let version = plugin.api_version.as_deref().unwrap_or_default();
    parse(&printed, version).ok_or_else(|| {
        format!(
            "{program} printed no ExecCredential of version {} with a token or a certificate",
            version.escape_debug()
        )
    })
}

/// Whether the plugin may ask whoever runs us.
fn is_interactive(plugin: &ExecConfig) -> Result<bool, &'static str> {
    let has_terminal = std::io::stdin().is_terminal();
    match plugin.interactive_mode {
        Some(ExecInteractiveMode::Never) => Ok(false),
        Some(ExecInteractiveMode::Always) if !has_terminal => Err(
            "wants to ask somebody (interactiveMode: Always), and there is no terminal: use credentials that need \
                 nobody, such as a service account's token",
        ),
        _ => Ok(has_terminal),
    }
}

fn command(plugin: &ExecConfig, name: &str, is_interactive: bool) -> Command {
    let mut command = Command::new(name);
    command.args(plugin.args.iter().flatten());
    for variable in plugin.env.iter().flatten() {
        if let (Some(name), Some(value)) = (variable.get("name"), variable.get("value")) {
            command.env(name, value);
        }
    }
    let cluster = plugin.cluster.as_ref().filter(|_| plugin.provide_cluster_info);
    let mut info = json!({
        "apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": {"interactive": is_interactive},
    });
    if let Some(cluster) = cluster.and_then(|cluster| serde_json::to_value(cluster).ok()) {
        info["spec"]["cluster"] = cluster;
    }
    command.env("KUBERNETES_EXEC_INFO", info.to_string());
    command.stdin(if is_interactive { Stdio::inherit() } else { Stdio::null() });
    command.stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
    command
}

async fn output(mut running: Child) -> std::io::Result<(ExitStatus, Vec<u8>)> {
    let mut printed = Vec::new();
    if let Some(stdout) = running.stdout.take() {
        stdout.take(MOST_PRINTED).read_to_end(&mut printed).await?;
    }
    Ok((running.wait().await?, printed))
}

fn parse(printed: &[u8], version: &str) -> Option<Credential> {
    // JSON is YAML, and some print YAML.
    let credential: ExecCredential = serde_saphyr::from_slice(printed).ok()?;
    let Credential { token, client_certificate_data, client_key_data, .. } = &credential.status;
    let has = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let is_whole = has(client_certificate_data) == has(client_key_data);
    let is_some = has(token) || has(client_certificate_data);
    let is_asked = credential.kind == "ExecCredential" && credential.api_version == version;
    (is_asked && is_whole && is_some).then_some(credential.status)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: &str = "client.authentication.k8s.io/v1";

    fn parsed(kind: &str, version: &str, status: &str) -> bool {
        let printed = format!(r#"{{"apiVersion":"{version}","kind":"{kind}","status":{status}}}"#);
        parse(printed.as_bytes(), VERSION).is_some()
    }

    #[test]
    fn credentials_are_whole_and_of_the_version_asked_for() {
        let status = r#"{"token":"x","expirationTimestamp":"2030-01-01T00:00:00Z"}"#;
        assert!(parsed("ExecCredential", VERSION, status));
        assert!(!parsed("ExecCredential", "client.authentication.k8s.io/v1beta1", status));
        assert!(!parsed("Status", VERSION, status));
        assert!(parsed("ExecCredential", VERSION, r#"{"clientCertificateData":"x","clientKeyData":"y"}"#));
        for status in [
            "null",
            "{}",
            r#"{"token":""}"#,
            r#"{"clientCertificateData":"x"}"#,
            r#"{"token":"x","clientKeyData":"y"}"#,
            r#"{"token":"x","expirationTimestamp":"tomorrow"}"#,
        ] {
            assert!(!parsed("ExecCredential", VERSION, status), "{status}");
        }
        assert!(
            parse(
                format!("apiVersion: {VERSION}\nkind: ExecCredential\nstatus: {{token: x}}").as_bytes(),
                VERSION
            )
            .is_some()
        );
        assert!(parse(b"Please log in: \xff", VERSION).is_none());
    }
}
