//! Makes what a statement reads that a snapshot doesn't hold: relations, facts and tables, as Parquet beside it.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray,
};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{DataType, Field, Schema as ArrowSchema};
use assay_model::schema::TableId;

use super::needs::{Filtered, GAPS, Needs, age_file, fact_file, relation_file, statement_file, table_file};
use super::statement::{ENGINE, dated};
use crate::data::Data;
use crate::mask::Mask;
use crate::query::{Filter, Moment};
use crate::{Error, describe};

/// Writes what statements need of a snapshot to its `derived` folder, in place of what was there.
pub fn derive(data: &Data<'_>, needs: &Needs) -> Result<(), Error> {
    let writer = data.snapshot.derive(ENGINE)?;
    let write = |file: &str, batch: &RecordBatch| writer.write(file, batch);
    write(GAPS, &gaps(data)?)?;
    for duration in &needs.ages {
        write(&age_file(duration), &age(data, duration)?)?;
    }
    for table in &needs.tables {
        write(&table_file(data.schema, *table), &*data.table(*table)?)?;
    }
    for (table, path) in &needs.relations {
        write(&relation_file(data.schema, *table, path), &relation(data, *table, path)?)?;
    }
    for ((table, name), fact) in &needs.facts {
        let batch = match fact {
            Filtered::Field(path) => field(data, *table, path)?,
            Filtered::Condition(filter) => {
                condition(data, *table, &dated(filter, data.snapshot.manifest.started))?
            }
        };
        if let Some(batch) = batch {
            write(&fact_file(data.schema, *table, name), &batch)?;
        }
    }
    // Last: a snapshot that this could not be done for has nothing that says it was.
    for statement in &needs.statements {
        write(&statement_file(statement), &snapshot(data)?)?;
    }
    Ok(())
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch, Error> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    Ok(RecordBatch::try_new(Arc::new(ArrowSchema::new(fields)), arrays)?)
}

/// The snapshot's cluster as an asset: what belongs to no other.
fn snapshot(data: &Data<'_>) -> Result<RecordBatch, Error> {
    let cluster = describe::cluster(data.snapshot);
    batch(vec![("asset", Arc::new(StringArray::from(vec![cluster.id.as_str()])))])
}

/// The instant that lies a duration before or after the snapshot's own.
fn age(data: &Data<'_>, duration: &str) -> Result<RecordBatch, Error> {
    let instant = Moment::after(duration, data.snapshot.manifest.started).map(|moment| moment.micros);
    let instant = TimestampMicrosecondArray::from(vec![instant]).with_timezone("UTC");
    batch(vec![("instant", Arc::new(instant))])
}

/// The tables that may lack rows.
fn gaps(data: &Data<'_>) -> Result<RecordBatch, Error> {
    let (mut tables, mut namespaces) = (StringBuilder::new(), StringBuilder::new());
    for (def, _) in data.schema.assets() {
        for table in data.schema.tables_of(&def.name) {
            for gap in data.gaps.of_table(table, &[]) {
                tables.append_value(&data.schema.table(table).name);
                namespaces.append_option(data.gaps.list[gap].namespace.as_deref());
            }
        }
    }
    batch(vec![("table", Arc::new(tables.finish())), ("namespace", Arc::new(namespaces.finish()))])
}

/// An edge for each row that another leads to; one to nothing where there may be more.
fn relation(data: &Data<'_>, table: TableId, path: &[String]) -> Result<RecordBatch, Error> {
    let (ids, edges) = (data.ids(table)?, data.edges(table, path)?);
    let (mut from, mut to) = (StringBuilder::new(), StringBuilder::new());
    for (target, adjacency) in &edges.to {
        let targets = data.ids(*target)?;
        for (row, other) in adjacency.pairs() {
            from.append_value(ids.value(row as usize));
            to.append_value(targets.value(other as usize));
        }
    }
    for row in edges.incomplete.set_indices() {
        from.append_value(ids.value(row));
        to.append_null();
    }
    batch(vec![("id", Arc::new(from.finish())), ("to", Arc::new(to.finish()))])
}

/// A derived field's values; nothing for a table that has no such field.
fn field(data: &Data<'_>, table: TableId, path: &[String]) -> Result<Option<RecordBatch>, Error> {
    let Some(fact) = data.fact(table, path)? else { return Ok(None) };
    fact_batch(data, table, fact.values, fact.unknown).map(Some)
}

fn condition(data: &Data<'_>, table: TableId, filter: &Filter) -> Result<Option<RecordBatch>, Error> {
    let Mask { sure, maybe } = data.eval(table, filter)?;
    let unknown = &maybe & &!&sure;
    fact_batch(data, table, Arc::new(BooleanArray::from(sure)), unknown).map(Some)
}

fn fact_batch(
    data: &Data<'_>,
    table: TableId,
    values: ArrayRef,
    unknown: BooleanBuffer,
) -> Result<RecordBatch, Error> {
    let values = match values.data_type() {
        DataType::Null => arrow::array::new_null_array(&DataType::Utf8, values.len()),
        _ => values,
    };
    batch(vec![
        ("id", Arc::new(data.ids(table)?)),
        ("value", values),
        ("unknown", Arc::new(BooleanArray::from(unknown))),
    ])
}
