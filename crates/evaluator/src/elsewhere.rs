//! Fields of an interface that are another asset's for some of its types: a container's labels are its workload's.

use arrow::array::{Array, ArrayRef, new_null_array};
use arrow::buffer::BooleanBuffer;
use arrow::compute::interleave;
use arrow::datatypes::DataType;
use assay_model::schema::{Relation, Schema, Source, TableId};

use crate::Error;
use crate::data::{Data, Edges};
use crate::query::{FieldPath, Filter, Quantifier, Set};
use crate::texts::plain;

/// What a condition on rows of an interface asks of a table whose rows have the field elsewhere, where it is about no
/// value: the same of the row that has it. `None` where the table's own rows have it.
pub(crate) fn elsewhere(schema: &Schema, table: TableId, filter: &Filter) -> Option<Filter> {
    let led = |path: &[String]| led(schema, table, path);
    let (relation, field, there) = match filter {
        Filter::Present(path) => {
            let (relation, field, path) = led(path)?;
            (relation, field, Filter::Present(path))
        }
        Filter::Given(path) => {
            let (relation, field, path) = led(path)?;
            (relation, field, Filter::Given(path))
        }
        Filter::Related { set, quantifier, filter } => {
            let (relation, field, path) = led(&set.path)?;
            let set = Set { path, ..set.clone() };
            (relation, field, Filter::Related { set, quantifier: *quantifier, filter: filter.clone() })
        }
        _ => return None,
    };
    let set = Set { path: vec![field], to: relation.to.clone(), narrow: None };
    Some(Filter::Related { set, quantifier: Quantifier::Some, filter: Box::new(there) })
}

/// Whether a condition asks for a field that a table's rows have elsewhere.
pub(crate) fn asks_elsewhere(schema: &Schema, table: TableId, filter: &Filter) -> bool {
    let is_led = |path: &[String]| led(schema, table, path).is_some();
    match filter {
        Filter::Test { path, .. } => is_led(path),
        Filter::Fields { path, other, .. } => is_led(path) || is_led(other),
        other => elsewhere(schema, table, other).is_some(),
    }
}

/// The relation that leads to the row with a field, the relation's own field, and the path there.
pub(crate) fn led<'s>(
    schema: &'s Schema,
    table: TableId,
    path: &[String],
) -> Option<(&'s Relation, String, FieldPath)> {
    let def = schema.get(&schema.table(table).type_name)?;
    let (first, rest) = path.split_first()?;
    let Source::Alias { of, filter: None } = &def.field(first)?.source else { return None };
    let (way, there) = of.split_first()?;
    let Source::Relation(relation) = &def.field(way)?.source else { return None };
    (!relation.many).then(|| (relation, way.clone(), there.iter().chain(rest).cloned().collect()))
}

impl Data<'_> {
    /// The values of a field that rows have elsewhere; missing where the relation leads nowhere. `None` for a field of
    /// the rows' own.
    pub(crate) fn values_elsewhere(
        &self,
        table: TableId,
        path: &[String],
    ) -> Result<Option<ArrayRef>, Error> {
        let Some((_, way, there)) = led(self.schema, table, path) else { return Ok(None) };
        let values = self.elsewhere.get((table, path.join(".")), || {
            let edges = self.edges(table, &[way])?;
            // Rows of several tables have no dictionary in common.
            let columns = edges.to.iter().map(|(to, _)| Ok(plain(self.values(*to, &there)?)?));
            gathered(self.rows(table)?, &edges, &columns.collect::<Result<Vec<_>, Error>>()?)
        })?;
        Ok(Some(values))
    }

    /// The rows whose value is unknown of a field that they have elsewhere. `None` for a field of the rows' own.
    pub(crate) fn unknown_elsewhere(
        &self,
        table: TableId,
        path: &[String],
    ) -> Result<Option<BooleanBuffer>, Error> {
        let Some((_, way, there)) = led(self.schema, table, path) else { return Ok(None) };
        let edges = self.edges(table, &[way])?;
        let unknown = edges.to.iter().map(|(to, _)| self.unknown(*to, &there));
        let unknown = unknown.collect::<Result<Vec<_>, Error>>()?;
        let is_unknown = |row: usize| match only(&edges, row) {
            Some((at, to)) => unknown[at].value(to),
            None => edges.incomplete.value(row),
        };
        Ok(Some((0..self.rows(table)?).map(is_unknown).collect()))
    }
}

/// The row that a relation to one leads to, with the number of its table among those of the relation.
fn only(edges: &Edges, row: usize) -> Option<(usize, usize)> {
    let found = |(at, (_, adjacency)): (usize, &(_, crate::data::Adjacency))| {
        adjacency.of(row).first().map(|to| (at, *to as usize))
    };
    edges.to.iter().enumerate().find_map(found)
}

/// For each row, the value of the row that a relation to one leads to.
fn gathered(rows: usize, edges: &Edges, columns: &[ArrayRef]) -> Result<ArrayRef, Error> {
    let data_type = columns.iter().map(|column| column.data_type()).find(|of| **of != DataType::Null);
    // A table may lack the column: there, too, it is missing.
    let missing = new_null_array(data_type.unwrap_or(&DataType::Null), 1);
    let has = |at: usize| *columns[at].data_type() != DataType::Null;
    let there = |row: usize| match only(edges, row) {
        Some((at, to)) if has(at) => (at + 1, to),
        _ => (0, 0),
    };
    let own = (0..columns.len()).map(|at| if has(at) { columns[at].as_ref() } else { missing.as_ref() });
    let sources: Vec<&dyn Array> = std::iter::once(missing.as_ref()).chain(own).collect();
    let indices: Vec<(usize, usize)> = (0..rows).map(there).collect();
    Ok(interleave(&sources, &indices)?)
}
