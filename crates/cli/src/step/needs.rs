//! Which resources controls read: what the evaluator says of an audit in which there is nothing.

use std::collections::{BTreeMap, BTreeSet};

use assay_connector::{ManifestRequest, collect_manifests, manifest};
use assay_controls::Control;
use assay_evaluator::{Request, evaluate};
use assay_model::schema::Schema;
use assay_snapshot::Store;

use super::controls::{LibraryArgs, select};
use super::evaluate::check;
use crate::context::Context;
use crate::failure::{Failure, internal};

/// The controls that read each resource (`deployments.apps`), by id.
pub(crate) type Needs = BTreeMap<String, BTreeSet<String>>;

/// What the chosen controls of a library need.
pub(crate) fn needs(
    schema: &Schema,
    library: &LibraryArgs,
    patterns: &[String],
    context: &Context,
) -> Result<Needs, Failure> {
    let library = library.load(context)?;
    let patterns = if patterns.is_empty() { &context.config.select } else { patterns };
    let controls = select(&library, patterns)?;
    let lists = context.config.lists();
    check(schema, &controls, &lists, &BTreeMap::new())?;
    let folder = tempfile::tempdir().map_err(internal)?;
    let nothing = folder.path().join("nothing.yaml");
    std::fs::write(&nothing, "").map_err(internal)?;
    let request = ManifestRequest::new(vec![manifest::Input::Path(nothing)]);
    let snapshot = collect_manifests(&request, schema, &Store::open(folder.path().join("store"))?, &())?;
    let request = Request { lists: &lists, ..Request::new(schema, &snapshot, &controls) };
    let evaluated = evaluate(&request).map_err(|error| Failure::of(&error))?;
    Ok(of_controls(&controls, &evaluated.audit))
}

fn of_controls(controls: &[&Control], audit: &assay_audit::Audit) -> Needs {
    let mut needs = Needs::new();
    for control in &audit.controls {
        if controls.iter().any(|chosen| chosen.id.as_str() == control.id) {
            for read in control.checks.iter().flat_map(|check| &check.reads) {
                needs.entry(read.clone()).or_default().insert(control.id.clone());
            }
        }
    }
    needs
}
