//! What a kustomization says of other files. None of it is carried out.

use std::sync::Arc;

use assay_model::json::{Fields, Json};

use super::{
    build::{self, Budget},
    problem::Position,
    tree::{Content, Keys, Tree},
    yaml,
};

/// What it is written for.
const GROUP: &str = "kustomize.config.k8s.io/";

/// Fields that name what it draws in: files, folders with a kustomization, and what is fetched.
const DRAWN: [&str; 3] = ["resources", "bases", COMPONENTS];

/// The one of them that names kustomizations which change what else is drawn in.
const COMPONENTS: &str = "components";

/// Fields that make objects of any kind.
const GENERATORS: [&str; 3] = ["generators", "helmCharts", "helmChartInflationGenerator"];

/// Fields that make other names of those that were written.
const RENAMING: [&str; 3] = ["namePrefix", "nameSuffix", "namespace"];

/// Fields that change objects, or make others that they refer to.
const CHANGES: [&str; 17] = [
    "commonAnnotations",
    "commonLabels",
    "configMapGenerator",
    "images",
    "imageTags",
    "labels",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "patches",
    "patchesJson6902",
    "patchesStrategicMerge",
    "replacements",
    "replicas",
    "secretGenerator",
    "transformers",
    "vars",
];

/// A kustomization among the manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kustomization {
    /// Its file, as [`super::SourceFile::path`] names it.
    pub file: Arc<str>,
    /// Paths of what it draws in, from its folder, as they are written.
    pub drawn: Vec<String>,
    /// Those of them whose patches are of all that is drawn in.
    pub components: Vec<String>,
    /// What it changes in what it draws in, object by object.
    pub patches: Vec<Patch>,
    /// Whether what it draws in gets other names or namespaces.
    pub renames: bool,
    /// The kinds that it makes objects of.
    pub generates: Vec<&'static str>,
    /// Whether it makes objects of any kind.
    pub generates_any: bool,
}

/// A change of some objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// The path of its file from the kustomization's folder; none if it stands in the kustomization.
    pub file: Option<String>,
    /// What it changes; none if the objects in its file say so.
    pub targets: Option<Vec<Target>>,
}

/// What a patch changes: the objects that have all of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The kind.
    pub kind: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The namespace.
    pub namespace: Option<String>,
    /// Whether name and namespace are patterns, as a `target` has them.
    pub is_pattern: bool,
}

/// Whether the document says that it is one.
pub(super) fn says_so(value: &Json<'_>) -> bool {
    value.get("apiVersion").and_then(Json::as_str).is_some_and(|version| version.starts_with(GROUP))
}

/// The fields that change what it draws in.
pub(super) fn changes(value: &Json<'_>) -> Vec<&'static str> {
    CHANGES.into_iter().filter(|field| is_set(value, field)).collect()
}

/// What the document says.
pub(super) fn read(value: &Json<'_>, file: &Arc<str>) -> Kustomization {
    let paths = |field: &str| -> Vec<String> {
        items(value, field).iter().filter_map(Json::as_str).map(str::to_owned).collect()
    };
    let generates = [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")];
    let generates = generates.into_iter().filter(|(field, _)| is_set(value, field)).map(|(_, kind)| kind);
    Kustomization {
        file: Arc::clone(file),
        drawn: DRAWN.into_iter().flat_map(paths).collect(),
        components: paths(COMPONENTS),
        patches: patches(value),
        renames: RENAMING.iter().any(|field| is_set(value, field)),
        generates: generates.collect(),
        generates_any: GENERATORS.iter().any(|field| is_set(value, field)),
    }
}

fn patches(value: &Json<'_>) -> Vec<Patch> {
    let mut budget = Budget::default();
    let fields = ["patches", "patchesJson6902", "patchesStrategicMerge"];
    let entries = fields.iter().flat_map(|field| items(value, field));
    let mut patches: Vec<Patch> = entries.map(|entry| patch(entry, &mut budget)).collect();
    // What these do stands in files of their own, in a language of their own.
    if is_set(value, "transformers") {
        patches.push(Patch { file: None, targets: Some(vec![Target::default()]) });
    }
    patches
}

/// A patch is a path or a text by itself, or has one of them beside its target.
fn patch(entry: &Json<'_>, budget: &mut Budget) -> Patch {
    let text = |field: &str| entry.get(field).and_then(Json::as_str).filter(|text| !text.is_empty());
    let target = entry.get("target").and_then(Json::as_object).map(|target| vec![selected(target)]);
    let (file, inline) = match entry.as_str() {
        Some(one) if one.contains(['\n', '{']) => (None, Some(one)),
        Some(path) => (Some(path), None),
        None => (text("path"), text("patch")),
    };
    let written =
        |budget: &mut Budget| inline.map_or_else(|| vec![Target::default()], |text| named(text, budget));
    match file {
        Some(path) => Patch { file: Some(path.to_owned()), targets: target },
        None => Patch { file: None, targets: Some(target.unwrap_or_else(|| written(budget))) },
    }
}

/// The objects that a patch names by being written as them. One that can't be read may be of any.
fn named(text: &str, budget: &mut Budget) -> Vec<Target> {
    let mut keys = Keys::default();
    let Ok(documents) = yaml::parse(text, Position::START, &mut keys) else {
        return vec![Target::default()];
    };
    let names = keys.names();
    let mut one = |nodes| {
        let tree = &Tree::new(nodes, &names);
        let is_map = *tree.resolve(Tree::ROOT).1 == Content::Map;
        let built = is_map.then(|| build::build(tree, Tree::ROOT, 0, budget).ok()).flatten()?;
        let field = |path: &[&str]| built.value.at(path).and_then(Json::as_str).map(str::to_owned);
        let (kind, name) = (field(&["kind"]), field(&["metadata", "name"]));
        Some(Target { kind, name, namespace: field(&["metadata", "namespace"]), is_pattern: false })
    };
    documents.into_iter().map(|nodes| one(nodes).unwrap_or_default()).collect()
}

/// What a `target` says, but for its version and its selectors: it may be of fewer objects then, never of more.
fn selected(target: &Fields<'_>) -> Target {
    let text = |field: &str| {
        let text = target.get(field).and_then(Json::as_str).filter(|text| !text.is_empty());
        text.map(str::to_owned)
    };
    Target { kind: text("kind"), name: text("name"), namespace: text("namespace"), is_pattern: true }
}

fn items<'v, 'j>(value: &'v Json<'j>, field: &str) -> &'v [Json<'j>] {
    value.get(field).and_then(Json::as_array).unwrap_or_default()
}

fn is_set(value: &Json<'_>, field: &str) -> bool {
    match value.get(field) {
        None | Some(Json::Null) => false,
        Some(Json::Array(items)) => !items.is_empty(),
        Some(Json::String(text)) => !text.is_empty(),
        Some(Json::Object(fields)) => !fields.is_empty(),
        Some(_) => true,
    }
}
