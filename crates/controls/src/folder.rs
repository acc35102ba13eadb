//! A folder of controls and frameworks: which files in it are read, and what their paths say.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use crate::Problem;

/// A file to be read as a control or framework.
pub(crate) struct SourceFile {
    /// Below the folder, with `/` on every platform.
    pub(crate) path: String,
    /// As the user would name it.
    pub(crate) shown_path: String,
    pub(crate) text: Arc<str>,
}

/// The files of a folder, sorted by path.
#[derive(Default)]
pub(crate) struct Folder {
    pub(crate) controls: Vec<SourceFile>,
    pub(crate) frameworks: Vec<SourceFile>,
}

impl Folder {
    /// Reads `**/*.md` (but no README) and `frameworks/*.yaml`. Hidden entries are passed over, and links to
    /// folders are not followed: a mounted ConfigMap has each file a second time behind such a link.
    pub(crate) fn read(root: &Path) -> Result<Self, Vec<Problem>> {
        let mut paths = Vec::new();
        let mut problems = Vec::new();
        walk(root, &mut paths, &mut problems);
        paths.sort();
        let mut folder = Self::default();
        for path in paths {
            let relative = relative(root, &path);
            let list = match relative.rsplit_once('.') {
                Some((stem, "md")) if file_name(stem) != "README" => &mut folder.controls,
                Some((stem, "yaml")) if parent(stem) == Some("frameworks") => &mut folder.frameworks,
                _ => continue,
            };
            match read_file(&path) {
                Ok(text) => {
                    let shown_path = path.display().to_string();
                    list.push(SourceFile { path: relative, shown_path, text: text.into() });
                }
                Err(error) => problems.push(unreadable(&path, &error)),
            }
        }
        if problems.is_empty() { Ok(folder) } else { Err(problems) }
    }
}

/// A file of a folder as text. To open a pipe or a device would be to wait for whoever writes to it.
pub(crate) fn read_file(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.is_file() {
        fs::read_to_string(path)
    } else {
        Err(io::Error::other("it is no file"))
    }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>, problems: &mut Vec<Problem>) {
    let entries = match fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
        Ok(entries) => entries,
        Err(error) => return problems.push(unreadable(folder, &error)),
    };
    for entry in entries {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&path, files, problems),
            Ok(_) if path.is_dir() => {}
            Ok(_) => files.push(path),
            Err(error) => problems.push(unreadable(&path, &error)),
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let message = format!("cannot be read: {error}");
    Problem { path: path.display().to_string(), text: "".into(), span: 0..0, message, help: None }
}

fn relative(root: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(root).unwrap_or(path).components();
    parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The file's name without folders and ending.
pub(crate) fn stem(path: &str) -> &str {
    let name = file_name(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// The name of the folder that the file is in, if the path says so.
pub(crate) fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(folder, _)| file_name(folder))
}

fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}
