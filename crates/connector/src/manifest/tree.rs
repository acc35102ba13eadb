//! A document as it is written: nodes in document order with their positions, aliases not yet followed.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use ahash::RandomState;

use super::{
    positions::{Mark, Names, key},
    problem::{Fault, Position},
};

/// How deep lists and mappings may nest. Real objects stay under 50; JSON readers downstream stop at 128.
pub(super) const MAX_DEPTH: usize = 100;

/// How many fields and items a document may have: they take 2.5 GiB. A list of 50,000 pods has half as many.
const MAX_NODES: usize = 1 << 26;

/// How many different keys: they take 1 GB.
const MAX_KEYS: usize = 5_000_000;

/// The fault of what nests deeper.
pub(super) fn too_deep(at: Position) -> Fault {
    Fault::at(at, format!("nested deeper than {MAX_DEPTH} levels"))
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer beyond `i64`.
    Uint(u64),
    Float(f64),
    Text(Cow<'a, str>),
    List,
    Map,
    /// What another node holds.
    Alias(u32),
}

/// The nodes of a document.
#[derive(Debug)]
pub(super) struct Nodes<'a> {
    marks: Vec<Mark>,
    contents: Vec<Content<'a>>,
}

impl<'a> Nodes<'a> {
    /// The root's content.
    pub(super) fn root(&self) -> Option<&Content<'a>> {
        self.contents.first()
    }
}

/// The keys of documents, each once.
#[derive(Default)]
pub(super) struct Keys {
    names: Vec<Arc<str>>,
    index: HashMap<Arc<str>, u32, RandomState>,
    /// How many there were before this document.
    before: usize,
}

impl Keys {
    /// Those that come next are another document's.
    pub(super) fn begin_document(&mut self) {
        self.before = self.names.len();
    }

    /// The number of a key.
    pub(super) fn number(&mut self, name: &str, at: Position) -> Result<u32, Fault> {
        if let Some(&known) = self.index.get(name) {
            return Ok(known);
        }
        let new = number(self.names.len(), self.before + MAX_KEYS, "different keys", at)?;
        let name: Arc<str> = name.into();
        self.names.push(Arc::clone(&name));
        self.index.insert(name, new);
        Ok(new)
    }

    /// The keys by their numbers.
    pub(super) fn names(self) -> Names {
        self.names.into()
    }
}

/// A document.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    marks: Vec<Mark>,
    contents: Vec<Content<'a>>,
    /// Its keys, by the numbers that its marks have, among those of other documents.
    pub(super) names: Names,
}

impl<'a> Tree<'a> {
    pub(super) const ROOT: u32 = 0;

    /// The document of these nodes.
    pub(super) fn new(nodes: Nodes<'a>, names: &Names) -> Self {
        Self { marks: nodes.marks, contents: nodes.contents, names: Arc::clone(names) }
    }

    pub(super) fn mark(&self, node: u32) -> Mark {
        self.marks[node as usize]
    }

    /// What the node holds, aliases followed. An alias never refers to an alias: see [`TreeBuilder::alias`].
    pub(super) fn resolve(&self, node: u32) -> (u32, &Content<'a>) {
        match &self.contents[node as usize] {
            Content::Alias(target) => (*target, &self.contents[*target as usize]),
            content => (node, content),
        }
    }

    pub(super) fn children(&self, node: u32) -> impl Iterator<Item = u32> {
        let end = self.mark(node).next;
        let first = Some(node + 1).filter(|&child| child < end);
        std::iter::successors(first, move |&child| Some(self.mark(child).next).filter(|&next| next < end))
    }
}

/// Makes [`Nodes`] out of a parser's events.
#[derive(Default)]
pub(super) struct TreeBuilder<'a> {
    marks: Vec<Mark>,
    contents: Vec<Content<'a>>,
    open: Vec<Open>,
}

/// A list or mapping whose end is yet to come.
struct Open {
    node: u32,
    /// In a mapping, the key whose value comes next.
    key: Option<(u32, Position)>,
    is_map: bool,
}

impl<'a> TreeBuilder<'a> {
    /// Whether a mapping is open whose next event is a key.
    pub(super) fn expects_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_map && open.key.is_none())
    }

    /// Whether the innermost open node is a mapping; `None` where none is open.
    pub(super) fn in_map(&self) -> Option<bool> {
        self.open.last().map(|open| open.is_map)
    }

    /// The next entry's key, by its number or as one of the constants of [`key`].
    pub(super) fn key(&mut self, key: u32, at: Position) {
        if let Some(open) = self.open.last_mut() {
            open.key = Some((key, at));
        }
    }

    pub(super) fn scalar(&mut self, content: Content<'a>, at: Position) -> Result<u32, Fault> {
        let node = self.add(content, at)?;
        self.close(node);
        Ok(node)
    }

    pub(super) fn begin_list(&mut self, at: Position) -> Result<u32, Fault> {
        self.begin(Content::List, at)
    }

    pub(super) fn begin_map(&mut self, at: Position) -> Result<u32, Fault> {
        self.begin(Content::Map, at)
    }

    pub(super) fn end(&mut self) {
        if let Some(open) = self.open.pop() {
            self.close(open.node);
        }
    }

    /// A node that holds what `target` does.
    pub(super) fn alias(&mut self, target: u32, at: Position) -> Result<u32, Fault> {
        if self.open.iter().any(|open| open.node == target) {
            return Err(Fault::at(at, "this alias is inside of what its anchor names: it would never end"));
        }
        let target = match self.contents[target as usize] {
            Content::Alias(further) => further,
            _ => target,
        };
        self.scalar(Content::Alias(target), at)
    }

    pub(super) fn content(&self, node: u32) -> &Content<'a> {
        &self.contents[node as usize]
    }

    pub(super) fn finish(self) -> Nodes<'a> {
        Nodes { marks: self.marks, contents: self.contents }
    }

    fn begin(&mut self, content: Content<'a>, at: Position) -> Result<u32, Fault> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        let is_map = content == Content::Map;
        let node = self.add(content, at)?;
        self.open.push(Open { node, key: None, is_map });
        Ok(node)
    }

    fn add(&mut self, content: Content<'a>, at: Position) -> Result<u32, Fault> {
        let node = number(self.marks.len(), MAX_NODES, "fields", at)?;
        let (key, position) =
            self.open.last_mut().and_then(|open| open.key.take()).unwrap_or((key::NONE, at));
        self.marks.push(Mark { position, key, next: 0 });
        self.contents.push(content);
        Ok(node)
    }

    fn close(&mut self, node: u32) {
        // `add` made sure that the number of marks fits, up to the one that this index may name.
        self.marks[node as usize].next = u32::try_from(self.marks.len()).unwrap_or(u32::MAX);
    }
}

/// The number of the next one of so many, of which there may be no more than `most`.
fn number(before: usize, most: usize, what: &str, at: Position) -> Result<u32, Fault> {
    let number = u32::try_from(before).ok().filter(|_| before < most);
    number.ok_or_else(|| {
        Fault::at(at, format!("this document has more than {most} {what}: split it at `---` lines"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_counted_by_document() {
        let mut keys = Keys { before: 5, ..Keys::default() };
        let mut number = |name| keys.number(name, Position::START).unwrap();
        assert_eq!([number("a"), number("b"), number("a")], [0, 1, 0]);
        keys.begin_document();
        assert_eq!((keys.before, keys.number("b", Position::START), keys.names().len()), (2, Ok(1), 2));
    }

    #[test]
    fn what_a_document_may_have_fits_into_memory_and_into_numbers() {
        let bytes = MAX_NODES * (size_of::<Mark>() + size_of::<Content<'_>>());
        assert!(bytes <= 5 << 29, "{bytes}");
        assert!(MAX_KEYS < key::REPLACED as usize);
        let told =
            |before| number(before, MAX_NODES, "fields", Position::START).map_err(|fault| fault.message);
        assert_eq!(told(MAX_NODES - 1), Ok(67_108_863));
        let message = "this document has more than 67108864 fields: split it at `---` lines";
        assert_eq!(told(MAX_NODES), Err(message.to_owned()));
    }
}
