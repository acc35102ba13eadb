//! A real Kubernetes control plane for tests: etcd, kube-apiserver and kube-controller-manager on loopback.
//!
//! Admission of ServiceAccounts and all controllers are on, so that owner chains, default ServiceAccounts, mounted
//! tokens and aggregated roles are what a cluster makes of them. There are no nodes and no scheduler: Pods stay
//! pending.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "only tests call this, and a panic is how they fail"
)]

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{self, Tethered, Watch, end_of};
use crate::skip::Skip;
use crate::tools::root;

/// The users that have a token. `admin` is in `system:masters`; the others may do what tests bind to them, and
/// nothing at first. Tests that share a server bind roles to different users, and none to `narrow`.
pub const USERS: [&str; 5] = ["admin", "narrow", "reader", "auditor", "operator"];

/// How long a server may take to start, or a controller to do its part, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// A running control plane, with its own state, that ends when this is dropped or the process ends.
#[derive(Debug)]
pub struct ApiServer {
    // Fields are dropped in this order: what depends on another ends before it.
    controllers: Mutex<Option<Tethered>>,
    api: Mutex<Option<Tethered>>,
    etcd: Tethered,
    state: TempDir,
    port: u16,
    etcd_port: u16,
}

impl ApiServer {
    /// Starts a control plane, and returns once it is ready: the API answers, namespace `default` has its
    /// ServiceAccount, and the aggregated roles have their rules. Takes about 10 s, and at first the minutes that
    /// building the server needs. Where it can't be built, the [`Skip`] says why.
    ///
    /// # Panics
    ///
    /// When the servers don't become ready; the message has the end of their logs.
    pub fn start() -> Result<Self, Skip> {
        let kube = build()?;
        // Another process may take a port between its choice here and its use there.
        let started = (0..3).find_map(|_| Self::try_start(kube));
        Ok(started.expect("three times, another process took one of the ports chosen"))
    }

    /// The control plane that all tests of one binary share: started at first use, ended with the process. Tests
    /// keep apart by [`ApiServer::namespace`].
    pub fn shared() -> Result<&'static Self, Skip> {
        static SHARED: OnceLock<Result<ApiServer, Skip>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref().map_err(Clone::clone)
    }

    /// Nothing, where a port was taken.
    fn try_start(kube: &Path) -> Option<Self> {
        let state =
            tempfile::Builder::new().prefix("assay-apiserver-").tempdir().expect("a temporary folder");
        let dir = state.path();
        let [port, etcd_port, peer_port] = free_ports();
        let written = Command::new(kube).arg("pki").arg(dir).output().expect("the server just built runs");
        assert!(written.status.success(), "kube pki failed: {}", stderr(&written));
        write_users(dir, port);

        let peers = format!("http://127.0.0.1:{peer_port}");
        let clients = format!("http://127.0.0.1:{etcd_port}");
        let mut etcd = Command::new(kube);
        etcd.arg("tethered").arg("-remove").arg(dir).arg("etcd").arg("--data-dir").arg(dir.join("etcd"));
        etcd.args(["--listen-peer-urls", &peers, "--initial-advertise-peer-urls", &peers]);
        etcd.args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients]);
        etcd.args(["--initial-cluster", &format!("default={peers}"), "--log-level", "warn"]);
        // The state is lost with the test anyway, and waiting for the disk takes most of the time.
        etcd.arg("--unsafe-no-fsync");
        let etcd = Tethered::start(etcd, dir.join("etcd.log"));
        let server =
            Self { controllers: Mutex::default(), api: Mutex::default(), etcd, state, port, etcd_port };
        server.start_api(kube)?;
        server.start_controllers(kube);
        server.wait(
            "default ServiceAccount",
            &["get", "serviceaccount", "default", "--namespace=default"],
            "",
        );
        server.wait(
            "aggregated roles",
            &["get", "clusterrole", "view", "--output=jsonpath={.rules[0]}"],
            "{",
        );
        Some(server)
    }

    fn start_api(&self, kube: &Path) -> Option<()> {
        let dir = self.state.path();
        let file = |flag: &str, name: &str| format!("--{flag}={}", dir.join(name).display());
        let mut api = Command::new(kube);
        api.args(["tethered", "kube-apiserver", "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1"]);
        api.args([format!("--secure-port={}", self.port), file("cert-dir", "certs")]);
        api.arg(format!("--etcd-servers=http://127.0.0.1:{}", self.etcd_port));
        api.args([file("tls-cert-file", "apiserver.crt"), file("tls-private-key-file", "apiserver.key")]);
        api.arg(file("client-ca-file", "clients.crt"));
        api.args([file("token-auth-file", "tokens.csv"), file("service-account-key-file", "sa.key")]);
        api.arg(file("service-account-signing-key-file", "sa.key"));
        api.arg("--service-account-issuer=https://kubernetes.default.svc");
        api.args(["--service-cluster-ip-range=10.96.0.0/12", "--endpoint-reconciler-type=none"]);
        api.args(["--authorization-mode=Node,RBAC", "--allow-privileged=true"]);
        let log = dir.join("kube-apiserver.log");
        let mut api = Tethered::start(api, log.clone());
        let deadline = Instant::now() + PATIENCE;
        while !self.try_kubectl("admin", &["get", "--raw=/readyz"], "").status.success() {
            let ended = api.ended();
            if ended && end_of(&log).contains("address already in use") {
                return None;
            }
            let late = Instant::now() > deadline;
            assert!(
                !ended && !late,
                "kube-apiserver is not ready: {}{}",
                end_of(&log),
                end_of(self.etcd.log())
            );
            sleep(Duration::from_millis(200));
        }
        *self.api.lock().unwrap() = Some(api);
        Some(())
    }

    fn start_controllers(&self, kube: &Path) {
        let dir = self.state.path();
        let file = |flag: &str, name: &str| format!("--{flag}={}", dir.join(name).display());
        let mut controllers = Command::new(kube);
        controllers.args(["tethered", "kube-controller-manager", "--controllers=*", "--leader-elect=false"]);
        // Nobody asks for its metrics.
        controllers.arg("--secure-port=0");
        controllers.args([file("kubeconfig", "admin.kubeconfig"), file("root-ca-file", "apiserver.crt")]);
        controllers.arg(file("service-account-private-key-file", "sa.key"));
        // The default is a system folder, which it makes.
        controllers.arg(file("flex-volume-plugin-dir", "flexvolume"));
        let controllers = Tethered::start(controllers, dir.join("kube-controller-manager.log"));
        *self.controllers.lock().unwrap() = Some(controllers);
    }

    fn wait(&self, what: &str, args: &[&str], prefix: &str) {
        wait_until(what, PATIENCE, || {
            let controllers = &mut *self.controllers.lock().unwrap();
            let controllers = controllers.as_mut().expect("they were started");
            assert!(!controllers.ended(), "kube-controller-manager ended: {}", end_of(controllers.log()));
            let output = self.try_kubectl("admin", args, "");
            output.status.success() && stdout(&output).starts_with(prefix)
        });
    }

    /// The address of the API: `https://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        url(self.port)
    }

    /// A PEM file with the certificate that the API's own is checked against.
    pub fn certificate(&self) -> PathBuf {
        self.state.path().join("apiserver.crt")
    }

    /// The kubeconfig of `admin`, who may do everything.
    pub fn kubeconfig(&self) -> PathBuf {
        self.kubeconfig_for("admin")
    }

    /// The kubeconfig of one of [`USERS`].
    ///
    /// # Panics
    ///
    /// When there is no such user.
    pub fn kubeconfig_for(&self, user: &str) -> PathBuf {
        assert!(USERS.contains(&user), "no user {user}: add it to USERS");
        self.state.path().join(format!("{user}.kubeconfig"))
    }

    /// PEM files with the certificate and the key of user `certified`, who is in `system:masters`.
    pub fn client_certificate(&self) -> [PathBuf; 2] {
        ["certified.crt", "certified.key"].map(|name| self.state.path().join(name))
    }

    /// The bearer token of one of [`USERS`].
    ///
    /// # Panics
    ///
    /// When there is no such user.
    pub fn token(&self, user: &str) -> String {
        assert!(USERS.contains(&user), "no user {user}: add it to USERS");
        fs::read_to_string(self.state.path().join(format!("{user}.token"))).expect("written at the start")
    }

    /// Runs kubectl as `admin` and returns what it printed.
    ///
    /// # Panics
    ///
    /// When kubectl fails, with what it said.
    pub fn kubectl(&self, args: &[&str]) -> String {
        self.kubectl_stdin(args, "")
    }

    /// As [`ApiServer::kubectl`], with `input` as its standard input.
    pub fn kubectl_stdin(&self, args: &[&str], input: &str) -> String {
        let output = self.try_kubectl("admin", args, input);
        assert!(output.status.success(), "kubectl {}: {}", args.join(" "), stderr(&output));
        stdout(&output)
    }

    /// Runs kubectl as one of [`USERS`] and returns how it ended, which may be a failure.
    pub fn try_kubectl(&self, user: &str, args: &[&str], input: &str) -> Output {
        self.try_kubectl_by(&self.kubeconfig_for(user), args, input)
    }

    /// Runs kubectl with a kubeconfig and returns how it ended, which may be a failure.
    pub fn try_kubectl_by(&self, kubeconfig: &Path, args: &[&str], input: &str) -> Output {
        let mut kubectl = Command::new(binary());
        kubectl.arg("kubectl").arg("--kubeconfig").arg(kubeconfig);
        kubectl.arg("--cache-dir").arg(self.state.path().join("kubectl")).args(args);
        // The preferences of who runs the tests are not the tests'.
        kubectl.env("KUBERC", "off").env_remove("KUBECONFIG");
        kubectl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = kubectl.spawn().expect("kubectl runs");
        let mut stdin = child.stdin.take().expect("standard input is a pipe");
        let input = input.to_owned();
        // kubectl may print before it has read all, or end without reading.
        let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        let output = child.wait_with_output().expect("kubectl ends");
        writer.join().expect("writing does not panic");
        output
    }

    /// Logs what happens at a path of the API from a revision on, until the log is dropped: `/api/v1/secrets`.
    pub fn watch(&self, path: &str, revision: &str) -> Watch {
        let mut kubectl = Command::new(binary());
        kubectl.arg("kubectl").arg("--kubeconfig").arg(self.kubeconfig()).args(["get", "--raw"]);
        kubectl.arg(format!("{path}?watch=1&resourceVersion={revision}")).env("KUBERC", "off");
        Watch::start(kubectl, self.state())
    }

    /// Creates or changes the objects that a YAML or JSON text describes, as `kubectl apply` does.
    pub fn apply(&self, objects: &str) {
        self.kubectl_stdin(&["apply", "--filename=-"], objects);
    }

    /// Creates a namespace with a name of its own that starts with `prefix`, waits for its default ServiceAccount
    /// (no Pod can be made before), and returns its name.
    pub fn namespace(&self, prefix: &str) -> String {
        static COUNT: AtomicUsize = AtomicUsize::new(1);
        let name = format!("{prefix}-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.kubectl(&["create", "namespace", &name]);
        self.wait_for_namespace(&name);
        name
    }

    /// Waits for a namespace's default ServiceAccount.
    pub fn wait_for_namespace(&self, name: &str) {
        let timeout = format!("--timeout={}s", PATIENCE.as_secs());
        self.kubectl(&["wait", "--for=create", "serviceaccount/default", "--namespace", name, &timeout]);
    }

    /// Ends the API server at once, as a crash does. The rest keeps running.
    pub fn kill_apiserver(&self) {
        drop(self.api.lock().unwrap().take());
    }

    /// Starts the API server again, at the same address with the same objects, and returns once it is ready.
    ///
    /// # Panics
    ///
    /// When it does not become ready, or another process took its port.
    pub fn restart_apiserver(&self) {
        self.kill_apiserver();
        self.start_api(binary()).expect("another process took the API server's port");
    }

    /// Drops all revisions of the cluster's store before the present one, as the API server does every few minutes.
    ///
    /// # Panics
    ///
    /// When etcd refuses.
    pub fn compact(&self) {
        let list: Value =
            serde_json::from_str(&self.kubectl(&["get", "--raw", "/api/v1/namespaces?limit=1"]))
                .expect("a list is JSON");
        let revision = &list["metadata"]["resourceVersion"];
        let compaction = json!({"revision": revision, "physical": true});
        let answer = process::post(self.etcd_port, "/v3/kv/compaction", &compaction);
        assert!(answer.contains("200 OK"), "etcd does not compact: {answer}");
    }

    /// The process ids of the servers that run.
    pub fn pids(&self) -> Vec<u32> {
        let of = |server: &Mutex<Option<Tethered>>| server.lock().unwrap().as_ref().map(|s| s.id());
        [of(&self.controllers), of(&self.api), Some(self.etcd.id())].into_iter().flatten().collect()
    }

    /// The folder of the servers' keys, data and logs, which goes with them.
    pub fn state(&self) -> &Path {
        self.state.path()
    }
}

/// Waits until `condition` holds, asking five times a second.
///
/// # Panics
///
/// When it doesn't hold by `timeout`; the message names `what`.
pub fn wait_until(what: &str, timeout: Duration, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + timeout;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}: not so after {} s", timeout.as_secs());
        sleep(Duration::from_millis(200));
    }
}

fn binary() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| root().join("target/apiserver/kube"))
}

/// Builds the program of all servers, for tests that only need to know whether they can run, and returns its path.
/// Where it is newer than its source this takes no time; it is built once for all processes that test at a time.
pub fn build() -> Result<&'static Path, Skip> {
    static BUILT: OnceLock<Result<(), Skip>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        fs::create_dir_all(root().join("target/apiserver")).expect("cargo made target");
        let lock = File::create(root().join("target/apiserver/lock")).expect("a file in a folder just made");
        lock.lock().expect("the file system has locks");
        let output = Command::new(root().join("tests/apiserver/build"))
            .output()
            .map_err(|e| Skip(format!("needs bash to run tests/apiserver/build: {e}")))?;
        if output.status.success() {
            return Ok(());
        }
        let why = stderr(&output);
        Err(Skip(format!(
            "needs Go 1.26 or newer, and its modules, to build tests/apiserver: {}",
            why.trim()
        )))
    });
    built.clone().map(|()| binary())
}

fn write_users(dir: &Path, port: u16) {
    let mut tokens = String::new();
    for user in USERS {
        let mut random = [0; 16];
        File::open("/dev/urandom").and_then(|mut f| f.read_exact(&mut random)).expect("random bytes");
        let token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let groups = if user == "admin" { ",system:masters" } else { "" };
        tokens += &format!("{token},{user},{user}{groups}\n");
        let cluster = json!({"server": url(port), "certificate-authority": dir.join("apiserver.crt")});
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": user, "user": {"token": token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
            "current-context": "test",
        });
        fs::write(dir.join(format!("{user}.kubeconfig")), config.to_string()).unwrap();
        fs::write(dir.join(format!("{user}.token")), token).unwrap();
    }
    fs::write(dir.join("tokens.csv"), tokens).unwrap();
}

fn free_ports<const N: usize>() -> [u16; N] {
    // All are held until each is known, so that they differ.
    let held = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    held.map(|listener| listener.local_addr().expect("it is bound").port())
}

fn url(port: u16) -> String {
    format!("https://127.0.0.1:{port}")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
