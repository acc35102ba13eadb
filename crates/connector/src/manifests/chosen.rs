//! Objects that are written: what they come to, and where their fields stand in their files.

use std::sync::Arc;

use assay_model::{id::AssetId, path::WrongType};

use super::{duplicates::Named, receive::Held};
use crate::{
    error::CollectError,
    ingest::{BYTES, Portion, ROWS, Sources, Taken},
    kinds::ListedResource,
    manifest::Position,
};

/// Fields that are worth a core.
const FIELDS: usize = 8_192;

/// An object that is to be written.
pub(super) struct Chosen<'c> {
    pub(super) named: &'c Named,
    pub(super) held: &'c Held,
    /// What its file is called in the snapshot.
    pub(super) file: Arc<str>,
    /// Why nobody can say what it is, if that is so.
    pub(super) unclear: Option<&'c String>,
}

impl<'c> Chosen<'c> {
    /// Says that the object is unreadable, and where.
    pub(super) fn unreadable(&self, resource: &ListedResource, wrong: &WrongType) -> String {
        let Self { named, held, file, .. } = self;
        let namespace = named.namespace.as_deref().unwrap_or_default();
        let id = AssetId::new(&resource.home, &held.kind, namespace, &named.name);
        let id = id.as_str();
        let Position { line, column } = held.positions.get(&wrong.field);
        if wrong.field.starts_with("assayFacts") {
            return format!(
                "{file}:{line}:{column}: {id} is unreadable: its data is not what Kubernetes takes"
            );
        }
        format!("{file}:{line}:{column}: {id} is unreadable: {wrong}")
    }

    /// The object with the name and namespace it turned out to have.
    fn unpack(&self, resource: &ListedResource) -> Result<Taken<'c>, CollectError> {
        let kept = self.held.packed.unpack(self.named.namespace.as_deref());
        let mut kept =
            kept.ok_or_else(|| CollectError::Internal("a manifest's object did not read back".to_owned()))?;
        kept.identify(&resource.home, &self.named.name);
        Ok(Taken { unreadable: self.unclear.cloned(), kept })
    }
}

/// Objects cut into what is worth a core, and no more memory than that.
pub(super) fn portions<'t, 'c>(objects: &'t [Chosen<'c>]) -> Vec<&'t [Chosen<'c>]> {
    let (mut rows, mut bytes, mut fields) = (0, 0, 0);
    let goes_on = |one: &Chosen<'_>, _: &Chosen<'_>| {
        rows += 1;
        bytes += one.held.packed.len();
        fields += one.held.positions.len();
        let goes_on = rows < ROWS && bytes < BYTES && fields < FIELDS;
        if !goes_on {
            (rows, bytes, fields) = (0, 0, 0);
        }
        goes_on
    };
    objects.chunk_by(goes_on).collect()
}

/// The objects, and where their fields stand.
pub(super) fn take<'c>(
    objects: &[Chosen<'c>],
    resource: &ListedResource,
) -> Result<Portion<'c>, CollectError> {
    let taken = objects.iter().map(|one| one.unpack(resource)).collect::<Result<Vec<_>, _>>()?;
    let sources = sources(objects, &taken);
    Ok(Portion { taken, sources })
}

/// The rows of the fields of objects.
fn sources(objects: &[Chosen<'_>], taken: &[Taken<'_>]) -> Sources {
    let rows = objects.iter().map(|one| one.held.positions.len()).sum();
    let mut sources = Sources::with_capacity(rows);
    for (one, taken) in objects.iter().zip(taken) {
        let positions = &one.held.positions;
        let Position { line, column } = positions.get("");
        sources.begin(taken.kept.object().id.as_str(), &one.file);
        sources.push("", line, column);
        positions.each(|field, Position { line, column }| {
            // Keys below it repeat the values that were set (`v:"…"`), which may be secret.
            if !field.starts_with("metadata.managedFields[") {
                sources.push(field, line, column);
            }
        });
    }
    sources
}
