//! What a chart says of itself. It is not rendered.

use std::sync::Arc;

use assay_model::json::Json;

/// What the file is called that makes a folder a chart.
const NAME: &str = "Chart.yaml";

/// A Helm chart among the manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// Its `Chart.yaml`, as [`super::SourceFile::path`] names it.
    pub file: Arc<str>,
    /// Whether it has others rendered beside its own templates.
    pub has_dependencies: bool,
}

/// The chart that a document is about, if it is one's `Chart.yaml`.
pub(super) fn read(value: &Json<'_>, file: &Arc<str>) -> Option<Chart> {
    let is_text = |field: &str| value.get(field).and_then(Json::as_str).is_some();
    let is_chart = file.rsplit('/').next() == Some(NAME) && is_text("apiVersion") && is_text("name");
    let dependencies = value.get("dependencies").and_then(Json::as_array);
    let has_dependencies = dependencies.is_some_and(|dependencies| !dependencies.is_empty());
    is_chart.then(|| Chart { file: Arc::clone(file), has_dependencies })
}
