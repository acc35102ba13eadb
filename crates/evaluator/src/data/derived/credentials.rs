//! Which kinds of credentials stood where a value was taken out.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, ListBuilder, MapArray, StringArray, StringBuilder};
use assay_model::redacted::{COPY, patterns};
use assay_model::schema::TableId;

use super::Fact;
use crate::Error;
use crate::data::Data;

/// Those in the command and the arguments of each container.
pub(super) fn in_command(data: &Data<'_>, table: TableId) -> Result<Fact, Error> {
    let columns = [data.column(table, &["command".to_owned()])?, data.column(table, &["args".to_owned()])?];
    let words = columns.each_ref().map(|column| column.as_any().downcast_ref::<ListArray>());
    let texts = |row: usize| {
        words.iter().flatten().filter(move |lists| !lists.is_null(row)).map(move |lists| lists.value(row))
    };
    Ok(told(data.rows(table)?, texts))
}

/// Those in the annotations of each asset.
pub(super) fn in_annotations(data: &Data<'_>, table: TableId) -> Result<Fact, Error> {
    let column = data.column(table, &["annotations".to_owned()])?;
    let map = column.as_any().downcast_ref::<MapArray>();
    let texts = |row: usize| {
        map.into_iter().filter(move |map| !map.is_null(row)).map(move |map| map.value(row).column(1).clone())
    };
    Ok(told(data.rows(table)?, texts))
}

/// What is told of each row by its texts; missing where it is nothing.
fn told<T: Iterator<Item = ArrayRef>>(rows: usize, texts: impl Fn(usize) -> T) -> Fact {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in 0..rows {
        let arrays: Vec<ArrayRef> = texts(row).collect();
        let strings = arrays.iter().filter_map(|array| array.as_any().downcast_ref::<StringArray>());
        let marks = strings.flat_map(|it| it.iter().flatten().flat_map(patterns));
        let found: BTreeSet<&str> = marks.filter(|pattern| *pattern != COPY).collect();
        found.iter().for_each(|pattern| lists.values().append_value(pattern));
        lists.append(!found.is_empty());
    }
    Fact::known(Arc::new(lists.finish()))
}
