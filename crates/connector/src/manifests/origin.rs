//! How files are called in a snapshot: never by where they are on this machine.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::manifest::Input;

/// Names files after their work tree, and knows its commit.
pub(super) struct Origins {
    /// The folders that files outside of a work tree are named from: the one we are in, and the innermost one around
    /// all inputs.
    roots: Vec<PathBuf>,
    /// Of each folder, the work tree that it is in.
    trees: HashMap<PathBuf, Option<Tree>>,
    names: HashMap<Arc<str>, Arc<str>>,
}

/// A git work tree.
#[derive(Clone)]
struct Tree {
    root: PathBuf,
    commit: Option<String>,
}

impl Origins {
    pub(super) fn new(inputs: &[Input]) -> Self {
        // From the root of all folders, a name would be a place on this machine.
        let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
        let here = here.filter(|here| here.parent().is_some());
        let folders = inputs.iter().filter_map(|input| match input {
            Input::Path(path) => real_folder(path),
            Input::Stdin => None,
        });
        let around = folders.reduce(|around, folder| common(&around, &folder));
        let roots = here.into_iter().chain(around).collect();
        Self { roots, trees: HashMap::new(), names: HashMap::new() }
    }

    /// The file's name: its path within its git work tree, else as the user wrote it, as far as that names no place
    /// on this machine.
    pub(super) fn name(&mut self, file: &str) -> Arc<str> {
        if let Some(name) = self.names.get(file) {
            return Arc::clone(name);
        }
        let name: Arc<str> = self.in_tree(file).unwrap_or_else(|| self.in_input(file)).into();
        self.names.insert(file.into(), Arc::clone(&name));
        name
    }

    /// The file's name, and that of its folder.
    pub(super) fn name_and_folder(&mut self, file: &str) -> (Arc<str>, String) {
        let name = self.name(file);
        let folder = name.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned();
        (name, folder)
    }

    /// The commit that the file's work tree is at.
    pub(super) fn commit(&mut self, file: &str) -> Option<String> {
        self.tree(&real_folder(Path::new(file))?)?.commit
    }

    fn in_tree(&mut self, file: &str) -> Option<String> {
        let (on_disk, member) = split_member(file);
        let folder = real_folder(Path::new(on_disk))?;
        let tree = self.tree(&folder)?;
        let within = folder.strip_prefix(&tree.root).ok()?.join(Path::new(on_disk).file_name()?);
        Some(display(&within) + member)
    }

    fn in_input(&self, file: &str) -> String {
        let path = Path::new(file);
        let is_plain =
            path.is_relative() && !path.components().any(|part| part == std::path::Component::ParentDir);
        if is_plain {
            return file.strip_prefix("./").unwrap_or(file).to_owned();
        }
        let name = |path: &Path| path.file_name().map(PathBuf::from).unwrap_or_default();
        let (on_disk, member) = split_member(file);
        let on_disk = Path::new(on_disk);
        let real = real_folder(on_disk).map(|folder| folder.join(name(on_disk)));
        let within = real.as_deref().and_then(|real| {
            self.roots.iter().find_map(|root| Some(real.strip_prefix(root).ok()?.to_owned()))
        });
        display(&within.unwrap_or_else(|| name(on_disk))) + member
    }

    fn tree(&mut self, folder: &Path) -> Option<Tree> {
        if let Some(known) = self.trees.get(folder) {
            return known.clone();
        }
        let found = folder.ancestors().find_map(|root| {
            let git = git_folder(root)?;
            Some(Tree { root: root.to_owned(), commit: commit(&git) })
        });
        self.trees.insert(folder.to_owned(), found.clone());
        found
    }
}

/// The file that is on the disk, and what follows for a file within it, which is an archive.
fn split_member(file: &str) -> (&str, &str) {
    let ends = file.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
    let archive = ends.map(|at| file.split_at(at)).find(|(archive, _)| Path::new(archive).is_file());
    archive.unwrap_or((file, ""))
}

/// The folder that a path is in. A link to a file is where it stands, as its name is there and nowhere else.
fn real_folder(path: &Path) -> Option<PathBuf> {
    if path.is_symlink() && path.is_file() {
        return Path::new(".").join(path.parent()?).canonicalize().ok();
    }
    Some(path.canonicalize().ok()?.parent()?.to_owned())
}

/// The innermost folder around two.
fn common(one: &Path, other: &Path) -> PathBuf {
    one.ancestors().find(|folder| other.starts_with(folder)).map(Path::to_owned).unwrap_or_default()
}

fn display(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// Where git keeps what it knows of this work tree; none if it isn't one.
fn git_folder(root: &Path) -> Option<PathBuf> {
    let git = root.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    // Of a further work tree, or a submodule.
    let text = text_of(&git)?;
    Some(root.join(text.strip_prefix("gitdir:")?.trim()))
}

fn commit(git: &Path) -> Option<String> {
    let head = text_of(&git.join("HEAD"))?;
    let Some(name) = head.trim().strip_prefix("ref: ") else { return hash(&head) };
    let common = match text_of(&git.join("commondir")) {
        Some(common) => git.join(common.trim()),
        None => git.to_owned(),
    };
    let loose = |folder: &Path| hash(&text_of(&folder.join(name))?);
    loose(git).or_else(|| loose(&common)).or_else(|| packed(&common, name))
}

/// A file's text. Who gave the folder could have put a pipe there, which nobody writes to.
fn text_of(path: &Path) -> Option<String> {
    path.is_file().then(|| fs::read_to_string(path).ok()).flatten()
}

fn packed(common: &Path, name: &str) -> Option<String> {
    let refs = text_of(&common.join("packed-refs"))?;
    refs.lines().find_map(|line| hash(line.strip_suffix(name)?.strip_suffix(' ')?))
}

fn hash(text: &str) -> Option<String> {
    let text = text.trim();
    let is_hash = matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_hash.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_after_their_work_tree() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("repo");
        fs::create_dir_all(root.join(".git")).unwrap();
        fs::create_dir_all(root.join("deploy/prod")).unwrap();
        fs::write(root.join("deploy/prod/a.yaml"), "").unwrap();
        fs::write(root.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        let commit = "0123456789abcdef0123456789abcdef01234567";
        fs::write(root.join(".git/packed-refs"), format!("# pack-refs\n{commit} refs/heads/main\n")).unwrap();
        let file = root.join("deploy/prod/a.yaml").to_string_lossy().into_owned();
        let mut origins = Origins::new(&[Input::Path(root.join("deploy"))]);
        assert_eq!(&*origins.name(&file), "deploy/prod/a.yaml");
        assert_eq!(origins.commit(&file).as_deref(), Some(commit));
        let member = format!("{file}/bundle/pods.json");
        assert_eq!(&*origins.name(&member), "deploy/prod/a.yaml/bundle/pods.json");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_file_is_named_where_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for root in ["repo/.git", "repo/base", "repo/prod", "mount/..data"] {
            fs::create_dir_all(path(root)).unwrap();
        }
        for (file, link, to) in [
            ("repo/base/web.yaml", "repo/prod/shop.yaml", "../base/web.yaml"),
            ("mount/..data/web.yaml", "mount/web.yaml", "..data/web.yaml"),
        ] {
            fs::write(path(file), "").unwrap();
            std::os::unix::fs::symlink(to, path(link)).unwrap();
        }
        let name = |input: &str, file: &str| {
            let mut origins = Origins::new(&[Input::Path(path(input))]);
            origins.name(&path(file).to_string_lossy()).to_string()
        };
        assert_eq!(name("repo", "repo/prod/shop.yaml"), "prod/shop.yaml");
        assert_eq!(name("mount", "mount/web.yaml"), "mount/web.yaml");
        assert_eq!(name("mount/web.yaml", "mount/web.yaml"), "web.yaml");
    }

    #[test]
    fn elsewhere_from_the_folder_around_what_the_user_gave() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["x/app", "y/app"] {
            fs::create_dir_all(path(name)).unwrap();
            fs::write(path(name).join("a.yaml"), "").unwrap();
        }
        let name = |inputs: &[&str], file: &str| {
            let inputs: Vec<Input> = inputs.iter().map(|input| Input::Path(path(input))).collect();
            Origins::new(&inputs).in_input(&path(file).to_string_lossy())
        };
        assert_eq!(name(&["x/app"], "x/app/a.yaml"), "app/a.yaml");
        assert_eq!(name(&["x/app/a.yaml"], "x/app/a.yaml"), "a.yaml");
        assert_eq!(name(&["x/app", "y/app"], "y/app/a.yaml"), "y/app/a.yaml");
        assert_eq!(name(&["x/app", "y/app"], "x/../y/app/a.yaml"), "y/app/a.yaml");
        assert_eq!(name(&["x/app/a.yaml"], "x/app/a.yaml/bundle/pods.json"), "a.yaml/bundle/pods.json");
        let origins = Origins::new(&[]);
        assert_eq!(origins.in_input("./a.yaml"), "a.yaml");
        assert_eq!(origins.in_input("stdin"), "stdin");
    }

    #[test]
    fn elsewhere_from_where_we_are() {
        let here = std::env::current_dir().unwrap().join("src/lib.rs");
        assert_eq!(
            Origins::new(&[Input::Path(here.clone())]).in_input(&here.to_string_lossy()),
            "src/lib.rs"
        );
    }
}
