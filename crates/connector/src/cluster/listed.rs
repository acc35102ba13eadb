//! What there is to say about a list.

use assay_model::coverage::ReadStatus;

use super::place::Place;
use crate::{ingest::Outcome, kinds::ListedResource};

/// What there is to say about a list that was read, or not.
pub(super) struct Listed {
    pub(super) outcome: Outcome,
    /// Why it is not of the revision it was to be of.
    pub(super) strayed: Option<Strayed>,
    pub(super) notes: Vec<String>,
    /// Whether the server stopped answering.
    pub(super) is_cut_off: bool,
    /// Objects of which it can't be told which they are.
    pub(super) lost: u64,
}

/// Why a list is of another revision.
pub(super) enum Strayed {
    /// The server said that it does not have the revision, or has no list at one.
    Refused(String),
    /// The server did not heed it.
    Ignored(String),
}

impl Listed {
    pub(super) fn new(resource: &ListedResource, place: Place<'_>) -> Self {
        let mut outcome = Outcome::listed(resource);
        outcome.read.namespace = place.namespace();
        Self { outcome, strayed: None, notes: Vec::new(), is_cut_off: false, lost: 0 }
    }

    /// Says something to the snapshot's readers.
    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Says why there is no list, or no whole one.
    pub(super) fn fail(&mut self, status: ReadStatus, code: Option<u16>, message: String) {
        let read = &mut self.outcome.read;
        (read.status, read.http_code, read.message) = (status, code, Some(message));
    }

    /// A list without some of its objects is no whole one, unless the snapshot has at least what they are called.
    pub(super) fn admit_losses(&mut self) {
        self.outcome.unreadable += self.lost;
        if self.lost > 0 && self.outcome.read.status == ReadStatus::Listed {
            let message = format!("{} of its objects cannot be read, nor told which they are", self.lost);
            self.fail(ReadStatus::Failed, Some(200), message);
        }
    }
}
