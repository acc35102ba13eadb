//! The assay program, as a user runs it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "only tests call this, and a panic is how they fail"
)]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::tools::root;

/// What a run of assay came to.
#[derive(Debug, Clone)]
pub struct Run {
    /// The exit code; 101 is a panic.
    pub code: i32,
    /// Standard output, its bytes that are not UTF-8 replaced.
    pub stdout: String,
    /// Standard error, the same.
    pub stderr: String,
}

/// A folder of its own for a test, in which assay runs, so that no `assay.yaml` counts but the test's.
#[derive(Debug)]
pub struct Place(TempDir);

impl Place {
    /// An empty folder, removed when this is dropped.
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// A path within the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file into the folder, and returns its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).expect("the temporary folder is writable");
        path
    }

    /// The command that runs assay in the folder, without a cluster in reach.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(program());
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null());
        command.env_remove("KUBECONFIG").env("HOME", self.0.path()).env("NO_COLOR", "1");
        command
    }

    /// Runs assay in the folder, without a cluster in reach, and fails if it panics.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        let output = self.command(arguments).output().expect("the program just built runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let run = Run {
            code: output.status.code().expect("no signal ends assay"),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        };
        let panicked = ["panicked at", "internal error"].iter().any(|text| run.stderr.contains(text));
        assert!(run.code != 101 && !panicked, "assay panicked: {}", run.stderr);
        run
    }

    /// Audits into the folders `store` and `report`.
    pub fn audit(&self, input: &Path, more: &[&str]) -> Run {
        let fixed = ["audit", "--store", "store", "--out", "report"];
        let arguments = fixed.iter().chain(more).map(OsStr::new);
        self.run(arguments.chain([input.as_os_str()]))
    }

    /// Audits a cluster into the folders `store` and `report`.
    pub fn audit_cluster(&self, kubeconfig: &Path, more: &[&str]) -> Run {
        let fixed = ["audit", "--store", "store", "--out", "report", "--kubeconfig"].map(OsStr::new);
        let arguments = fixed.into_iter().chain([kubeconfig.as_os_str()]);
        self.run(arguments.chain(more.iter().map(OsStr::new)))
    }

    /// All files below a path within the folder, sorted; none where it doesn't exist.
    pub fn files(&self, name: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.path(name)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.expect("a folder of the test's own").path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found.sort();
        found
    }

    /// The folder of the only snapshot in `store`.
    pub fn snapshot(&self) -> PathBuf {
        let manifests: Vec<PathBuf> =
            self.files("store").into_iter().filter(|file| file.ends_with("manifest.json")).collect();
        assert_eq!(manifests.len(), 1, "{manifests:?}");
        manifests[0].parent().expect("a file is in a folder").to_owned()
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

/// `PATH` with the program first, for what a shell runs.
pub fn path_with_assay() -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let own = program().parent().expect("a program is in a folder").to_owned();
    std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&path))).expect("no colon in it")
}

/// The program: `ASSAY_TESTS_PROGRAM`, such as a release build, or else built once, as Cargo tells tests only where
/// programs of their own package are.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(program) = std::env::var_os("ASSAY_TESTS_PROGRAM") {
            return program.into();
        }
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--locked", "--package", "assay", "--message-format", "json"]);
        let output = cargo.current_dir(root()).output().expect("cargo runs");
        assert!(output.status.success(), "cargo build: {}", String::from_utf8_lossy(&output.stderr));
        let messages = String::from_utf8_lossy(&output.stdout).into_owned();
        let built = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let built = built.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).next_back();
        built.expect("cargo tells what it built")
    })
}
