//! What became of reading a resource: the difference between "there is none" and "we do not know".

use serde::{Deserialize, Serialize};

/// What became of reading one API resource (in one namespace, or in all).
///
/// The last three make whatever reads the resource unknown; [`NotServed`](Self::NotServed) does not,
/// because complete discovery proves that there can be no such object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReadStatus {
    /// Read to its end.
    Listed,
    /// Complete discovery lacks it: known to be empty.
    NotServed,
    /// Left out by configuration.
    Excluded,
    /// The API server refused (HTTP 401 or 403).
    Forbidden,
    /// The list broke off, or is served only in a version that cannot be read.
    Failed,
}

impl ReadStatus {
    /// Whether the objects that were stored are all there are.
    pub fn is_complete(self) -> bool {
        matches!(self, Self::Listed | Self::NotServed)
    }

    /// The word used in tables and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::NotServed => "notServed",
            Self::Excluded => "excluded",
            Self::Forbidden => "forbidden",
            Self::Failed => "failed",
        }
    }
}

impl std::str::FromStr for ReadStatus {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Listed, Self::NotServed, Self::Excluded, Self::Forbidden, Self::Failed]
            .into_iter()
            .find(|status| status.as_str() == word)
            .ok_or(())
    }
}
