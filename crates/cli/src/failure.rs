//! Why a command could not complete: what went wrong, where, and what to do next.

use std::error::Error;
use std::fmt;

use assay_connector::CollectError;

use crate::diagnostics::Located;

/// What to do where manifests hold nothing.
const NOTHING_HELP: &str = "see whether what writes the manifests succeeded; a chart is rendered first: \
                            `helm template ./chart | assay audit -`";

/// What to do where manifests are not there.
const ABSENT_HELP: &str = "see whether it is spelt so, from the folder you are in; `-` is the standard input";

/// Why a command could not complete.
#[derive(Debug)]
pub(crate) enum Failure {
    /// One thing, with advice where there is some.
    Plain {
        /// What went wrong, and where.
        message: String,
        /// What to do next.
        help: Option<String>,
    },
    /// Things at places of files that may be quoted.
    Located(Vec<Located>),
    /// Things at places of files that may hold secrets: each names its place, and none is quoted.
    Lines {
        /// What they have in common.
        message: String,
        /// Each with its place.
        lines: Vec<String>,
        /// What to do next.
        help: Option<String>,
    },
}

impl Failure {
    /// A failure that explains itself.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::Plain { message: message.into(), help: None }
    }

    /// A failure with advice.
    pub(crate) fn with_help(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Plain { message: message.into(), help: Some(help.into()) }
    }

    /// The failure with advice, if it has none of its own.
    pub(crate) fn advise(self, advice: &str) -> Self {
        match self {
            Self::Plain { message, help: None } => Self::with_help(message, advice),
            other => other,
        }
    }

    /// An error with everything that caused it.
    pub(crate) fn of(error: &dyn Error) -> Self {
        Self::new(chain(error))
    }
}

/// The error and what caused it, in one line; a cause that its error quotes already is not said twice.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !message.contains(&text) {
            message += &format!(": {text}");
        }
        source = cause.source();
    }
    message
}

impl From<assay_snapshot::Error> for Failure {
    fn from(error: assay_snapshot::Error) -> Self {
        Self::of(&error)
    }
}

impl From<assay_controls::Problems> for Failure {
    fn from(problems: assay_controls::Problems) -> Self {
        Self::Located(problems.0.into_iter().map(Located::from).collect())
    }
}

impl From<CollectError> for Failure {
    fn from(error: CollectError) -> Self {
        let problems = match error {
            CollectError::Manifests(problems) => problems,
            CollectError::Absent(_) => return Self::of(&error).advise(ABSENT_HELP),
            CollectError::Nothing(_) => return Self::of(&error).advise(NOTHING_HELP),
            error => return Self::of(&error),
        };
        let mut lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        if problems.dropped() > 0 {
            lines.push(format!("and {} more", problems.dropped()));
        }
        Self::Lines {
            message: "these manifests cannot be read".to_owned(),
            lines,
            help: Some(
                "correct them, leave them out of their folder with `--exclude`, or go on with `--keep-going`"
                    .to_owned(),
            ),
        }
    }
}

/// An error that only a mistake of ours can cause.
pub(crate) fn internal(error: impl fmt::Display) -> Failure {
    Failure::with_help(format!("internal error: {error}"), "please report it, with the command you ran")
}
