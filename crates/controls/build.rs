//! Names the files of the library, of the frameworks and of the lists, so that adding one is adding a file.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let source = format!(
        "pub(crate) static CONTROLS: &[(&str, &str)] = &[{}];\npub(crate) static FRAMEWORKS: &[(&str, &str)] = &[{}];\npub(crate) static LISTS: &[(&str, &str)] = &[{}];\n",
        entries(&root, "library", "md")?,
        entries(&root, "frameworks", "yaml")?,
        entries(&root, "lists", "txt")?,
    );
    fs::write(out.join("embedded.rs"), source)
}

/// `("path", include_str!("/absolute/path")), …` of the files below `folder`, by path.
fn entries(root: &Path, folder: &str, extension: &str) -> io::Result<String> {
    println!("cargo:rerun-if-changed={folder}");
    let mut files = Vec::new();
    walk(&root.join(folder), extension, &mut files)?;
    files.sort();
    let entry = |file: &PathBuf| {
        // Forward slashes on every platform: the path is shown, and is part of what an audit keeps.
        let shown = file.strip_prefix(root).unwrap_or(file).to_string_lossy().replace('\\', "/");
        format!("\n    ({shown:?}, include_str!({:?})),", file.to_string_lossy())
    };
    Ok(files.iter().map(entry).collect())
}

fn walk(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            // Cargo follows a folder's own entries only: each subfolder is named for new files in it.
            println!("cargo:rerun-if-changed={}", path.display());
            walk(&path, extension, files)?;
        } else if path.extension().is_some_and(|e| e == extension) {
            files.push(path);
        }
    }
    Ok(())
}
