//! Which resources controls read: what the evaluator says of an audit in which there is nothing.

use std::collections::{BTreeMap, BTreeSet};

use assay_connector::{ManifestRequest, collect_manifests, manifest};
use assay_controls::Control;
use assay_evaluator::data::{Data, resource_name};
use assay_evaluator::evaluate_checks;
use assay_model::schema::Schema;
use assay_snapshot::Store;

use super::controls::{LibraryArgs, select};
use super::evaluate::check;
use crate::context::Context;
use crate::failure::{Failure, internal};

/// What stands for every resource that the model has no type for.
const ANY: &str = "*";

/// Which controls read which resources.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    /// The controls by the resource (`deployments.apps`).
    by_resource: BTreeMap<String, BTreeSet<String>>,
    /// The resources that the model has types for.
    modelled: BTreeSet<String>,
}

impl Needs {
    /// The controls that would be unknown without a resource.
    pub(crate) fn of(&self, resource: &str) -> Option<&BTreeSet<String>> {
        let read = if self.modelled.contains(resource) { resource } else { ANY };
        self.by_resource.get(read)
    }

    /// All that is read.
    pub(crate) fn resources(self) -> BTreeSet<String> {
        self.by_resource.into_keys().collect()
    }
}

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
    let variables = BTreeMap::new();
    let checks = check(schema, &controls, &lists, &variables)?;
    let folder = tempfile::tempdir().map_err(internal)?;
    let nothing = folder.path().join("nothing.yaml");
    std::fs::write(&nothing, "").map_err(internal)?;
    let request = ManifestRequest::new(vec![manifest::Input::Path(nothing)]);
    let snapshot = collect_manifests(&request, schema, &Store::open(folder.path().join("store"))?, &())?;
    let evaluated = evaluate_checks(&checks, &Data::open(schema, &snapshot), None, None);
    let audit = evaluated.map_err(|error| Failure::of(&error))?.audit;
    let modelled = schema.assets().map(|(_, own)| resource_name(&own.plural, &own.group));
    let by_resource = of_controls(&controls, &audit);
    Ok(Needs { by_resource, modelled: modelled.filter(|name| name != ANY).collect() })
}

fn of_controls(controls: &[&Control], audit: &assay_audit::Audit) -> BTreeMap<String, BTreeSet<String>> {
    let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for control in &audit.controls {
        if controls.iter().any(|chosen| chosen.id.as_str() == control.id) {
            for read in control.checks.iter().flat_map(|check| &check.reads) {
                needs.entry(read.clone()).or_default().insert(control.id.clone());
            }
        }
    }
    needs
}
