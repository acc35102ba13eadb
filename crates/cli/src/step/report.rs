//! Reports: which formats, and where to.

use std::collections::HashSet;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use assay_model::cores::both;
use assay_reporter::{Format, Options, Report, ReportError};
use tempfile::{Builder, NamedTempFile};

use crate::context::Context;
use crate::failure::{Failure, chain};
use crate::output::{self, shown};
use crate::progress::Working;

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
    quiet: bool,
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
        let options = Options { sarif_category: self.sarif_category.clone() };
        Ok(Reports { out, formats, quiet: context.quiet, options })
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
        let _working = Working::new(self.quiet, &format!("writing reports to {}", self.out.display()));
        let write = |format: &&'static dyn Format| {
            let target = self.out.join(format.file_name());
            tracing::info!("writing {} to {}", format.name(), shown(&target.display().to_string()));
            match write_aside(*format, report, &target) {
                Ok(aside) => Ok((aside, target)),
                Err(e) => Err(Failure::new(format!("cannot write {}: {}", target.display(), chain(&e)))),
            }
        };
        // Not all at once: what one is made of is in memory while it is written.
        let (first, others) = self.formats.split_at(self.formats.len().min(1));
        let all = |formats: &[&'static dyn Format]| formats.iter().map(write).collect::<Result<Vec<_>, _>>();
        let (first, others) = both(|| all(first), || all(others));
        let written = first?.into_iter().chain(others?).collect::<Vec<_>>();
        written.into_iter().map(finish).collect()
    }

    /// Writes the one report to the standard output.
    pub(crate) fn print(&self, report: &Report<'_>) -> Result<(), Failure> {
        let [format] = self.formats[..] else {
            return Err(Failure::with_help(
                "one report fits into the standard output",
                "name one `--format`",
            ));
        };
        let what = format!("writing {} to the standard output", format.name());
        let working = Working::new(self.quiet, &what);
        let mut bytes = Vec::new();
        format.write(report, &mut bytes).map_err(|error| Failure::of(&error))?;
        drop(working);
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

fn write_aside(
    format: &dyn Format,
    report: &Report<'_>,
    target: &Path,
) -> Result<NamedTempFile, ReportError> {
    let mut aside = aside(target)?;
    let mut file = BufWriter::new(aside.as_file_mut());
    format.write(report, &mut file)?;
    file.flush()?;
    drop(file);
    Ok(aside)
}

/// A new file beside the report that it is to become, which is removed if it does not. No name of a process is part of
/// its name: in each of two containers that share the folder that may be 1.
fn aside(target: &Path) -> io::Result<NamedTempFile> {
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(target.file_name().unwrap_or_default());
    prefix.push(".");
    let mut builder = Builder::new();
    builder.prefix(&prefix);
    // Whoever may read other files that are written here may read reports; less the umask, as theirs.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(target.parent().unwrap_or(Path::new("")))
}

/// Renames a report into place. Nothing waits for the disk: what a crash loses can be made again from the store.
fn finish((aside, target): (NamedTempFile, PathBuf)) -> Result<PathBuf, Failure> {
    match aside.persist(&target) {
        Ok(_) => Ok(target),
        Err(e) => Err(Failure::new(format!("cannot write {}: {}", target.display(), e.error))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn a_report_is_written_to_a_file_that_nobody_else_has() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("audit.json");
        let (mut first, mut second) = (aside(&target).unwrap(), aside(&target).unwrap());
        assert_ne!(first.path(), second.path());
        first.write_all(b"first").unwrap();
        second.write_all(b"second").unwrap();
        drop(second);
        finish((first, target.clone())).unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        // The umask is the process's, whatever it is here.
        let plain = File::create(folder.path().join("plain")).unwrap().metadata().unwrap();
        assert_eq!(fs::metadata(&target).unwrap().permissions(), plain.permissions());
    }
}
