//! Where in a query the resolver is: at a row of a type, or at a struct within it.

use super::super::FieldPath;

/// A row of a type, or a struct within it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The row's type, then those of the structs, outermost first.
    types: Vec<String>,
    prefix: FieldPath,
}

impl Place {
    pub(super) fn row(type_name: &str) -> Self {
        Self { types: vec![type_name.to_owned()], prefix: Vec::new() }
    }

    pub(super) fn within(&self, field: &str, of: &str) -> Self {
        let types = self.types.iter().cloned().chain([of.to_owned()]).collect();
        Self { types, prefix: self.path(field) }
    }

    pub(super) fn path(&self, field: &str) -> FieldPath {
        self.prefix.iter().cloned().chain([field.to_owned()]).collect()
    }

    /// The type of the row or struct.
    pub(super) fn type_name(&self) -> &str {
        self.types.last().map_or("", String::as_str)
    }

    /// The type of the row.
    pub(super) fn row_type(&self) -> &str {
        self.types.first().map_or("", String::as_str)
    }

    pub(super) fn is_row(&self) -> bool {
        self.prefix.is_empty()
    }

    /// This place, then what it stands in, up to the row.
    pub(super) fn outward(&self) -> impl Iterator<Item = Self> {
        (0..self.types.len())
            .rev()
            .map(|depth| Self { types: self.types[..=depth].to_vec(), prefix: self.prefix[..depth].to_vec() })
    }
}
