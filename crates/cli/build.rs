//! Finds the commands: each file `src/command/<name>.rs`, or folder `src/command/<name>/mod.rs`, is one.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=src/command");
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("src/command");
    let mut commands = Vec::new();
    for entry in fs::read_dir(&folder)? {
        commands.extend(command(&entry?.path()));
    }
    // The order of a folder's entries differs from one file system to the next.
    commands.sort();
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    fs::write(out.join("commands.rs"), generate(&commands))
}

/// The command's name and file.
fn command(path: &Path) -> Option<(String, PathBuf)> {
    let name = path.file_stem()?.to_str()?.to_owned();
    let file = if path.is_dir() { path.join("mod.rs") } else { path.to_owned() };
    let is_command = name != "mod" && file.extension()? == "rs" && file.is_file();
    is_command.then_some((name, file))
}

fn generate(commands: &[(String, PathBuf)]) -> String {
    let mut text = String::new();
    for (name, file) in commands {
        text += &format!("#[path = {file:?}]\nmod {name};\n");
    }
    text += "/// A command with its flags.\n#[derive(clap::Subcommand)]\n";
    text +=
        "#[allow(clippy::large_enum_variant, reason = \"one is made, once\")]\npub(crate) enum Command {\n";
    for (name, _) in commands {
        text += &format!("    {}({name}::Args),\n", variant(name));
    }
    text += "}\n\nimpl Command {\n    /// Does what it is for.\n";
    text +=
        "    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {\n        match self {\n";
    for (name, _) in commands {
        text += &format!("            Self::{}(args) => args.run(context),\n", variant(name));
    }
    text + "        }\n    }\n}\n"
}

/// `completions` → `Completions`.
fn variant(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_uppercase() + rest
}
