//! `assay schema`: what checks can ask for.

use assay_evaluator::query::sdl;
use clap::ValueEnum;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::step::schema::SchemaArgs;

/// Print the asset model that checks are written against
#[derive(Debug, clap::Args)]
#[command(display_order = 8, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    schema: SchemaArgs,

    /// How to print it
    #[arg(short, long, value_name = "FORM", default_value = "graphql")]
    output: Form,
}

/// How to print the model.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    /// GraphQL SDL with all input types, for editors that complete and validate queries
    Graphql,
}

const EXAMPLES: &str = "\
Examples:
  assay schema -o graphql > schema.graphql     for the GraphQL plugin of an editor";

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let Form::Graphql = self.output;
        output::print(&sdl(&self.schema.load(context)?))?;
        Ok(Exit::Success)
    }
}
