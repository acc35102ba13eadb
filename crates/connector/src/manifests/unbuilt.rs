//! What other tools make of the manifests, and nobody has made yet: it is unknown.

use std::{collections::BTreeMap, sync::Arc};

use super::{charts, kustomized, origin::Origins, receive::Received};

/// Why nobody can say what an object is, by its index.
pub(super) type Unclear = BTreeMap<usize, String>;

/// What is unknown for the sake of kustomizations and charts.
#[derive(Default)]
pub(super) struct Unbuilt {
    /// Why nobody can say what an object is, by its index.
    pub(super) unclear: Unclear,
    /// Objects that are parts of others, and the file of the kustomization that says so.
    pub(super) parts: BTreeMap<usize, Arc<str>>,
    /// Why there may be more objects of any kind, by the file that says so.
    pub(super) incomplete: BTreeMap<Arc<str>, String>,
    /// Why there are more objects of a kind.
    pub(super) generated: BTreeMap<&'static str, String>,
}

impl Unbuilt {
    /// Looks at all that was read.
    pub(super) fn new(received: &Received, origins: &mut Origins) -> Self {
        let mut unbuilt = Self::default();
        kustomized::add(&mut unbuilt, received, origins);
        charts::add(&mut unbuilt, received, origins);
        unbuilt
    }
}
