//! Inputs in, documents out.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Read},
    path::Path,
    sync::Arc,
};

use assay_model::json::Json;

use crate::cores::{FEW, side_by_side};

use super::{
    archive::{self, Member, Packing, Unzipped, Watch},
    bundle::{Bundles, Unread},
    chart::Chart,
    encoding::{self, Encoding, Text},
    folder::{self, Except},
    found::{Found, One},
    hint, json,
    kustomization::Kustomization,
    object,
    positions::Positions,
    problem::{Fault, Position, Problems},
    source::{self, Input, Source, SourceFile},
    split::{Chunk, SplitError, Splitter},
    tree::Tree,
    yaml,
};

/// How many notes are told before the rest are counted.
pub(super) const MAX_NOTES: usize = 200;

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
/// sorted by the bytes of their paths. Documents of one file are parsed, and their objects made, side by side.
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
    let mut reader = Reader {
        except,
        make,
        sink,
        files: Vec::new(),
        notes: Problems::with_limit(MAX_NOTES),
        errors: Problems::of_errors(),
        bundles: Bundles::default(),
        is_kustomized: false,
        kustomizations: Vec::new(),
        charts: Vec::new(),
        fitting: BTreeSet::new(),
    };
    for input in inputs {
        reader.input(input).map_err(ReadError::Sink)?;
    }
    let is_unfit = |pattern: &&String| !reader.fitting.contains(*pattern);
    let unfit = except.patterns.iter().filter(is_unfit).cloned().collect();
    let sources = Sources {
        files: reader.files,
        notes: reader.notes,
        unread: reader.bundles.unread(),
        is_kustomized: reader.is_kustomized,
        kustomizations: reader.kustomizations,
        charts: reader.charts,
        unfit,
    };
    if reader.errors.is_empty() {
        Ok(sources)
    } else {
        Err(ReadError::Manifests { errors: reader.errors, sources: Box::new(sources) })
    }
}

struct Reader<'s, T, E> {
    except: Except<'s>,
    make: &'s (dyn Fn(Document<'_>) -> T + Sync),
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

impl<T: Send, E> Reader<'_, T, E> {
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
            let told = if is_empty { &mut self.errors } else { &mut self.notes };
            told.push(note.in_file(&source.name));
        }
        for (source, fault) in folder.unreadable {
            self.errors.push(fault.in_file(&source.name));
        }
        if is_empty {
            let fault = Fault::of_file("no *.yaml, *.yml or *.json file in this folder");
            self.errors.push(fault.in_file(&Source::file(path, true).name));
        }
        folder.files.iter().try_for_each(|source| self.source(source))
    }

    fn source(&mut self, source: &Source) -> Result<(), E> {
        self.is_kustomized |= source::is_kustomization(&source.name);
        let mut content = match source.open() {
            Ok(content) => content,
            Err(fault) => {
                self.errors.push(fault.in_file(&source.name));
                return Ok(());
            }
        };
        self.content(source, &mut content)?;
        match source.finish(content) {
            Ok(file) => self.files.push(file),
            Err(fault) => self.errors.push(fault.in_file(&source.name)),
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
                // What follows in a broken archive can't be found; a file that was cut off has been told.
                Err(_) if self.errors.count() > before => return Ok(()),
                Err(error) => return self.fail(source, source::unreadable(&error)),
            }
        }
        // The checksum of what is compressed stands behind the archive's end.
        match watch.end(&mut archive.into_inner()) {
            Err(error) if self.errors.count() == before => {
                return self.fail(source, source::unreadable(&error));
            }
            Err(_) => return Ok(()),
            Ok(()) => {}
        }
        for (path, pattern) in left_out {
            // Where nothing is left, what is left out is why.
            let told = if found == 0 { &mut self.errors } else { &mut self.notes };
            told.push(folder::left_out(&pattern).in_file(&source.member(&path).name));
        }
        if found == 0 {
            return self.fail(source, Fault::of_file("no *.yaml, *.yml or *.json file in this archive"));
        }
        Ok(())
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
                self.notes.push(note.in_file(&source.member(&path).name));
            }
            Member::Packed(path) => {
                let note = Fault::of_file(
                    "skipped: packed within an archive; unpack the archive and name it itself",
                );
                self.notes.push(note.in_file(&source.member(&path).name));
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

    fn fail(&mut self, source: &Source, fault: Fault) -> Result<(), E> {
        self.errors.push(fault.in_file(&source.name));
        Ok(())
    }

    fn text(&mut self, source: &Source, content: &mut dyn BufRead) -> Result<(), E> {
        if !source.is_named && self.bundles.take(&source.name, content) {
            return Ok(());
        }
        match self.decode(source, content) {
            Ok(Decoded::InPlace) => self.documents(source, content),
            Ok(Decoded::Whole(bytes)) => self.documents(source, bytes.as_slice()),
            Err(fault) => self.fail(source, fault),
        }
    }

    fn decode(&mut self, source: &Source, mut content: &mut dyn BufRead) -> Result<Decoded, Fault> {
        let unreadable = |error| source::unreadable(&error);
        match encoding::detect(content.fill_buf().map_err(unreadable)?)? {
            Encoding::Utf8 { byte_order_mark } => {
                content.consume(byte_order_mark);
                Ok(Decoded::InPlace)
            }
            Encoding::Utf16(order) => {
                let note = Fault::of_file("UTF-16: read, but few tools do so; save it as UTF-8");
                self.notes.push(note.in_file(&source.name));
                encoding::utf_16(&mut content, order).map_err(unreadable)?.map(Decoded::Whole)
            }
        }
    }

    fn documents(&mut self, source: &Source, content: impl BufRead) -> Result<(), E> {
        let mut splitter = Splitter::new(content);
        let mut file = File { source, reader: self };
        loop {
            let (chunks, more) = splitter.several();
            file.chunks(chunks)?;
            match more {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(SplitError::Io(error)) => return file.fail(source::unreadable(&error)),
                Err(SplitError::Fault(fault)) => return file.fail(fault),
            }
        }
    }
}

enum Decoded {
    /// The stream is UTF-8 as it is.
    InPlace,
    Whole(Vec<u8>),
}

/// What is being read, and who is told.
struct File<'f, 's, T, E> {
    source: &'f Source,
    reader: &'f mut Reader<'s, T, E>,
}

impl<T: Send, E> File<'_, '_, T, E> {
    /// Reads documents, side by side.
    fn chunks(&mut self, chunks: Vec<Chunk>) -> Result<(), E> {
        let decoded = |chunk: Chunk| (chunk.is_braced, chunk.first, encoding::text(chunk.bytes, chunk.first));
        let texts: Vec<_> = chunks.into_iter().map(decoded).collect();
        let (source, make) = (self.source, self.reader.make);
        let found = side_by_side(&texts, FEW, |(is_braced, first, text)| {
            let text = text.as_ref().map_err(Clone::clone)?;
            let trees = parse(&text.text, *first, *is_braced)?;
            let mut found = Found::new(source, make);
            trees.iter().for_each(|tree| object::each(tree, &mut found));
            Ok((found.list, (found.errors.dropped, found.notes.dropped)))
        });
        for ((_, first, text), found) in texts.iter().zip(found) {
            if let Ok(Text { replaced: Some(at), .. }) = text {
                self.note(Fault::at(*at, "not UTF-8: what is not is read as U+FFFD, as kubectl does"));
            }
            match (found, text) {
                (Ok((found, (errors, notes))), _) => {
                    found.into_iter().try_for_each(|one| self.one(one))?;
                    self.reader.errors.add_dropped(errors);
                    self.reader.notes.add_dropped(notes);
                }
                (Err(fault), Ok(text)) => self.fail(hint::explain(fault, &text.text, *first))?,
                (Err(fault), Err(_)) => self.fail(fault)?,
            }
        }
        Ok(())
    }

    fn one(&mut self, one: One<T>) -> Result<(), E> {
        match one {
            One::Object(made) => (self.reader.sink)(made),
            One::Error(fault) => self.fail(fault),
            One::Kustomization(kustomization) => {
                self.reader.kustomizations.push(kustomization);
                Ok(())
            }
            One::Chart(chart) => {
                self.reader.charts.push(chart);
                Ok(())
            }
            One::Note(fault) => {
                self.note(fault);
                Ok(())
            }
        }
    }

    fn fail(&mut self, fault: Fault) -> Result<(), E> {
        self.reader.errors.push(fault.in_file(&self.source.name));
        Ok(())
    }

    fn note(&mut self, fault: Fault) {
        self.reader.notes.push(fault.in_file(&self.source.name));
    }
}

/// The documents of a piece.
fn parse(text: &str, first: Position, is_braced: bool) -> Result<Vec<Tree<'_>>, Fault> {
    if is_braced {
        json::parse(text, first)
            .map(|tree| vec![tree])
            // A flow mapping of YAML starts as JSON does. If it is neither, it was meant as JSON.
            .or_else(|fault| yaml::parse(text, first).map_err(|_| fault))
    } else {
        yaml::parse(text, first)
    }
}
