//! What a piece of a file turned out to hold.

use std::sync::Arc;

use assay_model::json::Json;

use super::{
    build::Duplicate,
    chart::{self, Chart},
    kustomization::{self, Kustomization},
    object::{self, Maker},
    positions::Positions,
    problem::Fault,
    read::{Document, MAX_NOTES},
    source::{self, Source},
};

/// What a piece holds, in its order.
pub(super) struct Found<'f, T> {
    source: &'f Source,
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
    pub(super) fn new(source: &'f Source, make: &'f (dyn Fn(Document<'_>) -> T + Sync)) -> Self {
        Self { source, make, list: Vec::new(), errors: Counted::default(), notes: Counted::default() }
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
        let document = Document { file: Arc::clone(&self.source.name), object, positions };
        self.list.push(One::Object((self.make)(document)));
    }

    fn refused(&mut self, fault: Fault) {
        self.tell(One::Error(fault));
    }

    fn takes_bare_lists(&self) -> bool {
        !self.source.is_named
    }

    fn foreign(&mut self, fault: Fault) {
        self.tell(if self.source.is_named {
            One::Error(fault)
        } else {
            One::Note(Fault { message: format!("skipped: {}", fault.message), ..fault })
        });
    }

    fn maker(&mut self, value: &Json<'_>) -> Option<Maker> {
        let name = &self.source.name;
        if kustomization::says_so(value) || source::is_kustomization(name) {
            self.list.push(One::Kustomization(kustomization::read(value, name)));
            return Some(Maker::Kustomization);
        }
        self.list.push(One::Chart(chart::read(value, name)?));
        Some(Maker::Chart)
    }

    fn duplicate(&mut self, duplicate: Duplicate) {
        let message = format!("the key {:?} is set twice here: the last one counts", duplicate.key);
        self.tell(One::Note(Fault::at(duplicate.position, message)));
    }
}
