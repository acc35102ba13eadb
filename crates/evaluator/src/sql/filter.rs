//! Filters → conditions on the columns of a part.

use assay_model::schema::{Source, TableId};

use super::Unlowered;
use super::needs::Filtered;
use super::statement::{Columns, Statement};
use super::value::{comparable, on_missing, passes, sign};
use crate::data::spot;
use crate::eval::IDENTITY;
use crate::query::Filter;
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
        Ok(match filter {
            Filter::And(all) => self.joined(hint, tables, all, " AND ", "true", columns)?,
            Filter::Or(any) => self.joined(hint, tables, any, " OR ", "false", columns)?,
            Filter::Not(inner) => format!("NOT ({})", self.condition(hint, tables, inner, columns)?),
            Filter::Present(path) => {
                let present = columns.present(self, path);
                self.unless_unreadable(tables, path, present, columns)
            }
            Filter::Test { path, scalar, test } => {
                let condition = match self.operand(tables, path, columns) {
                    Some((value, data_type, unknown)) => {
                        let list = matches!(data_type, DataType::List(_));
                        let passes = passes(self.dialect, &value, *scalar, list, test)?;
                        unless(unknown, passes)
                    }
                    None => on_missing(test).to_owned(),
                };
                self.unless_unreadable(tables, path, condition, columns)
            }
            Filter::Fields { path, scalar, order, other } => {
                let pair = self.operand(tables, path, columns).zip(self.operand(tables, other, columns));
                let condition = match pair {
                    Some(((left, _, one), (right, _, two))) => {
                        let value = |value: &str| comparable(self.dialect, value, *scalar);
                        let compared = format!("{} {} {}", value(&left), sign(*order), value(&right));
                        unless(two, unless(one, format!("coalesce({compared}, false)")))
                    }
                    None => "false".to_owned(),
                };
                let condition = self.unless_unreadable(tables, path, condition, columns);
                self.unless_unreadable(tables, other, condition, columns)
            }
            Filter::Related { set, quantifier, filter } => {
                self.related(hint, tables, set, *quantifier, filter, columns)?
            }
            Filter::Duplicated { .. } | Filter::Given(_) | Filter::Object { .. } => {
                let name = Columns::condition_name(filter);
                let fact = Filtered::Condition(filter.clone());
                let [value, unknown] = columns.fact(self, &name, fact, DataType::Boolean);
                unless(Some(unknown), value)
            }
        })
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
        let known = path.first().is_some_and(|field| IDENTITY.contains(&field.as_str()));
        let can_be_unreadable = tables.iter().any(|table| {
            let table = self.schema.table(*table);
            !table.is_list() && table.derived.is_none()
        });
        if known || !can_be_unreadable {
            return condition;
        }
        let unreadable = columns.unreadable(self);
        format!("CASE WHEN {unreadable} IS NULL THEN {condition} END")
    }
}

/// A condition, unknown where that is.
fn unless(unknown: Option<String>, condition: String) -> String {
    match unknown {
        Some(unknown) => format!("CASE WHEN NOT coalesce({unknown}, false) THEN {condition} END"),
        None => condition,
    }
}

fn derived_type(scalar: assay_model::schema::Scalar, list: bool) -> DataType {
    use assay_model::schema::Scalar;
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
