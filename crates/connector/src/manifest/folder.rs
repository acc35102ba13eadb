//! The manifests of a folder.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use assay_model::glob;

use super::{
    problem::Fault,
    source::{self, Source},
};

/// What is in a folder.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// Manifests by their names, sorted by the bytes of their paths.
    pub(super) files: Vec<Source>,
    /// What is left out, and why.
    pub(super) skipped: Vec<(Source, Fault)>,
    /// What can't be listed.
    pub(super) unreadable: Vec<(Source, Fault)>,
    /// Whether a kustomization is among it.
    pub(super) is_kustomized: bool,
    /// The patterns by which something is left out.
    pub(super) fitting: BTreeSet<String>,
}

/// What of a folder, or of an archive, is not read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Except<'e> {
    /// Patterns of names, or of several with `/` between them: what the user leaves out, which is noted.
    pub patterns: &'e [String],
    /// Canonical paths of what is written here: a store and reports, which nobody means.
    pub own: &'e [PathBuf],
}

/// The manifests in and below a folder, without what is not to be read. Hidden entries are left out; links to folders
/// are not followed, as kubectl does not, so that no loop can come of them.
pub(super) fn list(root: &Path, except: Except<'_>) -> Folder {
    let mut folder = Folder::default();
    let mut files = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        match entries(&path) {
            Ok((entries, is_kustomized)) => {
                folder.is_kustomized |= is_kustomized;
                for entry in entries.into_iter().filter(|entry| !except.is_own(entry.path())) {
                    let fitting = except.fitting(entry.path());
                    folder.fitting.extend(fitting.iter().map(|pattern| (*pattern).to_owned()));
                    match fitting.first() {
                        Some(pattern) => folder.leave_out(entry.path(), pattern),
                        None => folder.sort_in(entry, &mut files, &mut open),
                    }
                }
            }
            Err(error) => folder.unreadable.push((Source::file(&path, false), source::unreadable(&error))),
        }
    }
    files.sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
    // A folder lists what is in it in an order of its own.
    for told in [&mut folder.skipped, &mut folder.unreadable] {
        told.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    }
    folder.files = files.iter().map(|path| Source::file(path, false)).collect();
    folder
}

/// The fault of what a pattern leaves out.
pub(super) fn left_out(pattern: &str) -> Fault {
    Fault::of_file(format!("left out, as `{pattern}` is to be"))
}

impl Except<'_> {
    /// The patterns that leave a path out.
    fn fitting(&self, path: &Path) -> Vec<&str> {
        self.patterns.iter().map(String::as_str).filter(|pattern| ends(path, pattern)).collect()
    }

    /// The outermost folder around a path that is left out, or the path itself, and the patterns by which it is.
    pub(super) fn around<'p>(&self, path: &'p Path) -> Option<(&'p Path, Vec<&str>)> {
        let mut around: Vec<&Path> = path.ancestors().collect();
        around.reverse();
        let mut with_patterns = around.into_iter().skip(1).map(|path| (path, self.fitting(path)));
        with_patterns.find(|(_, fitting)| !fitting.is_empty())
    }

    fn is_own(&self, path: &Path) -> bool {
        let is = |own: &PathBuf| {
            own.file_name() == path.file_name() && path.canonicalize().is_ok_and(|real| real == *own)
        };
        self.own.iter().any(is)
    }
}

impl Folder {
    fn leave_out(&mut self, path: &Path, pattern: &str) {
        self.skipped.push((Source::file(path, false), left_out(pattern)));
    }

    fn sort_in(&mut self, entry: Entry, files: &mut Vec<PathBuf>, open: &mut Vec<PathBuf>) {
        match entry {
            Entry::Folder(path) => open.push(path),
            Entry::File(path) => files.push(path),
            Entry::LinkToFolder(path) => {
                let note = Fault::of_file("skipped: a link to a folder; name the folder itself to read it");
                self.skipped.push((Source::file(&path, false), note));
            }
            Entry::Packed(path) => {
                let note = Fault::of_file("skipped: packed; name it itself to read what is in it");
                self.skipped.push((Source::file(&path, false), note));
            }
            Entry::Special(path, what) => {
                let note = Fault::of_file(format!("skipped: {what}, not a file; name it itself to read it"));
                self.skipped.push((Source::file(&path, false), note));
            }
        }
    }
}

enum Entry {
    Folder(PathBuf),
    File(PathBuf),
    LinkToFolder(PathBuf),
    /// What may hold manifests, but has to be unpacked.
    Packed(PathBuf),
    /// A manifest by its name that is no file, and what it is. To open a pipe is to wait for whoever writes to it.
    Special(PathBuf, &'static str),
}

impl Entry {
    fn path(&self) -> &Path {
        let (Self::Folder(path)
        | Self::File(path)
        | Self::LinkToFolder(path)
        | Self::Packed(path)
        | Self::Special(path, _)) = self;
        path
    }
}

/// Whether the pattern is of the path's end, name by name: a `*` that went over a `/` could take in the folder that was
/// named, and with it all that is there.
fn ends(path: &Path, pattern: &str) -> bool {
    let mut names = path.iter().rev().map(OsStr::to_string_lossy);
    let mut patterns = pattern.trim_start_matches("./").trim_end_matches('/').rsplit('/');
    patterns.all(|pattern| names.next().is_some_and(|name| glob::matches(pattern, &name)))
}

/// What a folder holds, and whether a kustomization is among it.
fn entries(folder: &Path) -> io::Result<(Vec<Entry>, bool)> {
    let (mut found, mut is_kustomized) = (Vec::new(), false);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if !name.as_encoded_bytes().starts_with(b".") {
            is_kustomized |= name.to_str().is_some_and(source::is_kustomization);
            // `.` is how the user says "here": paths read better without it.
            let path = if folder == Path::new(".") { PathBuf::from(name) } else { entry.path() };
            found.extend(classify(path, entry.file_type()?));
        }
    }
    Ok((found, is_kustomized))
}

fn classify(path: PathBuf, kind: fs::FileType) -> Option<Entry> {
    if kind.is_dir() {
        return Some(Entry::Folder(path));
    }
    // A link that leads nowhere stays what it is: opening it tells why.
    let real = if kind.is_symlink() { fs::metadata(&path).map_or(kind, |to| to.file_type()) } else { kind };
    if real.is_dir() {
        return Some(Entry::LinkToFolder(path));
    }
    let is_named = |what: fn(&str) -> bool| path.file_name().and_then(OsStr::to_str).is_some_and(what);
    if real.is_file() && is_named(source::is_packed) {
        return Some(Entry::Packed(path));
    }
    let extension = path.extension().and_then(OsStr::to_str);
    let is_kustomization = is_named(source::is_kustomization);
    if !is_kustomization && !matches!(extension, Some("yaml" | "yml" | "json")) {
        return None;
    }
    if real.is_file() || real.is_symlink() {
        return Some(Entry::File(path));
    }
    Some(Entry::Special(path, special(real)))
}

#[cfg(unix)]
fn special(kind: fs::FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn special(_: fs::FileType) -> &'static str {
    "a device"
}
