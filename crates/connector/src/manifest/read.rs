//! Inputs in, documents out.

use std::{io::BufRead, path::Path, sync::Arc};

use serde_json::Value;

use super::{
    build::Duplicate,
    encoding::{self, Encoding, Text},
    folder, hint, json, object,
    positions::Positions,
    problem::{Fault, Problems},
    source::{self, Input, Source, SourceFile},
    split::{Chunk, SplitError, Splitter},
    tree::Tree,
    yaml,
};

/// How many errors are told before the rest are counted.
const MAX_ERRORS: usize = 20;

/// How many notes are told before the rest are counted.
const MAX_NOTES: usize = 200;

/// An object of a manifest.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file, as [`SourceFile::path`] names it.
    pub file: Arc<str>,
    /// The object, with `apiVersion`, `kind` and a `metadata` whose standard fields have their types.
    pub object: Value,
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
        sources: Sources,
    },
    /// The receiver of the documents gave up.
    #[error("{0}")]
    Sink(E),
}

/// Reads manifests and hands each object to `sink`, in the order of the inputs; a folder's files sorted by the bytes
/// of their paths.
///
/// # Errors
/// All errors of all inputs at once, in full up to a limit; or the first error of `sink`, at once.
pub fn read<E>(
    inputs: &[Input],
    sink: &mut dyn FnMut(Document) -> Result<(), E>,
) -> Result<Sources, ReadError<E>> {
    let mut reader = Reader {
        sink,
        files: Vec::new(),
        notes: Problems::with_limit(MAX_NOTES),
        errors: Problems::with_limit(MAX_ERRORS),
    };
    for input in inputs {
        reader.input(input).map_err(ReadError::Sink)?;
    }
    let sources = Sources { files: reader.files, notes: reader.notes };
    if reader.errors.is_empty() {
        Ok(sources)
    } else {
        Err(ReadError::Manifests { errors: reader.errors, sources })
    }
}

struct Reader<'s, E> {
    sink: &'s mut dyn FnMut(Document) -> Result<(), E>,
    files: Vec<SourceFile>,
    notes: Problems,
    errors: Problems,
}

impl<E> Reader<'_, E> {
    fn input(&mut self, input: &Input) -> Result<(), E> {
        match input {
            Input::Stdin => self.source(&Source::stdin()),
            Input::Path(path) if path.is_dir() => self.folder(path),
            Input::Path(path) => self.source(&Source::file(path, true)),
        }
    }

    fn folder(&mut self, path: &Path) -> Result<(), E> {
        let folder = folder::list(path);
        for (source, note) in folder.skipped {
            self.notes.push(note.in_file(&source.name));
        }
        let is_empty = folder.files.is_empty() && folder.unreadable.is_empty();
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

    fn content(&mut self, source: &Source, content: &mut impl BufRead) -> Result<(), E> {
        match self.decode(source, content) {
            Ok(Decoded::InPlace) => self.documents(source, content),
            Ok(Decoded::Whole(bytes)) => self.documents(source, bytes.as_slice()),
            Err(fault) => {
                self.errors.push(fault.in_file(&source.name));
                Ok(())
            }
        }
    }

    fn decode(&mut self, source: &Source, content: &mut impl BufRead) -> Result<Decoded, Fault> {
        let unreadable = |error| source::unreadable(&error);
        match encoding::detect(content.fill_buf().map_err(unreadable)?)? {
            Encoding::Utf8 { byte_order_mark } => {
                content.consume(byte_order_mark);
                Ok(Decoded::InPlace)
            }
            Encoding::Utf16(order) => {
                let note = Fault::of_file("UTF-16: read, but few tools do so; save it as UTF-8");
                self.notes.push(note.in_file(&source.name));
                encoding::utf_16(content, order).map_err(unreadable)?.map(Decoded::Whole)
            }
        }
    }

    fn documents(&mut self, source: &Source, content: impl BufRead) -> Result<(), E> {
        let mut splitter = Splitter::new(content);
        let mut file = File { source, reader: self };
        loop {
            match splitter.next() {
                Ok(Some(chunk)) => file.chunk(chunk)?,
                Ok(None) => return Ok(()),
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
struct File<'f, 's, E> {
    source: &'f Source,
    reader: &'f mut Reader<'s, E>,
}

impl<E> File<'_, '_, E> {
    fn chunk(&mut self, chunk: Chunk) -> Result<(), E> {
        let Text { text, replaced } = match encoding::text(chunk.bytes, chunk.first) {
            Ok(text) => text,
            Err(fault) => return self.fail(fault),
        };
        if let Some(at) = replaced {
            self.note(Fault::at(at, "not UTF-8: what is not is read as U+FFFD, as kubectl does"));
        }
        let parsed = if chunk.is_braced {
            json::parse(&text, chunk.first)
                .map(|tree| vec![tree])
                // A flow mapping of YAML starts as JSON does. If it is neither, it was meant as JSON.
                .or_else(|fault| yaml::parse(&text, chunk.first).map_err(|_| fault))
        } else {
            yaml::parse(&text, chunk.first)
        };
        match parsed {
            Ok(trees) => trees.iter().try_for_each(|tree: &Tree<'_>| object::each(tree, self)),
            Err(fault) => self.fail(hint::explain(fault, &text, chunk.first)),
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

impl<E> object::Receiver<E> for File<'_, '_, E> {
    fn object(&mut self, object: Value, positions: Positions) -> Result<(), E> {
        (self.reader.sink)(Document { file: Arc::clone(&self.source.name), object, positions })
    }

    fn refused(&mut self, fault: Fault) {
        self.reader.errors.push(fault.in_file(&self.source.name));
    }

    fn foreign(&mut self, fault: Fault) {
        if self.source.is_named {
            return object::Receiver::<E>::refused(self, fault);
        }
        self.note(Fault { message: format!("skipped: {}", fault.message), ..fault });
    }

    fn duplicate(&mut self, duplicate: Duplicate) {
        let message = format!("the key {:?} is set twice here: the last one counts", duplicate.key);
        self.note(Fault::at(duplicate.position, message));
    }
}
