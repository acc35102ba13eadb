//! `assay controls`: the control library.

mod fmt;
mod import;
mod lint;
mod list;
mod new;
mod show;
mod test;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// List, show, test, lint, write, format and import controls
#[derive(Debug, clap::Args)]
#[command(display_order = 7)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
    Test(test::Args),
    Lint(lint::Args),
    New(new::Args),
    Fmt(fmt::Args),
    Import(import::Args),
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.command {
            Command::List(args) => args.run(context),
            Command::Show(args) => args.run(context),
            Command::Test(args) => args.run(context),
            Command::Lint(args) => args.run(context),
            Command::New(args) => args.run(context),
            Command::Fmt(args) => args.run(context),
            Command::Import(args) => args.run(context),
        }
    }
}
