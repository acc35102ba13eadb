//! `assay verify`: whether an archive is what was written.

use assay_snapshot::{Digest, InvalidDigest, Mismatch};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, GOOD, styled};
use crate::step::store::{self, StoreArgs};

/// Prove that no byte of a snapshot and its audits changed
///
/// Exits with 2 if anything differs from what was written. What was written is taken from the folder's own lists of
/// digests, so without `--digest` this shows only that the folder is consistent: who changes the manifest and its
/// `.sha256` together is not noticed. `assay collect` prints the digest to archive elsewhere. It covers the snapshot;
/// audits are compared with their own lists.
#[derive(Debug, clap::Args)]
#[command(display_order = 6, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The snapshot: its folder, its id, or the beginning of its id [default: the newest]
    #[arg(value_name = "SNAPSHOT")]
    snapshot: Option<String>,
    #[command(flatten)]
    store: StoreArgs,

    /// The digest that the snapshot must have, as `assay collect` printed it: sha256:…
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    digest: Option<Digest>,
}

const EXAMPLES: &str = "\
Examples:
  assay verify                                  the newest snapshot of the store
  assay verify 20260131 --store /var/lib/assay
  assay collect | tee /archive/today            the folder and the digest
  assay verify --digest \"$(tail -1 /archive/today)\"";

fn digest(text: &str) -> Result<Digest, String> {
    text.strip_prefix("sha256:").unwrap_or(text).parse().map_err(|error: InvalidDigest| error.to_string())
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let snapshot = store::snapshot(&self.store.open(context)?, self.snapshot.as_deref(), context)?;
        let mut mismatches: Vec<String> = told("", snapshot.verify());
        let found = snapshot.digest();
        if let Some(wanted) = self.digest.filter(|wanted| *wanted != found) {
            mismatches
                .push(format!("the snapshot's digest is sha256:{found}, sha256:{wanted} was to be there"));
        }
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
