//! `assay controls list`.

use assay_controls::Control;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, BOLD, FAINT, shown, styled};
use crate::step::controls::{LibraryArgs, select};

/// List controls: severity, id, title
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Only these: an id, `rbac/`, `cis-kubernetes-1.12:5.2.*`, with * and !
    #[arg(value_name = "PATTERN")]
    patterns: Vec<String>,
    #[command(flatten)]
    library: LibraryArgs,
}

const EXAMPLES: &str = "\
Examples:
  assay controls list
  assay controls list cis-kubernetes-1.12
  assay controls list 'container-*' '!container-net-raw'";

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let library = self.library.load(context)?;
        let mut controls = select(&library, &self.patterns)?;
        controls.sort_by(|a, b| (&a.category, &a.id).cmp(&(&b.category, &b.id)));
        let width = controls.iter().map(|control| control.id.as_str().len()).max().unwrap_or_default();
        let mut text = String::new();
        for category in controls.chunk_by(|a, b| a.category == b.category) {
            text += &format!("{}\n", styled(BOLD, shown(&category[0].category)));
            category.iter().for_each(|control| text += &line(control, width));
        }
        output::print(&text)?;
        Ok(Exit::Success)
    }
}

fn line(control: &Control, width: usize) -> String {
    let severity = styled(output::severity(control.severity), format!("{:<8}", control.severity));
    let manual = if control.manual { styled(FAINT, " (manual)") } else { String::new() };
    format!("  {severity}  {:<width$}  {}{manual}\n", control.id, shown(&control.title))
}
