//! `assay controls`: the control library.

mod lint;
mod list;
mod show;
mod test;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// List, show, test and lint controls
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
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.command {
            Command::List(args) => args.run(context),
            Command::Show(args) => args.run(context),
            Command::Test(args) => args.run(context),
            Command::Lint(args) => args.run(context),
        }
    }
}
