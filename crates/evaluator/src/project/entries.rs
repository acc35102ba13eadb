//! The entries of a map that satisfy a filter.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, MapArray, UInt32Array};
use arrow::buffer::{BooleanBuffer, OffsetBuffer};
use arrow::compute::take;
use assay_model::schema::TableId;

use crate::Error;
use crate::data::Data;
use crate::eval::entries_mask;
use crate::query::{Filter, Set};

impl Data<'_> {
    /// A map's column with those entries alone.
    pub(crate) fn entries(&self, table: TableId, set: &Set, filter: &Filter) -> Result<ArrayRef, Error> {
        let column = self.values(table, &set.path)?;
        let is_everything = matches!(filter, Filter::And(all) if all.is_empty()) && set.narrow.is_none();
        let Some(map) = column.as_map_opt().filter(|_| !is_everything) else { return Ok(column) };
        let filters = set.narrow.as_deref().into_iter().chain([filter]);
        let every = BooleanBuffer::new_set(map.keys().len());
        let holds = filters.fold(every, |mask, filter| &mask & &entries_mask(map, filter));
        let at = |offset: i32| usize::try_from(offset).unwrap_or_default();
        let rows = map.value_offsets().windows(2).map(|ends| at(ends[0])..at(ends[1]));
        let kept: Vec<Vec<usize>> =
            rows.map(|entries| entries.filter(|entry| holds.value(*entry)).collect()).collect();
        let offsets = OffsetBuffer::from_lengths(kept.iter().map(Vec::len));
        let indices: UInt32Array =
            kept.into_iter().flatten().map(|entry| u32::try_from(entry).unwrap_or_default()).collect();
        let (field, _, entries, nulls, ordered) = map.clone().into_parts();
        let entries = take(&entries, &indices, None)?.as_struct().clone();
        Ok(Arc::new(MapArray::try_new(field, offsets, entries, nulls, ordered)?))
    }

    /// How many entries of a map there are.
    pub(crate) fn count_entries(&self, table: TableId, set: &Set) -> Result<ArrayRef, Error> {
        let entries = self.entries(table, set, &Filter::everything())?;
        let length = |row| entries.as_map_opt().map_or(0, |map| i64::from(map.value_length(row)));
        Ok(Arc::new((0..entries.len()).map(|row| Some(length(row))).collect::<Int64Array>()))
    }
}
