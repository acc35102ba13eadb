//! The rows that a relation leads to, as far as they satisfy a filter.

use std::cell::OnceCell;
use std::sync::Arc;

use assay_model::schema::TableId;

use crate::Error;
use crate::data::{Data, Edges};
use crate::mask::Mask;
use crate::query::{Filter, Set};

/// A relation of a table's rows with a filter, and what is prepared for the rows it leads to.
pub(crate) struct Related<'p, 's, B> {
    data: &'p Data<'s>,
    set: &'p Set,
    filter: Option<&'p Filter>,
    edges: Arc<Edges>,
    /// Those of the edges, in their order.
    targets: Vec<Target<B>>,
}

/// A table that a relation leads to. What is asked of it is prepared when a row leads there.
pub(crate) struct Target<B> {
    table: TableId,
    mask: OnceCell<Mask>,
    below: OnceCell<B>,
}

impl<'p, 's, B> Related<'p, 's, B> {
    /// Looks the relation up. Without a filter it leads to all rows.
    pub(crate) fn new(
        data: &'p Data<'s>,
        table: TableId,
        set: &'p Set,
        filter: Option<&'p Filter>,
    ) -> Result<Self, Error> {
        let edges = data.edges(table, &set.path)?;
        let target = |table| Target { table, mask: OnceCell::new(), below: OnceCell::new() };
        let targets = edges.to.iter().map(|(table, _)| target(*table)).collect();
        Ok(Self { data, set, filter, edges, targets })
    }

    /// The rows that surely are related to a row and satisfy the filter.
    pub(crate) fn of(&self, row: usize) -> Result<Vec<(&Target<B>, usize)>, Error> {
        let mut rows = Vec::new();
        for (target, (_, adjacency)) in self.targets.iter().zip(&self.edges.to) {
            let leads_to = adjacency.of(row);
            if !leads_to.is_empty() {
                let mask = once(&target.mask, || self.mask(target.table))?;
                let kept = leads_to.iter().map(|to| *to as usize).filter(|to| mask.is_sure(*to));
                rows.extend(kept.map(|to| (target, to)));
            }
        }
        Ok(rows)
    }

    fn mask(&self, table: TableId) -> Result<Mask, Error> {
        let filters = self.filter.into_iter().chain(self.set.narrow.as_deref());
        let all = Mask::constant(self.data.rows(table)?, true);
        filters.into_iter().try_fold(all, |mask, filter| Ok(mask.and(&self.data.eval(table, filter)?)))
    }
}

impl<B> Target<B> {
    /// What is asked of the table's rows.
    pub(crate) fn below(&self, prepare: impl FnOnce(TableId) -> Result<B, Error>) -> Result<&B, Error> {
        once(&self.below, || prepare(self.table))
    }
}

/// The value of a cell. What fails is tried again when next asked for.
fn once<T>(cell: &OnceCell<T>, make: impl FnOnce() -> Result<T, Error>) -> Result<&T, Error> {
    match cell.get() {
        Some(value) => Ok(value),
        None => make().map(|value| cell.get_or_init(|| value)),
    }
}
