//! `assay.yaml`: what a scheduled audit would otherwise repeat as flags. A flag wins over it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use assay_controls::Lists;
use assay_model::severity::Severity;
use serde::Deserialize;

use crate::diagnostics::{self, Located};
use crate::failure::Failure;

/// The file that is read if no other is named.
const DEFAULT: &str = "assay.yaml";

/// The version of the file's format.
const VERSION: u32 = 1;

/// The configuration. Paths in it start from its own folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Config {
    /// The version of the format.
    version: u32,
    /// What the cluster is called in the store.
    #[serde(default)]
    pub(crate) cluster_name: Option<String>,
    /// The store's folder.
    #[serde(default)]
    pub(crate) store: Option<PathBuf>,
    /// The only namespaces of a cluster that are read.
    #[serde(default)]
    pub(crate) namespaces: Vec<String>,
    /// Patterns of what is left out of folders and archives of manifests.
    #[serde(default)]
    pub(crate) exclude: Vec<String>,
    /// Folders of controls besides the built-in ones.
    #[serde(default)]
    pub(crate) controls: Vec<PathBuf>,
    /// Folders of SDL files with asset types besides assay's own.
    #[serde(default)]
    pub(crate) schema: Vec<PathBuf>,
    /// Patterns that choose controls.
    #[serde(default)]
    pub(crate) select: Vec<String>,
    /// Named lists that checks compare with, in place of the built-in ones of the same name.
    #[serde(default)]
    lists: BTreeMap<String, Vec<ListEntry>>,
    /// The file of exceptions.
    #[serde(default)]
    pub(crate) exceptions: Option<PathBuf>,
    /// The folder of reports.
    #[serde(default)]
    pub(crate) out: Option<PathBuf>,
    /// The formats of reports.
    #[serde(default)]
    pub(crate) formats: Vec<String>,
    /// What decides the exit code.
    #[serde(default)]
    pub(crate) gate: GateConfig,
}

/// An entry of a list; a number is the text it is written as.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum ListEntry {
    Text(String),
    Number(i64),
}

/// What decides the exit code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct GateConfig {
    /// The lowest severity that counts.
    #[serde(default)]
    pub(crate) fail_on: Option<Severity>,
    /// Whether what could not be examined is let through.
    #[serde(default)]
    pub(crate) allow_unknown: bool,
    /// The audit whose findings do not count.
    #[serde(default)]
    pub(crate) baseline: Option<String>,
}

/// Reads the named file, else `assay.yaml` if it is there.
pub(crate) fn load(named: Option<&Path>) -> Result<Config, Failure> {
    let path = named.unwrap_or(Path::new(DEFAULT));
    match fs::read_to_string(path) {
        Ok(text) => parse(path, &text),
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => Ok(Config::default()),
        Err(error) => Err(Failure::new(format!("cannot read the configuration {}: {error}", path.display()))),
    }
}

fn parse(path: &Path, text: &str) -> Result<Config, Failure> {
    let config: Config = serde_saphyr::from_str(text).map_err(|error| mistake(path, text, &error))?;
    if config.version != VERSION {
        return Err(Failure::with_help(
            format!("{} has version {}, this assay reads {VERSION}", path.display(), config.version),
            "use the assay it was written for, or change it to `version: 1`",
        ));
    }
    Ok(config.relative_to(path.parent().unwrap_or(Path::new(""))))
}

impl Config {
    /// The built-in lists, with the project's own.
    pub(crate) fn lists(&self) -> Lists {
        let text = |entry: &ListEntry| match entry {
            ListEntry::Text(text) => text.clone(),
            ListEntry::Number(number) => number.to_string(),
        };
        let own = self.lists.iter().map(|(name, entries)| (name.clone(), entries.iter().map(text).collect()));
        Lists::built_in().with(own)
    }

    fn relative_to(mut self, folder: &Path) -> Self {
        let paths = self
            .controls
            .iter_mut()
            .chain(&mut self.schema)
            .chain([&mut self.store, &mut self.exceptions, &mut self.out].into_iter().flatten());
        paths.for_each(|path| *path = folder.join(&*path));
        // What is no path is an id.
        let baseline = self.gate.baseline.as_ref().map(|baseline| folder.join(baseline));
        if let Some(path) = baseline.as_deref().filter(|path| path.exists()).and_then(Path::to_str) {
            self.gate.baseline = Some(path.to_owned());
        }
        self
    }
}

fn mistake(path: &Path, text: &str, error: &serde_saphyr::Error) -> Failure {
    let (line, column) = error.location().map_or((1, 1), |place| (place.line(), place.column()));
    let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX).max(1);
    let start = diagnostics::offset(text, small(line), small(column));
    let word = text[start..].find(|c: char| c.is_whitespace() || c == ':').unwrap_or(text.len() - start);
    let message = error.without_snippet().to_string();
    let message = message.split(" at line ").next().unwrap_or_default().to_owned();
    Failure::Located(vec![Located {
        path: path.display().to_string(),
        text: text.into(),
        span: start..start + word,
        message,
        help: None,
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_start_from_the_file() {
        let text = "version: 1\nstore: s\ncontrols: [c]\nschema: [types]\ngate: { failOn: high }\n";
        let config = parse(Path::new("ci/assay.yaml"), text).unwrap();
        assert_eq!(config.store, Some("ci/s".into()));
        assert_eq!(config.controls, [PathBuf::from("ci/c")]);
        assert_eq!(config.schema, [PathBuf::from("ci/types")]);
        assert_eq!(config.gate.fail_on, Some(Severity::High));
    }

    #[test]
    fn a_baseline_that_is_no_path_is_an_id() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("last.json"), "{}").unwrap();
        let baseline = |name: &str| {
            let text = format!("version: 1\ngate: {{ baseline: {name} }}\n");
            parse(&folder.path().join("assay.yaml"), &text).unwrap().gate.baseline.unwrap()
        };
        assert_eq!(Path::new(&baseline("last.json")), folder.path().join("last.json"));
        assert_eq!(baseline("0123abcd"), "0123abcd");
    }

    #[test]
    fn lists_stand_in_place_of_the_built_in_ones() {
        let text =
            "version: 1\nlists:\n  trusted-registries: [registry.shop.example]\n  ports: [80, '443']\n";
        let lists = parse(Path::new("assay.yaml"), text).unwrap().lists();
        assert_eq!(lists.get("trusted-registries").unwrap(), ["registry.shop.example"]);
        assert_eq!(lists.get("ports").unwrap(), ["80", "443"]);
        assert!(lists.get("sensitive-paths").is_some());
    }

    #[test]
    fn an_unknown_key_is_refused_at_its_place() {
        let Failure::Located(mistakes) = parse(Path::new("a.yaml"), "version: 1\nstoer: s\n").unwrap_err()
        else {
            panic!("it has a place")
        };
        assert_eq!(mistakes[0].span, 11..16);
        assert!(mistakes[0].message.contains("stoer"), "{}", mistakes[0].message);
    }

    #[test]
    fn another_version_is_refused() {
        assert!(parse(Path::new("a.yaml"), "version: 2\n").is_err());
        assert!(parse(Path::new("a.yaml"), "store: s\n").is_err());
    }
}
