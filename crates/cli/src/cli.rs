//! The whole command line: what holds for every command, and the way from arguments to an exit code.

use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser};
use tracing_subscriber::EnvFilter;

use crate::command::Command;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{config, diagnostics};

/// Audits Kubernetes from snapshots.
///
/// A snapshot of a cluster, or of manifests, is kept as Parquet; controls are evaluated over it; reports say what
/// failed, on which asset, where, and what could not be examined.
#[derive(Parser)]
#[command(name = "assay", version, propagate_version = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,

    /// The configuration [default: assay.yaml, if it is there]
    #[arg(long, global = true, value_name = "FILE", help_heading = "General")]
    config: Option<PathBuf>,

    /// Say what is being done; twice for more
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "General")]
    verbose: u8,

    /// Show no progress
    #[arg(short, long, global = true, help_heading = "General")]
    quiet: bool,
}

const EXAMPLES: &str = "\
Examples:
  assay audit                             the cluster of the current context
  assay audit deploy/                     a folder of manifests
  helm template ./chart | assay audit -   what a chart renders
  assay audit --fail-on high deploy/      exit with 1 if anything high or critical fails
  assay controls show container-privileged
  assay rbac | kubectl apply -f -         the permissions that collecting needs

Exit codes:
  0  completed, and the gate passed if there is one
  1  the gate failed
  2  could not complete: bad input, or something is out of reach
  3  the gate is undecided: something that counts could not be examined";

/// Reads the command line; ends the program where there is nothing to do but to print help.
pub(crate) fn parse() -> Cli {
    let mut command = Cli::command();
    if is_plugin() {
        command = command.bin_name("kubectl assay");
    }
    let matches = command.get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// Whether kubectl started us, which it does by the name `kubectl-assay`.
fn is_plugin() -> bool {
    let program = std::env::args_os().next().unwrap_or_default();
    Path::new(&program).file_stem().is_some_and(|name| name.to_string_lossy().starts_with("kubectl-"))
}

impl Cli {
    /// Runs the command; what goes wrong is told.
    pub(crate) fn run(self) -> Exit {
        trace(self.verbose);
        self.complete().unwrap_or_else(|failure| {
            diagnostics::tell(&failure);
            Exit::Incomplete
        })
    }

    fn complete(self) -> Result<Exit, Failure> {
        let config = config::load(self.config.as_deref())?;
        // Steps that are told in lines would tear one that moves.
        let quiet = self.quiet || self.verbose > 0;
        self.command.run(&Context { config, quiet })
    }
}

/// Only assay's own words: a library's trace may hold what was sent to the API server.
fn trace(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => "assay=info",
        2 => "assay=debug",
        _ => "assay=trace",
    };
    let subscriber = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(level)).without_time();
    let is_plain = AutoStream::choice(&std::io::stderr()) == ColorChoice::Never;
    subscriber.with_ansi(!is_plain).with_writer(std::io::stderr).init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
