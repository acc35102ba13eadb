//! `assay`, the command line: collects, evaluates, reports.
//!
//! ```text
//! command/   one file a command: its flags, what it does, in which order
//! step/      what commands share: collecting, controls, evaluating, reporting, the gate, stored audits
//! changes    a comparison in words
//! config     assay.yaml          exit         exit codes         failure      why a command could not complete
//! summary    an audit in words   diagnostics  mistakes in texts  output       the terminal, and what may reach it
//! ```
//!
//! Nothing is decided here that another program would need: the crates below decide, this one wires them, talks
//! to people, and is the only one that does.

mod changes;
mod cli;
mod command;
mod config;
mod context;
mod diagnostics;
mod duration;
mod example_test;
mod exit;
mod failure;
mod output;
mod progress;
mod step;
mod summary;

use std::panic::{self, PanicHookInfo};
use std::process::ExitCode;

use crate::exit::Exit;

/// Collecting, evaluating and reporting follow each other on all cores, and each wants the memory of the one before.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    panic::set_hook(Box::new(report_panic));
    let exit = panic::catch_unwind(|| cli::parse().run()).unwrap_or(Exit::Incomplete);
    exit.into()
}

/// Says that there is a mistake in assay, and where. What the panic says may quote input, so it is not repeated.
fn report_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(|place| format!(" at {}:{}", place.file(), place.line()));
    output::tell(&format!(
        "internal error{}: please report it, with the command you ran",
        place.unwrap_or_default()
    ));
}
