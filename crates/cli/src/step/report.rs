//! Reports: which formats, and where to.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use assay_model::cores::both;
use assay_reporter::{Format, Options, Report};

use crate::context::Context;
use crate::failure::{Failure, chain};
use crate::output;

/// The folder of reports if none is named.
const DEFAULT: &str = "assay-report";

/// Which reports to write.
#[derive(Debug, clap::Args)]
pub(crate) struct ReportArgs {
    /// The folder that reports are written to [default: assay-report]
    #[arg(short, long, value_name = "DIR", help_heading = "Reports")]
    out: Option<PathBuf>,

    /// The formats, separated by commas [default: all]
    #[arg(long = "format", value_name = "FORMAT", value_delimiter = ',', help_heading = "Reports",
          value_parser = clap::builder::PossibleValuesParser::new(names()))]
    formats: Vec<String>,

    /// The category under which code scanning keeps the SARIF results [default: assay/<cluster>]
    #[arg(long, value_name = "NAME", help_heading = "Reports")]
    sarif_category: Option<String>,
}

fn names() -> Vec<&'static str> {
    assay_reporter::formats().iter().map(|format| format.name()).collect()
}

/// Reports that were asked for.
pub(crate) struct Reports {
    out: PathBuf,
    formats: Vec<&'static dyn Format>,
    /// What the reports are to say besides.
    pub(crate) options: Options,
}

impl ReportArgs {
    /// What is to be written, checked before anything is done.
    pub(crate) fn prepare(&self, context: &Context) -> Result<Reports, Failure> {
        let config = &context.config;
        let out = self.out.clone().unwrap_or_else(|| folder(context));
        // As kubectl's `-o json` is meant, which names a form.
        let name = out.to_str().filter(|name| names().contains(name) && !out.exists());
        if let Some(name) = name {
            return Err(Failure::with_help(
                format!("`--out` names the folder of reports, and `{name}` is a format"),
                format!("write `--format {name}`; or make the folder first, if it is meant"),
            ));
        }
        let named = if self.formats.is_empty() { &config.formats } else { &self.formats };
        let mut formats = named.iter().map(|name| known(name)).collect::<Result<Vec<_>, _>>()?;
        if formats.is_empty() {
            formats = assay_reporter::formats().to_vec();
        }
        // One that is named twice would be written over itself.
        let mut seen = HashSet::new();
        formats.retain(|format| seen.insert(format.name()));
        Ok(Reports { out, formats, options: Options { sarif_category: self.sarif_category.clone() } })
    }
}

/// Where reports are written to if the command line does not say it.
pub(crate) fn folder(context: &Context) -> PathBuf {
    context.config.out.clone().unwrap_or_else(|| DEFAULT.into())
}

/// The files of reports in a folder, of whatever format.
pub(crate) fn files(out: &Path) -> Vec<PathBuf> {
    assay_reporter::formats().iter().map(|format| out.join(format.file_name())).collect()
}

fn known(name: &str) -> Result<&'static dyn Format, Failure> {
    let unknown =
        || Failure::with_help(format!("there is no format `{name}`"), format!("use {}", names().join(", ")));
    assay_reporter::format(name).ok_or_else(unknown)
}

impl Reports {
    /// Writes all reports aside, two at a time, then renames them: a report is there as a whole or not at all.
    pub(crate) fn write(&self, report: &Report<'_>) -> Result<Vec<PathBuf>, Failure> {
        fs::create_dir_all(&self.out)
            .map_err(|e| Failure::new(format!("cannot create {}: {e}", self.out.display())))?;
        let write = |format: &&'static dyn Format| {
            let aside = Aside::new(self.out.join(format.file_name()));
            write_one(*format, report, &aside.path).map_err(|e| {
                Failure::new(format!("cannot write {}: {}", aside.target.display(), chain(&e)))
            })?;
            Ok::<_, Failure>(aside)
        };
        // Not all at once: what one is made of is in memory while it is written.
        let (first, others) = self.formats.split_at(self.formats.len().min(1));
        let all = |formats: &[&'static dyn Format]| formats.iter().map(write).collect::<Result<Vec<_>, _>>();
        let (first, others) = both(|| all(first), || all(others));
        let written = first?.into_iter().chain(others?).collect::<Vec<_>>();
        written.into_iter().map(Aside::finish).collect()
    }

    /// Writes the one report to the standard output.
    pub(crate) fn print(&self, report: &Report<'_>) -> Result<(), Failure> {
        let [format] = self.formats[..] else {
            return Err(Failure::with_help(
                "one report fits into the standard output",
                "name one `--format`",
            ));
        };
        let mut bytes = Vec::new();
        format.write(report, &mut bytes).map_err(|error| Failure::of(&error))?;
        output::print_bytes(&bytes)
    }

    /// Where they go.
    pub(crate) fn folder(&self) -> &Path {
        &self.out
    }

    /// Whether the standard output was asked for.
    pub(crate) fn is_stdout(&self) -> bool {
        self.out == Path::new("-")
    }
}

fn write_one(
    format: &dyn Format,
    report: &Report<'_>,
    path: &Path,
) -> Result<(), assay_reporter::ReportError> {
    let mut file = BufWriter::new(File::create(path)?);
    format.write(report, &mut file)?;
    file.flush()?;
    Ok(())
}

/// A file under a name of its own until it is whole.
struct Aside {
    path: PathBuf,
    target: PathBuf,
}

impl Aside {
    fn new(target: PathBuf) -> Self {
        let mut name = std::ffi::OsString::from(".");
        name.push(target.file_name().unwrap_or_default());
        name.push(format!(".{}", std::process::id()));
        Self { path: target.with_file_name(name), target }
    }

    fn finish(self) -> Result<PathBuf, Failure> {
        fs::rename(&self.path, &self.target)
            .map_err(|e| Failure::new(format!("cannot write {}: {e}", self.target.display())))?;
        Ok(self.target.clone())
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // Gone already, if it was renamed.
        let _ = fs::remove_file(&self.path);
    }
}
