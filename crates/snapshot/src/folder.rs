//! The only place that touches the file system, so that a bucket can take its place.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Unfinished folders begin so. Readers pass over hidden names, but other tools' globs need not: in the
/// store's root they are one level too high to match `store/*/*/pods.parquet`.
const STAGING: &str = ".staging-";

/// Between the name of an unfinished folder and that of a finished one that it is to replace, which stands aside so.
const OLD: &str = ".old-";

/// A file's bytes.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    regular(path)?;
    fs::read(path).map_err(Error::io("read", path))
}

/// A file to read from, and its size.
pub(crate) fn open(path: &Path) -> Result<(File, u64)> {
    let bytes = regular(path)?;
    Ok((File::open(path).map_err(Error::io("open", path))?, bytes))
}

/// Evidence behind a symbolic link can change without the store; a pipe would block its reader.
fn regular(path: &Path) -> Result<u64> {
    let metadata = fs::symlink_metadata(path).map_err(Error::io("read", path))?;
    if metadata.is_file() {
        Ok(metadata.len())
    } else {
        Err(Error::io("read", path)(std::io::Error::other("it is no regular file")))
    }
}

/// A new file, in a folder that is made if need be.
pub(crate) fn create(path: &Path) -> Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    }
    File::create_new(path).map_err(Error::io("create", path))
}

/// A new file with these bytes, on disk when this returns.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = create(path)?;
    file.write_all(bytes).map_err(Error::io("write", path))?;
    sync(&file, path)
}

/// Renames a file to one that may exist, in a folder that is made if need be.
pub(crate) fn replace_file(from: &Path, to: &Path) -> Result<()> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
    }
    fs::rename(from, to).map_err(Error::io("replace", to))
}

fn sync(file: &File, path: &Path) -> Result<()> {
    file.sync_all().map_err(Error::io("write", path))
}

/// Waits until files are on disk, and the folders that these are in below the one that is given: a manifest must not
/// outlive a crash that its tables did not. Side by side, since a file system commits at once what is waited for at
/// once: a hundred small tables one after the other take most of a small audit's time.
pub(crate) fn sync_files<'f>(folder: &Path, files: impl Iterator<Item = &'f str>) -> Result<()> {
    const SIDE_BY_SIDE: usize = 16;
    let paths: Vec<_> = files.map(|file| folder.join(file)).collect();
    let sync_some = |paths: &[PathBuf]| paths.iter().try_for_each(|path| sync(&open(path)?.0, path));
    std::thread::scope(|scope| {
        let portions = paths.chunks(paths.len().div_ceil(SIDE_BY_SIDE).max(1));
        let threads: Vec<_> = portions.map(|portion| scope.spawn(move || sync_some(portion))).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    let within = paths.iter().filter_map(|path| path.parent()).filter(|parent| *parent != folder);
    within.collect::<BTreeSet<_>>().into_iter().try_for_each(sync_folder)
}

/// A name in a folder.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) is_folder: bool,
}

/// What a folder holds, by name; nothing if there is no such folder. Names that are not UTF-8 are given with
/// replacement characters: none of ours are.
pub(crate) fn list(folder: &Path) -> Result<Vec<Entry>> {
    let read = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(Error::io("list", folder))?,
    };
    let mut entries = Vec::new();
    for entry in read {
        let entry = entry.map_err(Error::io("list", folder))?;
        let is_folder = entry.file_type().map_err(Error::io("list", folder))?.is_dir();
        entries.push(Entry { name: entry.file_name().to_string_lossy().into_owned(), is_folder });
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// What is in a folder besides folders that may be ours and what is being written.
pub(crate) fn strays(folder: &Path, is_ours: impl Fn(&str) -> bool) -> Result<Vec<String>> {
    let strays = list(folder)?.into_iter().filter(|entry| {
        let is_known = entry.is_folder && is_ours(&entry.name) || entry.name.starts_with(STAGING);
        !is_known
    });
    Ok(strays.map(|entry| entry.name).collect())
}

/// Whether there is such a file (not: a folder).
pub(crate) fn has_file(path: &Path) -> bool {
    path.is_file()
}

/// Refuses a folder that is a link, where it is one of the snapshot's own: what is written there would be elsewhere.
pub(crate) fn no_link(folder: &Path) -> Result<()> {
    let is_link = fs::symlink_metadata(folder).is_ok_and(|metadata| metadata.is_symlink());
    if !is_link {
        return Ok(());
    }
    Err(Error::io("write into", folder)(std::io::Error::other(
        "it is a link, and leads out of the snapshot: remove the link",
    )))
}

/// A few random bits. What they name has to be new, not secret, and is checked to be new when created.
pub(crate) fn random() -> u64 {
    RandomState::new().hash_one(())
}

/// A folder that is filled aside and renamed into place; dropped before that, it is removed.
#[derive(Debug)]
pub(crate) struct Staging {
    path: PathBuf,
    lock: PathBuf,
    /// Held while this process lives: what a killed one left behind is known by its free lock.
    _held: File,
}

impl Staging {
    /// An empty folder in this one. Those that killed processes left are removed first.
    pub(crate) fn begin(parent: &Path) -> Result<Self> {
        make(parent)?;
        sweep(parent)?;
        let path = parent.join(format!("{STAGING}{:016x}", random()));
        let lock = path.with_extension("lock");
        let held = create(&lock)?;
        // Where the file system knows no locks nothing is swept, so nothing is lost.
        let _ = held.try_lock();
        let staging = Self { path, lock, _held: held };
        fs::create_dir(&staging.path).map_err(Error::io("create", &staging.path))?;
        Ok(staging)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Renames the folder to one that must not exist yet.
    pub(crate) fn publish(self, target: &Path) -> Result<()> {
        self.put(target)
    }

    fn put(&self, target: &Path) -> Result<()> {
        if let Some(parent) = target.parent() {
            make(parent)?;
        }
        sync_folder(&self.path)?;
        // Onto a folder that is not empty this fails, so nothing is ever overwritten.
        fs::rename(&self.path, target).map_err(Error::io("create", target))?;
        target.parent().map_or(Ok(()), sync_folder)
    }

    /// Renames the folder to one that may exist, or come to be meanwhile, unless `is_there` says that what is there is
    /// the same. What is not is moved aside first and removed last. A crash in between loses this folder, which was not
    /// published; what was there is not lost, though nobody finds it before the next [`begin`](Self::begin) in the same
    /// place puts it back.
    pub(crate) fn replace(self, target: &Path, is_there: impl Fn() -> bool) -> Result<()> {
        let mut old = self.path.clone().into_os_string();
        old.push(OLD);
        old.push(target.file_name().unwrap_or_default());
        let old = PathBuf::from(old);
        let mut is_moved = false;
        loop {
            let put = self.put(target);
            let is_taken = put.as_ref().is_err_and(Error::is_taken);
            if is_moved && (put.is_ok() || is_taken) {
                fs::remove_dir_all(&old).map_err(Error::io("remove", &old))?;
            } else if is_moved {
                // The failure is what there is to tell.
                let _ = fs::rename(&old, target);
            }
            if !is_taken {
                return put;
            }
            // What is the same is never moved: whoever put it may be about to open it.
            if is_there() {
                return Ok(());
            }
            is_moved = match fs::rename(target, &old) {
                Err(error) if error.kind() == ErrorKind::NotFound => false,
                moved => moved.map(|()| true).map_err(Error::io("replace", target))?,
            };
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Once published there is no such folder; otherwise the next `begin` tries again.
        let _ = fs::remove_dir_all(&self.path);
        let _ = fs::remove_file(&self.lock);
    }
}

/// Removes what killed processes left behind: staging folders whose lock is free. What these were to replace is put
/// back first.
fn sweep(parent: &Path) -> Result<()> {
    let entries = list(parent)?;
    entries.iter().for_each(|entry| put_back(parent, &entry.name));
    for entry in entries {
        let abandoned = parent.join(&entry.name).with_extension("");
        let is_lock = entry.name.starts_with(STAGING) && entry.name.ends_with(".lock");
        // A lock without a folder may belong to a process that is about to make the folder.
        if !is_lock || !abandoned.is_dir() {
            continue;
        }
        let lock = parent.join(&entry.name);
        if is_free(&lock) {
            let _ = fs::remove_dir_all(&abandoned);
            let _ = fs::remove_file(&lock);
        }
    }
    Ok(())
}

/// Puts back what a killed process had moved aside, or removes it where its place is taken: what failed here is tried
/// again the next time.
fn put_back(parent: &Path, name: &str) {
    let Some((staging, target)) = name.split_once(OLD).filter(|_| name.starts_with(STAGING)) else { return };
    let lock = parent.join(format!("{staging}.lock"));
    // A process that lives has its lock until nothing of it stands aside.
    if lock.exists() && !is_free(&lock) {
        return;
    }
    let (old, target) = (parent.join(name), parent.join(target));
    // Onto a folder that is not empty this fails.
    if fs::rename(&old, &target).is_err() && target.exists() {
        let _ = fs::remove_dir_all(&old);
    }
    // No staging folder may be left for which it is looked at below.
    if !parent.join(staging).exists() {
        let _ = fs::remove_file(&lock);
    }
}

fn is_free(lock: &Path) -> bool {
    File::open(lock).is_ok_and(|file| file.try_lock().is_ok())
}

/// Makes a folder that may be there, and those that it is in: on disk when this returns.
fn make(folder: &Path) -> Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().unwrap_or(Path::new(""));
    make(parent)?;
    match fs::create_dir(folder) {
        // Others may make it at the same time.
        Err(error) if error.kind() != ErrorKind::AlreadyExists || !folder.is_dir() => {
            Err(Error::io("create", folder)(error))
        }
        _ if parent.as_os_str().is_empty() => sync_folder(Path::new(".")),
        _ => sync_folder(parent),
    }
}

/// Renames and new names are on disk only when their folder is. Elsewhere than on Unix a folder cannot be
/// opened for that, and need not be.
fn sync_folder(folder: &Path) -> Result<()> {
    if cfg!(unix) {
        File::open(folder).and_then(|file| file.sync_all()).map_err(Error::io("write", folder))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_is_swept_and_a_living_one_is_not() {
        let store = tempfile::tempdir().unwrap();
        let living = Staging::begin(store.path()).unwrap();
        let killed = store.path().join(".staging-0123");
        write(&killed.join("pods.parquet"), b"half").unwrap();
        write(&killed.with_extension("lock"), b"").unwrap();

        let third = Staging::begin(store.path()).unwrap();
        assert!(living.path().is_dir() && third.path().is_dir());
        assert!(!killed.exists() && !killed.with_extension("lock").exists());
        drop((living, third));
        assert!(list(store.path()).unwrap().is_empty());
    }

    #[test]
    fn what_was_to_be_replaced_outlives_a_crash() {
        let store = tempfile::tempdir().unwrap();
        let file = |name: &str| store.path().join(name);
        let living = Staging::begin(store.path()).unwrap();
        let aside = format!("{}.old-c", living.path().file_name().unwrap().to_str().unwrap());
        // Killed before the new one was put in place, killed after that, and one that could not be removed.
        for (new, old) in
            [(".staging-01", ".staging-01.old-a"), ("b", ".staging-02.old-b"), ("d", ".staging-03.old-d")]
        {
            write(&file(new).join("new"), b"").unwrap();
            write(&file(old).join("old"), b"").unwrap();
        }
        write(&file(".staging-01.lock"), b"").unwrap();
        write(&file(".staging-02.lock"), b"").unwrap();
        write(&file(&aside).join("old"), b"").unwrap();

        drop(Staging::begin(store.path()).unwrap());
        assert!(file("a/old").is_file() && file("b/new").is_file() && file("d/new").is_file());
        assert!(file(&aside).join("old").is_file());
        drop(living);
        drop(Staging::begin(store.path()).unwrap());
        let names: Vec<_> = list(store.path()).unwrap().into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
    }

    #[test]
    fn publishing_overwrites_nothing() {
        let store = tempfile::tempdir().unwrap();
        let target = store.path().join("a/b");
        write(&target.join("kept"), b"").unwrap();
        let staging = Staging::begin(store.path()).unwrap();
        write(&staging.path().join("new"), b"").unwrap();
        assert!(staging.publish(&target).is_err());
        assert!(target.join("kept").is_file());

        let staging = Staging::begin(store.path()).unwrap();
        write(&staging.path().join("new"), b"").unwrap();
        staging.replace(&target, || false).unwrap();
        assert!(target.join("new").is_file() && !target.join("kept").exists());
        let names: Vec<_> = list(store.path()).unwrap().into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, ["a"]);
    }
}
