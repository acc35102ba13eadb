//! Columns of texts, as they are read: each row with its own, or with the number of one that many rows have.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray as _, Int32Array, RecordBatch, StringArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::compute::take;
use arrow::datatypes::{Int32Type, SchemaRef};
use arrow::error::ArrowError;

/// A column of texts.
#[derive(Debug, Clone)]
pub enum Texts {
    /// Each row has its own.
    Each(StringArray),
    /// Each row has one of a dictionary's.
    Shared {
        /// Which one.
        keys: Int32Array,
        /// The dictionary. It may have a text twice.
        dictionary: StringArray,
    },
}

impl Texts {
    /// A column's texts; none if it is no column of texts.
    pub fn of(column: &ArrayRef) -> Option<Self> {
        if let Some(texts) = column.as_string_opt::<i32>() {
            return Some(Self::Each(texts.clone()));
        }
        let shared = column.as_dictionary_opt::<Int32Type>()?;
        let dictionary = shared.values().as_string_opt::<i32>()?.clone();
        Some(Self::Shared { keys: shared.keys().clone(), dictionary })
    }

    /// Missing in each row.
    pub fn missing(rows: usize) -> Self {
        Self::Each(StringArray::new_null(rows))
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        match self {
            Self::Each(texts) => texts.len(),
            Self::Shared { keys, .. } => keys.len(),
        }
    }

    /// The rows that have one; none if each does.
    pub fn nulls(&self) -> Option<&NullBuffer> {
        match self {
            Self::Each(texts) => texts.nulls(),
            Self::Shared { keys, .. } => keys.nulls(),
        }
    }

    /// Whether a row has none.
    pub fn is_null(&self, row: usize) -> bool {
        self.nulls().is_some_and(|nulls| nulls.is_null(row))
    }

    /// The text of a row, if it has one.
    pub fn get(&self, row: usize) -> Option<&str> {
        (!self.is_null(row)).then(|| self.there(row))
    }

    /// The text of a row; empty if it has none.
    pub fn value(&self, row: usize) -> &str {
        self.get(row).unwrap_or_default()
    }

    /// The rows with a text of which something holds. Of texts that rows share it is asked once.
    pub fn that(&self, mut holds: impl FnMut(&str) -> bool) -> BooleanBuffer {
        match self {
            Self::Each(texts) => {
                BooleanBuffer::collect_bool(texts.len(), |row| !texts.is_null(row) && holds(texts.value(row)))
            }
            Self::Shared { keys, .. } => {
                let known = self.each_once(|text| holds(text));
                BooleanBuffer::collect_bool(keys.len(), |row| {
                    !keys.is_null(row) && known.get(at(keys, row)).is_some_and(|holds| *holds)
                })
            }
        }
    }

    /// What something makes of each row's text, made once of those that rows share; nothing where there is no text.
    pub fn map<T: Copy>(&self, mut make: impl FnMut(&str) -> T) -> Vec<Option<T>> {
        match self {
            Self::Each(texts) => texts.iter().map(|text| text.map(&mut make)).collect(),
            Self::Shared { keys, .. } => {
                let made = self.each_once(make);
                (0..keys.len())
                    .map(|row| if keys.is_null(row) { None } else { made.get(at(keys, row)).copied() })
                    .collect()
            }
        }
    }

    /// The texts as a column in which each row has its own.
    ///
    /// # Errors
    /// They take more than a column may.
    pub fn into_plain(self) -> Result<StringArray, ArrowError> {
        match self {
            Self::Each(texts) => Ok(texts),
            Self::Shared { keys, dictionary } => Ok(take(&dictionary, &keys, None)?.as_string().clone()),
        }
    }

    fn there(&self, row: usize) -> &str {
        match self {
            Self::Each(texts) => texts.value(row),
            Self::Shared { keys, dictionary } => dictionary.value(at(keys, row)),
        }
    }

    fn each_once<T>(&self, mut make: impl FnMut(&str) -> T) -> Vec<T> {
        let Self::Shared { dictionary, .. } = self else { return Vec::new() };
        (0..dictionary.len()).map(|at| make(dictionary.value(at))).collect()
    }
}

/// The text of a row of a column, if it is one of texts and the row has one.
pub(crate) fn text_at(column: &ArrayRef, row: usize) -> Option<&str> {
    if column.is_null(row) {
        return None;
    }
    if let Some(texts) = column.as_string_opt::<i32>() {
        return Some(texts.value(row));
    }
    let shared = column.as_dictionary_opt::<Int32Type>()?;
    Some(shared.values().as_string_opt::<i32>()?.value(at(shared.keys(), row)))
}

/// A column in which each row has its own text, if it is one of texts.
///
/// # Errors
/// As [`Texts::into_plain`].
pub(crate) fn plain(column: ArrayRef) -> Result<ArrayRef, ArrowError> {
    match column.as_dictionary_opt::<Int32Type>().and_then(|_| Texts::of(&column)) {
        Some(shared) => Ok(Arc::new(shared.into_plain()?)),
        None => Ok(column),
    }
}

/// A batch of a schema's columns, of which texts may be a dictionary's, as the schema has them.
pub(crate) fn plain_batch(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().map(|column| plain(column.clone()));
    RecordBatch::try_new(schema.clone(), columns.collect::<Result<_, ArrowError>>()?)
}

/// The place of a row's text in the dictionary: Arrow makes sure that it is one.
fn at(keys: &Int32Array, row: usize) -> usize {
    usize::try_from(keys.value(row)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::DictionaryArray;

    fn all(texts: &Texts) -> Vec<Option<&str>> {
        (0..texts.rows()).map(|row| texts.get(row)).collect()
    }

    #[test]
    fn texts_are_the_same_however_they_are_kept() {
        let rows = [Some("b"), None, Some(""), Some("b"), Some("a")];
        let each: ArrayRef = Arc::new(StringArray::from(rows.to_vec()));
        let shared: ArrayRef = Arc::new(rows.into_iter().collect::<DictionaryArray<Int32Type>>());
        for column in [each.clone(), shared] {
            let texts = Texts::of(&column).unwrap();
            assert_eq!(all(&texts), rows);
            assert_eq!((texts.value(0), texts.value(1), texts.is_null(1)), ("b", "", true));
            assert_eq!(
                texts.that(|text| text != "a").iter().collect::<Vec<_>>(),
                [true, false, true, true, false]
            );
            assert_eq!(texts.map(str::len), [Some(1), None, Some(0), Some(1), Some(1)]);
            assert_eq!((text_at(&column, 0), text_at(&column, 1)), (Some("b"), None));
            assert_eq!(&plain(column).unwrap(), &each);
        }
        assert!(Texts::of(&(Arc::new(Int32Array::from(vec![1])) as ArrayRef)).is_none());
        assert_eq!(all(&Texts::missing(2)), [None, None]);
    }

    #[test]
    fn a_dictionary_of_nothing_is_missing_in_each_row() {
        let keys = Int32Array::new_null(3);
        let column: ArrayRef =
            Arc::new(DictionaryArray::new(keys, Arc::new(StringArray::new_null(0)) as ArrayRef));
        let texts = Texts::of(&column).unwrap();
        assert_eq!(all(&texts), [None; 3]);
        assert_eq!(texts.that(|_| true).count_set_bits(), 0);
        assert_eq!(plain(column).unwrap().null_count(), 3);
    }
}
