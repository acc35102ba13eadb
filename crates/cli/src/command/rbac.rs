//! `assay rbac`: the permissions that collecting needs.

use std::collections::BTreeSet;

use assay_connector::cluster_role;
use assay_model::schema::Schema;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::step::controls::LibraryArgs;
use crate::step::needs::needs;
use crate::step::schema::SchemaArgs;

/// Print the least ClusterRole that collecting needs
///
/// Without a choice of controls, the role lists every resource of the model. With one, only what their checks read:
/// an audit with these controls is complete, and what else could be collected is recorded as forbidden.
#[derive(Debug, clap::Args)]
#[command(display_order = 8, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The ClusterRole's name
    #[arg(long, default_value = "assay", value_name = "NAME")]
    name: String,

    /// Also list every other kind, custom resources among them
    #[arg(long)]
    all_kinds: bool,

    /// Also ask the kubelets for their configuration, which takes a permission to do much more
    #[arg(long)]
    kubelet_config: bool,

    #[command(flatten)]
    schema: SchemaArgs,
    #[command(flatten)]
    library: LibraryArgs,

    /// Only what these controls read: an id, `rbac/`, `cis-kubernetes-1.12:5.2.*`; may be repeated
    #[arg(long, value_name = "PATTERN", help_heading = "Controls")]
    select: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  assay rbac | kubectl apply -f -
  assay rbac --select pod-security/ --select rbac/
  assay rbac --controls ./controls --select 'our-*'
  kubectl create clusterrolebinding assay --clusterrole assay --serviceaccount assay:assay";

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let schema = self.schema.load(context)?;
        let needed = self.needed(&schema, context)?;
        // Any kind may be meant where a check reads assets of every sort.
        let all_kinds = self.all_kinds || needed.as_ref().is_some_and(|names| names.contains("*"));
        output::print(&cluster_role(&schema, &self.name, needed.as_ref(), all_kinds, self.kubelet_config))?;
        Ok(Exit::Success)
    }

    /// What the chosen controls read; none if there is no choice.
    fn needed(&self, schema: &Schema, context: &Context) -> Result<Option<BTreeSet<String>>, Failure> {
        if self.select.is_empty() && self.library.controls.is_empty() {
            return Ok(None);
        }
        Ok(Some(needs(schema, &self.library, &self.select, context)?.resources()))
    }
}
