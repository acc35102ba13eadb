//! `assay schema`: what checks can ask for.

use assay_evaluator::query::sdl;
use assay_model::schema::{Schema, draft};
use clap::ValueEnum;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::step::definitions::definitions;
use crate::step::schema::{SchemaArgs, takes};
use crate::step::store::{self, StoreArgs};

/// Print the asset model that checks are written against, or draft types for custom resources
///
/// With `--from-crds`, the CustomResourceDefinitions of a snapshot become SDL that `--schema` takes as it is: a type
/// for each kind that has none yet, with the fields, lists and descriptions of its OpenAPI schema. Relations and facts
/// are for you to add, and what no check needs may go.
#[derive(Debug, clap::Args)]
#[command(display_order = 8, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    schema: SchemaArgs,

    /// Draft types from the definitions in a snapshot: its folder, its id, or the beginning of it; the newest without
    #[arg(
        long,
        value_name = "SNAPSHOT",
        num_args = 0..=1,
        default_missing_value = "",
        help_heading = "Draft",
        conflicts_with = "output"
    )]
    from_crds: Option<String>,
    #[command(flatten)]
    store: StoreArgs,

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
  assay schema -o graphql > schema.graphql       for the GraphQL plugin of an editor
  assay schema --from-crds > types/ours.graphql  types for the custom resources of the newest snapshot
  assay schema --from-crds 20260131 --schema types/";

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let schema = self.schema.load(context)?;
        match &self.from_crds {
            Some(snapshot) => self.draft(&schema, snapshot, context)?,
            None => {
                let Form::Graphql = self.output;
                output::print(&sdl(&schema))?;
            }
        }
        Ok(Exit::Success)
    }

    fn draft(&self, schema: &Schema, snapshot: &str, context: &Context) -> Result<(), Failure> {
        let wanted = Some(snapshot).filter(|wanted| !wanted.is_empty());
        let snapshot = store::snapshot(&self.store.open(context)?, wanted, context)?;
        let draft = draft(schema, &definitions(&snapshot)?);
        for line in &draft.left_out {
            output::tell(&format!("note: not drafted: {line}"));
        }
        if draft.kinds == 0 {
            let message =
                format!("snapshot {} defines no kind that lacks a type", snapshot.manifest.snapshot);
            return Err(Failure::new(message));
        }
        takes(schema, &draft.sdl)?;
        output::print(&draft.sdl)?;
        Ok(())
    }
}
