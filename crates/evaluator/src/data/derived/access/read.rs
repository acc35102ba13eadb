//! Columns of roles and bindings.

use arrow::array::{Array, ArrayRef, ListArray};
use assay_model::rbac::Rule;
use assay_model::schema::TableId;

use crate::Error;
use crate::data::{Data, columns};
use crate::texts::Texts;

/// The rules of a table, in the order of its rows.
pub(super) fn rules(data: &Data<'_>, table: TableId) -> Result<Vec<Rule>, Error> {
    let column = |name: &str| data.column(table, &[name.to_owned()]);
    let (verbs, groups, resources) = (column("verbs")?, column("apiGroups")?, column("resources")?);
    let (names, urls) = (column("resourceNames")?, column("nonResourceURLs")?);
    let rule = |row| Rule {
        verbs: list(&verbs, row),
        api_groups: list(&groups, row),
        resources: list(&resources, row),
        resource_names: list(&names, row),
        non_resource_urls: list(&urls, row),
    };
    Ok((0..data.rows(table)?).map(rule).collect())
}

/// A text column by the field's path, which may lead through structs.
pub(super) fn text(data: &Data<'_>, table: TableId, path: &[&str]) -> Result<Texts, Error> {
    let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
    let column = columns::spot(data.schema, table, &path).map(|spot| spot.column).unwrap_or_default();
    data.texts(table, &column)
}

fn list(column: &ArrayRef, row: usize) -> Vec<String> {
    let Some(lists) = column.as_any().downcast_ref::<ListArray>().filter(|lists| !lists.is_null(row)) else {
        return Vec::new();
    };
    let values = columns::strings(&lists.value(row));
    values.iter().flatten().map(str::to_owned).collect()
}
