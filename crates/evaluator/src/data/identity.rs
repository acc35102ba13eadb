//! Who the rows of a table are.

use std::sync::{Arc, OnceLock};

use assay_audit::finding::AssetRef;
use assay_model::id::AssetId;
use assay_model::schema::TableId;

use super::Data;
use crate::Error;
use crate::texts::Texts;

/// The columns that name a table's rows.
pub(crate) struct Identity {
    ids: Texts,
    kinds: Texts,
    namespaces: Texts,
    names: Texts,
    uids: Texts,
    /// Where entries of lists stand in their object.
    paths: Option<Texts>,
    /// Of the assets.
    hashes: Texts,
    assets: Arc<Vec<u32>>,
    type_name: String,
    /// The rows as reports name them, and their contents' digests, once something asked: most are in many findings.
    named: Vec<OnceLock<Arc<AssetRef>>>,
    digests: Vec<OnceLock<Option<Arc<str>>>>,
}

impl Data<'_> {
    /// Who the rows of a table are.
    pub(crate) fn identity(&self, table: TableId) -> Result<Arc<Identity>, Error> {
        self.identities.get(table, || self.identify(table).map(Arc::new))
    }

    fn identify(&self, table: TableId) -> Result<Identity, Error> {
        let text = |column| self.text(table, column);
        let rows = self.rows(table)?;
        Ok(Identity {
            named: vec![OnceLock::new(); rows],
            digests: vec![OnceLock::new(); rows],
            ids: text("id")?,
            kinds: text("kind")?,
            namespaces: text("namespace")?,
            names: text("name")?,
            uids: text("uid")?,
            paths: self.paths(table)?,
            hashes: self.text(self.schema.asset_table(table), "contentHash")?,
            assets: self.asset_rows(table)?,
            type_name: self.schema.table(table).type_name.clone(),
        })
    }

    /// Where the entries of a list stand in their objects; none for objects.
    pub(crate) fn paths(&self, table: TableId) -> Result<Option<Texts>, Error> {
        self.schema.table(table).is_list().then(|| self.text(table, "path")).transpose()
    }

    /// A row as reports name it.
    pub(crate) fn asset_ref(&self, table: TableId, row: usize) -> Result<Arc<AssetRef>, Error> {
        Ok(self.identity(table)?.asset_ref(row))
    }
}

impl Identity {
    /// A row as reports name it.
    pub(crate) fn asset_ref(&self, row: usize) -> Arc<AssetRef> {
        let owned = |values: &Texts| values.get(row).map(str::to_owned);
        let made = || {
            Arc::new(AssetRef {
                id: AssetId::from_stored(owned(&self.ids).unwrap_or_default()),
                kind: owned(&self.kinds).unwrap_or_else(|| self.type_name.clone()),
                namespace: owned(&self.namespaces),
                name: owned(&self.names).unwrap_or_default(),
                uid: owned(&self.uids),
            })
        };
        self.named.get(row).map_or_else(made, |known| known.get_or_init(made).clone())
    }

    /// The key of the container that a row is.
    pub(crate) fn container(&self, row: usize) -> Option<&str> {
        self.ids.get(row).and_then(|id| id.split_once("#containers/")).map(|(_, key)| key)
    }

    /// The digest of the content of a row's object.
    pub(crate) fn content_hash(&self, row: usize) -> Option<Arc<str>> {
        self.digests.get(row)?.get_or_init(|| self.hashes.get(self.asset(row)).map(Arc::from)).clone()
    }

    /// Where an entry of a list stands in its object; empty for the object itself.
    pub(crate) fn path(&self, row: usize) -> &str {
        self.paths.as_ref().and_then(|paths| paths.get(row)).unwrap_or_default()
    }

    /// The row of the asset that a row belongs to.
    pub(crate) fn asset(&self, row: usize) -> usize {
        self.assets.get(row).copied().unwrap_or_default() as usize
    }
}
