//! What a piece of a file turned out to hold.

use std::sync::Arc;

use assay_model::json::Json;

use super::{
    build::Duplicate,
    chart::{self, Chart},
    encoding::{self, Text},
    hint, json,
    kustomization::{self, Kustomization},
    object::{self, Maker},
    positions::Positions,
    problem::Fault,
    read::{Document, MAX_NOTES},
    source,
    split::Chunk,
    tree::{Keys, Nodes, Tree},
    yaml,
};

/// Documents of a file that follow each other.
pub(super) struct Piece {
    /// The file's name.
    pub(super) file: Arc<str>,
    /// The user named it, rather than a folder that it is in.
    pub(super) is_named: bool,
    pub(super) chunks: Vec<Chunk>,
}

/// What a piece holds, in its order.
pub(super) struct Found<'f, T> {
    pub(super) file: Arc<str>,
    is_named: bool,
    make: &'f (dyn Fn(Document<'_>) -> T + Sync),
    pub(super) list: Vec<One<T>>,
    /// How many errors and notes there are, and how many of them are not in the list: of a list of millions each item
    /// may be one.
    pub(super) errors: Counted,
    pub(super) notes: Counted,
}

/// Problems of which the first ones are kept.
#[derive(Default)]
pub(super) struct Counted {
    all: usize,
    pub(super) dropped: usize,
}

impl Counted {
    /// Counts one more; whether it is kept.
    fn keeps(&mut self) -> bool {
        self.all += 1;
        let keeps = self.all <= MAX_NOTES;
        self.dropped += usize::from(!keeps);
        keeps
    }
}

/// One of the things that a piece holds.
pub(super) enum One<T> {
    /// What was made of an object.
    Object(T),
    Kustomization(Kustomization),
    Chart(Chart),
    Error(Fault),
    Note(Fault),
}

impl<'f, T> Found<'f, T> {
    /// Reads a piece, whose documents share the keys that their objects' positions have: most have the same ones.
    pub(super) fn read(piece: Piece, make: &'f (dyn Fn(Document<'_>) -> T + Sync)) -> Self {
        let Piece { file, is_named, chunks } = piece;
        let (errors, notes) = (Counted::default(), Counted::default());
        let mut found = Self { file, is_named, make, list: Vec::new(), errors, notes };
        let texts: Vec<_> = chunks.iter().map(|chunk| encoding::text(&chunk.bytes, chunk.first)).collect();
        let mut keys = Keys::default();
        let documents: Vec<_> =
            chunks.iter().zip(&texts).map(|(chunk, text)| documents(chunk, text, &mut keys)).collect();
        let names = keys.names();
        for (text, documents) in texts.iter().zip(documents) {
            if let Ok(Text { replaced: Some(at), .. }) = text {
                let message = "not UTF-8: what is not is read as U+FFFD, as kubectl does";
                found.tell(One::Note(Fault::at(*at, message)));
            }
            match documents {
                Ok(documents) => documents
                    .into_iter()
                    .for_each(|nodes| object::each(&Tree::new(nodes, &names), &mut found)),
                Err(fault) => found.tell(One::Error(fault)),
            }
        }
        found
    }

    fn tell(&mut self, problem: One<T>) {
        let counted = if matches!(problem, One::Note(_)) { &mut self.notes } else { &mut self.errors };
        if counted.keeps() {
            self.list.push(problem);
        }
    }
}

impl<T> object::Receiver for Found<'_, T> {
    fn object(&mut self, object: Json<'_>, positions: Positions) {
        let document = Document { file: Arc::clone(&self.file), object, positions };
        self.list.push(One::Object((self.make)(document)));
    }

    fn refused(&mut self, fault: Fault) {
        self.tell(One::Error(fault));
    }

    fn takes_bare_lists(&self) -> bool {
        !self.is_named
    }

    fn foreign(&mut self, fault: Fault) {
        self.tell(if self.is_named {
            One::Error(fault)
        } else {
            One::Note(Fault { message: format!("skipped: {}", fault.message), ..fault })
        });
    }

    fn maker(&mut self, value: &Json<'_>) -> Option<Maker> {
        let file = &self.file;
        if kustomization::says_so(value) || source::is_kustomization(file) {
            self.list.push(One::Kustomization(kustomization::read(value, file)));
            return Some(Maker::Kustomization);
        }
        self.list.push(One::Chart(chart::read(value, file)?));
        Some(Maker::Chart)
    }

    fn duplicate(&mut self, duplicate: Duplicate) {
        let message = format!("the key {:?} is set twice here: the last one counts", duplicate.key);
        self.tell(One::Note(Fault::at(duplicate.position, message)));
    }
}

/// The documents of a piece, or why its text has none.
fn documents<'t>(
    chunk: &Chunk,
    text: &'t Result<Text<'_>, Fault>,
    keys: &mut Keys,
) -> Result<Vec<Nodes<'t>>, Fault> {
    let text = &text.as_ref().map_err(Clone::clone)?.text;
    parse(text, chunk, keys).map_err(|fault| hint::explain(fault, text, chunk.first))
}

fn parse<'t>(text: &'t str, chunk: &Chunk, keys: &mut Keys) -> Result<Vec<Nodes<'t>>, Fault> {
    if !chunk.is_braced {
        return yaml::parse(text, chunk.first, keys);
    }
    json::parse(text, chunk.first, keys)
        .map(|nodes| vec![nodes])
        // A flow mapping of YAML starts as JSON does. If it is neither, it was meant as JSON.
        .or_else(|fault| yaml::parse(text, chunk.first, keys).map_err(|_| fault))
}
