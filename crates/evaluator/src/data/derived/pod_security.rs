//! The Pod Security Standards that namespaces ask for.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use assay_model::pod_security::{PodSecurity, Standard};

use super::Rows;
use crate::Error;
use crate::data::{Data, Edges, index};

/// One row for each namespace that could be read.
pub(super) fn rows(data: &Data<'_>) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    for table in data.schema.tables_of("Namespace") {
        let (ids, unreadable) = (data.ids(table)?, data.unreadable(table)?);
        let labels = data.labels(table, &["labels".to_owned()])?;
        let readable: Vec<usize> = (0..data.rows(table)?).filter(|row| !unreadable.value(*row)).collect();
        let asked: Vec<PodSecurity> =
            readable.iter().map(|row| PodSecurity::of(|key| labels.get(*row, key))).collect();
        let level = |of: fn(&PodSecurity) -> &Standard| -> ArrayRef {
            Arc::new(asked.iter().map(|it| Some(of(it).level.as_str())).collect::<StringArray>())
        };
        let version = |of: fn(&PodSecurity) -> &Standard| -> ArrayRef {
            Arc::new(asked.iter().map(|it| Some(of(it).version.as_str())).collect::<StringArray>())
        };
        let ids: StringArray = readable.iter().map(|row| Some(ids.value(*row))).collect();
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("id", Arc::new(ids)),
            ("enforce", level(|it| &it.enforce)),
            ("enforceVersion", version(|it| &it.enforce)),
            ("audit", level(|it| &it.audit)),
            ("auditVersion", version(|it| &it.audit)),
            ("warn", level(|it| &it.warn)),
            ("warnVersion", version(|it| &it.warn)),
        ];
        let to = rows.add_table(data.schema, "PodSecurity", columns)?;
        let pairs = readable.iter().enumerate().map(|(to, from)| (index(*from), index(to))).collect();
        rows.add_edges(table, "podSecurity", Edges::to_table(data.rows(table)?, to, pairs, unreadable));
    }
    Ok(rows)
}
