//! `assay controls lint`.

use std::collections::BTreeMap;

use crate::context::Context;
use crate::diagnostics::{self, Located};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::step::controls::LibraryArgs;
use crate::step::evaluate;
use crate::step::schema::SchemaArgs;

/// Find mistakes in controls: files, queries, checks that no example proves
///
/// Exits with 2 if a control cannot be used, with 1 if it could be better.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    schema: SchemaArgs,
    #[command(flatten)]
    library: LibraryArgs,
}

const EXAMPLES: &str = "\
Examples:
  assay controls lint --controls ./controls";

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let library = self.library.load(context)?;
        let controls: Vec<_> = library.controls().iter().collect();
        evaluate::check(&self.schema.load(context)?, &controls, &context.config.lists(), &BTreeMap::new())?;
        let problems: Vec<Located> = library.lint().into_iter().map(Located::from).collect();
        let holds = problems.is_empty();
        if !holds {
            diagnostics::tell(&Failure::Located(problems));
        }
        let frameworks = output::count(library.frameworks().len() as u64, "framework");
        output::print(&format!("{}, {frameworks}\n", output::count(controls.len() as u64, "control")))?;
        Ok(Exit::from_success(holds))
    }
}
