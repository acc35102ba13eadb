//! A snapshot of manifests, and queries over it.

use std::io::Write as _;

use assay_connector::manifest::Input;
use assay_connector::{ManifestRequest, collect_manifests};
use assay_evaluator::data::Data;
use assay_evaluator::query::{self, Bindings, Query};
use assay_model::coverage::ReadStatus;
use assay_model::schema::Schema;
use assay_snapshot::{ResourceRead, Snapshot, Store};
use jiff::Timestamp;

/// A snapshot in a folder that goes with it.
pub(crate) struct Fixture {
    schema: Schema,
    snapshot: Snapshot,
    _folder: tempfile::TempDir,
}

impl Fixture {
    /// Collects these manifests.
    pub(crate) fn of(manifests: &str) -> Self {
        Self::with_schema(manifests, Schema::built_in().unwrap())
    }

    /// The same, with more types than the built-in ones.
    pub(crate) fn with_types(manifests: &str, types: &str) -> Self {
        let schema = Schema::with_files(&[("own.graphql".to_owned(), types.to_owned())]);
        Self::with_schema(manifests, schema.unwrap_or_else(|error| panic!("{error}")))
    }

    fn with_schema(manifests: &str, schema: Schema) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifests.yaml");
        std::fs::File::create(&path).unwrap().write_all(manifests.as_bytes()).unwrap();
        let store = Store::open(folder.path().join("store")).unwrap();
        let request = ManifestRequest::new(vec![Input::Path(path)]);
        let snapshot = collect_manifests(&request, &schema, &store, &()).unwrap();
        Self { schema, snapshot, _folder: folder }
    }

    /// The same, as if this resource could not be listed, in one namespace or at all.
    pub(crate) fn forbid(mut self, group: &str, resource: &str, kind: &str, namespace: Option<&str>) -> Self {
        self.snapshot.manifest.collection.resources.push(ResourceRead {
            group: group.to_owned(),
            version: "v1".to_owned(),
            resource: resource.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.map(str::to_owned),
            status: ReadStatus::Forbidden,
            http_code: Some(403),
            message: None,
            revision: None,
            pages: 0,
            count: 0,
            audit_ids: Vec::new(),
        });
        self
    }

    /// The same, as if nothing was to be read of other namespaces.
    pub(crate) fn within(mut self, namespaces: &[&str]) -> Self {
        self.snapshot.manifest.collection.scope.namespaces =
            namespaces.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// The ids a query yields, and those that are unknown with `?`; what is common to all is left out.
    pub(crate) fn ask(&self, text: &str) -> String {
        self.ask_with(text, Timestamp::UNIX_EPOCH)
    }

    /// The same, with lists and variables.
    pub(crate) fn ask_with<'b>(&'b self, text: &str, bindings: impl Into<Bindings<'b>>) -> String {
        let query = query::query(&self.schema, text, bindings);
        self.run(&query.unwrap_or_else(|mistakes| panic!("{text}: {mistakes:?}")))
    }

    /// The fields that a question selects, of its first row.
    pub(crate) fn shown(&self, text: &str) -> serde_json::Value {
        let question = query::question(&self.schema, text, Timestamp::UNIX_EPOCH).unwrap();
        let answer = Data::open(&self.schema, &self.snapshot).answer(&question.asked[0]).unwrap();
        answer.rows[0].fields.clone().into()
    }

    /// The same as `ask`, with the result at a path of the query's selections.
    pub(crate) fn ask_at(&self, text: &str, path: &str) -> String {
        let query = query::query_at(&self.schema, text, path, Timestamp::UNIX_EPOCH);
        query.map_or_else(|mistakes| mistakes[0].message.clone(), |query| self.run(&query))
    }

    /// What a query comes to, stage by stage: syntax, resolved, plan, and the assets it yields.
    pub(crate) fn stages(&self, text: &str) -> [(&'static str, String); 4] {
        let syntax = query::syntax(text).unwrap();
        let resolved = query::query(&self.schema, text, Timestamp::UNIX_EPOCH).unwrap();
        let plan = query::plan(resolved.clone());
        let (shown, yields) = (format!("{resolved:#?}"), self.run(&plan));
        [("1-syntax", syntax), ("2-resolved", shown), ("3-plan", format!("{plan:#?}")), ("4-assets", yields)]
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    pub(crate) fn run(&self, query: &Query) -> String {
        let data = Data::open(&self.schema, &self.snapshot);
        let mut ids = Vec::new();
        for (table, found) in data.run(query).unwrap().tables() {
            let all = data.ids(table).unwrap();
            for row in found.result.maybe.set_indices() {
                let id = all.value(row);
                let short = id.rsplit_once('/').map_or(id, |(_, name)| name).to_owned();
                ids.push(if found.result.is_sure(row) { short } else { format!("{short}?") });
            }
        }
        ids.sort();
        ids.join(" ")
    }
}

/// Whether each query yields these names.
pub(crate) fn check(fixture: &Fixture, cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(text, expected)| {
            let found = fixture.ask(text);
            (found != *expected).then(|| format!("{text}\n  expected: {expected}\n  found:    {found}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
