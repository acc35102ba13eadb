//! What could not be read, by resource.

use std::collections::{BTreeMap, BTreeSet};

use assay_audit::audit::Gap;
use assay_model::coverage::ReadStatus;
use assay_model::schema::{Resource, Schema, TableId, TypeDef};
use assay_snapshot::{Collection, Consistency, ResourceRead, Snapshot};

/// The resource, or group, of a read that stands for all of them.
const ANY: &str = "*";

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
            for table in lacking(schema, &snapshot.manifest.collection, read) {
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
        let is_of =
            |gap: &usize| kinds.is_empty() || kinds.iter().any(|kind| may_be(&self.kinds[*gap], kind));
        all.iter().copied().filter(is_of).collect()
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

/// Whether what a gap is of may be of this kind (group/Kind): of a group that could not be discovered, all may.
fn may_be(gap: &str, kind: &str) -> bool {
    let group = kind.split('/').next().unwrap_or_default();
    gap == kind || gap == "*/*" || gap.strip_suffix("/*") == Some(group)
}

/// The asset tables that lack rows because of a read that was not complete: the resource's own. One that stands for
/// a whole group leaves open whether there are kinds that the snapshot says nothing of, so what lacks rows are also
/// the types that came to the model later.
fn lacking(schema: &Schema, collection: &Collection, read: &ResourceRead) -> Vec<TableId> {
    let table = |def: &TypeDef| schema.tables_of(&def.name).first().copied();
    let mut tables: Vec<TableId> =
        schema.asset_of(&read.group, &read.kind).and_then(table).into_iter().collect();
    if read.resource == ANY || is_first_of_manifests(collection, read) {
        let is_silent = |own: &Resource| {
            let of_group = read.resource != ANY || read.group == ANY || own.group == read.group;
            of_group && !collection.resources.iter().any(|r| r.group == own.group && r.resource == own.plural)
        };
        let silent = schema.assets().filter(|(_, own)| own.plural != ANY && is_silent(own));
        tables.extend(silent.filter_map(|(def, _)| table(def)));
    }
    tables
}

/// Whether it tells for all of a folder of manifests that not all of it could be read: the first snapshots have no
/// entry for that, but one for each kind they knew, among which are always namespaces.
fn is_first_of_manifests(collection: &Collection, read: &ResourceRead) -> bool {
    let has_any = collection.resources.iter().any(|read| read.resource == ANY);
    let is_unread = read.status == ReadStatus::Failed && read.resource == "namespaces";
    collection.consistency == Consistency::Manifests && !has_any && is_unread
}

/// A resource as kubectl names it: `pods`, `deployments.apps`.
pub fn resource_name(plural: &str, group: &str) -> String {
    if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") }
}
