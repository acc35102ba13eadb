//! The programs that make up a control plane for tests, and what they say.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "only tests call this, and a panic is how they fail"
)]

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::NamedTempFile;

/// What happened at a path of the API.
#[derive(Debug)]
pub struct Watch {
    child: Child,
    file: NamedTempFile,
}

impl Watch {
    /// Runs a kubectl that writes the events, line by line, and keeps them in this folder.
    pub(crate) fn start(mut kubectl: Command, folder: &Path) -> Self {
        let (log, file) = NamedTempFile::new_in(folder)
            .and_then(|log| Ok((log.reopen()?, log)))
            .expect("a file in the servers' folder");
        let child = kubectl.stdin(Stdio::null()).stdout(log).spawn().expect("kubectl runs");
        Self { child, file }
    }

    /// The events so far, each with `type` and `object`. That of a deletion has the revision of the deletion.
    pub fn events(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.file.path()).expect("kubectl writes UTF-8");
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().map(|line| serde_json::from_str(line).expect("events are lines of JSON")).collect()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // Both fail when it has ended, which is what they are for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server that ends when its standard input, which this holds, is closed: by being dropped, or by the operating
/// system when this process ends in whatever way.
#[derive(Debug)]
pub(crate) struct Tethered {
    child: Child,
    log: PathBuf,
}

impl Tethered {
    pub(crate) fn start(mut command: Command, log: PathBuf) -> Self {
        // A server that is restarted goes on with its log.
        let file = File::options().create(true).append(true).open(&log).expect("a log in a new folder");
        command.stdin(Stdio::piped()).stdout(file.try_clone().unwrap()).stderr(file);
        let child = command.spawn().unwrap_or_else(|e| panic!("cannot run {command:?}: {e}"));
        Self { child, log }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    pub(crate) fn ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }
}

impl Drop for Tethered {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let deadline = Instant::now() + Duration::from_secs(10);
        while !self.ended() && Instant::now() < deadline {
            sleep(Duration::from_millis(20));
        }
        // Both fail when it has ended, which is what they are for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Posts JSON to a server on loopback, and returns all that it answers.
pub(crate) fn post(port: u16, path: &str, body: &Value) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the server runs");
    let body = body.to_string();
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

/// The last lines of a log.
pub(crate) fn end_of(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    format!("\n{}:\n{}", log.display(), lines[lines.len().saturating_sub(20)..].join("\n"))
}
