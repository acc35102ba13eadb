//! Evaluating: controls and exceptions over a snapshot, and the audit that is kept beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use assay_audit::exceptions::Exceptions;
use assay_audit::{Audit, lines};
use assay_controls::{Control, Library, Lists};
use assay_evaluator::query::{Bindings, time_or_day};
use assay_evaluator::{Error, Evaluated, Request, Results, evaluate};
use assay_model::nearest::closest;
use assay_model::schema::Schema;
use assay_snapshot::{AuditFiles, AuditRef, AuditTables, Snapshot};
use jiff::Timestamp;

use super::controls::{LibraryArgs, select};
use super::inputs::{INPUTS_FILE, Inputs};
use super::store::AUDIT_FILE;
use crate::context::Context;
use crate::diagnostics::Located;
use crate::failure::{Failure, internal};
use crate::output;

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

/// Everything an evaluation needs besides the snapshot, checked before anything is collected.
pub(crate) struct PreparedEvaluation {
    /// All controls.
    pub(crate) library: Library,
    patterns: Vec<String>,
    exceptions: Option<Exceptions>,
    as_of: Option<Timestamp>,
    lists: Lists,
    variables: Variables,
}

impl EvaluateArgs {
    /// Reads controls and exceptions; every mistake in them is told now.
    pub(crate) fn prepare(&self, schema: &Schema, context: &Context) -> Result<PreparedEvaluation, Failure> {
        let library = self.library.load(context)?;
        let patterns = if self.select.is_empty() { &context.config.select } else { &self.select };
        let (lists, variables) = (context.config.lists(), self.variables.clone().into_iter().collect());
        let controls = select(&library, patterns)?;
        check(schema, &controls, &lists, &variables)?;
        declared(&controls, &variables)?;
        let path = self.exceptions.as_ref().or(context.config.exceptions.as_ref());
        let exceptions = path.map(|path| read_exceptions(path, &library)).transpose()?;
        let as_of = self.as_of;
        Ok(PreparedEvaluation { patterns: patterns.clone(), library, exceptions, as_of, lists, variables })
    }
}

/// Refuses controls whose queries have mistakes.
pub(crate) fn check(
    schema: &Schema,
    controls: &[&Control],
    lists: &Lists,
    variables: &Variables,
) -> Result<(), Failure> {
    let bindings = Bindings { as_of: Timestamp::UNIX_EPOCH, lists, variables };
    let mistakes = assay_evaluator::check_controls(schema, controls, bindings);
    if mistakes.is_empty() {
        return Ok(());
    }
    Err(Failure::Located(Located::in_checks(mistakes, controls)))
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

impl PreparedEvaluation {
    /// The exceptions, if there are any.
    pub(crate) fn exceptions(&self) -> Option<&Exceptions> {
        self.exceptions.as_ref()
    }

    /// Evaluates, and keeps the audit beside the snapshot with everything it depends on. The audit is there until the
    /// process ends: to free each of its findings takes longer than to count them.
    pub(crate) fn evaluate(
        &self,
        schema: &Schema,
        snapshot: &Snapshot,
    ) -> Result<(&'static Audit, AuditRef), Failure> {
        let controls = select(&self.library, &self.patterns)?;
        let exceptions = self.exceptions.as_ref();
        exceptions.into_iter().for_each(|exceptions| warn_of_kinds(exceptions, schema, snapshot));
        let (lists, variables) = (&self.lists, &self.variables);
        let request = Request {
            schema,
            snapshot,
            controls: &controls,
            exceptions,
            as_of: self.as_of,
            lists,
            variables,
        };
        let evaluated = evaluate(&request).map_err(|error| match error {
            Error::Checks(mistakes) => Failure::Located(Located::in_checks(mistakes, &controls)),
            error => Failure::of(&error),
        })?;
        let files = self.keep(&evaluated, &request)?;
        Ok((Box::leak(Box::new(evaluated.audit)), files))
    }

    fn keep(&self, evaluated: &Evaluated, request: &Request<'_>) -> Result<AuditRef, Failure> {
        let mut writer = request.snapshot.new_audit(audit_id(&evaluated.audit))?;
        let (tables, files) = (&mut writer.tables, &mut writer.files);
        let (results, others) = thread::scope(|scope| {
            let results = scope.spawn(|| keep_results(&evaluated.results, tables));
            let others = self.keep_files(&evaluated.audit, request, files);
            (results.join().unwrap_or_else(|panic| resume_unwind(panic)), others)
        });
        results.and(others)?;
        Ok(writer.finish()?)
    }

    fn keep_files(
        &self,
        audit: &Audit,
        request: &Request<'_>,
        files: &mut AuditFiles,
    ) -> Result<(), Failure> {
        files.write_with(AUDIT_FILE, |file| Ok(lines::write(audit, file)?))?;
        let variables = match self.variables.is_empty() {
            true => None,
            false => Some(serde_json::to_string_pretty(&self.variables).map_err(internal)?),
        };
        Ok(files.write_with(INPUTS_FILE, |file| {
            let mut inputs = Inputs::new(file);
            for control in request.controls {
                inputs.add(&format!("controls/{}.md", control.id), &control.source.text)?;
            }
            for (name, text) in request.schema.sources() {
                inputs.add(&format!("model/{name}"), text)?;
            }
            inputs.add("lists.txt", &self.lists.to_text())?;
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
