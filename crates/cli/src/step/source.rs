//! The snapshot that a question is about.

use std::path::Path;

use assay_model::schema::Schema;
use assay_snapshot::{Snapshot, Store};

use super::collect::CollectArgs;
use super::schema::fits;
use super::store::{self, StoreArgs};
use crate::context::Context;
use crate::failure::Failure;

/// A new snapshot in a folder; or one of the store if one is wanted, the newest for an empty name.
pub(crate) fn source(
    collect: &CollectArgs,
    (store, wanted): (&StoreArgs, Option<&str>),
    schema: &Schema,
    folder: &Path,
    context: &Context,
) -> Result<Snapshot, Failure> {
    let snapshot = match wanted {
        None => collect.collect(schema, &Store::open(folder)?, context)?,
        Some(name) => {
            store::snapshot(&store.open(context)?, Some(name).filter(|name| !name.is_empty()), context)?
        }
    };
    fits(schema, &snapshot)?;
    Ok(snapshot)
}
