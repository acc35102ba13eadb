//! `assay completions`: what a shell needs to complete commands and flags.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// Print a shell's completion script
#[derive(Debug, clap::Args)]
#[command(display_order = 9, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  source <(assay completions bash)
  assay completions fish > ~/.config/fish/completions/assay.fish";

impl Args {
    pub(crate) fn run(self, _: &Context) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "assay", &mut script);
        output::print_bytes(&script)?;
        Ok(Exit::Success)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_completed() {
        let mut script = Vec::new();
        clap_complete::generate(Shell::Bash, &mut Cli::command(), "assay", &mut script);
        let script = String::from_utf8(script).unwrap();
        for values in ["low medium high critical", "html json sarif", "table wide json csv markdown"] {
            assert!(script.contains(&format!("compgen -W \"{values}\"")), "{values}");
        }
    }
}
