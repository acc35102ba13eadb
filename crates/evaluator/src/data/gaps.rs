//! What could not be read, by resource.

use std::collections::BTreeMap;

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
        gaps
    }

    /// The gaps in an asset table; of generic assets, only those of these kinds (group/Kind), unless empty.
    pub fn of_table(&self, table: TableId, kinds: &[String]) -> Vec<usize> {
        let all = self.by_table.get(&table).map(Vec::as_slice).unwrap_or_default();
        all.iter().copied().filter(|gap| kinds.is_empty() || kinds.contains(&self.kinds[*gap])).collect()
    }

    /// Whether a table may lack rows of this namespace; `None` asks for any.
    pub fn lacks(&self, table: TableId, kinds: &[String], namespace: Option<&str>) -> bool {
        self.of_table(table, kinds).iter().any(|gap| match (&self.list[*gap].namespace, namespace) {
            (Some(gap), Some(namespace)) => gap == namespace,
            _ => true,
        })
    }
}

/// A resource as kubectl names it: `pods`, `deployments.apps`.
pub fn resource_name(plural: &str, group: &str) -> String {
    if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") }
}
