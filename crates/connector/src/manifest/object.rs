//! The objects of a document: what makes one, and what kubectl would refuse.

use assay_model::json::Json;

use super::{
    build::{self, Budget, Built, Duplicate},
    configuration, kustomization, metadata,
    positions::Positions,
    problem::{Fault, Position},
    tree::{self, Content, MAX_DEPTH, Tree},
};

/// What the objects of a document turned out to be.
pub(super) trait Receiver {
    /// An object that kubectl would send.
    fn object(&mut self, object: Json<'_>, positions: Positions);
    /// Something that is an error.
    fn refused(&mut self, fault: Fault);
    /// Whether a list of objects that says nothing of itself is taken apart, as support bundles have them; kubectl
    /// refuses it.
    fn takes_bare_lists(&self) -> bool;
    /// Something that is no Kubernetes object and doesn't look like one.
    fn foreign(&mut self, fault: Fault);
    /// What a document that is no object makes of others, by its file's name or by what it says; it is foreign, too.
    fn maker(&mut self, value: &Json<'_>) -> Option<Maker>;
    /// An entry that a later one with the same key replaced.
    fn duplicate(&mut self, duplicate: Duplicate);
}

/// What makes objects, or changes those of others.
#[derive(Clone, Copy)]
pub(super) enum Maker {
    Kustomization,
    Chart,
}

/// Where in a document an object stands.
#[derive(Clone, Copy)]
enum Place<'t> {
    Root,
    /// In a list, which may say what its items are.
    Item(Option<ItemType<'t>>),
}

/// The type that the items of a list have where they do not say.
#[derive(Clone, Copy)]
struct ItemType<'t> {
    api_version: &'t str,
    kind: &'t str,
}

/// Hands over the objects of a document, those of a list one by one.
pub(super) fn each(tree: &Tree<'_>, receiver: &mut impl Receiver) {
    let mut reader = Reader { tree, budget: Budget::default(), receiver, aliases: 0, depth: 0 };
    reader.node(Tree::ROOT, Place::Root);
}

struct Reader<'t, 'a, R> {
    tree: &'t Tree<'a>,
    budget: Budget,
    receiver: &'t mut R,
    /// How many aliases lead here.
    aliases: usize,
    /// How many lists are open.
    depth: usize,
}

impl<'t, R: Receiver> Reader<'t, '_, R> {
    fn node(&mut self, node: u32, place: Place<'t>) {
        if let Some(items) = items(self.tree, node) {
            return self.list(node, items).unwrap_or_else(|fault| self.receiver.refused(fault));
        }
        if matches!(place, Place::Root) && self.receiver.takes_bare_lists() && is_bare_list(self.tree, node) {
            let items = self.tree.children(self.tree.resolve(node).0);
            return items.into_iter().for_each(|item| self.node(item, Place::Item(None)));
        }
        if *self.tree.resolve(node).1 != Content::Map {
            let message = if is_json_patch(self.tree, node) { JSON_PATCH } else { NO_MAPPING };
            return self.not_an_object(place, self.tree.mark(node).position, message);
        }
        match build::build(self.tree, node, self.aliases, &mut self.budget) {
            Ok(built) => self.object(built, place),
            Err(fault) => self.receiver.refused(fault),
        }
    }

    /// Aliases nest lists as they nest mappings, and multiply what is in them.
    fn list(&mut self, node: u32, items: u32) -> Result<(), Fault> {
        let tree = self.tree;
        let at = tree.mark(node).position;
        if self.depth >= MAX_DEPTH {
            return Err(tree::too_deep(at));
        }
        if let Some(next) = next_page(tree, node) {
            self.receiver.refused(Fault::at(tree.mark(next).position, A_PAGE));
        }
        let kind = text(tree, node, "kind").and_then(|kind| kind.strip_suffix("List"));
        let item_type = kind
            .filter(|kind| !kind.is_empty())
            .zip(text(tree, node, "apiVersion"))
            .map(|(kind, api_version)| ItemType { api_version, kind });
        let before = self.aliases;
        self.aliases += [node, items].iter().filter(|node| tree.resolve(**node).0 != **node).count();
        self.depth += 1;
        // Its fields were looked at to see that it is a list.
        let read = self.charge(node, at).and_then(|()| {
            tree.children(tree.resolve(items).0).try_for_each(|item| {
                self.charge(item, tree.mark(item).position)?;
                self.node(item, Place::Item(item_type));
                Ok(())
            })
        });
        self.depth -= 1;
        self.aliases = before;
        read
    }

    /// Counts the entries of a node to which an alias leads.
    fn charge(&mut self, node: u32, at: Position) -> Result<(), Fault> {
        let target = self.tree.resolve(node).0;
        if self.aliases == 0 && target == node {
            return Ok(());
        }
        (0..=self.tree.children(target).count()).try_for_each(|_| self.budget.charge(0, at))
    }

    fn object(&mut self, built: Built<'t>, place: Place<'t>) {
        let Built { mut value, positions, duplicates } = built;
        duplicates.into_iter().for_each(|duplicate| self.receiver.duplicate(duplicate));
        if let Place::Item(Some(item_type)) = place {
            complete(&mut value, item_type);
        }
        if is_failure(&value) {
            return self.receiver.refused(Fault::at(positions.get(""), A_FAILURE));
        }
        if !is_meant_as_object(&value) {
            let maker = if matches!(place, Place::Root) { self.receiver.maker(&value) } else { None };
            return self.not_an_object(place, positions.get(""), &foreign(&value, maker));
        }
        let faults = metadata::check(&value, &positions);
        if faults.is_empty() {
            return self.receiver.object(value, positions);
        }
        faults.into_iter().for_each(|fault| self.receiver.refused(fault));
    }

    /// A file may be about something else; an item of a list can't.
    fn not_an_object(&mut self, place: Place<'_>, at: Position, message: &str) {
        let fault = Fault::at(at, message);
        match place {
            Place::Root => self.receiver.foreign(fault),
            Place::Item(_) => self.receiver.refused(fault),
        }
    }
}

/// The node of a list's items: of kind `List`, or of a kind that ends so and without a name of its own.
fn items(tree: &Tree<'_>, node: u32) -> Option<u32> {
    let kind = text(tree, node, "kind")?;
    let items = field(tree, node, "items")?;
    let is_items = matches!(tree.resolve(items).1, Content::List | Content::Null);
    let named = || field(tree, node, "metadata").and_then(|metadata| field(tree, metadata, "name")).is_some();
    (is_items && (kind == "List" || kind.ends_with("List") && !named())).then_some(items)
}

/// Where a list says that it goes on in another answer, if it does.
fn next_page(tree: &Tree<'_>, node: u32) -> Option<u32> {
    let metadata = field(tree, node, "metadata")?;
    let is_empty = text(tree, metadata, "continue").is_none_or(str::is_empty);
    field(tree, metadata, "continue").filter(|_| !is_empty)
}

/// Whether it is a list of what look like whole objects, each written out.
fn is_bare_list(tree: &Tree<'_>, node: u32) -> bool {
    let (list, content) = tree.resolve(node);
    let has = |item: u32, name: &&str| field(tree, item, name).is_some();
    let is_whole = |item: u32| {
        tree.resolve(item).0 == item && ["apiVersion", "kind", "metadata"].iter().all(|name| has(item, name))
    };
    *content == Content::List && tree.children(list).into_iter().all(is_whole)
}

/// Whether it is a list of operations, as patches of a kustomization are written.
fn is_json_patch(tree: &Tree<'_>, node: u32) -> bool {
    let (list, content) = tree.resolve(node);
    let is_operation = |item: u32| ["op", "path"].iter().all(|name| field(tree, item, name).is_some());
    *content == Content::List && tree.children(list).next().is_some_and(is_operation)
}

fn text<'t>(tree: &'t Tree<'_>, node: u32, name: &str) -> Option<&'t str> {
    match tree.resolve(field(tree, node, name)?).1 {
        Content::Text(text) => Some(text),
        _ => None,
    }
}

/// The value of a mapping's entry, the last of that name. Merge keys are not followed: nobody writes a list so.
fn field(tree: &Tree<'_>, node: u32, name: &str) -> Option<u32> {
    let (map, content) = tree.resolve(node);
    if *content != Content::Map {
        return None;
    }
    let is_named =
        |child: &u32| tree.names.get(tree.mark(*child).key as usize).is_some_and(|key| **key == *name);
    tree.children(map).filter(is_named).last()
}

/// As the API server's own clients do: an item of a `PodList` that doesn't say its type is a `Pod`.
fn complete<'t>(value: &mut Json<'t>, item_type: ItemType<'t>) {
    let Json::Object(object) = value else { return };
    let says = |field| object.get(field).and_then(Json::as_str).is_some_and(|text| !text.is_empty());
    if says("kind") && says("apiVersion") {
        return;
    }
    object.insert("kind", item_type.kind);
    object.insert("apiVersion", item_type.api_version);
}

/// What is wrong with a document, or an item, that is text, a number or a list.
const NO_MAPPING: &str = "not a Kubernetes object: not a mapping";

/// What is wrong with a page of a list.
const A_PAGE: &str =
    "only a page of a list: metadata.continue says that there is more; give all of it, as `kubectl get` does";

/// What is wrong with an answer that stands in the place of what was asked for.
const A_FAILURE: &str = "not a Kubernetes object but the API server's answer that it gives none: what was to be here \
                         was not read";

/// What a list of operations is.
const JSON_PATCH: &str =
    "not a Kubernetes object but a JSON patch: audit what `kubectl kustomize` makes of it";

/// Two of the three fields that every object has: someone forgot the third.
fn is_meant_as_object(value: &Json<'_>) -> bool {
    let marks = ["apiVersion", "kind", "metadata"];
    let found = marks.iter().filter(|field| value.get(field).is_some_and(|value| !value.is_null())).count();
    found >= 2 && !kustomization::says_so(value) && lookalike(value).is_none()
}

/// What a document is that is written as objects are, and is none.
fn lookalike(value: &Json<'_>) -> Option<String> {
    if is_of_bundle(value) {
        return Some("what a support bundle says of itself".to_owned());
    }
    if is_answer(value) {
        return Some("an answer of the API server".to_owned());
    }
    configuration::of(value).map(|program| format!("configuration of {program}"))
}

/// Whether it is the `version.yaml` with which a support bundle begins.
fn is_of_bundle(value: &Json<'_>) -> bool {
    let api_version = value.get("apiVersion").and_then(Json::as_str).unwrap_or_default();
    api_version.starts_with("troubleshoot.sh/") && value.get("metadata").is_none()
}

/// Kinds that the API server answers with and nobody creates; what is dumped of a cluster has them among its objects.
const ANSWERS: [&str; 8] = [
    "APIGroup",
    "APIGroupList",
    "APIResourceList",
    "APIVersions",
    "SelfSubjectAccessReview",
    "SelfSubjectRulesReview",
    "Status",
    "Table",
];

fn is_answer(value: &Json<'_>) -> bool {
    let kind = value.get("kind").and_then(Json::as_str).unwrap_or_default();
    let has_name = value.at(&["metadata", "name"]).is_some_and(|name| !name.is_null());
    ANSWERS.contains(&kind) && !has_name
}

/// Whether it is the answer to a request that failed.
fn is_failure(value: &Json<'_>) -> bool {
    let is = |field: &str, text: &str| value.get(field).and_then(Json::as_str) == Some(text);
    is_answer(value) && is("kind", "Status") && is("status", "Failure")
}

/// What a document is that is no object.
fn foreign(value: &Json<'_>, maker: Option<Maker>) -> String {
    if let Some(what) = lookalike(value) {
        return format!("not a Kubernetes object but {what}");
    }
    match maker {
        Some(Maker::Chart) => {
            return "not a Kubernetes object but a chart: audit what `helm template` makes of it".to_owned();
        }
        None if !matches!(value.get("resources"), Some(Json::Array(_))) => {
            return "not a Kubernetes object: no apiVersion/kind".to_owned();
        }
        None | Some(Maker::Kustomization) => {}
    }
    let changes = kustomization::changes(value).join(", ");
    let changes = match changes.as_str() {
        "" => changes,
        fields => format!(" that changes what it draws in ({fields})"),
    };
    format!(
        "not a Kubernetes object but a kustomization{changes}: audit what `kubectl kustomize` makes of it"
    )
}
