//! `assay controls import`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use assay_controls::Library;
use assay_controls::catalogue::{self, Catalogue, CatalogueControl, CatalogueRule, Policy, Ported, Rule};
use assay_evaluator::query::{self, Bindings, Diagnostic};
use assay_model::schema::Schema;
use jiff::Timestamp;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, BOLD, shown, styled};
use crate::step::schema::SchemaArgs;

/// Import a catalogue of checks kept as JSON
///
/// Each enabled control that has a rule for Kubernetes becomes a page, its queries as they are; policies become
/// frameworks. Rules that read what is no Kubernetes object become checks that are unknown, with the reason. Everything
/// that is left out is listed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The catalogue's folder
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[command(flatten)]
    schema: SchemaArgs,

    /// The folder that pages are written to; files that are there already are kept
    #[arg(long, value_name = "DIR", default_value = "controls")]
    to: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  assay controls import catalogue/ --to controls
  assay controls lint --controls controls && assay audit --controls controls --select imported/";

/// What was done, and what was not.
#[derive(Default)]
struct Told {
    checks: usize,
    pages: usize,
    unknown: Vec<String>,
    skipped: Vec<String>,
    notes: Vec<String>,
}

impl Args {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cannot = |error| Failure::new(format!("cannot read {}: {error}", self.dir.display()));
        let mut catalogue = catalogue::read(&self.dir).map_err(cannot)?;
        let schema = self.schema.load(context)?;
        let lists = context.config.lists();
        let none = BTreeMap::new();
        let bindings = Bindings { as_of: Timestamp::UNIX_EPOCH, lists: &lists, variables: &none };
        let mut told = Told { notes: std::mem::take(&mut catalogue.notes), ..Told::default() };
        let taken = Library::built_in()?;
        let mut frameworks = Vec::new();
        let mut used = BTreeSet::new();
        for policy in &catalogue.policies {
            let is_free = |id: &str| taken.framework(id).is_none();
            let id = free_id((&policy.file, &policy.slug), "policy", &is_free, &mut used, &mut told);
            frameworks.push((id, policy));
        }
        let is_free = |id: &str| taken.get(id).is_none();
        let mut used = BTreeSet::new();
        for control in &catalogue.controls {
            let rules: Vec<Rule<'_>> = control
                .rules
                .iter()
                .map(|rule| Rule { rule, ported: ported(&schema, &catalogue, control, rule, bindings) })
                .collect();
            told.rules(control, &rules);
            let kept: Vec<Rule<'_>> =
                rules.into_iter().filter(|rule| !matches!(rule.ported, Ported::Skipped { .. })).collect();
            if kept.is_empty() {
                continue;
            }
            let id = free_id((&control.file, &control.slug), "control", &is_free, &mut used, &mut told);
            let page = catalogue::page(control, &id, &requirements(&frameworks, control), &kept);
            told.pages +=
                usize::from(write(&self.to.join("imported"), &format!("{id}.md"), &page, &mut told)?);
        }
        for (id, policy) in &frameworks {
            let text = catalogue::framework_file(policy, id);
            write(&self.to.join("frameworks"), &format!("{id}.yaml"), &text, &mut told)?;
        }
        output::print(&told.text(&self.to))?;
        Ok(Exit::Success)
    }
}

/// What becomes of a rule.
fn ported(
    schema: &Schema,
    catalogue: &Catalogue,
    control: &CatalogueControl,
    rule: &CatalogueRule,
    bindings: Bindings<'_>,
) -> Ported {
    let skipped = |reason: String| Ported::Skipped { reason };
    let unknown = |reason: String| Ported::Unknown { reason };
    if !control.enabled {
        return skipped("the control is disabled".to_owned());
    }
    let is_kubernetes = |provider: &String| matches!(provider.to_lowercase().as_str(), "kubernetes" | "k8s");
    if !rule.providers.iter().any(is_kubernetes) {
        let providers =
            if rule.providers.is_empty() { "nobody".to_owned() } else { rule.providers.join(", ") };
        return skipped(format!("it is about {providers}"));
    }
    if rule.manual {
        return unknown("a person decides it".to_owned());
    }
    let Some(text) = catalogue.queries.get(&rule.query) else {
        return unknown(format!("no file of the catalogue defines the query `{}`", rule.query));
    };
    if let Some(mistake) = rule.mistake() {
        return unknown(format!("what it expects cannot be understood: {mistake}"));
    }
    let resolved = match &rule.return_path {
        Some(path) => query::query_at(schema, text, path, bindings),
        None => query::query(schema, text, bindings),
    };
    if let Err(mistakes) = resolved {
        return unknown(format!("the query asks for what no snapshot holds: {}", messages(&mistakes)));
    }
    // The population is named by slug, or written out.
    let population = match &rule.population {
        None => None,
        Some(named) => match catalogue.queries.get(named.trim()) {
            Some(text) => Some(text.clone()),
            None if named.contains('{') => Some(named.clone()),
            None => {
                let of = "which is to give its population";
                return unknown(format!("no file of the catalogue defines the query `{named}`, {of}"));
            }
        },
    };
    if let Some(Err(mistakes)) = population.as_ref().map(|text| query::query(schema, text, bindings)) {
        return unknown(format!("its population cannot be asked for: {}", messages(&mistakes)));
    }
    Ported::Check { query: text.clone(), population }
}

fn messages(mistakes: &[Diagnostic]) -> String {
    mistakes.iter().map(|mistake| mistake.message.as_str()).collect::<Vec<_>>().join("; ")
}

/// A slug as an id that nothing else has; without a letter in it, the word for what it is.
fn free_id(
    (file, slug): (&str, &str),
    otherwise: &str,
    is_free: &dyn Fn(&str) -> bool,
    used: &mut BTreeSet<String>,
    told: &mut Told,
) -> String {
    let base = Some(catalogue::slug(slug)).filter(|slug| !slug.is_empty());
    let base = base.unwrap_or_else(|| otherwise.to_owned());
    let names = std::iter::once(base.clone()).chain((1..).map(|n| match n {
        1 => format!("{base}-imported"),
        n => format!("{base}-imported-{n}"),
    }));
    let free = |id: &String| is_free(id) && !used.contains(id);
    let id = names.into_iter().find(free).unwrap_or(base);
    if id != slug {
        told.notes.push(format!("{file}: `{slug}` is called `{id}` here"));
    }
    used.insert(id.clone());
    id
}

/// The requirements that a control serves, by framework.
fn requirements(frameworks: &[(String, &Policy)], control: &CatalogueControl) -> Vec<(String, Vec<String>)> {
    let of_policy = frameworks.iter().map(|(id, policy)| {
        let serves = policy.procedures.iter().filter(|(.., controls)| controls.contains(&control.slug));
        (id.clone(), serves.map(|(slug, ..)| slug.clone()).collect::<Vec<_>>())
    });
    of_policy.filter(|(_, requirements)| !requirements.is_empty()).collect()
}

/// Writes a new file; one that is there is kept, and that is told.
fn write(folder: &Path, name: &str, text: &str, told: &mut Told) -> Result<bool, Failure> {
    let path = folder.join(name);
    let failed = |error: std::io::Error| Failure::new(format!("cannot write {}: {error}", path.display()));
    fs::create_dir_all(folder).map_err(failed)?;
    match OpenOptions::new().write(true).create_new(true).open(&path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map_err(failed).map(|()| true),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            if fs::read_to_string(&path).ok().as_deref() != Some(text) {
                told.notes
                    .push(format!("{} is there already, with another text, and was kept", path.display()));
            }
            Ok(false)
        }
        Err(error) => Err(failed(error)),
    }
}

impl Told {
    fn rules(&mut self, control: &CatalogueControl, rules: &[Rule<'_>]) {
        if rules.is_empty() {
            self.skipped.push(format!("{}: it has no rules", control.slug));
        }
        for Rule { rule, ported } in rules {
            let query = if rule.query.is_empty() { "a rule without a query" } else { &rule.query };
            match ported {
                Ported::Check { .. } => self.checks += 1,
                Ported::Unknown { reason } => {
                    self.unknown.push(format!("{}, {query}: {reason}", control.slug))
                }
                Ported::Skipped { reason } => {
                    self.skipped.push(format!("{}, {query}: {reason}", control.slug))
                }
            }
        }
    }

    fn text(&self, to: &Path) -> String {
        let mut text = format!(
            "{}, with {} that run as they are, in {}\n",
            output::count(self.pages as u64, "page"),
            output::count(self.checks as u64, "check"),
            to.display()
        );
        let lists = [
            ("Unknown, whatever a snapshot holds", &self.unknown),
            ("Skipped", &self.skipped),
            ("Notes", &self.notes),
        ];
        for (heading, lines) in lists.iter().filter(|(_, lines)| !lines.is_empty()) {
            text += &format!("{} ({})\n", styled(BOLD, heading), lines.len());
            lines.iter().for_each(|line| text += &format!("  {}\n", shown(line)));
        }
        text
    }
}
