//! `assay verify`: whether an archive is what was written.

use assay_snapshot::Mismatch;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, GOOD, styled};
use crate::step::store::{self, StoreArgs};

/// Prove that no byte of a snapshot and its audits changed
///
/// Exits with 2 if anything differs from what was written.
#[derive(Debug, clap::Args)]
#[command(display_order = 6)]
pub(crate) struct Args {
    /// The snapshot: its folder, its id, or the beginning of its id [default: the newest]
    #[arg(value_name = "SNAPSHOT")]
    snapshot: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let snapshot = store::snapshot(&self.store.open(context)?, self.snapshot.as_deref(), context)?;
        let mut mismatches: Vec<String> = told("", snapshot.verify());
        let audits = snapshot.audits()?;
        for audit in &audits {
            mismatches.extend(told(&format!("audits/{}/", audit.id()), audit.verify()));
        }
        if !mismatches.is_empty() {
            return Err(Failure::Lines {
                message: format!("{} is not what was written", snapshot.dir().display()),
                lines: mismatches,
                help: Some("restore it from where it was archived".to_owned()),
            });
        }
        let files = output::count(snapshot.manifest.files.len() as u64, "file");
        let audits = output::count(audits.len() as u64, "audit");
        let intact = styled(GOOD, "Intact:");
        output::print(&format!(
            "{intact} {}, {files}, {audits}\nsha256:{}\n",
            snapshot.dir().display(),
            snapshot.digest()
        ))?;
        Ok(Exit::Success)
    }
}

fn told(folder: &str, checked: Result<(), Vec<Mismatch>>) -> Vec<String> {
    let mismatches = checked.err().unwrap_or_default();
    mismatches.iter().map(|mismatch| format!("{folder}{mismatch}")).collect()
}
