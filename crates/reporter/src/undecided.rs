//! What could not be decided, by what could not be read.

use std::collections::BTreeSet;

use assay_audit::Audit;
use assay_audit::audit::UnknownResult;

/// What is unknown for one reason.
#[derive(Default)]
pub(crate) struct Undecided<'a> {
    pub(crate) cases: u64,
    pub(crate) controls: BTreeSet<&'a str>,
}

impl<'a> Undecided<'a> {
    /// Of each gap of the audit. One pass over all that is unknown: each may name a thousand gaps.
    pub(crate) fn by_gap(audit: &'a Audit) -> Vec<Self> {
        let mut all: Vec<Self> = audit.gaps.iter().map(|_| Self::default()).collect();
        for unknown in &audit.unknowns {
            for gap in &unknown.gaps {
                if let Some(of_gap) = all.get_mut(*gap) {
                    of_gap.add(unknown);
                }
            }
        }
        all
    }

    /// What no gap is named for.
    pub(crate) fn unexplained(audit: &'a Audit) -> Self {
        let mut unexplained = Self::default();
        audit.unknowns.iter().filter(|unknown| unknown.gaps.is_empty()).for_each(|one| unexplained.add(one));
        unexplained
    }

    fn add(&mut self, unknown: &'a UnknownResult) {
        self.cases += 1;
        self.controls.insert(&unknown.control);
    }
}
