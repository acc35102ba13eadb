//! Selected fields of a row → JSON, and as evidence with their places in the object.

use arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, MapArray, StringArray, StructArray,
    TimestampMicrosecondArray,
};
use assay_audit::finding::Evidence;
use assay_model::path::join;
use assay_model::schema::TableId;
use serde_json::{Map, Value};

use crate::Error;
use crate::data::{Data, spot};
use crate::mask::Mask;
use crate::query::{Filter, Picked, Selected, Set, What};

/// Related rows beyond these are counted, not listed: evidence is for reading.
const LISTED: usize = 20;

impl Data<'_> {
    /// The selected fields of a row as one object.
    pub fn project(
        &self,
        table: TableId,
        row: usize,
        fields: &[Picked],
    ) -> Result<Map<String, Value>, Error> {
        self.project_most(table, row, fields, LISTED)
    }

    /// The same, with all related rows.
    pub(crate) fn project_all(
        &self,
        table: TableId,
        row: usize,
        fields: &[Picked],
    ) -> Result<Map<String, Value>, Error> {
        self.project_most(table, row, fields, usize::MAX)
    }

    fn project_most(
        &self,
        table: TableId,
        row: usize,
        fields: &[Picked],
        most: usize,
    ) -> Result<Map<String, Value>, Error> {
        let mut object = Map::new();
        for picked in fields {
            object.insert(picked.name.clone(), self.project_one(table, row, &picked.what, most)?);
        }
        Ok(object)
    }

    fn project_one(&self, table: TableId, row: usize, what: &What, most: usize) -> Result<Value, Error> {
        Ok(match what {
            What::Value(path) => value_at(&self.values(table, path)?, row),
            What::Object(path) => self.object_value(table, row, path)?,
            What::Holds(filter) => known(&self.eval(table, filter)?, row),
            What::Struct(fields) => Value::Object(self.project_most(table, row, fields, most)?),
            What::Count(set) => Value::from(self.related_rows(table, row, set, &Filter::everything())?.len()),
            What::Related { set, .. } if set.to == "KeyValue" => self.map_at(table, row, set)?,
            What::Related { set, filter, many, selected } => {
                let rows = self.related_rows(table, row, set, filter)?;
                let listed = rows.iter().take(most);
                let mut values = listed
                    .map(|(table, row)| {
                        Ok(Value::Object(self.project_most(*table, *row, &selected.fields, most)?))
                    })
                    .collect::<Result<Vec<_>, Error>>()?;
                if rows.len() > most {
                    values.push(Value::from(format!("and {} more", rows.len() - most)));
                }
                if *many { Value::Array(values) } else { values.into_iter().next().unwrap_or(Value::Null) }
            }
        })
    }

    /// The rows a relation leads to from one row, that satisfy a filter.
    fn related_rows(
        &self,
        table: TableId,
        row: usize,
        set: &Set,
        filter: &Filter,
    ) -> Result<Vec<(TableId, usize)>, Error> {
        let edges = self.edges(table, &set.path)?;
        let mut rows = Vec::new();
        for (target, adjacency) in &edges.to {
            if adjacency.of(row).is_empty() {
                continue;
            }
            let mut mask = self.eval(*target, filter)?;
            if let Some(narrow) = &set.narrow {
                mask = mask.and(&self.eval(*target, narrow)?);
            }
            let kept = adjacency.of(row).iter().map(|to| *to as usize).filter(|to| mask.is_sure(*to));
            rows.extend(kept.map(|to| (*target, to)));
        }
        Ok(rows)
    }

    fn map_at(&self, table: TableId, row: usize, set: &Set) -> Result<Value, Error> {
        let path = spot(self.schema, table, &set.path).map(|spot| spot.column).unwrap_or_default();
        Ok(value_at(&self.column(table, &path)?, row))
    }

    /// The selected fields of a row with their places in the object, related rows' included.
    pub fn evidence(&self, table: TableId, row: usize, selected: &Selected) -> Result<Vec<Evidence>, Error> {
        let mut found = Vec::new();
        self.gather(table, row, &selected.fields, &mut found)?;
        found.dedup();
        Ok(found)
    }

    fn gather(
        &self,
        table: TableId,
        row: usize,
        fields: &[Picked],
        into: &mut Vec<Evidence>,
    ) -> Result<(), Error> {
        for picked in fields {
            match &picked.what {
                What::Value(path) => {
                    let field = self.place(table, row, path)?;
                    into.push(Evidence { field, value: value_at(&self.values(table, path)?, row) });
                }
                What::Struct(fields) => self.gather(table, row, fields, into)?,
                What::Related { set, .. } if set.to == "KeyValue" => {
                    let value = self.map_at(table, row, set)?;
                    into.push(Evidence { field: self.place(table, row, &set.path)?, value });
                }
                What::Related { set, filter, selected, .. } => {
                    for (target, to) in self.related_rows(table, row, set, filter)?.into_iter().take(LISTED) {
                        if self.schema.asset_table(target) == self.schema.asset_table(table)
                            && self.schema.table(target).is_list()
                        {
                            self.gather(target, to, &selected.fields, into)?;
                        } else {
                            // Another asset's fields are no places in this object.
                            let value = Value::Object(self.project(target, to, &selected.fields)?);
                            into.push(Evidence { field: picked.name.clone(), value });
                        }
                    }
                }
                what => into.push(Evidence {
                    field: picked.name.clone(),
                    value: self.project_one(table, row, what, LISTED)?,
                }),
            }
        }
        Ok(())
    }

    /// Where a field of a row stands in its object; the field's name for one that is made of several.
    pub fn place(&self, table: TableId, row: usize, path: &[String]) -> Result<String, Error> {
        let json = spot(self.schema, table, path).map(|spot| spot.json).unwrap_or_default();
        Ok(if json.is_empty() { path.join(".") } else { join(&self.row_path(table, row)?, &json) })
    }
}

fn known(mask: &Mask, row: usize) -> Value {
    if mask.is_unknown(row) { Value::Null } else { Value::Bool(mask.is_sure(row)) }
}

/// A column's value at a row, as JSON. Objects lack what is missing.
pub(crate) fn value_at(column: &ArrayRef, row: usize) -> Value {
    if column.is_null(row) || column.data_type() == &arrow::datatypes::DataType::Null {
        return Value::Null;
    }
    let any = column.as_any();
    if let Some(values) = any.downcast_ref::<StringArray>() {
        Value::from(values.value(row))
    } else if let Some(values) = any.downcast_ref::<BooleanArray>() {
        Value::from(values.value(row))
    } else if let Some(values) = any.downcast_ref::<Int64Array>() {
        Value::from(values.value(row))
    } else if let Some(values) = any.downcast_ref::<Float64Array>() {
        Value::from(values.value(row))
    } else if let Some(values) = any.downcast_ref::<TimestampMicrosecondArray>() {
        let instant = jiff::Timestamp::from_microsecond(values.value(row));
        instant.map_or(Value::Null, |instant| Value::from(instant.to_string()))
    } else if let Some(lists) = any.downcast_ref::<ListArray>() {
        let values = lists.value(row);
        (0..values.len()).map(|at| value_at(&values, at)).collect()
    } else if let Some(maps) = any.downcast_ref::<MapArray>() {
        let entries = maps.value(row);
        let (keys, values) = (entries.column(0), entries.column(1));
        let entry = |at| (value_at(keys, at).as_str().unwrap_or_default().to_owned(), value_at(values, at));
        Value::Object((0..entries.len()).map(entry).collect())
    } else if let Some(structs) = any.downcast_ref::<StructArray>() {
        let fields = structs.fields().iter().zip(structs.columns());
        let values = fields.map(|(field, column)| (field.name().clone(), value_at(column, row)));
        Value::Object(values.filter(|(_, value)| !value.is_null()).collect())
    } else {
        Value::Null
    }
}
