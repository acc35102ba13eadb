//! The answer to a question: rows with the fields it selects, and what may belong to it besides.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::sync::Arc;

use arrow::array::ArrayRef;
use assay_audit::audit::Gap;
use assay_audit::finding::AssetRef;
use assay_model::schema::TableId;
use serde_json::{Map, Value};

use crate::Error;
use crate::compare::{Key, key};
use crate::data::Data;
use crate::project::Projection;
use crate::query::{Asked, Page, Query, SortKey};
use crate::unread::Unread;

/// The answer to one root field of a question.
#[derive(Debug)]
pub struct Answer {
    /// The name it was asked under.
    pub name: String,
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// Assets that may belong to it: what would tell could not be read, or was not kept.
    pub unknown: Vec<Arc<AssetRef>>,
    /// What could not be read, as far as it was asked for.
    pub gaps: Vec<Gap>,
}

/// A row of an answer.
#[derive(Debug)]
pub struct Row {
    /// What it is; entries of lists are named by their place.
    pub asset: Arc<AssetRef>,
    /// The fields that were selected.
    pub fields: Map<String, Value>,
}

impl Data<'_> {
    /// Answers one root field of a question: the assets at its fragments, or its own rows if it has none.
    pub fn answer(&self, asked: &Asked) -> Result<Answer, Error> {
        let mut root = asked.root.clone();
        root.selected.fragment |= !root.selected.yields();
        let found = self.run(&Query { roots: vec![root] })?;
        let (mut sure, mut unknown) = (Vec::new(), BTreeSet::new());
        let mut seen = BTreeSet::new();
        for (index, site) in found.sites.iter().enumerate() {
            for row in site.result.maybe.set_indices() {
                if !site.result.is_sure(row) {
                    unknown.insert((site.table, row));
                } else if seen.insert((site.table, row)) {
                    sure.push((site.table, row, index));
                }
            }
        }
        self.sort(&mut sure, &asked.page)?;
        let page = sure.into_iter().skip(asked.page.offset).take(asked.page.limit.unwrap_or(usize::MAX));
        let mut prepared = BTreeMap::new();
        let rows = page.map(|(table, row, index)| {
            let fields = match prepared.entry(index) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    new.insert(Projection::whole(self, table, &found.sites[index].selected.fields)?)
                }
            };
            Ok(Row { asset: self.asset_ref(table, row)?, fields: fields.row(row)? })
        });
        let rows = rows.collect::<Result<_, Error>>()?;
        let unknown: Vec<_> = unknown.into_iter().filter(|at| !seen.contains(at)).collect();
        let mut unread = Unread::of(self)?;
        let of_check = unread.of_check(self, &found);
        let gaps = unread.gaps_of(self, &of_check, &unknown)?;
        let unknown =
            unknown.iter().map(|(table, row)| self.asset_ref(*table, *row)).collect::<Result<_, _>>()?;
        Ok(Answer { name: asked.name.clone(), rows, unknown, gaps })
    }

    fn sort(&self, rows: &mut [(TableId, usize, usize)], page: &Page) -> Result<(), Error> {
        let mut columns: BTreeMap<(TableId, usize), ArrayRef> = BTreeMap::new();
        for table in rows.iter().map(|(table, ..)| *table).collect::<BTreeSet<_>>() {
            for (index, by) in page.sort.iter().enumerate() {
                columns.insert((table, index), self.values(table, &by.path)?);
            }
        }
        let value = |(table, row, _): &(TableId, usize, usize), index: usize, by: &SortKey| {
            columns.get(&(*table, index)).and_then(|column| key(column, *row, by.scalar))
        };
        rows.sort_by(|a, b| {
            let each = page.sort.iter().enumerate().map(|(index, by)| {
                let order = order(value(a, index, by), value(b, index, by));
                if by.descending { order.reverse() } else { order }
            });
            each.fold(Ordering::Equal, Ordering::then)
        });
        Ok(())
    }
}

/// What is missing comes first, as the least there is.
fn order(a: Option<Key>, b: Option<Key>) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}
