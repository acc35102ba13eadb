//! The parts of containers' image references.

use std::sync::Arc;

use arrow::array::{Array, BooleanBuilder, StringBuilder};
use assay_model::image::{Invalid, Reference};

use super::Rows;
use crate::Error;
use crate::data::{Data, index};

/// One row for each container that names an image.
pub(super) fn rows(data: &Data<'_>) -> Result<Rows, Error> {
    let mut columns = Columns::default();
    let mut relations = Vec::new();
    let mut row = 0;
    for table in data.schema.tables_of("Container") {
        let (ids, images) = (data.ids(table)?, data.text(table, "image")?);
        let mut pairs = Vec::new();
        for container in (0..ids.len()).filter(|at| !images.is_null(*at)) {
            columns.push(ids.value(container), Reference::parse(images.value(container)));
            pairs.push((index(container), index(row)));
            row += 1;
        }
        relations.push((table, ids.len(), pairs));
    }
    let mut rows = Rows::default();
    let references = rows.add_table(data.schema, "ImageReference", columns.finish())?;
    for (table, containers, pairs) in relations {
        rows.add_known_edges(table, containers, "imageReference", references, pairs);
    }
    Ok(rows)
}

#[derive(Default)]
struct Columns {
    ids: StringBuilder,
    valid: BooleanBuilder,
    registry: StringBuilder,
    repository: StringBuilder,
    tag: StringBuilder,
    digest: StringBuilder,
}

impl Columns {
    fn push(&mut self, container: &str, reference: Result<Reference, Invalid>) {
        let reference = reference.ok();
        self.ids.append_value(container);
        self.valid.append_value(reference.is_some());
        let reference = reference.as_ref();
        self.registry.append_option(reference.map(|it| it.registry.as_str()));
        self.repository.append_option(reference.map(|it| it.repository.as_str()));
        self.tag.append_option(reference.and_then(|it| it.tag.as_deref()));
        self.digest.append_option(reference.and_then(|it| it.digest.as_deref()));
    }

    fn finish(mut self) -> Vec<(&'static str, arrow::array::ArrayRef)> {
        vec![
            ("id", Arc::new(self.ids.finish())),
            ("valid", Arc::new(self.valid.finish())),
            ("registry", Arc::new(self.registry.finish())),
            ("repository", Arc::new(self.repository.finish())),
            ("tag", Arc::new(self.tag.finish())),
            ("digest", Arc::new(self.digest.finish())),
        ]
    }
}
