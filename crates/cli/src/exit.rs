//! Exit codes: what a script or a scheduler goes by.

use std::process::ExitCode;

use assay_audit::gate::Verdict;

/// How a command ended. Findings decide, never the format of a report; without a gate, a completed audit is a
/// success, since a Kubernetes Job repeats whatever fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Completed, and what was asked for holds.
    Success = 0,
    /// Completed, and the gate failed, or the controls' own examples or lints did.
    Failed = 1,
    /// Could not complete: bad input, or something is out of reach.
    Incomplete = 2,
    /// Completed, but the gate depends on what could not be examined.
    Undecided = 3,
}

impl Exit {
    /// Success if it holds.
    pub(crate) fn from_success(holds: bool) -> Self {
        if holds { Self::Success } else { Self::Failed }
    }
}

impl From<&Verdict> for Exit {
    fn from(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Passed => Self::Success,
            Verdict::Failed { .. } => Self::Failed,
            Verdict::Undecided { .. } => Self::Undecided,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
