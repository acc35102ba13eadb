//! Controls: the built-in ones and one's own, and the choice among them.

use std::path::PathBuf;

use assay_controls::{Control, Library};

use crate::context::Context;
use crate::failure::Failure;

/// Where controls come from.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct LibraryArgs {
    /// A folder of controls, besides the built-in ones; may be repeated
    #[arg(long, value_name = "DIR", help_heading = "Controls")]
    pub(crate) controls: Vec<PathBuf>,
}

impl LibraryArgs {
    /// All controls.
    pub(crate) fn load(&self, context: &Context) -> Result<Library, Failure> {
        tracing::info!("reading the controls");
        let folders = if self.controls.is_empty() { &context.config.controls } else { &self.controls };
        let mut library = Library::built_in()?;
        for folder in folders {
            library = library.with_dir(folder)?;
        }
        Ok(library)
    }
}

/// The present id of a control, given a former one.
pub(crate) fn renamed(library: &Library, former: &str) -> Option<String> {
    library.get(former).map(|control| control.id.to_string())
}

/// The controls that the patterns choose; all if there are none.
pub(crate) fn select<'l>(library: &'l Library, patterns: &[String]) -> Result<Vec<&'l Control>, Failure> {
    library.select(patterns).map_err(|unknown| Failure::Lines {
        message: "there are no such controls".to_owned(),
        lines: unknown.iter().map(ToString::to_string).collect(),
        help: Some("`assay controls list` names all of them".to_owned()),
    })
}
