//! `assay rbac`: the permissions that collecting needs.

use assay_connector::cluster_role;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::step::collect::schema;

/// Print the least ClusterRole that collecting needs
#[derive(Debug, clap::Args)]
#[command(display_order = 8, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The ClusterRole's name
    #[arg(long, default_value = "assay", value_name = "NAME")]
    name: String,

    /// Also list every other kind, custom resources among them
    #[arg(long)]
    all_kinds: bool,
}

const EXAMPLES: &str = "\
Examples:
  assay rbac | kubectl apply -f -
  kubectl create clusterrolebinding assay --clusterrole assay --serviceaccount assay:assay";

impl Args {
    pub(crate) fn run(self, _: &Context) -> Result<Exit, Failure> {
        output::print(&cluster_role(&schema()?, &self.name, self.all_kinds))?;
        Ok(Exit::Success)
    }
}
