//! Filters → conditions on the columns of a part.

use assay_model::schema::{Scalar, Source, TableId};

use super::Unlowered;
use super::needs::Filtered;
use super::statement::{Columns, Statement, fixed};
use super::value::{comparable, on_missing, passes, sign};
use crate::data::spot;
use crate::elsewhere::asks_elsewhere;
use crate::eval::is_known;
use crate::query::{Filter, Test};
use arrow::datatypes::DataType;

impl Statement<'_> {
    /// A filter as a condition on `r`, whose columns and joins go to `columns`.
    pub(super) fn condition(
        &mut self,
        hint: &str,
        tables: &[TableId],
        filter: &Filter,
        columns: &mut Columns,
    ) -> Result<String, Unlowered> {
        if tables.iter().any(|table| asks_elsewhere(self.schema, *table, filter)) {
            return Ok(self.derived_condition(filter, columns));
        }
        Ok(match filter {
            Filter::And(all) => self.joined(hint, tables, all, " AND ", "true", columns)?,
            Filter::Or(any) => self.joined(hint, tables, any, " OR ", "false", columns)?,
            Filter::Not(inner) => format!("NOT ({})", self.condition(hint, tables, inner, columns)?),
            Filter::Present(path) => {
                let present = columns.present(self, path);
                self.unless_unreadable(tables, path, present, columns)
            }
            // SQL has no words for durations as they are written.
            Filter::Test { scalar: Scalar::Duration, test, .. } if !matches!(test, Test::Missing) => {
                self.derived_condition(filter, columns)
            }
            Filter::Fields { scalar: Scalar::Duration, .. } => self.derived_condition(filter, columns),
            Filter::Test { path, scalar, test } => {
                let condition = match self.operand(tables, path, columns) {
                    Some((value, data_type, unknown)) => {
                        let list = matches!(data_type, DataType::List(_));
                        let test = columns.dated(self, test);
                        let passes = passes(self.dialect, &value, *scalar, list, &test)?;
                        unless(unknown, passes)
                    }
                    None => on_missing(test).to_owned(),
                };
                self.unless_unreadable(tables, path, condition, columns)
            }
            Filter::Fields { path, scalar, order, other } => {
                let pair = self.operand(tables, path, columns).zip(self.operand(tables, other, columns));
                let Some(((left, _, one), (right, _, two))) = pair else { return Ok("false".to_owned()) };
                let [left, right] =
                    [left, right].map(|value| comparable(self.dialect, &value, *scalar, *order));
                let compared = format!("{left} {} {right}", sign(*order));
                let unknown = [
                    self.unknown(tables, path, one, columns).map(|unknown| (unknown, right)),
                    self.unknown(tables, other, two, columns).map(|unknown| (unknown, left)),
                ];
                unless_either(&compared, unknown)
            }
            Filter::Related { set, quantifier, filter } => {
                self.related(hint, tables, set, *quantifier, filter, columns)?
            }
            Filter::Duplicated { .. } | Filter::Given(_) | Filter::Object { .. } => {
                self.derived_condition(filter, columns)
            }
        })
    }

    /// A condition that the evaluator answers, and SQL reads the answer of.
    fn derived_condition(&self, filter: &Filter, columns: &mut Columns) -> String {
        let filter = if self.sources.as_of.is_some() { fixed(filter) } else { filter.clone() };
        let name = Columns::condition_name(&filter);
        let [value, unknown] = columns.fact(self, &name, Filtered::Condition(filter), DataType::Boolean);
        unless(Some(unknown), value)
    }

    fn joined(
        &mut self,
        hint: &str,
        tables: &[TableId],
        filters: &[Filter],
        word: &str,
        none: &str,
        columns: &mut Columns,
    ) -> Result<String, Unlowered> {
        let conditions: Vec<String> = filters
            .iter()
            .map(|filter| self.condition(hint, tables, filter, columns))
            .collect::<Result<_, _>>()?;
        Ok(match conditions.as_slice() {
            [] => none.to_owned(),
            [only] => only.clone(),
            all => format!("({})", all.join(&format!("\n   {word}"))),
        })
    }

    /// A field's value, its type, and for a derived one whether it is unknown.
    fn operand(
        &mut self,
        tables: &[TableId],
        path: &[String],
        columns: &mut Columns,
    ) -> Option<(String, DataType, Option<String>)> {
        let derived = tables.iter().find_map(|table| match &spot(self.schema, *table, path)?.field.source {
            Source::Derived(derived) => Some(derived.clone()),
            _ => None,
        });
        let Some(derived) = derived else {
            return columns.value(self, tables, path).map(|(value, data_type)| (value, data_type, None));
        };
        let data_type = derived_type(derived.scalar, derived.list);
        let fact = Filtered::Field(path.to_vec());
        let [value, unknown] = columns.fact(self, &path.join("."), fact, data_type.clone());
        Some((value, data_type, Some(unknown)))
    }

    fn unless_unreadable(
        &mut self,
        tables: &[TableId],
        path: &[String],
        condition: String,
        columns: &mut Columns,
    ) -> String {
        match self.unreadable(tables, path, columns) {
            Some(unreadable) => format!("CASE WHEN {unreadable} IS NULL THEN {condition} END"),
            None => condition,
        }
    }

    /// The reason for which a field's value could not be read, if there may be one.
    fn unreadable(&self, tables: &[TableId], path: &[String], columns: &mut Columns) -> Option<String> {
        let can_be_unreadable = tables.iter().any(|id| {
            let table = self.schema.table(*id);
            !table.is_list() && table.derived.is_none() && !is_known(self.schema, *id, path)
        });
        can_be_unreadable.then(|| columns.unreadable(self))
    }

    /// Whether a value is unknown, if it can be; `fact` says so of a derived one.
    fn unknown(
        &self,
        tables: &[TableId],
        path: &[String],
        fact: Option<String>,
        columns: &mut Columns,
    ) -> Option<String> {
        let fact = fact.map(|unknown| format!("coalesce({unknown}, false)"));
        let unreadable = self.unreadable(tables, path, columns).map(|reason| format!("{reason} IS NOT NULL"));
        let all: Vec<String> = fact.into_iter().chain(unreadable).collect();
        (!all.is_empty()).then(|| format!("({})", all.join(" OR ")))
    }
}

/// A comparison of two values, each with whether it is unknown and with the other. Where one is surely missing it does
/// not matter that the other is unknown.
fn unless_either(compared: &str, unknown: [Option<(String, String)>; 2]) -> String {
    let each = [(0, 1), (1, 0)].into_iter().filter_map(|(own, other)| {
        let (is_unknown, value) = unknown[own].as_ref()?;
        let too = unknown[other].as_ref().map(|(unknown, _)| format!(" OR {unknown}")).unwrap_or_default();
        Some(format!("{is_unknown} AND ({value} IS NOT NULL{too})"))
    });
    let open: Vec<String> = each.collect();
    match open.is_empty() {
        true => format!("coalesce({compared}, false)"),
        false => format!("CASE WHEN NOT ({}) THEN coalesce({compared}, false) END", open.join(" OR ")),
    }
}

/// A condition, unknown where that is.
fn unless(unknown: Option<String>, condition: String) -> String {
    match unknown {
        Some(unknown) => format!("CASE WHEN NOT coalesce({unknown}, false) THEN {condition} END"),
        None => condition,
    }
}

fn derived_type(scalar: Scalar, list: bool) -> DataType {
    let one = match scalar {
        Scalar::Int => DataType::Int64,
        Scalar::Float => DataType::Float64,
        Scalar::Boolean => DataType::Boolean,
        Scalar::DateTime => DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, Some("UTC".into())),
        _ => DataType::Utf8,
    };
    if list {
        DataType::List(std::sync::Arc::new(arrow::datatypes::Field::new("item", one, true)))
    } else {
        one
    }
}
