//! The snapshot that a question is about.

use std::path::Path;

use assay_model::schema::Schema;
use assay_snapshot::{Snapshot, Store};

use super::collect::CollectArgs;
use super::schema::fits;
use super::store::{self, StoreArgs};
use crate::context::Context;
use crate::failure::Failure;

/// A new snapshot in a folder; or one of the store if one is wanted, the newest for an empty name. What is collected
/// here is not kept, so a store that the command line names is one to read, and its newest snapshot is meant.
pub(crate) fn source(
    collect: &CollectArgs,
    (store, wanted): (&StoreArgs, Option<&str>),
    schema: &Schema,
    folder: &Path,
    context: &Context,
) -> Result<Snapshot, Failure> {
    let flag = if wanted.is_some() { "--snapshot" } else { "--store" };
    let wanted = wanted.or_else(|| store.is_named().then_some(""));
    // One of them would be passed over in silence, and the answer be about what nobody asked for.
    if let (Some(_), Some(other)) = (wanted, collect.named()) {
        let message = format!("{flag} means a snapshot of the store, and {other}");
        let help = "leave out one of them; what is read for one answer is not kept";
        return Err(Failure::with_help(message, help));
    }
    let snapshot = match wanted {
        None => collect.collect(schema, &Store::open(folder)?, context)?,
        Some("") => store::latest(&store.open(context)?, collect.cluster_name(context).as_deref())?,
        Some(id) => store::snapshot(&store.open(context)?, Some(id), context)?,
    };
    fits(schema, &snapshot)?;
    Ok(snapshot)
}
