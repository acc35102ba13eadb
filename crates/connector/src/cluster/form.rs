//! In which form a list is asked for.

use super::{
    page::Item,
    protobuf::{self, Encoding},
};

/// The form of a list, while it is read.
pub(super) struct Form {
    /// How its objects are encoded as protobuf; none if they are asked for as JSON.
    encoding: Option<Encoding>,
    /// How many objects of the next page were taken before it turned out that not all can be read.
    taken: usize,
}

impl Form {
    /// The form for a kind. `is_pinned` says whether a page that is asked for again, as JSON, has the same objects.
    pub(super) fn new(api_version: &str, kind: &str, is_pinned: bool) -> Self {
        let encoding = if is_pinned { Encoding::of(api_version, kind) } else { None };
        Self { encoding, taken: 0 }
    }

    /// What to accept.
    pub(super) fn accept(&self) -> &'static str {
        self.encoding.map_or("application/json", |_| protobuf::ACCEPT)
    }

    /// How to read what comes.
    pub(super) fn encoding(&self) -> Option<Encoding> {
        self.encoding
    }

    /// Asks for JSON from now on, beginning with the page that did not do, of which some objects were taken. False if
    /// JSON was asked for already.
    pub(super) fn fall_back(&mut self, taken: usize) -> bool {
        self.taken += taken;
        self.encoding.take().is_some()
    }

    /// The objects of a page that have not been taken.
    pub(super) fn rest<'p, 'b>(&mut self, items: &'p [Item<'b>]) -> &'p [Item<'b>] {
        let passed = self.taken.min(items.len());
        self.taken -= passed;
        &items[passed..]
    }
}
