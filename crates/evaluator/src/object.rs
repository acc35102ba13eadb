//! Conditions on an object's own JSON. Objects are parsed one by one, and only those whose verdict hangs on it.

use arrow::buffer::BooleanBuffer;
use assay_model::redacted::mark;
use assay_model::schema::TableId;
use serde_json::Value;

use crate::Error;
use crate::data::Data;
use crate::json_test::Reached;
use crate::mask::Mask;
use crate::query::{Filter, Test};

impl Data<'_> {
    /// All filters at once: those on objects last, and only where the others may hold.
    pub(crate) fn eval_all(&self, table: TableId, filters: &[Filter]) -> Result<Mask, Error> {
        let rows = BooleanBuffer::new_set(self.rows(table)?);
        self.eval_all_on(table, filters, &rows)
    }

    fn eval_all_on(&self, table: TableId, filters: &[Filter], rows: &BooleanBuffer) -> Result<Mask, Error> {
        let (last, first): (Vec<_>, Vec<_>) = filters.iter().partition(|filter| reads_objects(filter));
        let mut mask = Mask::constant(self.rows(table)?, true);
        for filter in first {
            mask = mask.and(&self.eval(table, filter)?);
        }
        for filter in last {
            let open = &mask.maybe & rows;
            mask = mask.and(&self.eval_on(table, filter, &open)?);
        }
        Ok(mask)
    }

    /// Evaluates a filter where these rows are set; elsewhere its verdict means nothing.
    pub(crate) fn eval_on(
        &self,
        table: TableId,
        filter: &Filter,
        rows: &BooleanBuffer,
    ) -> Result<Mask, Error> {
        match filter {
            Filter::And(all) => self.eval_all_on(table, all, rows),
            Filter::Or(any) => any.iter().try_fold(Mask::constant(self.rows(table)?, false), |mask, one| {
                let open = rows & &!&mask.sure;
                Ok(mask.or(&self.eval_on(table, one, &open)?))
            }),
            Filter::Not(filter) => Ok(self.eval_on(table, filter, rows)?.not()),
            Filter::Object { path, test } => self.eval_object(table, path, test, rows),
            other => self.eval(table, other),
        }
    }

    /// A test of a value in the object. Where the object cannot be read, neither can the value.
    fn eval_object(
        &self,
        table: TableId,
        path: &[String],
        test: &Test,
        rows: &BooleanBuffer,
    ) -> Result<Mask, Error> {
        let unreadable = self.unreadable(self.schema.asset_table(table))?;
        let assets = self.asset_rows(table)?;
        let mut objects = self.json_of(table)?;
        let mut sure = vec![false; rows.len()];
        let mut maybe = vec![false; rows.len()];
        for row in rows.set_indices() {
            let json = if unreadable.value(assets[row] as usize) { None } else { objects.at(row) };
            let holds = json.map(|object| Reached::of(object, path).passes(test));
            (sure[row], maybe[row]) = holds.unwrap_or((false, true));
        }
        Ok(Mask::new(sure.into_iter().collect(), maybe.into_iter().collect()))
    }

    /// What stands at a path of a row's object: the value, or a list of those that lists on the way lead to. In place of
    /// a value that was taken out stands that it was.
    pub(crate) fn object_value(&self, table: TableId, row: usize, path: &[String]) -> Result<Value, Error> {
        let mut objects = self.json_of(table)?;
        let reached = objects.at(row).map(|object| Reached::of(object, path)).unwrap_or_default();
        let removed = reached.is_removed.then(|| Value::from(mark("value")));
        let mut values: Vec<Value> = reached.values.into_iter().cloned().chain(removed).collect();
        Ok(match values.len() {
            0 | 1 => values.pop().unwrap_or_default(),
            _ => Value::Array(values),
        })
    }
}

/// Whether a filter, but for those on related rows, looks into objects.
pub(crate) fn reads_objects(filter: &Filter) -> bool {
    match filter {
        Filter::And(filters) | Filter::Or(filters) => filters.iter().any(reads_objects),
        Filter::Not(filter) => reads_objects(filter),
        Filter::Object { .. } => true,
        _ => false,
    }
}
