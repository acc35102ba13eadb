//! Facts that are made for one table at a time.

use std::sync::Arc;

use arrow::array::{Array, BooleanArray, StringArray};
use assay_model::schema::TableId;

use super::Fact;
use crate::Error;
use crate::data::Data;

/// Whether Kubernetes itself created each row's asset, unchanged since.
pub(super) fn built_in(data: &Data<'_>, table: TableId) -> Result<Fact, Error> {
    Ok(Fact::known(Arc::new(BooleanArray::from(data.built_in(table)?))))
}

/// Whether each workload stands for its pods.
pub(super) fn top_level(data: &Data<'_>, table: TableId) -> Result<Fact, Error> {
    Ok(Fact::known(Arc::new(BooleanArray::from(data.top_level(table)?))))
}

/// The uid, else the id.
pub(super) fn uid_or_id(data: &Data<'_>, table: TableId) -> Result<Fact, Error> {
    let (uids, ids) = (data.text(table, "uid")?, data.ids(table)?);
    let either = |row| if uids.is_null(row) { ids.value(row) } else { uids.value(row) };
    let values: StringArray = (0..ids.len()).map(|row| Some(either(row))).collect();
    Ok(Fact::known(Arc::new(values)))
}

/// The name of the cluster the snapshot is of.
pub(super) fn cluster(data: &Data<'_>, table: TableId) -> Result<Fact, Error> {
    let name = data.snapshot.manifest.cluster_name.as_str();
    Ok(Fact::known(Arc::new(StringArray::from(vec![name; data.rows(table)?]))))
}
