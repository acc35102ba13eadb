//! Inputs in, documents out.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    io::{self, BufRead, BufReader, Read},
    path::Path,
    sync::Arc,
};

use assay_model::json::Json;

use crate::cores::{Turns, in_turn};

use super::{
    archive::{self, Member, Packing, Unzipped, Watch},
    bundle::{Bundles, Unread},
    chart::Chart,
    encoding::{self, Encoding},
    folder::{self, Except},
    found::{Found, One, Piece},
    kustomization::Kustomization,
    positions::Positions,
    problem::{Fault, Problems},
    source::{self, Input, Source, SourceFile},
    split::Splitter,
};

/// How many notes are told before the rest are counted.
pub(super) const MAX_NOTES: usize = 200;

/// How many bytes of documents may be read before they are parsed, which bounds the memory that they take as trees. The
/// last document may be large.
const AHEAD_BYTES: usize = 4 << 20;

/// An object of a manifest.
#[derive(Clone, Debug)]
pub struct Document<'j> {
    /// The file, as [`SourceFile::path`] names it.
    pub file: Arc<str>,
    /// The object, with `apiVersion`, `kind` and a `metadata` whose standard fields have their types.
    pub object: Json<'j>,
    /// Where its fields stand; paths start at the object, also where it is an item of a list.
    pub positions: Positions,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    /// The files, in the order in which they were read.
    pub files: Vec<SourceFile>,
    /// What the user may not expect: what was skipped, and entries that replace others of the same key.
    pub notes: Problems,
    /// What support bundles say that they lack, and the file that says so.
    pub unread: Vec<(Unread, Arc<str>)>,
    /// Whether a kustomization is among the files: what it makes of an object that stands there twice, as itself and as
    /// a patch of it, is neither of the two.
    pub is_kustomized: bool,
    /// What kustomizations among them make of others.
    pub kustomizations: Vec<Kustomization>,
    /// Charts, of which the templates among them are a part.
    pub charts: Vec<Chart>,
    /// Patterns of [`Except`] that left nothing out.
    pub unfit: Vec<String>,
}

/// Why not everything could be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError<E> {
    /// Some of the manifests can't be read; the others were handed over.
    #[error("{errors}")]
    Manifests {
        /// What can't be read, and why.
        errors: Problems,
        /// What could.
        sources: Box<Sources>,
    },
    /// The receiver of the documents gave up.
    #[error("{0}")]
    Sink(E),
}

/// Reads manifests and hands what `make` makes of each object to `sink`, in the order of the inputs; a folder's files
/// sorted by the bytes of their paths. Documents are parsed, and their objects made, side by side.
///
/// # Errors
/// All errors of all inputs at once, in full up to a limit; or the first error of `sink`, at once.
pub fn read<T: Send, E>(
    inputs: &[Input],
    make: &(dyn Fn(Document<'_>) -> T + Sync),
    sink: &mut dyn FnMut(T) -> Result<(), E>,
) -> Result<Sources, ReadError<E>> {
    read_except(inputs, Except::default(), make, sink)
}

/// As [`read`], but for some of what is in folders.
///
/// # Errors
/// As [`read`].
pub fn read_except<T: Send, E>(
    inputs: &[Input],
    except: Except<'_>,
    make: &(dyn Fn(Document<'_>) -> T + Sync),
    sink: &mut dyn FnMut(T) -> Result<(), E>,
) -> Result<Sources, ReadError<E>> {
    in_turn(|piece| Found::read(piece, make), |turns| Reader::new(except, turns, sink).read(inputs))
}

struct Reader<'s, 'f, T, E> {
    except: Except<'s>,
    turns: &'s mut Turns<Piece, Found<'f, T>>,
    /// The bytes of the pieces that nothing was taken of yet.
    ahead: VecDeque<usize>,
    /// And of all of them.
    ahead_bytes: usize,
    sink: &'s mut dyn FnMut(T) -> Result<(), E>,
    files: Vec<SourceFile>,
    notes: Problems,
    errors: Problems,
    bundles: Bundles,
    is_kustomized: bool,
    kustomizations: Vec<Kustomization>,
    charts: Vec<Chart>,
    /// Patterns that left something out.
    fitting: BTreeSet<String>,
}

impl<'s, 'f, T, E> Reader<'s, 'f, T, E> {
    fn new(
        except: Except<'s>,
        turns: &'s mut Turns<Piece, Found<'f, T>>,
        sink: &'s mut dyn FnMut(T) -> Result<(), E>,
    ) -> Self {
        Self {
            except,
            turns,
            ahead: VecDeque::new(),
            ahead_bytes: 0,
            sink,
            files: Vec::new(),
            notes: Problems::with_limit(MAX_NOTES),
            errors: Problems::of_errors(),
            bundles: Bundles::default(),
            is_kustomized: false,
            kustomizations: Vec::new(),
            charts: Vec::new(),
            fitting: BTreeSet::new(),
        }
    }

    fn read(mut self, inputs: &[Input]) -> Result<Sources, ReadError<E>> {
        let read = inputs.iter().try_for_each(|input| self.input(input));
        read.and_then(|()| self.take_all()).map_err(ReadError::Sink)?;
        let is_unfit = |pattern: &&String| !self.fitting.contains(*pattern);
        let unfit = self.except.patterns.iter().filter(is_unfit).cloned().collect();
        let sources = Sources {
            files: self.files,
            notes: self.notes,
            unread: self.bundles.unread(),
            is_kustomized: self.is_kustomized,
            kustomizations: self.kustomizations,
            charts: self.charts,
            unfit,
        };
        if self.errors.is_empty() {
            Ok(sources)
        } else {
            Err(ReadError::Manifests { errors: self.errors, sources: Box::new(sources) })
        }
    }

    fn input(&mut self, input: &Input) -> Result<(), E> {
        match input {
            Input::Stdin => self.source(&Source::stdin()),
            Input::Path(path) if path.is_dir() => self.folder(path),
            Input::Path(path) => self.source(&Source::file(path, true)),
        }
    }

    fn folder(&mut self, path: &Path) -> Result<(), E> {
        let folder = folder::list(path, self.except);
        self.is_kustomized |= folder.is_kustomized;
        let is_empty = folder.files.is_empty() && folder.unreadable.is_empty();
        self.fitting.extend(folder.fitting);
        for (source, note) in folder.skipped {
            // Where nothing is left, what is left out is why.
            if is_empty { self.fail(&source, note)? } else { self.note(&source, note)? }
        }
        for (source, fault) in folder.unreadable {
            self.fail(&source, fault)?;
        }
        if is_empty {
            let fault = Fault::of_file("no *.yaml, *.yml or *.json file in this folder");
            self.fail(&Source::file(path, true), fault)?;
        }
        folder.files.iter().try_for_each(|source| self.source(source))
    }

    fn source(&mut self, source: &Source) -> Result<(), E> {
        self.is_kustomized |= source::is_kustomization(&source.name);
        let mut content = match source.open() {
            Ok(content) => content,
            Err(fault) => return self.fail(source, fault),
        };
        self.content(source, &mut content)?;
        match source.finish(content) {
            Ok(file) => self.files.push(file),
            Err(fault) => return self.fail(source, fault),
        }
        Ok(())
    }

    fn content(&mut self, source: &Source, content: &mut dyn BufRead) -> Result<(), E> {
        match archive::look(content) {
            Ok((Packing::None, mut content)) => self.text(source, &mut content),
            Ok((Packing::Tar, mut content)) => self.archive(source, &mut content),
            Ok((Packing::Gzip, content)) => {
                let mut content = BufReader::with_capacity(1 << 16, Unzipped::new(content));
                self.unzipped(source, &mut content)
            }
            Err(error) => self.fail(source, source::unreadable(&error)),
        }
    }

    fn unzipped(&mut self, source: &Source, content: &mut dyn BufRead) -> Result<(), E> {
        match archive::look(content) {
            Ok((Packing::None, mut content)) => self.text(source, &mut content),
            Ok((Packing::Tar, mut content)) => self.archive(source, &mut content),
            Ok((Packing::Gzip, _)) => self.fail(source, Fault::of_file("compressed twice: unpack it once")),
            Err(error) => self.fail(source, source::unreadable(&error)),
        }
    }

    fn archive(&mut self, source: &Source, content: &mut dyn BufRead) -> Result<(), E> {
        let watch = Watch::default();
        let mut archive = tar::Archive::new(watch.over(content));
        self.take_all()?;
        let (before, mut found, mut left_out) = (self.errors.count(), 0, BTreeMap::new());
        let entries = match archive.entries() {
            Ok(entries) => entries,
            Err(error) => return self.fail(source, source::unreadable(&error)),
        };
        for (index, entry) in entries.enumerate() {
            if index >= archive::MAX_ENTRIES {
                return self.fail(source, Fault::of_file("too many files in one archive: unpack it"));
            }
            match entry {
                Ok(entry) => {
                    watch.allow(&entry);
                    found += usize::from(self.entry(source, entry, &mut left_out)?);
                }
                Err(error) => return self.broken(source, before, &error),
            }
        }
        // The checksum of what is compressed stands behind the archive's end.
        if let Err(error) = watch.end(&mut archive.into_inner()) {
            return self.broken(source, before, &error);
        }
        for (path, pattern) in left_out {
            // Where nothing is left, what is left out is why.
            let (member, note) = (source.member(&path), folder::left_out(&pattern));
            if found == 0 { self.fail(&member, note)? } else { self.note(&member, note)? }
        }
        if found == 0 {
            return self.fail(source, Fault::of_file("no *.yaml, *.yml or *.json file in this archive"));
        }
        Ok(())
    }

    /// What follows in a broken archive can't be found; a file that was cut off has been told.
    fn broken(&mut self, source: &Source, before: usize, error: &io::Error) -> Result<(), E> {
        self.take_all()?;
        if self.errors.count() > before { Ok(()) } else { self.fail(source, source::unreadable(error)) }
    }

    /// Reads an entry of an archive, if it is a manifest that is not left out.
    fn entry(
        &mut self,
        source: &Source,
        entry: tar::Entry<'_, impl Read>,
        left_out: &mut BTreeMap<String, String>,
    ) -> Result<bool, E> {
        let path = match entry.path() {
            Ok(path) => path.into_owned(),
            Err(error) => return self.fail(source, source::unreadable(&error)).map(|()| false),
        };
        self.is_kustomized |= source::is_kustomization(&path.to_string_lossy());
        match archive::member(entry.header().entry_type(), &path) {
            Member::Other => return Ok(false),
            Member::Manifest(path) | Member::Link(path) | Member::Packed(path)
                if self.is_left_out(&path, left_out) =>
            {
                return Ok(false);
            }
            Member::Manifest(path) => {
                let size = entry.size();
                let mut content = BufReader::with_capacity(1 << 16, archive::Content::new(entry, size));
                self.text(&source.member(&path), &mut content)?;
            }
            Member::Link(path) => {
                let note = Fault::of_file("skipped: a link within an archive");
                self.note(&source.member(&path), note)?;
            }
            Member::Packed(path) => {
                let note = Fault::of_file(
                    "skipped: packed within an archive; unpack the archive and name it itself",
                );
                self.note(&source.member(&path), note)?;
                return Ok(false);
            }
            Member::Outside(path) => {
                let message =
                    format!("{path:?} in it is a path that leads out of the archive: pack it without");
                self.fail(source, Fault::of_file(message))?;
            }
        }
        Ok(true)
    }

    /// Whether an entry of an archive is left out. What is, or the folder around it, is added, with the pattern.
    fn is_left_out(&mut self, path: &str, left_out: &mut BTreeMap<String, String>) -> bool {
        let Some((around, fitting)) = self.except.around(Path::new(path)) else { return false };
        let first = fitting.first().copied().unwrap_or_default().to_owned();
        self.fitting.extend(fitting.into_iter().map(str::to_owned));
        left_out.entry(around.to_string_lossy().into_owned()).or_insert(first);
        true
    }

    fn text(&mut self, source: &Source, mut content: &mut dyn BufRead) -> Result<(), E> {
        if !source.is_named && self.bundles.take(&source.name, content) {
            return Ok(());
        }
        let unreadable = |error| source::unreadable(&error);
        match content.fill_buf().map_err(unreadable).and_then(encoding::detect) {
            Ok(Encoding::Utf8 { byte_order_mark }) => {
                content.consume(byte_order_mark);
                self.documents(source, content)
            }
            Ok(Encoding::Utf16(order)) => {
                let note = "UTF-16: read, but few tools do so; save it as UTF-8";
                self.note(source, Fault::of_file(note))?;
                match encoding::utf_16(&mut content, order).map_err(unreadable).flatten() {
                    Ok(bytes) => self.documents(source, bytes.as_slice()),
                    Err(fault) => self.fail(source, fault),
                }
            }
            Err(fault) => self.fail(source, fault),
        }
    }

    fn documents(&mut self, source: &Source, content: impl BufRead) -> Result<(), E> {
        let mut splitter = Splitter::new(content);
        loop {
            let (chunks, more) = splitter.several();
            let piece = Piece { file: Arc::clone(&source.name), is_named: source.is_named, chunks };
            self.give(piece)?;
            match more {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => return self.fail(source, error.into()),
            }
        }
    }

    /// Lets a piece be parsed while what follows is read, as far ahead as memory allows.
    fn give(&mut self, piece: Piece) -> Result<(), E> {
        while self.ahead_bytes > AHEAD_BYTES {
            self.take()?;
        }
        let bytes = piece.chunks.iter().map(|chunk| chunk.bytes.len()).sum();
        self.ahead.push_back(bytes);
        self.ahead_bytes += bytes;
        self.turns.give(piece);
        Ok(())
    }

    /// Takes what the first piece held that is still to be taken; whether there was one.
    fn take(&mut self) -> Result<bool, E> {
        self.ahead_bytes -= self.ahead.pop_front().unwrap_or_default();
        let Some(Found { file, list, errors, notes, .. }) = self.turns.take() else { return Ok(false) };
        for one in list {
            match one {
                One::Object(made) => (self.sink)(made)?,
                One::Error(fault) => self.errors.push(fault.in_file(&file)),
                One::Note(fault) => self.notes.push(fault.in_file(&file)),
                One::Kustomization(kustomization) => self.kustomizations.push(kustomization),
                One::Chart(chart) => self.charts.push(chart),
            }
        }
        self.errors.add_dropped(errors.dropped);
        self.notes.add_dropped(notes.dropped);
        Ok(true)
    }

    /// Takes everything that was given: what is told next stands behind it.
    fn take_all(&mut self) -> Result<(), E> {
        while self.take()? {}
        Ok(())
    }

    fn fail(&mut self, source: &Source, fault: Fault) -> Result<(), E> {
        self.take_all()?;
        self.errors.push(fault.in_file(&source.name));
        Ok(())
    }

    fn note(&mut self, source: &Source, fault: Fault) -> Result<(), E> {
        self.take_all()?;
        self.notes.push(fault.in_file(&source.name));
        Ok(())
    }
}
