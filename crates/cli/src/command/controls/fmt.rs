//! `assay controls fmt`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use assay_controls::{Block, Control};
use assay_evaluator::query::{self, Bindings};
use assay_evaluator::result_type;
use assay_model::schema::Schema;
use jiff::Timestamp;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, shown};
use crate::step::controls::LibraryArgs;
use crate::step::evaluate;
use crate::step::schema::SchemaArgs;

/// Rewrite the queries of your own controls in canonical style
///
/// The object style, one layout, types of variables that editors accept. A query means the same afterwards; one with
/// comments stays as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Folders of controls [default: those of `--controls` or assay.yaml]
    #[arg(value_name = "DIR")]
    folders: Vec<PathBuf>,
    #[command(flatten)]
    schema: SchemaArgs,

    /// Change nothing; exit with 1 if a file would change
    #[arg(long)]
    check: bool,
}

const EXAMPLES: &str = "\
Examples:
  assay controls fmt controls/
  assay controls fmt --check controls/";

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let folders = if self.folders.is_empty() { &context.config.controls } else { &self.folders };
        if folders.is_empty() {
            return Err(Failure::with_help("there are no controls to format", "name their folder"));
        }
        let schema = self.schema.load(context)?;
        let (lists, variables) = (context.config.lists(), BTreeMap::new());
        let bindings = Bindings { as_of: Timestamp::UNIX_EPOCH, lists: &lists, variables: &variables };
        let library = LibraryArgs { controls: folders.clone() }.load(context)?;
        let (mut text, mut changed) = (String::new(), 0);
        for folder in folders {
            for control in library.controls() {
                let path = folder.join(&control.source.path);
                // A control of another folder, or a built-in one, is no file of this one.
                if fs::read_to_string(&path).ok().as_deref() != Some(&*control.source.text) {
                    continue;
                }
                evaluate::check(&schema, &[control], &lists, &variables)?;
                let formatted = formatted(&schema, control, bindings);
                if formatted != *control.source.text {
                    changed += 1;
                    text += &format!("{}\n", shown(&path.display().to_string()));
                    if !self.check {
                        write(&path, &formatted)?;
                    }
                }
            }
        }
        output::print(&text)?;
        Ok(Exit::from_success(!self.check || changed == 0))
    }
}

/// The control's file with its queries in canonical style.
fn formatted(schema: &Schema, control: &Control, bindings: Bindings<'_>) -> String {
    let mut blocks: Vec<(&Block, Option<String>)> = Vec::new();
    for check in &control.checks {
        let of = result_type(schema, check, bindings);
        blocks.push((&check.query, query::format(schema, &check.query.text, bindings).ok()));
        if let Some(block) = &check.population {
            blocks.push((block, query::format(schema, &block.text, bindings).ok()));
        }
        if let Some(block) = &check.evidence {
            let of = of.as_deref().unwrap_or("Asset");
            blocks.push((block, query::format_selection(schema, of, &block.text, bindings).ok()));
        }
    }
    blocks.sort_by_key(|(block, _)| block.offset);
    let mut text = control.source.text.to_string();
    for (block, formatted) in blocks.into_iter().rev() {
        if let Some(formatted) = formatted {
            text.replace_range(block.offset..block.offset + block.text.len(), &formatted);
        }
    }
    text
}

fn write(path: &std::path::Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))
}
