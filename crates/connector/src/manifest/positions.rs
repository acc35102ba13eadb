//! Where each field of an object stands in its file.

use std::sync::Arc;

use super::{
    path::{self, Step},
    problem::Position,
};

/// The keys of a document, each once; marks refer to them by index.
pub(super) type Names = Arc<[Arc<str>]>;

/// A node's place and its place in the tree. Marks stand in document order, so that a node's children follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) position: Position,
    /// Index of the key in [`Names`], or one of the constants of [`key`].
    pub(super) key: u32,
    /// Index of the mark after this node's last descendant.
    pub(super) next: u32,
}

/// Values of [`Mark::key`] that name no key.
pub(super) mod key {
    /// An element of a list, or the root.
    pub(in super::super) const NONE: u32 = u32::MAX;
    /// The merge key `<<`.
    pub(in super::super) const MERGE: u32 = u32::MAX - 1;
    /// An entry that a later one with the same key replaced.
    pub(in super::super) const REPLACED: u32 = u32::MAX - 2;
}

/// Where each field of an object stands in its file: 16 bytes a field.
///
/// A mapping's entry stands where its key does, an element of a list where its value does. What came through
/// an alias or a merge key stands where it is written.
#[derive(Clone, Debug)]
pub struct Positions {
    marks: Box<[Mark]>,
    names: Names,
}

impl Positions {
    pub(super) fn new(marks: Vec<Mark>, names: Names) -> Self {
        Self { marks: marks.into_boxed_slice(), names }
    }

    /// How many fields and items there are, the object itself among them.
    #[expect(clippy::len_without_is_empty, reason = "there always is the object itself")]
    pub fn len(&self) -> usize {
        self.marks.len()
    }

    /// The position of a field given in display form, such as `spec.containers[1].image` or
    /// `metadata.annotations["example.com/owner"]`; of its nearest ancestor where the field is not set.
    pub fn get(&self, path: &str) -> Position {
        self.at(&path::parse(path))
    }

    /// The position of a field, or of its nearest ancestor where the field is not set.
    pub fn at(&self, path: &[Step<'_>]) -> Position {
        let mut node = 0;
        for step in path {
            match self.child(node, step) {
                Some(child) => node = child,
                None => break,
            }
        }
        self.marks.get(node).map_or(Position::START, |mark| mark.position)
    }

    /// Calls `visit` with the path in display form and the position of every field, in the order of the file.
    pub fn each(&self, mut visit: impl FnMut(&str, Position)) {
        let mut path = String::new();
        self.visit_children(0, &mut path, &mut visit);
    }

    fn child(&self, node: usize, step: &Step<'_>) -> Option<usize> {
        match step {
            Step::Key(wanted) => {
                self.children(node).find(|(_, mark)| self.name(mark.key) == Some(wanted.as_ref()))
            }
            Step::Index(index) => self.children(node).filter(|(_, mark)| mark.key == key::NONE).nth(*index),
        }
        .map(|(child, _)| child)
    }

    fn children(&self, node: usize) -> impl Iterator<Item = (usize, Mark)> {
        let end = self.marks.get(node).map_or(0, |mark| mark.next as usize);
        let mut next = node + 1;
        std::iter::from_fn(move || {
            let child = next;
            let mark = *self.marks.get(child).filter(|_| child < end)?;
            next = mark.next as usize;
            Some((child, mark))
        })
    }

    fn name(&self, key: u32) -> Option<&str> {
        self.names.get(key as usize).map(AsRef::as_ref)
    }

    fn visit_children(&self, node: usize, path: &mut String, visit: &mut impl FnMut(&str, Position)) {
        let length = path.len();
        for (index, (child, mark)) in self.children(node).enumerate() {
            match self.name(mark.key) {
                Some(name) => path::push_key(path, name),
                None if mark.key == key::NONE => path::push_index(path, index),
                None => continue,
            }
            visit(path, mark.position);
            self.visit_children(child, path, visit);
            path.truncate(length);
        }
    }
}
