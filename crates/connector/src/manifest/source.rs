//! The files to read: which they are, and their digests.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use sha2::{Digest as _, Sha256};

use super::problem::Fault;

/// What the standard input is called among files.
pub(crate) const STDIN: &str = "stdin";

/// Whether a file of this name is a kustomization; the last of the three has no ending of a manifest.
pub(super) fn is_kustomization(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    ["kustomization.yaml", "kustomization.yml", "Kustomization"].contains(&name)
}

/// Whether a file of this name is packed, and may hold manifests: a backup of a cluster has most of them so.
pub(super) fn is_packed(path: &str) -> bool {
    const ENDS: [&str; 7] = [".json.gz", ".yaml.gz", ".yml.gz", ".tar.gz", ".tgz", ".tar", ".zip"];
    ENDS.iter().any(|end| path.ends_with(end))
}

/// Where manifests come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file, or a folder with everything in and below it that is called `*.yaml`, `*.yml` or `*.json`. A file may
    /// be compressed (gzip), and be an archive (tar) of such files.
    Path(PathBuf),
    /// The standard input, `-`: whatever a file may be.
    Stdin,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The path as the user wrote it, with `/` between its parts; `stdin` for the standard input.
    pub path: String,
    /// The SHA-256 of the content, in lower-case hexadecimal digits.
    pub sha256: String,
    /// The size of the content.
    pub bytes: u64,
}

/// A file to read.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) name: Arc<str>,
    /// The user named it, rather than a folder that it is in.
    pub(super) is_named: bool,
    input: Input,
}

impl Source {
    pub(super) fn stdin() -> Self {
        Self { name: STDIN.into(), is_named: true, input: Input::Stdin }
    }

    pub(super) fn file(path: &Path, is_named: bool) -> Self {
        Self { name: display(path).into(), is_named, input: Input::Path(path.to_owned()) }
    }

    /// A file within this one, which is an archive.
    pub(super) fn member(&self, path: &str) -> Self {
        Self { name: format!("{}/{path}", self.name).into(), is_named: false, input: self.input.clone() }
    }

    pub(super) fn open(&self) -> Result<BufReader<Digested<Box<dyn Read>>>, Fault> {
        let input: Box<dyn Read> = match &self.input {
            Input::Stdin => Box::new(io::stdin()),
            Input::Path(path) => Box::new(File::open(path).map_err(|error| unreadable(&error))?),
        };
        Ok(BufReader::with_capacity(1 << 16, Digested { input, digest: Sha256::new(), bytes: 0 }))
    }

    /// The digest of the whole content, read to its end.
    pub(super) fn finish(
        &self,
        mut content: BufReader<Digested<Box<dyn Read>>>,
    ) -> Result<SourceFile, Fault> {
        loop {
            match content.fill_buf() {
                Ok([]) => break,
                Ok(buffer) => {
                    let length = buffer.len();
                    content.consume(length);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(&error)),
            }
        }
        let Digested { digest, bytes, .. } = content.into_inner();
        let sha256 = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(SourceFile { path: self.name.to_string(), sha256, bytes })
    }
}

/// The fault of a file that can't be opened or read.
pub(super) fn unreadable(error: &io::Error) -> Fault {
    Fault::of_file(format!("can't be read: {error}"))
}

/// Reads through to another reader and digests what it gives.
pub(super) struct Digested<R> {
    input: R,
    digest: Sha256,
    bytes: u64,
}

impl<R: Read> Read for Digested<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.digest.update(&buffer[..length]);
        self.bytes += length as u64;
        Ok(length)
    }
}

fn display(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(OsStr::to_string_lossy).collect();
    let joined = parts.join("/");
    match joined.strip_prefix("//") {
        // The root is a part called `/`.
        Some(rest) => format!("/{rest}"),
        None => joined,
    }
}
