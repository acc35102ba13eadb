//! Lists the modules of `src/format`, so that adding a format is adding a file (or a folder with `mod.rs`).

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=src/format");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut modules = Vec::new();
    for entry in fs::read_dir(root.join("src/format"))? {
        modules.extend(module(&entry?.path()));
    }
    modules.sort();
    let mut source: String =
        modules.iter().map(|(name, file)| format!("#[path = {file:?}]\nmod {name};\n")).collect();
    let list: String = modules.iter().map(|(name, _)| format!("{name}::FORMAT, ")).collect();
    source.push_str(&format!("static FORMATS: &[&dyn Format] = &[{list}];\n"));
    fs::write(out.join("formats.rs"), source)
}

/// The name of the module at this path and its file, if it is one.
fn module(path: &Path) -> Option<(String, PathBuf)> {
    let folder = path.join("mod.rs");
    let file = if folder.is_file() {
        folder
    } else if path.extension().is_some_and(|e| e == "rs") {
        path.to_owned()
    } else {
        return None;
    };
    Some((path.file_stem()?.to_str()?.to_owned(), file))
}
