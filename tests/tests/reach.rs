//! A cluster is found and reached in every way that kubectl knows: through proxies, with other names, from a pod.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use assay_tests::apiserver::ApiServer;
use assay_tests::assay::Place;
use assay_tests::proxy::{Proxy, Tunnel};
use assay_tests::skip::{Skip, need};
use serde_json::{Value, json};

/// A server under a name that nobody looks up.
const NAME: &str = "https://api.lab.example:6443";

/// A server, a proxy that knows the way to it, and a folder to run assay in.
struct Lab {
    server: &'static ApiServer,
    proxy: Proxy,
    place: Place,
}

impl Lab {
    fn new(test: &str) -> Option<Self> {
        let server = need(test, ApiServer::shared())?;
        let port = server.url().rsplit_once(':').unwrap().1.parse().unwrap();
        Some(Self { server, proxy: Proxy::start(port), place: Place::new() })
    }

    /// A kubeconfig of `admin` with a context, a cluster and a user of this name.
    fn kubeconfig(&self, name: &str, cluster: &Value) -> String {
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": name,
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "clusters": [{"name": name, "cluster": cluster}],
            "users": [{"name": name, "user": {"token": self.server.token("admin")}}],
        });
        self.place.write(name, config.to_string()).to_str().unwrap().to_owned()
    }

    fn named(&self, more: Value) -> Value {
        let mut cluster = json!({"server": NAME, "certificate-authority": self.server.certificate(),
            "tls-server-name": "localhost"});
        for (key, value) in more.as_object().unwrap() {
            cluster[key] = value.clone();
        }
        cluster
    }

    /// Whether the cluster was reached, what was said, and through which tunnels it was.
    fn reach(
        &self,
        kubeconfig: &str,
        environment: &[(&str, &str)],
        more: &[&str],
    ) -> (bool, String, Vec<Tunnel>) {
        let arguments = ["collect", "--check-access", "--cluster-name", "lab"];
        let mut command = self.place.command(arguments.iter().chain(more));
        for variable in ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"] {
            command.env_remove(variable);
        }
        command.env("KUBECONFIG", kubeconfig).envs(environment.iter().copied());
        let output = command.output().unwrap();
        (output.status.code() != Some(2), both(&output), self.proxy.take())
    }
}

fn both(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn all_to(tunnels: &[Tunnel], protocol: &str, to: &str) -> bool {
    !tunnels.is_empty() && tunnels.iter().all(|tunnel| tunnel.protocol == protocol && tunnel.to == to)
}

#[test]
fn proxies_are_gone_through() {
    let Some(lab) = Lab::new("proxies_are_gone_through") else { return };
    let address = lab.proxy.address();
    let (http, socks) = (format!("http://{address}"), format!("socks5://{address}"));

    let own =
        lab.kubeconfig("own", &lab.named(json!({"proxy-url": format!("http://me:hunter%402@{address}")})));
    let (reached, said, tunnels) = lab.reach(&own, &[("NO_PROXY", "*")], &[]);
    assert!(reached, "{said}");
    assert!(all_to(&tunnels, "connect", "api.lab.example:6443"), "{tunnels:?}");
    let authorization = tunnels[0].authorization.as_deref();
    assert_eq!(authorization, Some("Basic bWU6aHVudGVyQDI="), "me:hunter@2");

    let socks = lab.kubeconfig("socks", &lab.named(json!({"proxy-url": socks})));
    let (reached, said, tunnels) = lab.reach(&socks, &[], &[]);
    assert!(reached && all_to(&tunnels, "socks5", "api.lab.example:6443"), "{tunnels:?} {said}");

    let none = lab.kubeconfig("none", &lab.named(json!({})));
    let (reached, said, tunnels) =
        lab.reach(&none, &[("HTTPS_PROXY", &http), ("NO_PROXY", "other.example")], &[]);
    assert!(reached && all_to(&tunnels, "connect", "api.lab.example:6443"), "{tunnels:?} {said}");
    // Its name leads nowhere without the proxy.
    let left_out = [("HTTPS_PROXY", &*http), ("NO_PROXY", ".lab.example, 10.0.0.0/8")];
    let (reached, said, tunnels) = lab.reach(&none, &left_out, &[]);
    assert!(
        !reached && tunnels.is_empty() && said.contains("cannot reach the API server at"),
        "{tunnels:?} {said}"
    );

    let near = json!({"server": lab.server.url(), "certificate-authority": lab.server.certificate()});
    let (reached, said, tunnels) = lab.reach(&lab.kubeconfig("near", &near), &[("HTTPS_PROXY", &http)], &[]);
    assert!(reached && tunnels.is_empty(), "what is on this machine is behind no proxy: {tunnels:?} {said}");

    let down = lab.kubeconfig("down", &lab.named(json!({"proxy-url": "http://me:hunter2@127.0.0.1:1"})));
    let (reached, said, _) = lab.reach(&down, &[], &[]);
    assert!(!reached && said.contains("proxy") && !said.contains("hunter2"), "{said}");
    let wrong = lab.kubeconfig("wrong", &lab.named(json!({"proxy-url": "ftp://me:hunter2@127.0.0.1:1"})));
    let (reached, said, _) = lab.reach(&wrong, &[], &[]);
    assert!(!reached && said.contains("is no URL of an http") && !said.contains("hunter2"), "{said}");
}

#[test]
fn certificates_are_checked_as_the_kubeconfig_says() {
    let Some(lab) = Lab::new("certificates_are_checked_as_the_kubeconfig_says") else { return };
    let (url, authority) = (lab.server.url(), lab.server.certificate());
    fs::copy(&authority, lab.place.path("own-ca.crt")).unwrap();
    let proxy = format!("http://{}", lab.proxy.address());
    let cases = [
        ("file", json!({"server": url, "certificate-authority": "own-ca.crt"}), true),
        ("insecure", json!({"server": url, "insecure-skip-tls-verify": true}), true),
        ("untrusted", json!({"server": url}), false),
        ("name", lab.named(json!({"proxy-url": proxy})), true),
        ("wrong-name", lab.named(json!({"proxy-url": proxy, "tls-server-name": "other.example"})), false),
        ("no-name", lab.named(json!({"proxy-url": proxy, "tls-server-name": null})), false),
    ];
    for (name, cluster, is_reached) in cases {
        let (reached, said, _) = lab.reach(&lab.kubeconfig(name, &cluster), &[], &[]);
        assert_eq!(reached, is_reached, "{name}: {said}");
        let is_told = said.contains("is not to be trusted: invalid peer certificate")
            && said.contains("certificate-authority")
            && !["; again in", "name a cluster"].iter().any(|text| said.contains(text));
        assert!(is_reached || is_told, "{name}: {said}");
    }
}

#[test]
fn kubeconfigs_are_merged() {
    let Some(lab) = Lab::new("kubeconfigs_are_merged") else { return };
    let good = json!({"server": lab.server.url(), "certificate-authority": lab.server.certificate()});
    let gone = json!({"server": "https://127.0.0.1:1"});
    let (one, two) = (lab.kubeconfig("one", &gone), lab.kubeconfig("two", &good));
    let missing = lab.place.path("missing").to_str().unwrap().to_owned();
    let both = format!("{one}:{missing}:{two}");
    let (reached, said, _) = lab.reach(&both, &[], &[]);
    assert!(!reached && said.contains("127.0.0.1:1"), "the first file's current context counts: {said}");
    let (reached, said, _) = lab.reach(&both, &[], &["--context", "two"]);
    assert!(reached, "{said}");
    let (reached, said, _) = lab.reach(&both, &[], &["--context", "three"]);
    assert!(!reached && said.contains("no context `three`; it has one, two"), "{said}");
    let (reached, said, _) = lab.reach(&missing, &[], &[]);
    assert!(!reached && said.contains("none of the files that $KUBECONFIG names is there"), "{said}");
}

#[test]
fn others_are_acted_as() {
    let Some(lab) = Lab::new("others_are_acted_as") else { return };
    let kubeconfig = lab.server.kubeconfig();
    let collect = |more: &[&str]| {
        let place = Place::new();
        let fixed = ["collect", "--store", "store", "--cluster-name", "lab", "--kubeconfig"];
        let arguments = fixed.iter().copied().chain([kubeconfig.to_str().unwrap()]);
        let run = place.run(arguments.chain(more.iter().copied()).collect::<Vec<_>>());
        assert_eq!(run.code, 0, "{}", run.stderr);
        let text = fs::read_to_string(place.snapshot().join("manifest.json")).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["collection"].take()
    };
    let collection = collect(&["--as", "someone", "--as-group", "system:masters", "--as-group", "others"]);
    let collector = &collection["collector"];
    assert_eq!(collector["user"]["username"], "someone");
    assert_eq!(collector["impersonated"]["username"], "someone");
    assert_eq!(collector["impersonated"]["groups"], json!(["system:masters", "others"]));
    let groups = collector["user"]["groups"].as_array().unwrap();
    assert!(groups.contains(&json!("others")), "{groups:?}");
    let status = |collection: &Value, resource: &str| {
        let resources = collection["resources"].as_array().unwrap().clone();
        resources.iter().find(|read| read["resource"] == resource).unwrap()["status"].clone()
    };
    assert_eq!(status(&collection, "secrets"), "listed");
    assert_eq!(
        status(&collect(&["--as", "someone"]), "secrets"),
        "forbidden",
        "nobody gave rights to that one"
    );

    let narrow = lab.server.kubeconfig_for("narrow").to_str().unwrap().to_owned();
    let (reached, said, _) = lab.reach(&narrow, &[], &["--as", "someone"]);
    assert!(!reached && said.contains("may not act as `someone`"), "{said}");
}

/// Runs assay where the files of a pod's service account are, and nothing else of `/run`.
fn in_pod(lab: &Lab, files: &Path, arguments: &[&str]) -> Output {
    let account = "/run/secrets/kubernetes.io/serviceaccount";
    let script = format!(
        "mount -t tmpfs none /run && mkdir -p {account} && cp \"$1\"/* {account} && shift && exec \"$@\""
    );
    let assay = lab.place.command(arguments);
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", &script, "sh"]).arg(files);
    command.arg(assay.get_program()).args(assay.get_args()).current_dir(assay.get_current_dir().unwrap());
    command.env_remove("KUBECONFIG").env("HOME", lab.place.path("")).env("NO_COLOR", "1");
    let port = lab.server.url().rsplit_once(':').unwrap().1.to_owned();
    command.env("KUBERNETES_SERVICE_HOST", "127.0.0.1").env("KUBERNETES_SERVICE_PORT", port);
    command.output().unwrap()
}

fn namespaces_can_be_made() -> Result<(), Skip> {
    let tried = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", "test -d /run && mount -t tmpfs none /run"])
        .output();
    match tried {
        Ok(output) if output.status.success() => Ok(()),
        _ => Err(Skip("needs Linux and `unshare` (util-linux), allowed to make namespaces".to_owned())),
    }
}

#[test]
fn a_pod_audits_its_own_cluster() {
    let test = "a_pod_audits_its_own_cluster";
    let (Some(lab), Some(())) = (Lab::new(test), need(test, namespaces_can_be_made())) else { return };
    let namespace = lab.server.namespace("pod");
    let account = format!("system:serviceaccount:{namespace}:default");
    let bound = format!("--serviceaccount={namespace}:default");
    lab.server.kubectl(&["create", "clusterrolebinding", "pod", "--clusterrole=cluster-admin", &bound]);
    let files = lab.place.path("account");
    fs::create_dir(&files).unwrap();
    fs::write(files.join("namespace"), &namespace).unwrap();
    fs::copy(lab.server.certificate(), files.join("ca.crt")).unwrap();
    let token = lab.server.kubectl(&["create", "token", "default", "--namespace", &namespace]);
    fs::write(files.join("token"), token).unwrap();

    let output = in_pod(&lab, &files, &["collect", "--store", "store"]);
    assert!(output.status.success(), "{}", both(&output));
    let manifest = fs::read_to_string(lab.place.snapshot().join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let collection = &manifest["collection"];
    assert_eq!(collection["collector"]["user"]["username"], account);
    let uid = lab.server.kubectl(&["get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}"]);
    assert_eq!(collection["cluster"]["uid"], uid);
    let folder = lab.place.snapshot();
    assert!(folder.parent().unwrap().ends_with(format!("cluster={uid}")), "a pod has no context: {folder:?}");

    fs::write(files.join("token"), "no token of this cluster").unwrap();
    let refused = in_pod(&lab, &files, &["collect", "--check-access"]);
    assert!(both(&refused).contains("does not accept the credentials (HTTP 401)"), "{}", both(&refused));
    fs::remove_file(files.join("token")).unwrap();
    let refused = in_pod(&lab, &files, &["collect", "--check-access"]);
    assert!(both(&refused).contains("serviceaccount/token cannot be read"), "{}", both(&refused));
}
