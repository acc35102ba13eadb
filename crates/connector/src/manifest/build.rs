//! From a tree to JSON: aliases and merge keys followed, the last of equal keys kept. Texts and keys stay the tree's.

use std::{borrow::Cow, collections::HashSet};

use assay_model::json::Json;
use serde_json::Number;

use super::{
    number,
    positions::{Mark, Positions, key},
    problem::{Fault, Position},
    tree::{self, Content, MAX_DEPTH, Tree},
};

/// What aliases may add to one document, in bytes of memory as [`Budget::charge`] counts them.
///
/// About 400,000 nodes, which is where kubectl's YAML library refuses a document for excessive aliasing.
const ALIAS_BUDGET: usize = 32 << 20;

/// What a node counts, besides its text.
const NODE: usize = 64;

/// How many fields and items an object may have. An API server takes objects of a few MB, which can't have as many.
const MAX_FIELDS: usize = 1_000_000;

/// How many entries may be looked at for those that later ones with the same key replace.
const REPLACED_BUDGET: usize = 10_000_000;

/// Up to how many entries of a mapping looking at each is faster than hashing.
const FEW: usize = 32;

/// What building the objects of one document has used up.
#[derive(Debug, Default)]
pub(super) struct Budget {
    aliased: usize,
    replaced: usize,
}

/// An object, the positions of its fields, and the entries that stand in a mapping twice.
#[derive(Debug)]
pub(super) struct Built<'t> {
    pub(super) value: Json<'t>,
    pub(super) positions: Positions,
    pub(super) duplicates: Vec<Duplicate>,
}

/// An entry that replaces an earlier one with the same key.
#[derive(Debug)]
pub(super) struct Duplicate {
    pub(super) key: String,
    pub(super) position: Position,
}

impl Budget {
    /// Counts a node that an alias adds, and the text it has.
    pub(super) fn charge(&mut self, text: usize, at: Position) -> Result<(), Fault> {
        self.aliased += NODE + text;
        if self.aliased > ALIAS_BUDGET {
            return Err(Fault::at(at, "the aliases of this document expand to too much"));
        }
        Ok(())
    }
}

/// The value of a node to which so many aliases lead.
pub(super) fn build<'t>(
    tree: &'t Tree<'_>,
    node: u32,
    aliases: usize,
    budget: &mut Budget,
) -> Result<Built<'t>, Fault> {
    // Where no alias leads elsewhere, that is how many there will be.
    let written = tree.mark(node).next.saturating_sub(node) as usize;
    let mut build = Build {
        tree,
        budget,
        marks: Vec::with_capacity(written.min(MAX_FIELDS)),
        keys: Vec::new(),
        fields: Vec::new(),
        duplicates: Vec::new(),
        aliases,
        depth: 0,
    };
    let value = build.value(node, key::NONE)?;
    let positions = Positions::new(build.marks, tree.names.clone());
    Ok(Built { value, positions, duplicates: build.duplicates })
}

struct Build<'t, 'a, 'b> {
    tree: &'t Tree<'a>,
    budget: &'b mut Budget,
    marks: Vec<Mark>,
    /// The keys of the mappings that are being built, those of the innermost last.
    keys: Vec<u32>,
    /// Their entries so far, those that later ones replace among them.
    fields: Vec<(Cow<'t, str>, Json<'t>)>,
    duplicates: Vec<Duplicate>,
    /// How many aliases and merge keys lead here.
    aliases: usize,
    depth: usize,
}

/// A mapping that is being built.
struct Mapping {
    /// The mark of its first entry.
    first_mark: usize,
    /// Where its keys begin among all.
    first_key: usize,
    /// The keys again, once they are many.
    many: HashSet<u32>,
}

impl<'t> Build<'t, '_, '_> {
    fn value(&mut self, node: u32, key: u32) -> Result<Json<'t>, Fault> {
        let position = self.tree.mark(node).position;
        let mark = self.marks.len();
        if mark > MAX_FIELDS {
            return Err(Fault::at(
                position,
                format!("an object of more than {MAX_FIELDS} fields: no API server takes it"),
            ));
        }
        self.marks.push(Mark { position, key, next: 0 });
        let value = self.content(node, position)?;
        self.marks[mark].next = end(&self.marks);
        Ok(value)
    }

    fn content(&mut self, node: u32, at: Position) -> Result<Json<'t>, Fault> {
        let (target, content) = self.tree.resolve(node);
        self.aliases += usize::from(target != node);
        self.charge(if let Content::Text(text) = content { text.len() } else { 0 }, at)?;
        let value = match content {
            Content::List => self.nested(at, |build| build.list(target))?,
            Content::Map => self.nested(at, |build| build.map(target))?,
            content => scalar(content).map_err(|message| Fault::at(at, message))?,
        };
        self.aliases -= usize::from(target != node);
        Ok(value)
    }

    /// Aliases nest what the document does not: `a: &a [x]`, `b: &b [*a]`, and so on.
    fn nested<T>(
        &mut self,
        at: Position,
        build: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if self.depth >= MAX_DEPTH {
            return Err(tree::too_deep(at));
        }
        self.depth += 1;
        let value = build(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn list(&mut self, node: u32) -> Result<Json<'t>, Fault> {
        let tree = self.tree;
        let items = tree.children(node).map(|item| self.value(item, key::NONE));
        items.collect::<Result<_, _>>().map(Json::Array)
    }

    fn map(&mut self, node: u32) -> Result<Json<'t>, Fault> {
        let (first_mark, first_key, first_field) = (self.marks.len(), self.keys.len(), self.fields.len());
        let mut map = Mapping { first_mark, first_key, many: HashSet::new() };
        self.entries(node, &mut map)?;
        self.keys.truncate(first_key);
        // Of equal ones the last stays.
        Ok(Json::Object(self.fields.drain(first_field..).collect()))
    }

    fn entries(&mut self, node: u32, map: &mut Mapping) -> Result<(), Fault> {
        let tree = self.tree;
        for child in tree.children(node) {
            match tree.mark(child).key {
                key::MERGE => self.merge(child, map)?,
                key => self.entry(node, child, key, map)?,
            }
        }
        Ok(())
    }

    fn entry(&mut self, node: u32, child: u32, key: u32, map: &mut Mapping) -> Result<(), Fault> {
        let name = &*self.tree.names[key as usize];
        self.charge(name.len(), self.tree.mark(child).position)?;
        if self.is_repeated(key, map) {
            self.replace(child, key, map.first_mark)?;
            self.note_duplicate(node, child, key);
        }
        let mut value = self.value(child, key)?;
        if name == "managedFields" {
            leave_out_sets(&mut value);
        }
        self.fields.push((name.into(), value));
        Ok(())
    }

    /// Whether the mapping has had the key; it has from now on. A mapping of a million keys must not take the square.
    fn is_repeated(&mut self, key: u32, map: &mut Mapping) -> bool {
        let keys = &self.keys[map.first_key..];
        if keys.len() < FEW {
            let is_repeated = keys.contains(&key);
            self.keys.push(key);
            return is_repeated;
        }
        if map.many.is_empty() {
            map.many.extend(keys);
        }
        !map.many.insert(key)
    }

    /// Marks the entry that `child` replaces, so that a path leads to the one that counts.
    fn replace(&mut self, child: u32, key: u32, first: usize) -> Result<(), Fault> {
        let mut sibling = first;
        while let Some(mark) = self.marks.get_mut(sibling) {
            if mark.key == key {
                mark.key = key::REPLACED;
            }
            sibling = mark.next as usize;
            self.budget.replaced += 1;
        }
        if self.budget.replaced <= REPLACED_BUDGET {
            return Ok(());
        }
        Err(Fault::at(self.tree.mark(child).position, "too many keys of this document are set twice"))
    }

    /// To override a merged entry is what merge keys are for; to write an entry twice is a mistake.
    fn note_duplicate(&mut self, node: u32, child: u32, key: u32) {
        let tree = self.tree;
        let is_written_before = tree
            .children(node)
            .take_while(|sibling| *sibling < child)
            .any(|sibling| tree.mark(sibling).key == key);
        if is_written_before && self.aliases == 0 {
            let key = tree.names[key as usize].to_string();
            self.duplicates.push(Duplicate { key, position: tree.mark(child).position });
        }
    }

    /// What go-yaml v2 makes of `<<`: its entries replace what came before and are replaced by what comes after;
    /// in a list of mappings the first counts most.
    fn merge(&mut self, child: u32, map: &mut Mapping) -> Result<(), Fault> {
        let tree = self.tree;
        let (target, content) = tree.resolve(child);
        let sources: Vec<u32> = match content {
            Content::Map => vec![child],
            // An alias to a list of mappings is refused, as go-yaml does.
            Content::List if target == child => tree.children(child).collect(),
            _ => return Err(self.not_mergeable(child)),
        };
        for &source in sources.iter().rev() {
            let (target, content) = tree.resolve(source);
            if *content != Content::Map {
                return Err(self.not_mergeable(source));
            }
            self.aliases += 1;
            self.nested(tree.mark(source).position, |build| build.entries(target, map))?;
            self.aliases -= 1;
        }
        Ok(())
    }

    fn not_mergeable(&self, node: u32) -> Fault {
        Fault::at(self.tree.mark(node).position, "the merge key << takes a mapping or a list of mappings")
    }

    fn charge(&mut self, text: usize, at: Position) -> Result<(), Fault> {
        if self.aliases == 0 { Ok(()) } else { self.budget.charge(text, at) }
    }
}

/// What [`Json::parse`] leaves out: an object must read back as what it was.
fn leave_out_sets(managed: &mut Json<'_>) {
    if let Json::Array(entries) = managed {
        entries.iter_mut().filter_map(Json::as_object_mut).for_each(|entry| _ = entry.remove("fieldsV1"));
    }
}

fn end(marks: &[Mark]) -> u32 {
    // `MAX_FIELDS` makes sure of it.
    u32::try_from(marks.len()).unwrap_or(u32::MAX)
}

fn scalar<'t>(content: &'t Content<'_>) -> Result<Json<'t>, &'static str> {
    Ok(match content {
        Content::Bool(bool) => Json::Bool(*bool),
        Content::Int(int) => Json::Number((*int).into()),
        Content::Uint(uint) => Json::Number((*uint).into()),
        Content::Text(text) => Json::String(Cow::Borrowed(text)),
        Content::Float(float) => match number::normalized(*float) {
            Content::Int(int) => Json::Number(int.into()),
            Content::Uint(uint) => Json::Number(uint.into()),
            _ => Number::from_f64(*float).map(Json::Number).ok_or("JSON has no infinity and no NaN")?,
        },
        Content::Null | Content::List | Content::Map | Content::Alias(_) => Json::Null,
    })
}
