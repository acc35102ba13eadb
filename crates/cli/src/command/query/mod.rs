//! `assay query`: a question asked once.

mod render;

use std::io::Read as _;
use std::path::PathBuf;

use assay_controls::Lists;
use assay_evaluator::data::Data;
use assay_evaluator::query::{self, Bindings, Diagnostic, Question};
use assay_evaluator::{Answer, Error};
use assay_model::schema::Schema;
use clap::ValueEnum;
use jiff::Timestamp;

use crate::context::Context;
use crate::diagnostics::Located;
use crate::exit::Exit;
use crate::failure::{Failure, internal};
use crate::output;
use crate::progress::Working;
use crate::step::collect::CollectArgs;
use crate::step::evaluate::{Variables, as_of, undeclared, variable};
use crate::step::schema::SchemaArgs;
use crate::step::source::source;
use crate::step::store::StoreArgs;
use crate::summary::{asset, not_read};

/// Ask a question of a cluster, manifests or a snapshot
///
/// A question is a query as in a stored check, without a need for the fragment, and with `limit`, `offset` and `sort`
/// at its root fields. What may belong to the answer but could not be read is told besides.
///
/// Paths are manifests to ask; `--snapshot`, or `--store` alone, asks a snapshot of the store; without any of them, the
/// cluster of the current context is asked.
#[derive(Debug, clap::Args)]
#[command(display_order = 6, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The query, or - to read it from the standard input
    #[arg(value_name = "QUERY", required_unless_present_any = ["file", "snapshot"])]
    query: Option<String>,
    #[command(flatten)]
    collect: CollectArgs,

    /// Read the query from a file
    #[arg(short, long, value_name = "FILE", help_heading = "Question")]
    file: Option<PathBuf>,

    /// Ask a snapshot of the store: its id, or the beginning of it; the newest without, and with --store alone
    #[arg(long, value_name = "SNAPSHOT", num_args = 0..=1, default_missing_value = "", help_heading = "Question")]
    snapshot: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    schema: SchemaArgs,

    /// A value for a variable of the query, of the same type as its default; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = variable, help_heading = "Question")]
    variables: Vec<(String, serde_json::Value)>,

    /// The time that ages are counted from, such as 2026-01-31 [default: the snapshot's]
    #[arg(long, value_name = "TIME", value_parser = as_of, help_heading = "Question")]
    as_of: Option<Timestamp>,

    /// How to print the answer
    #[arg(short, long, value_name = "FORM", default_value = "table", help_heading = "Question")]
    output: Form,
}

/// How to print an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Columns, for people
    Table,
    /// Columns with ids
    Wide,
    /// For programs: rows by root field, what is unknown, and what could not be read
    Json,
    /// Comma-separated, RFC 4180; a text that begins as a formula does, at its start or after a ;, has a ' before it
    Csv,
    /// A Markdown table
    Markdown,
}

const EXAMPLES: &str = "\
Examples:
  assay query '{ pods(where: {hostNetwork: true}) { name nodeName } }'
  assay query '{ containers(where: {image: {endsWith: \":latest\"}}) { workload { name } image } }' deploy/
  assay query --file question.graphql --snapshot --output csv
  assay query '{ pods(sort: \"-createdAt\", limit: 10) { createdAt phase } }' --context prod
  helm template ./chart | assay query '{ workloads { kind podTemplate { serviceAccountName } } }' -";

impl Args {
    pub(crate) fn run(mut self, context: &Context) -> Result<Exit, Failure> {
        let schema = self.schema.load(context)?;
        let (name, text) = self.text()?;
        let (lists, variables) = (context.config.lists(), self.variables.iter().cloned().collect());
        let given = Given { schema: &schema, lists: &lists, variables: &variables };
        // Mistakes are told before anything is collected.
        if let Some(unknown) = undeclared(&variables, assay_controls::variables(&text)) {
            let message = format!("the query has no variable `${unknown}`");
            let help = "declare it at the query's head: query ($name: String = \"web\") { … }";
            return Err(Failure::with_help(message, help));
        }
        let asked = given.resolve(&name, &text, Timestamp::UNIX_EPOCH)?;
        if asked.asked.len() != 1 && matches!(self.output, Form::Csv | Form::Markdown) {
            return Err(Failure::with_help("one table fits into this form", "ask for one root field"));
        }
        // What is collected to answer a question is no evidence, and is not kept.
        let folder = tempfile::tempdir().map_err(internal)?;
        let snapshot =
            source(&self.collect, (&self.store, self.snapshot.as_deref()), &schema, folder.path(), context)?;
        let as_of = self.as_of.unwrap_or(snapshot.manifest.started);
        let question = given.resolve(&name, &text, as_of)?;
        let working = Working::new(context.quiet, &format!("asking snapshot {}", snapshot.manifest.snapshot));
        let data = Data::open(&schema, &snapshot);
        let answers =
            question.asked.iter().map(|asked| data.answer(asked)).collect::<Result<Vec<_>, Error>>();
        let answers = answers.map_err(|error| Failure::of(&error))?;
        drop(working);
        output::print(&render::render(self.output, &question, &answers))?;
        answers.iter().for_each(warn);
        Ok(Exit::Success)
    }

    /// The query's text, and what its mistakes are said to be in.
    fn text(&mut self) -> Result<(String, String), Failure> {
        if let Some(path) = &self.file {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path)
                .map_err(|error| Failure::new(format!("cannot read the query {name}: {error}")))?;
            // What stands first is a path of manifests then.
            if let Some(path) = self.query.take() {
                self.collect.put_path_first(path);
            }
            return Ok((name, text));
        }
        // `--snapshot` with nothing of its own takes what stands after it. No snapshot's id has a brace.
        if self.query.is_none() {
            self.query = self.snapshot.as_mut().filter(|wanted| wanted.contains('{')).map(std::mem::take);
        }
        let query = self.query.take();
        let missing =
            || Failure::with_help("there is no query", "write it first: `assay query QUERY --snapshot`");
        match query.ok_or_else(missing)? {
            query if query == "-" => {
                if self.collect.reads_stdin() {
                    let help = "read the query with `--file`";
                    return Err(Failure::with_help("the standard input holds the query or manifests", help));
                }
                let mut text = String::new();
                std::io::stdin()
                    .read_to_string(&mut text)
                    .map_err(|error| Failure::new(format!("cannot read the query: {error}")))?;
                Ok(("<stdin>".to_owned(), text))
            }
            query => Ok(("<query>".to_owned(), query)),
        }
    }
}

/// What a query is resolved with.
struct Given<'g> {
    schema: &'g Schema,
    lists: &'g Lists,
    variables: &'g Variables,
}

impl Given<'_> {
    fn resolve(&self, name: &str, text: &str, as_of: Timestamp) -> Result<Question, Failure> {
        let bindings = Bindings { as_of, lists: self.lists, variables: self.variables };
        query::question(self.schema, text, bindings).map_err(|mistakes| {
            let located = |mistake: Diagnostic| Located {
                path: name.to_owned(),
                text: text.into(),
                span: mistake.span,
                message: mistake.message,
                help: mistake.help,
            };
            Failure::Located(mistakes.into_iter().map(located).collect())
        })
    }
}

/// Tells what may be missing from an answer, and why.
fn warn(answer: &Answer) {
    for gap in &answer.gaps {
        output::warn(&not_read(gap, asset));
    }
    if !answer.unknown.is_empty() {
        let assets = output::count(answer.unknown.len() as u64, "asset");
        output::warn(&format!(
            "{assets} more may belong to `{}`: what would tell could not be read, or was not kept",
            answer.name
        ));
    }
}
