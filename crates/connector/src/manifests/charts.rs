//! What charts among the manifests leave unknown. They are not rendered: of a template, what can be read as an object
//! is not what Helm makes of it.

use super::{origin::Origins, receive::Received, unbuilt::Unbuilt};

/// Where a chart has its templates.
const TEMPLATES: &str = "templates/";

/// Adds what charts leave unknown.
pub(super) fn add(unbuilt: &mut Unbuilt, received: &Received, origins: &mut Origins) {
    for chart in &received.sources.charts {
        let (name, folder) = origins.name_and_folder(&chart.file);
        let advice = format!("audit what `helm template {folder}` makes");
        let templates = chart
            .file
            .rsplit_once('/')
            .map_or_else(|| TEMPLATES.to_owned(), |(folder, _)| format!("{folder}/{TEMPLATES}"));
        let mut is_incomplete = chart.has_dependencies;
        for (index, _) in
            received.held.iter().enumerate().filter(|(_, held)| held.file.starts_with(&templates))
        {
            is_incomplete = true;
            let why = || format!("a template of {name}, so what it is is unknown: {advice}");
            unbuilt.unclear.entry(index).or_insert_with(why);
        }
        if is_incomplete {
            let why = format!("{name} makes objects that are not among what was given: {advice}");
            unbuilt.incomplete.insert(name, why);
        }
    }
}
