//! Fields with their places in the object: the evidence of a verdict.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _};
use assay_audit::finding::Evidence;
use assay_model::path::join;
use assay_model::schema::TableId;
use serde_json::Value;

use super::{LISTED, Projection, Related, value_at};
use crate::Error;
use crate::data::{Data, Edges, spot};
use crate::query::{Filter, Picked, What};
use crate::texts::Texts;

/// The fields that are evidence, prepared for the rows of a table.
pub(crate) struct Gatherer<'p, 's> {
    data: &'p Data<'s>,
    table: TableId,
    /// Where the rows stand in their objects; none for objects.
    paths: Option<Texts>,
    steps: Vec<Step<'p, 's>>,
}

/// Evidence of one kind.
enum Step<'p, 's> {
    /// A field of the row's own object.
    Own(Box<Own>),
    /// What stands at a path of the object.
    Object(&'p [String]),
    /// How many rows a relation leads to.
    Number(Arc<str>, Arc<Edges>),
    Related {
        name: &'p str,
        rows: Related<'p, 's, Below<'p, 's>>,
        picked: &'p [Picked],
    },
    /// What is made of several fields.
    Made(Projection<'p, 's>),
}

/// What is evidence of related rows.
enum Below<'p, 's> {
    /// Entries of the same object.
    Entries(Box<Gatherer<'p, 's>>),
    /// Another asset's fields are no places in this object.
    Other(Projection<'p, 's>),
}

/// A field of the row's own object. Rows have few different places of it, and few values: each is made once.
struct Own {
    place: Place,
    column: ArrayRef,
    texts: Option<Texts>,
    fields: RefCell<HashMap<String, Arc<str>>>,
    values: RefCell<HashMap<String, Arc<Value>>>,
    nothing: Arc<Value>,
    booleans: [Arc<Value>; 2],
}

/// Where a field stands.
struct Place {
    /// From the row's own place in the object; none for what is made of several fields.
    json: String,
    name: String,
}

impl<'p, 's> Gatherer<'p, 's> {
    /// Selected fields, related rows' included.
    pub(crate) fn selected(data: &'p Data<'s>, table: TableId, fields: &'p [Picked]) -> Result<Self, Error> {
        let mut gatherer = Self::new(data, table)?;
        gatherer.pick(fields)?;
        Ok(gatherer)
    }

    /// The fields that filters ask for.
    pub(crate) fn asked(
        data: &'p Data<'s>,
        table: TableId,
        filters: impl Iterator<Item = &'p Filter>,
    ) -> Result<Self, Error> {
        let mut gatherer = Self::new(data, table)?;
        for filter in filters {
            gatherer.ask(filter)?;
        }
        Ok(gatherer)
    }

    fn new(data: &'p Data<'s>, table: TableId) -> Result<Self, Error> {
        Ok(Self { data, table, paths: data.paths(table)?, steps: Vec::new() })
    }

    /// The evidence that a row is.
    pub(crate) fn row(&self, row: usize) -> Result<Vec<Evidence>, Error> {
        let mut found = Vec::with_capacity(self.steps.len());
        self.gather(row, &mut found)?;
        // Evidence stays until all reports are written.
        found.shrink_to_fit();
        Ok(found)
    }

    fn pick(&mut self, fields: &'p [Picked]) -> Result<(), Error> {
        for picked in fields {
            let (data, table) = (self.data, self.table);
            self.steps.push(match &picked.what {
                What::Struct(fields) => {
                    self.pick(fields)?;
                    continue;
                }
                What::Value(path) => self.own(path)?,
                What::Related { set, filter, .. } if set.to == "KeyValue" => {
                    Step::Own(Own::new(self.place(&set.path), data.entries(table, set, filter)?).into())
                }
                What::Related { set, filter, selected, .. } => {
                    let rows = Related::new(data, table, set, Some(filter))?;
                    Step::Related { name: &picked.name, rows, picked: &selected.fields }
                }
                _ => Step::Made(Projection::new(data, table, std::slice::from_ref(picked))?),
            });
        }
        Ok(())
    }

    fn ask(&mut self, filter: &'p Filter) -> Result<(), Error> {
        match filter {
            Filter::And(filters) | Filter::Or(filters) => {
                filters.iter().try_for_each(|filter| self.ask(filter))?
            }
            Filter::Not(filter) => self.ask(filter)?,
            Filter::Fields { path, other, .. } => self.steps.extend([self.own(path)?, self.own(other)?]),
            Filter::Object { path, .. } => self.steps.push(Step::Object(path)),
            // What a reference names shows in the field that names it, which has a condition of its own or none.
            Filter::Given(_) => {}
            Filter::Present(path) | Filter::Test { path, .. } | Filter::Duplicated { path, .. } => {
                self.steps.push(self.own(path)?);
            }
            Filter::Related { set, .. } if set.to != "KeyValue" => {
                self.steps
                    .push(Step::Number(set.path.join(".").into(), self.data.edges(self.table, &set.path)?));
            }
            Filter::Related { .. } => {}
        }
        Ok(())
    }

    fn own(&self, path: &[String]) -> Result<Step<'p, 's>, Error> {
        Ok(Step::Own(Own::new(self.place(path), self.data.values(self.table, path)?).into()))
    }

    fn place(&self, path: &[String]) -> Place {
        let json = spot(self.data.schema, self.table, path).map(|spot| spot.json).unwrap_or_default();
        Place { json, name: path.join(".") }
    }

    fn path(&self, row: usize) -> &str {
        self.paths.as_ref().map_or("", |paths| paths.value(row))
    }

    fn gather(&self, row: usize, into: &mut Vec<Evidence>) -> Result<(), Error> {
        for step in &self.steps {
            match step {
                Step::Own(own) => into.push(own.evidence(self.path(row), row)),
                Step::Object(path) => {
                    let value = self.data.object_value(self.table, row, path)?;
                    into.push(Evidence { field: path.join(".").into(), value: value.into() });
                }
                Step::Number(field, edges) => {
                    let count: usize = edges.to.iter().map(|(_, adjacency)| adjacency.of(row).len()).sum();
                    into.push(Evidence { field: field.clone(), value: Value::from(count).into() });
                }
                Step::Related { name, rows, picked } => self.gather_related(name, rows, picked, row, into)?,
                Step::Made(projection) => into.extend(evidence(projection.row(row)?)),
            }
        }
        Ok(())
    }

    fn gather_related(
        &self,
        name: &str,
        related: &Related<'p, 's, Below<'p, 's>>,
        picked: &'p [Picked],
        row: usize,
        into: &mut Vec<Evidence>,
    ) -> Result<(), Error> {
        for (target, to) in related.of(row)?.into_iter().take(LISTED) {
            match target.below(|table| self.below(table, picked))? {
                Below::Entries(gatherer) => gatherer.gather(to, into)?,
                Below::Other(projection) => {
                    let value = Value::Object(projection.row(to)?);
                    into.push(Evidence { field: name.into(), value: value.into() });
                }
            }
        }
        Ok(())
    }

    fn below(&self, table: TableId, picked: &'p [Picked]) -> Result<Below<'p, 's>, Error> {
        let schema = self.data.schema;
        let is_own = schema.asset_table(table) == schema.asset_table(self.table);
        Ok(if is_own && schema.table(table).is_list() {
            Below::Entries(Self::selected(self.data, table, picked)?.into())
        } else {
            Below::Other(Projection::new(self.data, table, picked)?)
        })
    }
}

fn evidence(fields: serde_json::Map<String, Value>) -> impl Iterator<Item = Evidence> {
    fields.into_iter().map(|(field, value)| Evidence { field: field.into(), value: value.into() })
}

impl Own {
    fn new(place: Place, column: ArrayRef) -> Self {
        let booleans = [false, true].map(|value| Arc::new(Value::Bool(value)));
        let (fields, values) = Default::default();
        let texts = Texts::of(&column);
        Self { place, column, texts, fields, values, nothing: Arc::new(Value::Null), booleans }
    }

    /// The field of a row that stands at this path.
    fn evidence(&self, path: &str, row: usize) -> Evidence {
        let field = known(&self.fields, path, || self.place.of(path).into());
        Evidence { field, value: self.value(row) }
    }

    fn value(&self, row: usize) -> Arc<Value> {
        let made = || Arc::new(value_at(&self.column, row));
        // A column that no row has knows no single row.
        if self.column.data_type().is_null() || self.column.is_null(row) {
            self.nothing.clone()
        } else if let Some(values) = self.column.as_boolean_opt() {
            self.booleans[usize::from(values.value(row))].clone()
        } else if let Some(texts) = &self.texts {
            known(&self.values, texts.value(row), made)
        } else {
            made()
        }
    }
}

/// What was made of a text before, or is made now.
fn known<T: ?Sized>(
    all: &RefCell<HashMap<String, Arc<T>>>,
    of: &str,
    make: impl FnOnce() -> Arc<T>,
) -> Arc<T> {
    if let Some(known) = all.borrow().get(of) {
        return known.clone();
    }
    let made = make();
    all.borrow_mut().insert(of.to_owned(), made.clone());
    made
}

impl Place {
    /// The place in the object; the field's name for what is made of several.
    fn of(&self, row: &str) -> String {
        if self.json.is_empty() { self.name.clone() } else { join(row, &self.json) }
    }
}
