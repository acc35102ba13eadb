//! The manifests of a folder.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

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
}

/// The manifests in and below a folder. Hidden entries are left out; links to folders are not followed, as
/// kubectl does not, so that no loop can come of them.
pub(super) fn list(root: &Path) -> Folder {
    let mut folder = Folder::default();
    let mut files = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        match entries(&path) {
            Ok(entries) => {
                entries.into_iter().for_each(|entry| folder.sort_in(entry, &mut files, &mut open));
            }
            Err(error) => folder.unreadable.push((Source::file(&path, false), source::unreadable(&error))),
        }
    }
    files.sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
    folder.files = files.iter().map(|path| Source::file(path, false)).collect();
    folder
}

impl Folder {
    fn sort_in(&mut self, entry: Entry, files: &mut Vec<PathBuf>, open: &mut Vec<PathBuf>) {
        match entry {
            Entry::Folder(path) => open.push(path),
            Entry::File(path) => files.push(path),
            Entry::LinkToFolder(path) => {
                let note = Fault::of_file("skipped: a link to a folder; name the folder itself to read it");
                self.skipped.push((Source::file(&path, false), note));
            }
        }
    }
}

enum Entry {
    Folder(PathBuf),
    File(PathBuf),
    LinkToFolder(PathBuf),
}

fn entries(folder: &Path) -> io::Result<Vec<Entry>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if !name.as_encoded_bytes().starts_with(b".") {
            // `.` is how the user says "here": paths read better without it.
            let path = if folder == Path::new(".") { PathBuf::from(name) } else { entry.path() };
            found.extend(classify(path, entry.file_type()?));
        }
    }
    Ok(found)
}

fn classify(path: PathBuf, kind: fs::FileType) -> Option<Entry> {
    if kind.is_dir() {
        return Some(Entry::Folder(path));
    }
    if kind.is_symlink() && path.is_dir() {
        return Some(Entry::LinkToFolder(path));
    }
    let extension = path.extension().and_then(OsStr::to_str);
    matches!(extension, Some("yaml" | "yml" | "json")).then_some(Entry::File(path))
}
