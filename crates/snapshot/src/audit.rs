//! The results of an audit, kept beside the snapshot: which files there are is the evaluator's affair, that
//! they are whole is this crate's.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::digest::{Digest, HashingWriter};
use crate::digest_list;
use crate::error::{Error, Result};
use crate::folder::{self, Staging};
use crate::name::{is_plain, table_file};
use crate::table_reader::{Batches, OpenTable, read_whole};
use crate::table_writer::Content;
use crate::tables::Tables;
use crate::verify::{CheckedFiles, Mismatch, Written};

/// The digests of all files of an audit, written last: without it the audit does not exist.
const FILES: &str = "files.sha256";

/// Bytes that are written at a time: of an audit's document there are many millions.
const WRITE_BYTES: usize = 128 << 10;

/// Writes an audit aside and renames it into place when it is whole. Its tables and its other files may be written at
/// the same time.
pub struct AuditWriter {
    target: PathBuf,
    /// The tables.
    // Before `staging`: files are closed before their folder is removed.
    pub tables: AuditTables,
    /// The other files.
    pub files: AuditFiles,
    staging: Staging,
}

/// The tables of an audit that is being written.
pub struct AuditTables(Tables);

/// The files of an audit that is being written, without its tables.
pub struct AuditFiles {
    folder: PathBuf,
    written: BTreeMap<String, Digest>,
}

impl AuditWriter {
    pub(crate) fn begin(audits: &Path, id: &str) -> Result<Self> {
        let target = audits.join(checked(id, "an audit")?);
        folder::no_link(audits)?;
        let staging = Staging::begin(audits)?;
        let folder = staging.path().to_owned();
        let tables = AuditTables(Tables::new(folder.clone(), Content::Results));
        Ok(Self { target, tables, files: AuditFiles { folder, written: BTreeMap::new() }, staging })
    }

    /// Completes the audit, which replaces an earlier one of the same id; the same one stays, if it is whole.
    pub fn finish(self) -> Result<AuditRef> {
        let mut files = self.files.written;
        files.extend(self.tables.0.finish()?.into_iter().map(|file| (file.path, file.sha256)));
        // Others may make it, or read it, at the same time.
        let is_whole = |known: AuditRef| known.is_of(&files) && known.verify().is_ok();
        let is_there = || AuditRef::at(self.target.clone()).is_ok_and(is_whole);
        // What is repeated is on disk: nothing has to be waited for.
        if !is_there() {
            folder::sync_files(self.staging.path(), files.keys().map(String::as_str))?;
            let list = digest_list::format(files.iter().map(|(file, digest)| (*digest, file.as_str())));
            folder::write(&self.staging.path().join(FILES), list.as_bytes())?;
            self.staging.replace(&self.target, is_there)?;
        }
        AuditRef::at(self.target)
    }
}

impl AuditTables {
    /// Adds rows to a table, as [`SnapshotWriter::append`](crate::SnapshotWriter::append) does.
    pub fn append(&mut self, table: &str, batch: &RecordBatch) -> Result<()> {
        self.0.append(table, batch)
    }

    /// Makes a table that may stay without rows.
    pub fn declare(&mut self, table: &str, schema: &SchemaRef) -> Result<()> {
        self.0.declare(table, schema)
    }

    /// Completes a table; [`finish`](AuditWriter::finish) does it for the rest.
    pub fn close(&mut self, table: &str) -> Result<()> {
        self.0.close(table)
    }
}

impl AuditFiles {
    /// Writes a file. `name` is plain, or has one `/`.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        self.write_with(name, |file| file.write_all(bytes))
    }

    /// Writes a file bit by bit: a large document need not be in memory as a whole.
    pub fn write_with(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<()> {
        if name == FILES || name.ends_with(".parquet") || self.written.contains_key(name) {
            return Err(Error::Written(name.to_owned()));
        }
        for segment in name.splitn(2, '/') {
            checked(segment, "an audit's file")?;
        }
        let path = self.folder.join(name);
        let mut file = BufWriter::with_capacity(WRITE_BYTES, HashingWriter::new(folder::create(&path)?));
        write(&mut file).and_then(|()| file.flush()).map_err(Error::io("write", &path))?;
        self.written.insert(name.to_owned(), file.get_ref().digest());
        Ok(())
    }
}

/// A finished audit. Its files are read on demand, each only after its digest was found to be right.
#[derive(Debug)]
pub struct AuditRef {
    id: String,
    files: CheckedFiles,
}

impl AuditRef {
    pub(crate) fn open(audits: &Path, id: String) -> Result<Self> {
        Self::at(audits.join(checked(&id, "an audit")?))
    }

    fn at(folder: PathBuf) -> Result<Self> {
        let id = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = folder.join(FILES);
        let list = folder::read(&path).map_err(|error| match (error.is_not_found(), folder.parent()) {
            (true, Some(audits)) => Error::Absent { folder: audits.to_owned(), name: id.clone() },
            _ => error,
        })?;
        let mut written = BTreeMap::new();
        for (sha256, file) in digest_list::parse(&path, &list)? {
            // The list is opened file by file, so no path may lead out of the audit.
            if !file.splitn(2, '/').all(is_plain) {
                return Err(Error::DigestList { path, line: file.escape_debug().to_string() });
            }
            written.insert(file, Written { bytes: None, sha256 });
        }
        Ok(Self { id, files: CheckedFiles::new(folder, written) })
    }

    /// The audit's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The audit's folder.
    pub fn dir(&self) -> &Path {
        self.files.folder()
    }

    /// The names of all files, sorted.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.paths()
    }

    /// A file, to be read bit by bit.
    pub fn open_file(&self, name: &str) -> Result<impl BufRead> {
        Ok(BufReader::new(self.files.open(name)?))
    }

    /// The bytes of a file.
    pub fn read_file(&self, name: &str) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let path = self.dir().join(name);
        self.files.open(name)?.read_to_end(&mut bytes).map_err(Error::io("read", &path))?;
        Ok(bytes)
    }

    /// A whole table in one batch, or some columns of it; see [`Snapshot::read`](crate::Snapshot::read).
    pub fn read_table(&self, table: &str, columns: Option<&[&str]>) -> Result<RecordBatch> {
        let file = table_file(table)?;
        read_whole(OpenTable::new(self.dir().join(&file), self.files.open(&file)?)?, columns)
    }

    /// A table, or some columns of it, in portions.
    pub fn batches(&self, table: &str, columns: Option<&[&str]>) -> Result<Batches> {
        let file = table_file(table)?;
        Batches::open(OpenTable::new(self.dir().join(&file), self.files.open(&file)?)?, columns)
    }

    /// Whether it has these files, of these digests, and no others.
    fn is_of(&self, files: &BTreeMap<String, Digest>) -> bool {
        let own = self.files.written().map(|(path, written)| (path, &written.sha256));
        own.eq(files.iter().map(|(path, digest)| (path.as_str(), digest)))
    }

    /// Reads every file again and lists what differs from what was written, added files included.
    pub fn verify(&self) -> Result<(), Vec<Mismatch>> {
        let mismatches = self.files.mismatches(&[FILES]);
        if mismatches.is_empty() { Ok(()) } else { Err(mismatches) }
    }
}

fn checked<'a>(name: &'a str, what: &'static str) -> Result<&'a str> {
    if is_plain(name) {
        return Ok(name);
    }
    Err(Error::Name { what, name: name.to_owned(), expected: "letters, digits, `-`, `_` and `.`" })
}
