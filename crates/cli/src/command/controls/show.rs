//! `assay controls show`.

use std::fmt::Write as _;

use assay_controls::{Check, Control};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, BOLD, FAINT, shown, shown_lines, styled};
use crate::step::controls::{LibraryArgs, select};

/// Show a control: why, how to put it right, its queries
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Its id, or a pattern
    #[arg(value_name = "ID", required = true)]
    patterns: Vec<String>,
    #[command(flatten)]
    library: LibraryArgs,
}

const EXAMPLES: &str = "\
Examples:
  assay controls show container-privileged";

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let library = self.library.load(context)?;
        let pages: Vec<String> = select(&library, &self.patterns)?.into_iter().map(page).collect();
        output::print(&pages.join("\n"))?;
        Ok(Exit::Success)
    }
}

fn page(control: &Control) -> String {
    let mut text = format!("{}\n{}\n", styled(BOLD, shown(&control.title)), styled(FAINT, &control.id));
    let severity = styled(output::severity(control.severity), control.severity);
    let manual = if control.manual { ", manual: no snapshot can decide it" } else { "" };
    let _ = writeln!(text, "\n{severity}, {}{manual}", shown(&control.category));
    for (framework, requirements) in &control.frameworks {
        let _ = writeln!(text, "{framework}: {}", shown(&requirements.join(", ")));
    }
    for section in &control.sections {
        let heading = styled(BOLD, shown(&section.heading));
        let _ = write!(text, "\n{heading}\n\n{}\n", shown_lines(section.markdown.trim_end()));
    }
    if !control.checks.is_empty() {
        let _ = write!(text, "\n{}\n", styled(BOLD, "Checks"));
    }
    control.checks.iter().for_each(|check| text += &query(check));
    text
}

fn query(check: &Check) -> String {
    let title = format!("\n{}: {}\n", check.slug, shown(&check.title));
    let query: String = check.query.text.lines().map(|line| format!("    {}\n", shown(line))).collect();
    format!("{title}{query}    {}\n", styled(FAINT, format!("expected: {}", check.expected)))
}
