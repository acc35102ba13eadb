//! `assay controls new`.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use assay_controls::ControlId;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// A page that works as it is, to be made one's own.
const PAGE: &str = include_str!("new.md");

/// Write the page of a new control, to fill in
///
/// It has all sections, a query and examples of both kinds, and passes `lint` and `test` as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The control's id: lower-case words with hyphens
    #[arg(value_name = "ID", value_parser = id)]
    id: ControlId,

    /// Its subject in a few words [default: the id]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,

    /// What it is about: the folder it goes to
    #[arg(long, value_name = "NAME", default_value = "own", value_parser = category)]
    category: String,

    /// The folder of controls
    #[arg(long, value_name = "DIR", default_value = "controls")]
    dir: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  assay controls new images-from-our-registry --category images
  assay controls test images-from-our-registry --controls controls";

fn id(text: &str) -> Result<ControlId, String> {
    ControlId::new(text).map_err(|error| error.to_string())
}

fn category(text: &str) -> Result<String, String> {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let holds = !text.is_empty() && text.bytes().all(word);
    if holds { Ok(text.to_owned()) } else { Err("use lower-case letters, digits and hyphens".to_owned()) }
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let folder = self.dir.join(&self.category);
        let path = folder.join(format!("{}.md", self.id));
        let shown = path.display();
        let failed = |error: std::io::Error| Failure::new(format!("cannot write {shown}: {error}"));
        let title = self.title.unwrap_or_else(|| self.id.to_string().replace('-', " "));
        let title = title.replace('\n', " ");
        let page = PAGE
            .replace("title: {title}", &format!("title: {title:?}"))
            .replace("{id}", self.id.as_str())
            .replace("{title}", &title)
            .replace("{category}", &self.category);
        fs::create_dir_all(&folder).map_err(failed)?;
        // A page that is there is somebody's work.
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
        file.write_all(page.as_bytes()).map_err(failed)?;
        output::print(&format!("{shown}\n"))?;
        output::tell(&next(&self.id, &self.dir, &context.config.controls));
        Ok(Exit::Success)
    }
}

/// What to do with the page. Controls of a folder are seen only where the configuration or a flag names it.
fn next(id: &ControlId, folder: &Path, configured: &[PathBuf]) -> String {
    let same = |known: &PathBuf| match (known.canonicalize(), folder.canonicalize()) {
        (Ok(known), Ok(folder)) => known == folder,
        _ => known == folder,
    };
    let shown = output::shown(&folder.display().to_string()).into_owned();
    let (flag, also) = match configured.iter().any(same) {
        true => (String::new(), String::new()),
        false => (
            format!(" --controls {shown}"),
            format!("; `controls: [{shown}]` in assay.yaml does so for every command"),
        ),
    };
    format!("next: fill it in, then `assay controls lint{flag}`, `assay controls test {id}{flag}`{also}")
}
