//! Where the fields of objects that were written stand in their files.

use std::sync::Arc;

use crate::{
    ingest::{SourceRow, Sources},
    manifest::{Position, Positions},
};

/// Fields that are worth a core.
const FIELDS: usize = 32_768;

/// An object that was written.
pub(super) struct Written<'w> {
    pub(super) id: &'w str,
    pub(super) file: Arc<str>,
    pub(super) positions: &'w Positions,
}

/// Objects cut into what is worth a core, and no more memory than that.
pub(super) fn portions<'t, 'w>(objects: &'t [Written<'w>]) -> Vec<&'t [Written<'w>]> {
    let mut fields = 0;
    let goes_on = |written: &Written<'_>, _: &Written<'_>| {
        fields += written.positions.len();
        let goes_on = fields < FIELDS;
        if !goes_on {
            fields = 0;
        }
        goes_on
    };
    objects.chunk_by(goes_on).collect()
}

/// The rows of the fields of objects.
pub(super) fn sources(objects: &[Written<'_>]) -> Sources {
    let mut sources = Sources::default();
    for Written { id, file, positions } in objects {
        let Position { line, column } = positions.get("");
        sources.push(&SourceRow { id, field: "", file, line, column });
        positions.each(|field, Position { line, column }| {
            // Keys below it repeat the values that were set (`v:"…"`), which may be secret.
            if !field.starts_with("metadata.managedFields[") {
                sources.push(&SourceRow { id, field, file, line, column });
            }
        });
    }
    sources
}
