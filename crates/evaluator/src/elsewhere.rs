//! Fields of an interface that are another asset's for some of its types: a container's labels are its workload's.

use assay_model::schema::{Relation, Schema, Source, TableId};

use crate::query::{FieldPath, Filter, Quantifier, Set};

/// What a condition on rows of an interface asks of a table whose rows have the field elsewhere: the same of the row
/// that has it. `None` where the table's own rows have it.
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
        Filter::Test { path, scalar, test } => {
            let (relation, field, path) = led(path)?;
            (relation, field, Filter::Test { path, scalar: *scalar, test: test.clone() })
        }
        Filter::Fields { path, scalar, order, other } => {
            let ((relation, field, path), (.., other)) = (led(path)?, led(other)?);
            (relation, field, Filter::Fields { path, scalar: *scalar, order: *order, other })
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
