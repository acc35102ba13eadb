//! A snapshot in the store, read.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;

use crate::audit::{AuditRef, AuditWriter};
use crate::dictionaries::with_dictionaries;
use crate::digest::Digest;
use crate::digest_list;
use crate::error::{Error, Result};
use crate::folder;
use crate::manifest::{FileEntry, MANIFEST, Manifest};
use crate::name::{AUDITS, DERIVED, is_plain, table_file, table_of};
use crate::table_reader::{Batches, OpenTable, read_dictionaries, read_whole};
use crate::verify::{CheckedFiles, Mismatch, Written};

/// The manifest's digest, in the form of `sha256sum`: without it a changed byte of the manifest would pass.
pub(crate) const MANIFEST_DIGEST: &str = "manifest.json.sha256";

/// A finished snapshot. Its tables are read on demand, each only after its digest was found to be right.
#[derive(Debug)]
pub struct Snapshot {
    /// What the snapshot consists of, and the record of its collection.
    pub manifest: Manifest,
    digest: Digest,
    files: CheckedFiles,
    /// Which of the manifest's files each table is: there are hundreds, and each is asked for again and again.
    entries: HashMap<String, usize>,
    /// By file: columns are read one by one, as something asks for them.
    footers: Mutex<HashMap<String, ArrowReaderMetadata>>,
    /// The same of those of which columns were read, by which texts may be read as dictionaries.
    dictionaries: Mutex<HashMap<String, ArrowReaderMetadata>>,
}

impl Snapshot {
    /// Opens the snapshot in this folder. Its manifest is checked, its tables are not yet.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let folder = path.as_ref();
        let (bytes, digest) = read_manifest(folder)?;
        let manifest = Manifest::from_bytes(&folder.join(MANIFEST), &bytes)?;
        let written = manifest
            .files
            .iter()
            .map(|file| (file.path.clone(), Written { bytes: Some(file.bytes), sha256: file.sha256 }));
        let files = CheckedFiles::new(folder.to_owned(), written.collect());
        let tables = manifest.files.iter().enumerate();
        let entries = tables.filter_map(|(index, file)| Some((table_of(&file.path)?.to_owned(), index)));
        let entries = entries.collect();
        let (footers, dictionaries) = Default::default();
        Ok(Self { manifest, digest, files, entries, footers, dictionaries })
    }

    /// The snapshot's digest: that of the manifest's bytes, which hold the digests of everything else.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Reads every file again and lists what differs from what was written, added files included, also among audits.
    /// Those, and what was derived, are no part of the snapshot: see [`AuditRef::verify`].
    pub fn verify(&self) -> Result<(), Vec<Mismatch>> {
        let mut mismatches = self.files.mismatches(&[MANIFEST, MANIFEST_DIGEST, AUDITS, DERIVED]);
        let unreadable = |reason| Mismatch::Unreadable { path: MANIFEST.to_owned(), reason };
        match read_manifest(self.dir()) {
            Ok((_, found)) if found == self.digest => {}
            Ok((_, found)) => {
                mismatches.push(Mismatch::Changed { path: MANIFEST.into(), expected: self.digest, found });
            }
            Err(error) => mismatches.push(unreadable(error.to_string())),
        }
        let strays = folder::strays(&self.audits_dir(), is_plain).unwrap_or_default();
        mismatches
            .extend(strays.into_iter().map(|name| Mismatch::Extra { path: format!("{AUDITS}/{name}") }));
        if mismatches.is_empty() { Ok(()) } else { Err(mismatches) }
    }

    /// A whole table in one batch, or some columns of it, in the table's order: `spec` is a column with all
    /// that is in it, `spec.nodeName` one field of a struct. See [`batches`](Self::batches) for large tables.
    pub fn read(&self, table: &str, columns: Option<&[&str]>) -> Result<RecordBatch> {
        read_whole(self.table(table)?, columns)
    }

    /// One column of a table, or field of a struct; none if the table lacks it, or its statistics say that each row does.
    /// Texts that are written as a dictionary come as one, if they are no list's or map's.
    pub fn read_column(&self, name: &str, column: &str) -> Result<Option<RecordBatch>> {
        let table = self.table(name)?;
        // Of lists, maps and structs statistics don't tell whether they are there, only that nothing is in them.
        let is_single = table.is_single(column);
        if is_single && table.has_no_values(column) {
            return Ok(None);
        }
        let read = match is_single {
            true => read_dictionaries(self.as_dictionaries(name, table)?, column),
            false => read_whole(table, Some(&[column])),
        };
        match read {
            Err(Error::NoColumn { .. }) => Ok(None),
            read => read.map(Some),
        }
    }

    /// A struct of a table of which only where it is there is right: what is in it may be left out. None as of
    /// [`read_column`](Self::read_column).
    pub fn read_presence(&self, name: &str, column: &str) -> Result<Option<RecordBatch>> {
        let table = self.table(name)?;
        match table.lightest(column) {
            Some(leaf) => read_whole(table, Some(&[&leaf])).map(Some),
            None => self.read_column(name, column),
        }
    }

    fn as_dictionaries(&self, name: &str, table: OpenTable) -> Result<OpenTable> {
        let known = || self.dictionaries.lock().unwrap_or_else(PoisonError::into_inner);
        let file = table_file(name)?;
        let footer = known().get(&file).cloned().unwrap_or_else(|| with_dictionaries(table.metadata()));
        known().entry(file).or_insert_with(|| footer.clone());
        Ok(table.read_by(footer))
    }

    /// A table, or some columns of it, in portions.
    pub fn batches(&self, table: &str, columns: Option<&[&str]>) -> Result<Batches> {
        Batches::open(self.table(table)?, columns)
    }

    /// Whether the table's statistics say that a column, or a field of a struct, has no value in any row; also if there is
    /// no such column.
    pub fn has_no_values(&self, table: &str, column: &str) -> Result<bool> {
        Ok(self.table(table)?.has_no_values(column))
    }

    /// How many row groups a table has: parts of it that can be read side by side.
    pub fn row_groups(&self, table: &str) -> Result<usize> {
        Ok(self.table(table)?.metadata().metadata().num_row_groups())
    }

    /// One row group of a table, or some columns of it, in portions.
    pub fn row_group(&self, table: &str, columns: Option<&[&str]>, index: usize) -> Result<Batches> {
        Batches::of_row_group(self.table(table)?, columns, index)
    }

    /// The columns of a table. An older snapshot may lack some that are known today.
    pub fn schema(&self, table: &str) -> Result<SchemaRef> {
        Ok(self.table(table)?.metadata().schema().clone())
    }

    /// Whether the table was collected, with or without rows.
    pub fn has(&self, table: &str) -> bool {
        self.entry(table).is_some()
    }

    /// The names of all tables, sorted by file.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.manifest.files.iter().filter_map(|file| table_of(&file.path))
    }

    /// How many rows a table has; none if there is no such table.
    pub fn rows(&self, table: &str) -> Option<u64> {
        self.entry(table).map(|file| file.rows)
    }

    /// The snapshot's folder.
    pub fn dir(&self) -> &Path {
        self.files.folder()
    }

    /// The folder of the snapshot's audits, which may not exist yet.
    pub fn audits_dir(&self) -> PathBuf {
        self.dir().join(AUDITS)
    }

    /// Begins an audit of this snapshot; finished, it replaces one of the same id.
    pub fn new_audit(&self, id: &str) -> Result<AuditWriter> {
        AuditWriter::begin(&self.audits_dir(), id)
    }

    /// The audits of this snapshot, by id.
    pub fn audits(&self) -> Result<Vec<AuditRef>> {
        let folder = self.audits_dir();
        folder::list(&folder)?
            .into_iter()
            .filter(|entry| entry.is_folder && is_plain(&entry.name))
            .map(|entry| AuditRef::open(&folder, entry.name))
            .collect()
    }

    /// One audit of this snapshot.
    pub fn audit(&self, id: &str) -> Result<AuditRef> {
        AuditRef::open(&self.audits_dir(), id.to_owned())
    }

    fn table(&self, table: &str) -> Result<OpenTable> {
        let file = table_file(table)?;
        let (path, intact) = (self.dir().join(&file), self.files.open(&file)?);
        let footers = || self.footers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(footer) = footers().get(&file) {
            return Ok(OpenTable::known(path, intact, footer.clone()));
        }
        let open = OpenTable::new(path, intact)?;
        let (listed, found) = (self.rows(table).unwrap_or_default(), open.rows());
        if listed != found {
            return Err(Error::Rows { path: open.into_path(), listed, found });
        }
        footers().insert(file, open.metadata().clone());
        Ok(open)
    }

    fn entry(&self, table: &str) -> Option<&FileEntry> {
        self.manifest.files.get(*self.entries.get(table)?)
    }
}

/// The manifest's bytes, if they are those that were written, and their digest.
fn read_manifest(folder: &Path) -> Result<(Vec<u8>, Digest)> {
    let (path, list_path) = (folder.join(MANIFEST), folder.join(MANIFEST_DIGEST));
    let bytes = folder::read(&path).map_err(|error| match error {
        error if error.is_not_found() => Error::NotASnapshot(folder.to_owned()),
        error => error,
    })?;
    let list = folder::read(&list_path)?;
    let digest = Digest::of(&bytes);
    match digest_list::parse(&list_path, &list)?.as_slice() {
        [(written, file)] if *written == digest && file == MANIFEST => Ok((bytes, digest)),
        _ => Err(Error::ManifestChanged(path)),
    }
}
