//! `assay controls test`.

use std::collections::BTreeMap;

use crate::context::Context;
use crate::example_test::{self, Tried};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, ERROR, GOOD, shown, styled};
use crate::progress::Working;
use crate::step::controls::{LibraryArgs, select};
use crate::step::evaluate;
use crate::step::schema::SchemaArgs;

/// Try the examples of controls: each says what must come of it
///
/// Exits with 1 if one gives another outcome.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Only these controls: an id, `rbac/`, `cis-kubernetes-1.12:5.2.*`, with * and !
    #[arg(value_name = "PATTERN")]
    patterns: Vec<String>,
    #[command(flatten)]
    schema: SchemaArgs,
    #[command(flatten)]
    library: LibraryArgs,
}

const EXAMPLES: &str = "\
Examples:
  assay controls test
  assay controls test 'container-*' --controls ./controls";

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let schema = self.schema.load(context)?;
        let library = self.library.load(context)?;
        let controls = select(&library, &self.patterns)?;
        let lists = context.config.lists();
        evaluate::check(&schema, &controls, &lists, &BTreeMap::new())?;
        let examples: usize = controls.iter().map(|control| control.examples.len()).sum();
        let examples = output::count(examples as u64, "example");
        let working = Working::new(context.quiet, &format!("trying {examples}"));
        let tried = example_test::try_all(&schema, &controls, &lists)?;
        drop(working);
        let failed: Vec<&Tried<'_>> = tried.iter().filter(|tried| tried.failure.is_some()).collect();
        failed.iter().for_each(|tried| output::tell(&told(tried)));
        let word = if failed.is_empty() { styled(GOOD, "ok:") } else { styled(ERROR, "failed:") };
        output::print(&format!(
            "{word} {} of {}, {}\n",
            tried.len() - failed.len(),
            output::count(tried.len() as u64, "example"),
            output::count(controls.len() as u64, "control")
        ))?;
        Ok(Exit::from_success(failed.is_empty()))
    }
}

fn told(tried: &Tried<'_>) -> String {
    let Tried { control, example, failure } = tried;
    let place = format!("{}:{}", shown(&control.source.shown_path), example.line);
    let failure = output::shown_lines(failure.as_deref().unwrap_or_default());
    format!("{} {place}: {}\n{failure}", styled(ERROR, "failed:"), shown(&example.title))
}
