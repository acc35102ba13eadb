//! Who can do what where: bindings and roles resolved, for users, groups, service accounts and workloads.

mod bindings;
mod opened;
mod read;
mod subjects;
mod tables;

use assay_model::rbac::Policy;
use assay_model::schema::TableId;

use super::Rows;
use crate::Error;
use crate::data::Data;
use bindings::Bindings;

/// Derives subjects, grants and escalations, with the relations that lead to them.
pub(super) fn rows(data: &Data<'_>) -> Result<Rows, Error> {
    let bindings = Bindings::read(data)?;
    let mut rows = Rows::default();
    let tables = Tables::add(data, &bindings, &mut rows)?;
    bindings::relate(data, &bindings, &tables, &mut rows)?;
    subjects::relate(data, &bindings, &tables, &mut rows)?;
    Ok(rows)
}

/// The derived tables.
struct Tables {
    grants: TableId,
    escalations: TableId,
    subjects: TableId,
}

impl Data<'_> {
    /// All that the bindings of the snapshot give, as far as they and their roles could be read.
    pub fn access_policy(&self) -> Result<Policy, Error> {
        Ok(Bindings::read(self)?.policy)
    }
}
