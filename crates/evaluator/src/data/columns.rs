//! From a field of the model to a column of a table.

use std::sync::atomic::Ordering::Relaxed;

use arrow::array::{Array, ArrayRef, AsArray as _, RecordBatch, StringArray, StructArray, new_null_array};
use arrow::datatypes::{DataType, FieldRef, Schema as ArrowSchema, SchemaRef};
use arrow::error::ArrowError;
use assay_model::path::join;
use assay_model::schema::{Field, Read, Schema, Source, TableId, TypeDef, Via};

use super::{Data, Held};
use crate::Error;
use crate::texts::{Texts, plain};

/// A field of a table's rows, found from the type's point of view.
pub struct Spot<'s> {
    /// The column's names, outermost first: a pod's template is the pod itself, so that is left out.
    pub column: Vec<String>,
    /// The field.
    pub field: &'s Field,
    /// Where it is read, from the row's own place in the object; empty for what is made of several fields.
    pub json: String,
    /// The type that declares it, for relations within structs.
    pub within: &'s TypeDef,
}

impl Spot<'_> {
    /// The column's names as one.
    pub fn dotted(&self) -> String {
        self.column.join(".")
    }

    /// How a relation's rows are found.
    pub fn via(&self) -> Option<&Via> {
        match &self.field.source {
            Source::Relation(relation) => Some(&relation.via),
            _ => None,
        }
    }

    /// Whether a relation can lead into another namespace than the row's own.
    pub fn leads_out(&self) -> bool {
        matches!(self.via(), Some(Via::Refers { namespace: Some(_), .. } | Via::Derived { .. }))
    }

    /// A neighbour of this field in the same struct.
    pub fn beside(&self, field: &str) -> Vec<String> {
        let mut path = self.column[..self.column.len().saturating_sub(1)].to_vec();
        path.extend(field.split('.').map(str::to_owned));
        path
    }
}

/// Finds a field from a table's rows.
pub fn spot<'s>(schema: &'s Schema, table: TableId, path: &[String]) -> Option<Spot<'s>> {
    let row = schema.get(&schema.table(table).type_name)?;
    let mut within = row;
    let mut column = Vec::new();
    let mut json = String::new();
    for (index, name) in path.iter().enumerate() {
        let field = within.field(name)?;
        let last = index + 1 == path.len();
        if let Source::Struct { of, path: at } = &field.source {
            match at {
                // The struct is the row itself: its fields are the row's own of that name.
                None if !last => {
                    within = row;
                    column.clear();
                    json.clear();
                    continue;
                }
                Some(at) if !last => {
                    json = join(&json, &at.to_string());
                    column.push(name.clone());
                    within = schema.get(of)?;
                    continue;
                }
                _ => {}
            }
        }
        if !last {
            return None;
        }
        let at = match &field.source {
            Source::Scalar(scalar) => match &scalar.read {
                Read::Path(path) => Some(path),
                Read::Computed(_) => None,
            },
            Source::Map(path) | Source::Struct { path: Some(path), .. } => Some(path),
            _ => None,
        };
        let json = at.map(|at| join(&json, &at.to_string())).unwrap_or_default();
        column.push(name.clone());
        return Some(Spot { column, field, json, within });
    }
    None
}

impl Data<'_> {
    /// The values of a column, by its names, of the type that the model says.
    pub fn column(&self, table: TableId, path: &[String]) -> Result<ArrayRef, Error> {
        Ok(plain(self.column_as_read(table, path)?)?)
    }

    /// A column of texts; all missing if it is none.
    pub(super) fn texts(&self, table: TableId, path: &[String]) -> Result<Texts, Error> {
        self.column_as_read(table, path).map(texts)
    }

    /// The values of a column, by its names. Texts may be a dictionary's.
    pub(crate) fn column_as_read(&self, table: TableId, path: &[String]) -> Result<ArrayRef, Error> {
        let (rows, found) = match self.held(table)? {
            Held::InFile { rows } => (rows, self.read_column(table, path, rows)?),
            Held::InMemory(batch) => (batch.num_rows(), column_of(&batch, path)),
        };
        Ok(found.unwrap_or_else(|| new_null_array(&DataType::Null, rows)))
    }

    /// The same of a column that hardly anything else asks for: it is kept as long as there is room for such.
    pub(crate) fn column_once(&self, table: TableId, path: &[String]) -> Result<ArrayRef, Error> {
        let Held::InFile { rows } = self.held(table)? else { return self.column_as_read(table, path) };
        let key = (table, path.join("."));
        let found = match self.columns.known(&key) {
            Some(known) => known,
            None if rows == 0 => None,
            None => {
                let found = self.column_in_file(table, path, &key.1)?;
                if self.has_room(found.as_ref()) {
                    self.columns.get(key, || Ok::<_, Error>(found.clone()))?;
                }
                found
            }
        };
        Ok(found.unwrap_or_else(|| new_null_array(&DataType::Null, rows)))
    }

    /// Takes the room for a column, if there is some.
    fn has_room(&self, column: Option<&ArrayRef>) -> bool {
        let bytes = column.map_or(0, |column| column.get_array_memory_size());
        self.spare.fetch_update(Relaxed, Relaxed, |spare| spare.checked_sub(bytes)).is_ok()
    }

    /// Where a struct is there: a column of it in which at least that is right.
    pub(crate) fn presence(&self, table: TableId, path: &[String]) -> Result<ArrayRef, Error> {
        let Held::InFile { rows } = self.held(table)? else { return self.column_as_read(table, path) };
        let found = match rows {
            0 => None,
            _ => self.snapshot.read_presence(&self.schema.table(table).name, &path.join("."))?,
        };
        let found = found.and_then(|batch| column_of(&batch, path));
        Ok(found.unwrap_or_else(|| new_null_array(&DataType::Null, rows)))
    }

    /// Whether no row has a value in a column, or anything in a list, a map or a struct, as far as one can see without
    /// reading it.
    pub(super) fn has_no_values(&self, table: TableId, path: &[String]) -> Result<bool, Error> {
        match self.held(table)? {
            Held::InFile { rows: 0 } => Ok(true),
            Held::InFile { .. } => {
                Ok(self.snapshot.has_no_values(&self.schema.table(table).name, &path.join("."))?)
            }
            Held::InMemory(_) => Ok(false),
        }
    }

    /// Hands over a text column of a table's rows in portions. It is not kept: this is for what is asked for once.
    pub(super) fn each_text(
        &self,
        table: TableId,
        column: &str,
        take: &mut dyn FnMut(&StringArray),
    ) -> Result<(), Error> {
        match self.held(table)? {
            Held::InFile { rows: 0 } => {}
            Held::InFile { .. } => {
                for batch in self.snapshot.batches(&self.schema.table(table).name, Some(&[column]))? {
                    take(&texts_of(&batch?, column));
                }
            }
            Held::InMemory(_) => take(&self.text(table, column)?.into_plain()?),
        }
        Ok(())
    }

    /// A column of a stored table, read once; none if the table lacks it.
    fn read_column(&self, table: TableId, path: &[String], rows: usize) -> Result<Option<ArrayRef>, Error> {
        if rows == 0 {
            return Ok(None);
        }
        let dotted = path.join(".");
        self.columns.get((table, dotted.clone()), || self.column_in_file(table, path, &dotted))
    }

    fn column_in_file(
        &self,
        table: TableId,
        path: &[String],
        dotted: &str,
    ) -> Result<Option<ArrayRef>, Error> {
        let found = self.snapshot.read_column(&self.schema.table(table).name, dotted)?;
        Ok(found.and_then(|batch| column_of(&batch, path)))
    }
}

/// A column of a batch, or of a struct in it.
fn column_of(batch: &RecordBatch, path: &[String]) -> Option<ArrayRef> {
    let (first, rest) = path.split_first()?;
    let column = batch.column_by_name(first)?.clone();
    rest.iter().try_fold(column, |within, name| {
        within.as_any().downcast_ref::<StructArray>()?.column_by_name(name).cloned()
    })
}

/// Whether rows of the first schema have every column of the second, of the same type.
pub(super) fn has_all(found: &ArrowSchema, wanted: &ArrowSchema) -> bool {
    let has = |field: &FieldRef| {
        found.field_with_name(field.name()).is_ok_and(|own| own.data_type() == field.data_type())
    };
    wanted.fields().iter().all(has)
}

/// A batch with the columns of a schema alone, all of which it [has](has_all).
pub(super) fn conform(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = schema
        .fields()
        .iter()
        .map(|field| Ok(batch.column(batch.schema_ref().index_of(field.name())?).clone()));
    RecordBatch::try_new(schema.clone(), columns.collect::<Result<_, ArrowError>>()?)
}

/// Texts of a batch's column; all missing if there is none.
pub(super) fn texts_of(batch: &RecordBatch, column: &str) -> StringArray {
    match batch.column_by_name(column) {
        Some(array) => strings(array),
        None => StringArray::new_null(batch.num_rows()),
    }
}

/// Texts that are in lists, maps and what was computed; all missing if there are none.
pub(super) fn strings(array: &ArrayRef) -> StringArray {
    array.as_string_opt::<i32>().cloned().unwrap_or_else(|| StringArray::new_null(array.len()))
}

/// Texts of a column; all missing if it holds none.
pub(super) fn texts(array: ArrayRef) -> Texts {
    Texts::of(&array).unwrap_or_else(|| Texts::missing(array.len()))
}
