//! What could not be read, by resource.

use std::collections::{BTreeMap, BTreeSet};

use assay_audit::audit::Gap;
use assay_model::coverage::ReadStatus;
use assay_model::schema::{Schema, TableId};
use assay_snapshot::Snapshot;

/// What could not be read.
#[derive(Debug, Default)]
pub struct Gaps {
    /// Each gap once, in the order reports number them.
    pub list: Vec<Gap>,
    by_table: BTreeMap<TableId, Vec<usize>>,
    kinds: Vec<String>,
    scope: Option<Scope>,
}

/// What is known if only some namespaces were read.
#[derive(Debug)]
struct Scope {
    namespaces: BTreeSet<String>,
    /// The gap that all others are.
    gap: usize,
    /// The tables of what is in namespaces.
    tables: BTreeSet<TableId>,
}

impl Gaps {
    /// The gaps a snapshot's manifest records.
    pub(super) fn of(schema: &Schema, snapshot: &Snapshot) -> Self {
        let mut gaps = Self::default();
        let mut reads: Vec<_> = snapshot.manifest.collection.resources.iter().collect();
        reads.sort_by(|a, b| {
            (&a.group, &a.resource, &a.namespace).cmp(&(&b.group, &b.resource, &b.namespace))
        });
        for read in reads.into_iter().filter(|read| !read.status.is_complete()) {
            let resource = resource_name(&read.resource, &read.group);
            let permission = (read.status == ReadStatus::Forbidden).then(|| format!("list {resource}"));
            let message = read.message.clone().unwrap_or_else(|| match read.status {
                ReadStatus::Excluded => "left out by configuration".to_owned(),
                status => status.as_str().to_owned(),
            });
            let table = schema
                .asset_of(&read.group, &read.kind)
                .and_then(|def| schema.tables_of(&def.name).first().copied());
            if let Some(table) = table {
                gaps.by_table.entry(table).or_default().push(gaps.list.len());
            }
            gaps.kinds.push(format!("{}/{}", read.group, read.kind));
            gaps.list.push(Gap {
                resource,
                namespace: read.namespace.clone(),
                asset: None,
                status: read.status,
                message,
                permission,
            });
        }
        gaps.limit(schema, &snapshot.manifest.collection.scope.namespaces);
        gaps
    }

    /// All namespaces but these are out of scope: no asset is missed for it, but relations may lead there.
    fn limit(&mut self, schema: &Schema, namespaces: &[String]) {
        if namespaces.is_empty() {
            return;
        }
        let namespaced =
            schema.assets().filter(|(_, resource)| resource.namespaced || resource.plural == "*");
        let tables = namespaced.flat_map(|(def, _)| schema.tables_of(&def.name)).collect();
        let namespaces: BTreeSet<String> = namespaces.iter().cloned().collect();
        let names: Vec<&str> = namespaces.iter().map(String::as_str).collect();
        let message = format!("only what is in these namespaces was to be read: {}", names.join(", "));
        self.kinds.push(String::new());
        self.list.push(Gap {
            resource: "*".to_owned(),
            namespace: None,
            asset: None,
            status: ReadStatus::Excluded,
            message,
            permission: None,
        });
        self.scope = Some(Scope { namespaces, gap: self.list.len() - 1, tables });
    }

    /// The gap that namespaces out of scope are, if a table may have rows there.
    pub fn out_of_scope(&self, table: TableId) -> Option<usize> {
        self.scope.as_ref().filter(|scope| scope.tables.contains(&table)).map(|scope| scope.gap)
    }

    /// The gaps in an asset table; of generic assets, only those of these kinds (group/Kind), unless empty.
    pub fn of_table(&self, table: TableId, kinds: &[String]) -> Vec<usize> {
        let all = self.by_table.get(&table).map(Vec::as_slice).unwrap_or_default();
        all.iter().copied().filter(|gap| kinds.is_empty() || kinds.contains(&self.kinds[*gap])).collect()
    }

    /// Whether a table may lack rows of this namespace; `None` asks for any.
    pub fn lacks(&self, table: TableId, kinds: &[String], namespace: Option<&str>) -> bool {
        let gaps = self.of_table(table, kinds);
        let unread = gaps.iter().any(|gap| match (&self.list[*gap].namespace, namespace) {
            (Some(gap), Some(namespace)) => gap == namespace,
            _ => true,
        });
        unread || self.scope.as_ref().is_some_and(|scope| scope.excludes(table, namespace))
    }
}

impl Scope {
    fn excludes(&self, table: TableId, namespace: Option<&str>) -> bool {
        // What is in no namespace is never out of scope.
        let in_scope = |name: &str| name.is_empty() || self.namespaces.contains(name);
        self.tables.contains(&table) && !namespace.is_some_and(in_scope)
    }
}

/// A resource as kubectl names it: `pods`, `deployments.apps`.
pub fn resource_name(plural: &str, group: &str) -> String {
    if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") }
}
