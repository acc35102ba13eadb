//! Whether files are still what was written. No byte of a file is parsed before its digest was checked, so
//! that a damaged or doctored file is a clear error and never a parser's problem.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::folder;

/// How a file differs from what was written. Paths are relative to the snapshot or audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// The file is gone.
    Missing {
        /// The file.
        path: String,
    },
    /// The file was added.
    Extra {
        /// The file.
        path: String,
    },
    /// The file is longer or shorter.
    Size {
        /// The file.
        path: String,
        /// How many bytes were written.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// The file's bytes changed.
    Changed {
        /// The file.
        path: String,
        /// The digest of what was written.
        expected: Digest,
        /// The digest of what is there.
        found: Digest,
    },
    /// The file cannot be read.
    Unreadable {
        /// The file.
        path: String,
        /// What the file system said.
        reason: String,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { path } => write!(f, "{path} is missing"),
            Self::Extra { path } => write!(f, "{} was added", path.escape_debug()),
            Self::Size { path, expected, found } => {
                write!(f, "{path} has {found} bytes, {expected} were written")
            }
            Self::Changed { path, expected, found } => {
                write!(f, "{path} was changed: its SHA-256 is {found}, {expected} was written")
            }
            Self::Unreadable { path, reason } => write!(f, "{path} cannot be read: {reason}"),
        }
    }
}

/// What was written of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written {
    /// Its size, where that was recorded.
    pub(crate) bytes: Option<u64>,
    pub(crate) sha256: Digest,
}

/// The files of a folder that are covered by digests.
#[derive(Debug)]
pub(crate) struct CheckedFiles {
    folder: PathBuf,
    written: BTreeMap<String, Written>,
    /// Found intact before; digesting a large table again for every read would cost more than reading it.
    intact: Mutex<BTreeSet<String>>,
}

impl CheckedFiles {
    pub(crate) fn new(folder: PathBuf, written: BTreeMap<String, Written>) -> Self {
        Self { folder, written, intact: Mutex::default() }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.written().map(|(path, _)| path)
    }

    pub(crate) fn written(&self) -> impl Iterator<Item = (&str, &Written)> {
        self.written.iter().map(|(path, written)| (path.as_str(), written))
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.written.contains_key(path)
    }

    /// Opens a file that is intact.
    pub(crate) fn open(&self, path: &str) -> Result<File> {
        let changed = |mismatch| Error::Changed { folder: self.folder.clone(), mismatch };
        let written = self
            .written
            .get(path)
            .ok_or_else(|| Error::Absent { folder: self.folder.clone(), name: path.to_owned() })?;
        let known = self.intact.lock().unwrap_or_else(PoisonError::into_inner).contains(path);
        let mut file = self.open_sized(path, written).map_err(changed)?;
        if !known {
            check_digest(path, &file, written).map_err(changed)?;
            // The parser gets the handle that was checked: another file put in its place is not read.
            file.seek(SeekFrom::Start(0)).map_err(Error::io("read", &self.folder.join(path)))?;
            self.intact.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
        }
        Ok(file)
    }

    /// Reads every file again, and looks for files that are not listed. Of the folder's own names, those in
    /// `outside` are passed over, with what is in them.
    pub(crate) fn mismatches(&self, outside: &[&str]) -> Vec<Mismatch> {
        let mut mismatches: Vec<_> = self
            .written
            .iter()
            .filter_map(|(path, written)| {
                self.open_sized(path, written).and_then(|file| check_digest(path, &file, written)).err()
            })
            .collect();
        self.find_extra("", outside, &mut mismatches);
        mismatches
    }

    fn find_extra(&self, folder: &str, outside: &[&str], found: &mut Vec<Mismatch>) {
        let entries = match folder::list(&self.folder.join(folder)) {
            Ok(entries) => entries,
            Err(error) => {
                found.push(Mismatch::Unreadable { path: folder.to_owned(), reason: reason(error) });
                return;
            }
        };
        for entry in entries {
            let path = format!("{folder}{}", entry.name);
            if outside.contains(&path.as_str()) {
                continue;
            }
            if entry.is_folder {
                self.find_extra(&format!("{path}/"), outside, found);
            } else if !self.has(&path) {
                found.push(Mismatch::Extra { path });
            }
        }
    }

    fn open_sized(&self, path: &str, written: &Written) -> Result<File, Mismatch> {
        let (file, found) = folder::open(&self.folder.join(path)).map_err(|error| {
            let path = path.to_owned();
            if error.is_not_found() {
                Mismatch::Missing { path }
            } else {
                Mismatch::Unreadable { path, reason: reason(error) }
            }
        })?;
        match written.bytes {
            Some(expected) if expected != found => {
                Err(Mismatch::Size { path: path.to_owned(), expected, found })
            }
            _ => Ok(file),
        }
    }
}

fn check_digest(path: &str, file: &File, written: &Written) -> Result<(), Mismatch> {
    let path = path.to_owned();
    match Digest::of_reader(file) {
        Ok((found, _)) if found == written.sha256 => Ok(()),
        Ok((found, _)) => Err(Mismatch::Changed { path, expected: written.sha256, found }),
        Err(error) => Err(Mismatch::Unreadable { path, reason: error.to_string() }),
    }
}

/// The file system's words alone: a mismatch names its file already.
fn reason(error: Error) -> String {
    match error {
        Error::Io { source, .. } => source.to_string(),
        other => other.to_string(),
    }
}
