//! Evaluating: controls and exceptions over a snapshot, and the audit that is kept beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use assay_audit::exceptions::Exceptions;
use assay_audit::{Audit, lines};
use assay_controls::{Control, Library, Lists};
use assay_evaluator::data::Data;
use assay_evaluator::query::{Bindings, time_or_day};
use assay_evaluator::{Checks, Error, Evaluated, Results, evaluate_checks};
use assay_model::cores::both;
use assay_model::nearest::closest;
use assay_model::schema::Schema;
use assay_snapshot::{AuditFiles, AuditRef, AuditTables, Snapshot};
use jiff::Timestamp;

use super::controls::{LibraryArgs, select};
use super::inputs::{INPUTS_FILE, Inputs};
use super::schema::SchemaArgs;
use super::store::AUDIT_FILE;
use super::until_the_end;
use crate::context::Context;
use crate::diagnostics::Located;
use crate::failure::{Failure, internal};
use crate::output;
use crate::progress::Working;

/// How much of the result's digest is the audit's id.
const ID_LENGTH: usize = 16;

/// What to evaluate.
#[derive(Debug, clap::Args)]
pub(crate) struct EvaluateArgs {
    #[command(flatten)]
    library: LibraryArgs,

    /// Only these controls: an id, `rbac/`, `cis-kubernetes-1.12:5.2.*`, each with * and with ! before it to leave
    /// some out; may be repeated
    #[arg(long, value_name = "PATTERN", help_heading = "Controls")]
    select: Vec<String>,

    /// The file of exceptions, each with a reason, an owner and an expiry date; one without `assets` covers all
    /// that its controls find
    #[arg(long, value_name = "FILE", help_heading = "Controls")]
    exceptions: Option<PathBuf>,

    /// The time that ages and expiry dates are counted from, such as 2026-01-31 [default: the snapshot's]
    #[arg(long, value_name = "TIME", value_parser = as_of, help_heading = "Controls")]
    as_of: Option<Timestamp>,

    /// A value for a variable of the checks' queries, in place of their own and of the same type; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = variable, help_heading = "Controls")]
    variables: Vec<(String, serde_json::Value)>,
}

/// Values of variables.
pub(crate) type Variables = BTreeMap<String, serde_json::Value>;

/// `maxAge=90`: what the text means is up to the variable's type, or its default.
pub(crate) fn variable(text: &str) -> Result<(String, serde_json::Value), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.into())),
        _ => Err("write NAME=VALUE, such as maxAge=90".to_owned()),
    }
}

/// Refuses a variable that no query has: a typo must not leave a default in force.
fn declared(controls: &[&Control], variables: &Variables) -> Result<(), Failure> {
    let checks = controls.iter().flat_map(|control| &control.checks);
    match undeclared(variables, checks.flat_map(|check| check.variables())) {
        Some(name) => Err(Failure::with_help(
            format!("no query of the selected controls has a variable `${name}`"),
            "`assay controls show` shows a control's queries",
        )),
        None => Ok(()),
    }
}

/// A variable that is given a value and is none of those that queries have.
pub(crate) fn undeclared<'v>(
    variables: &'v Variables,
    declared: impl Iterator<Item = &'v str>,
) -> Option<&'v str> {
    let declared: BTreeSet<&str> = declared.collect();
    variables.keys().map(String::as_str).find(|name| !declared.contains(name))
}

/// A time (RFC 3339), or a day, which begins at midnight in UTC.
pub(crate) fn as_of(text: &str) -> Result<Timestamp, String> {
    time_or_day(text).ok_or_else(|| "write a day (2026-01-31) or a time (2026-01-31T12:00:00Z)".to_owned())
}

/// All controls, and what is to be done with them.
pub(crate) struct Plan {
    /// All controls.
    pub(crate) library: Library,
    patterns: Vec<String>,
    exceptions: Option<PathBuf>,
    as_of: Option<Timestamp>,
    lists: Lists,
    variables: Variables,
}

/// Everything an evaluation needs besides the snapshot, checked before anything is collected.
pub(crate) struct PreparedEvaluation<'p> {
    plan: &'p Plan,
    schema: &'p Schema,
    controls: Vec<&'p Control>,
    checks: Checks<'p>,
    exceptions: Option<Exceptions>,
}

impl EvaluateArgs {
    /// Reads the asset model and all controls, side by side.
    pub(crate) fn load(
        &self,
        schema: &SchemaArgs,
        context: &Context,
    ) -> (Result<Schema, Failure>, Result<Plan, Failure>) {
        both(|| schema.load(context), || self.plan(context))
    }

    fn plan(&self, context: &Context) -> Result<Plan, Failure> {
        let patterns = if self.select.is_empty() { &context.config.select } else { &self.select };
        Ok(Plan {
            library: self.library.load(context)?,
            patterns: patterns.clone(),
            exceptions: self.exceptions.clone().or_else(|| context.config.exceptions.clone()),
            as_of: self.as_of,
            lists: context.config.lists(),
            variables: self.variables.clone().into_iter().collect(),
        })
    }
}

impl Plan {
    /// Chooses controls, resolves their checks and reads exceptions; every mistake in them is told now.
    pub(crate) fn prepare<'p>(&'p self, schema: &'p Schema) -> Result<PreparedEvaluation<'p>, Failure> {
        let controls = select(&self.library, &self.patterns)?;
        let checks = check(schema, &controls, &self.lists, &self.variables)?;
        declared(&controls, &self.variables)?;
        let exceptions = self.exceptions.as_ref();
        let exceptions = exceptions.map(|path| read_exceptions(path, &self.library)).transpose()?;
        Ok(PreparedEvaluation { plan: self, schema, controls, checks, exceptions })
    }
}

/// Resolves the checks of controls; refuses those whose queries have mistakes.
pub(crate) fn check<'c>(
    schema: &'c Schema,
    controls: &[&'c Control],
    lists: &'c Lists,
    variables: &'c Variables,
) -> Result<Checks<'c>, Failure> {
    let bindings = Bindings { as_of: Timestamp::UNIX_EPOCH, lists, variables };
    Checks::resolve(schema, controls, bindings)
        .map_err(|mistakes| Failure::Located(Located::in_checks(mistakes, controls)))
}

fn read_exceptions(path: &PathBuf, library: &Library) -> Result<Exceptions, Failure> {
    let shown = path.display().to_string();
    let text: Arc<str> = std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("cannot read the exceptions {shown}: {error}")))?
        .into();
    let located = |problems: Vec<_>| {
        Failure::Located(problems.iter().map(|problem| Located::in_exceptions(problem, &text)).collect())
    };
    let mut exceptions = Exceptions::parse(&shown, &text).map_err(located)?;
    let problems = exceptions.resolve_controls(&|id| library.get(id).map(|control| control.id.to_string()));
    if problems.is_empty() { Ok(exceptions) } else { Err(located(problems)) }
}

/// Warns of patterns of kinds that no type of the model and no object's kind fulfils: what they are for stays open
/// without a word.
fn warn_of_kinds(exceptions: &Exceptions, schema: &Schema, snapshot: &Snapshot) {
    let types = schema.types().map(|def| def.name.clone());
    let kinds = schema.assets().map(|(_, resource)| resource.kind.clone());
    let found = snapshot.manifest.collection.resources.iter().map(|read| read.kind.clone());
    let known: BTreeSet<String> = types.chain(kinds).chain(found).filter(|kind| kind != "*").collect();
    for exception in exceptions.iter() {
        for kind in exception.assets.unknown_kinds(&known) {
            let near = closest(kind, known.iter().map(String::as_str));
            let help = near.map(|near| format!("; is `{near}` meant?")).unwrap_or_default();
            output::warn(&format!("exception `{}`: there is no kind `{kind}`{help}", exception.id));
        }
    }
}

impl PreparedEvaluation<'_> {
    /// The exceptions, if there are any.
    pub(crate) fn exceptions(&self) -> Option<&Exceptions> {
        self.exceptions.as_ref()
    }

    /// Evaluates, and keeps the audit beside the snapshot with everything it depends on.
    pub(crate) fn evaluate(
        &self,
        snapshot: &Snapshot,
        context: &Context,
    ) -> Result<(&'static Audit, AuditRef), Failure> {
        let exceptions = self.exceptions.as_ref();
        exceptions.into_iter().for_each(|exceptions| warn_of_kinds(exceptions, self.schema, snapshot));
        let checks: usize = self.controls.iter().map(|control| control.checks.len()).sum();
        let checks = output::count(checks as u64, "check");
        let what = format!("evaluating {checks} over snapshot {}", snapshot.manifest.snapshot);
        let _working = Working::new(context.quiet, &what);
        let data = Data::open(self.schema, snapshot);
        let evaluated = evaluate_checks(&self.checks, &data, exceptions, self.plan.as_of);
        let evaluated = evaluated.map_err(|error| match error {
            Error::Checks(mistakes) => Failure::Located(Located::in_checks(mistakes, &self.controls)),
            error => Failure::of(&error),
        })?;
        // To free each column, relation and mask takes a fiftieth of an evaluation.
        let (files, ()) = both(|| self.keep(&evaluated, snapshot), || drop(data));
        Ok((until_the_end(evaluated.audit), files?))
    }

    fn keep(&self, evaluated: &Evaluated, snapshot: &Snapshot) -> Result<AuditRef, Failure> {
        let mut writer = snapshot.new_audit(audit_id(&evaluated.audit))?;
        let (tables, files) = (&mut writer.tables, &mut writer.files);
        let (others, results) =
            both(|| self.keep_files(&evaluated.audit, files), || keep_results(&evaluated.results, tables));
        results.and(others)?;
        Ok(writer.finish()?)
    }

    fn keep_files(&self, audit: &Audit, files: &mut AuditFiles) -> Result<(), Failure> {
        files.write_with(AUDIT_FILE, |file| Ok(lines::write(audit, file)?))?;
        let Plan { lists, variables, .. } = self.plan;
        let variables = match variables.is_empty() {
            true => None,
            false => Some(serde_json::to_string_pretty(variables).map_err(internal)?),
        };
        Ok(files.write_with(INPUTS_FILE, |file| {
            let mut inputs = Inputs::new(file);
            for control in &self.controls {
                inputs.add(&format!("controls/{}.md", control.id), &control.source.text)?;
            }
            for (name, text) in self.schema.sources() {
                inputs.add(&format!("model/{name}"), text)?;
            }
            inputs.add("lists.txt", &lists.to_text())?;
            if let Some(variables) = &variables {
                inputs.add("variables.json", variables)?;
            }
            if let Some(exceptions) = &self.exceptions {
                inputs.add("exceptions.yaml", exceptions.text())?;
            }
            inputs.finish()
        })?)
    }
}

fn keep_results(results: &Results, tables: &mut AuditTables) -> Result<(), Failure> {
    const TABLE: &str = "results";
    tables.declare(TABLE, &Results::schema())?;
    for batch in results.batches() {
        tables.append(TABLE, &batch.map_err(internal)?)?;
    }
    Ok(tables.close(TABLE)?)
}

/// What an audit is called: the beginning of its result's digest, so that repeating one makes no second.
pub(crate) fn audit_id(audit: &Audit) -> &str {
    audit.result_digest.get(..ID_LENGTH).unwrap_or(&audit.result_digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight() {
        assert_eq!(as_of("2026-01-31").unwrap(), as_of("2026-01-31T00:00:00Z").unwrap());
        assert!(as_of("yesterday").is_err());
    }
}
