//! Embeds every file of `schema/`, so that adding an asset type is adding one file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    embed(&root, "schema", "graphql", &out.join("schema_files.rs"))?;
    embed(&root, "builtin", "txt", &out.join("builtin_files.rs"))
}

/// Writes a slice expression of (file name, text) for the files of `folder`, by name.
fn embed(root: &Path, folder: &str, extension: &str, to: &Path) -> io::Result<()> {
    println!("cargo::rerun-if-changed={folder}");
    let mut files: Vec<PathBuf> = fs::read_dir(root.join(folder))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    let mut text = String::from("&[\n");
    for path in &files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let _ = writeln!(text, "({name:?}, include_str!({path:?})),");
    }
    text.push(']');
    fs::write(to, text)
}
