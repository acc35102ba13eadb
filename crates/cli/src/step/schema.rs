//! The asset model: assay's own types, and the user's beside them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use assay_evaluator::query;
use assay_model::schema::{Mistake, Schema};
use assay_snapshot::{Consistency, Snapshot};

use crate::context::Context;
use crate::diagnostics::Located;
use crate::failure::{Failure, internal};

/// What the names of a user's files begin with, beside those of the model in an audit.
const OWN: &str = "own-";

/// Where types come from.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct SchemaArgs {
    /// A folder of SDL files (*.graphql) with asset types of your own, or one such file; may be repeated
    #[arg(long = "schema", value_name = "DIR", help_heading = "Model")]
    own: Vec<PathBuf>,
}

impl SchemaArgs {
    /// The asset model with the user's own types; every mistake in them is told.
    pub(crate) fn load(&self, context: &Context) -> Result<Schema, Failure> {
        tracing::info!("reading the asset model");
        let sources = if self.own.is_empty() { &context.config.schema } else { &self.own };
        let files = read(sources)?;
        let named: Vec<(String, String)> =
            files.iter().map(|(name, own)| (name.clone(), own.text.clone())).collect();
        let located = |mistakes: Vec<Mistake>| {
            Failure::Located(mistakes.into_iter().map(|mistake| in_file(mistake, &files)).collect())
        };
        let schema = Schema::with_files(&named).map_err(|error| located(error.0))?;
        let mistakes = query::own_mistakes(&schema);
        if mistakes.is_empty() { Ok(schema) } else { Err(located(mistakes)) }
    }
}

/// Fails if SDL that was drafted beside the user's own would not be taken.
pub(crate) fn takes(schema: &Schema, draft: &str) -> Result<(), Failure> {
    let own = schema.sources().iter().filter(|(name, _)| name.starts_with(OWN)).cloned();
    let files: Vec<(String, String)> = own.chain([("draft".to_owned(), draft.to_owned())]).collect();
    Schema::with_files(&files).map(|_| ()).map_err(internal)
}

/// A file of the user's.
struct OwnFile {
    path: PathBuf,
    text: String,
}

/// All files, by the names that they are kept under in an audit: a name tells nothing of a machine's folders.
fn read(sources: &[PathBuf]) -> Result<BTreeMap<String, OwnFile>, Failure> {
    let mut files: BTreeMap<String, OwnFile> = BTreeMap::new();
    for source in sources {
        let cannot = |error: io::Error| {
            Failure::new(format!("cannot read the types in {}: {error}", source.display()))
        };
        let paths = paths(source).map_err(cannot)?;
        if paths.is_empty() {
            let message = format!("there are no types in {}", source.display());
            return Err(Failure::with_help(message, "types are in files whose names end in .graphql"));
        }
        for path in paths {
            let text = fs::read_to_string(&path).map_err(cannot)?;
            let name = kept_name(&path);
            if let Some(other) = files.insert(name, OwnFile { path: path.clone(), text }) {
                let message = format!("{} and {} have one name", other.path.display(), path.display());
                return Err(Failure::with_help(message, "rename one: an audit keeps both, side by side"));
            }
        }
    }
    Ok(files)
}

/// The files of a folder, or the one file that is named.
fn paths(source: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(source)?.is_dir() {
        return Ok(vec![source.to_owned()]);
    }
    let entries = fs::read_dir(source)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = entries.collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "graphql") && path.is_file());
    paths.sort();
    Ok(paths)
}

fn kept_name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    format!("{OWN}{}.graphql", stem.chars().map(plain).collect::<String>())
}

fn in_file(mistake: Mistake, files: &BTreeMap<String, OwnFile>) -> Located {
    let file = files.get(&mistake.file);
    Located {
        path: file.map_or(mistake.file, |file| file.path.display().to_string()),
        text: file.map_or_else(|| "".into(), |file| file.text.as_str().into()),
        span: mistake.span,
        message: mistake.message,
        help: mistake.help,
    }
}

/// Refuses types of the user's that name a resource of a cluster by another kind or plural than it has: what they
/// would be read from is not there, and none is not the same as empty.
pub(crate) fn fits(schema: &Schema, snapshot: &Snapshot) -> Result<(), Failure> {
    let collection = &snapshot.manifest.collection;
    let own = schema.assets().filter(|(def, _)| def.own);
    let mistakes = own.filter_map(|(def, own)| {
        let read = collection.resources.iter().find(|read| {
            let same_plural = read.resource == own.plural;
            // The plurals of manifests are guesses.
            let is_known = collection.consistency != Consistency::Manifests || same_plural;
            read.group == own.group && is_known && same_plural != (read.kind == own.kind)
        })?;
        Some(format!(
            "{}: the cluster has {} of {} as `{}`; @asset says {} as `{}`",
            def.name, read.kind, read.group, read.resource, own.kind, own.plural
        ))
    });
    let lines: Vec<String> = mistakes.collect();
    if lines.is_empty() {
        return Ok(());
    }
    Err(Failure::Lines {
        message: "these types name no resource of the cluster".to_owned(),
        lines,
        help: Some("correct `resource` or `kind` in @asset, in the folder of `--schema`".to_owned()),
    })
}
