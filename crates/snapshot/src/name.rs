//! What clusters, snapshots, tables and audits may be called, since each becomes part of a path.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Folders and subtrees of a snapshot that are no tables.
pub(crate) const AUDITS: &str = "audits";
pub(crate) const DERIVED: &str = "derived";

/// Everything else is encoded: `/` and `:` of cloud contexts (`arn:aws:eks:…:cluster/shop`) above all.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// File systems allow 255 bytes for `cluster=<name>`.
const LONGEST_CLUSTER: usize = 240;

/// What a cluster is called in the store: any text that is not empty, percent-encoded in the folder's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ClusterName(String);

impl ClusterName {
    /// Checks that the name is not empty and fits into a folder's name.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = Self(name.into());
        match name.encoded().len() {
            1..=LONGEST_CLUSTER => Ok(name),
            _ => Err(Error::Name { what: "a cluster", name: name.0, expected: "1 to 240 bytes, encoded" }),
        }
    }

    /// The name as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder of the store that holds this cluster's snapshots.
    pub(crate) fn folder(&self) -> String {
        format!("cluster={}", self.encoded())
    }

    /// The cluster of a folder; none if it is no cluster's folder, or its name is encoded in another way.
    pub(crate) fn from_folder(folder: &str) -> Option<Self> {
        let encoded = folder.strip_prefix("cluster=")?;
        let name = percent_decode_str(encoded).decode_utf8().ok()?;
        Self::new(name).ok().filter(|name| name.encoded() == encoded)
    }

    fn encoded(&self) -> String {
        utf8_percent_encode(&self.0, ENCODED).to_string()
    }
}

impl fmt::Display for ClusterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<ClusterName> for String {
    fn from(name: ClusterName) -> Self {
        name.0
    }
}

impl TryFrom<String> for ClusterName {
    type Error = Error;

    fn try_from(name: String) -> Result<Self> {
        Self::new(name)
    }
}

/// A snapshot's id, `<yyyymmddThhmmssZ>-<random>`: the second its collection began, then nine hexadecimal
/// digits. The first five are the microseconds, so that ids sort by time even within one second.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct SnapshotId {
    text: String,
    started: Timestamp,
}

impl SnapshotId {
    /// An id for a snapshot begun at this time.
    pub(crate) fn new(started: Timestamp, random: u16) -> Result<Self> {
        let micros = started.subsec_microsecond();
        format!("{}-{micros:05x}{random:04x}", compact(started)).parse()
    }

    /// When the collection began, to the microsecond.
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn folder(&self) -> String {
        format!("snapshot={}", self.text)
    }

    pub(crate) fn from_folder(folder: &str) -> Option<Self> {
        folder.strip_prefix("snapshot=")?.parse().ok()
    }
}

/// `20261123T093415Z`: a time that is fit for a file's name.
pub(crate) fn compact(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}

impl FromStr for SnapshotId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parse = || {
            let (second, digits) = text.split_once('-')?;
            let is_hex = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
            if digits.len() != 9 || !digits.bytes().all(is_hex) {
                return None;
            }
            let second = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", second).ok()?;
            let second = second.to_zoned(TimeZone::UTC).ok()?.timestamp();
            let micros = i64::from_str_radix(&digits[..5], 16).ok().filter(|micros| *micros < 1_000_000)?;
            let started = Timestamp::from_microsecond(second.as_microsecond() + micros).ok()?;
            Some(Self { text: text.to_owned(), started }).filter(|_| text.starts_with(&compact(started)))
        };
        parse().ok_or_else(|| Error::Name {
            what: "a snapshot",
            name: text.to_owned(),
            expected: "a time and nine digits, as in 20261123T093415Z-00000a1b2",
        })
    }
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<SnapshotId> for String {
    fn from(id: SnapshotId) -> Self {
        id.text
    }
}

impl TryFrom<String> for SnapshotId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

/// The file of a table: `pods` is in `pods.parquet`, `objects/pods` in `objects/pods.parquet`.
pub(crate) fn table_file(table: &str) -> Result<String> {
    let (folder, name) = table.split_once('/').map_or((None, table), |(folder, name)| (Some(folder), name));
    let reserved = matches!(folder, Some(AUDITS | DERIVED));
    if reserved || !folder.is_none_or(is_plain) || !is_plain(name) {
        return Err(Error::Name {
            what: "a table",
            name: table.to_owned(),
            expected: "letters, digits, `-`, `_` and `.`, with at most one `/`, outside audits/ and derived/",
        });
    }
    Ok(format!("{table}.parquet"))
}

/// The table of a file, if the file can be a table's.
pub(crate) fn table_of(file: &str) -> Option<&str> {
    file.strip_suffix(".parquet").filter(|table| table_file(table).is_ok())
}

/// Whether this may be one segment of a path on every file system, and is not hidden.
pub(crate) fn is_plain(segment: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    (1..=200).contains(&segment.len()) && !segment.starts_with('.') && segment.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cluster_names_survive_their_folder() {
        for name in ["kind-lab", "arn:aws:eks:eu-west-1:1:cluster/shop", "..", "a b%2F", "größe", "a\0b"] {
            let name = ClusterName::new(name).unwrap();
            assert!(is_plain(&name.folder().replace(['=', '%'], "_")), "{}", name.folder());
            assert_eq!(ClusterName::from_folder(&name.folder()), Some(name));
        }
        for folder in ["cluster=", "cluster=a%2f", "cluster=%61", "cluster=%FF", "attempts"] {
            assert_eq!(ClusterName::from_folder(folder), None, "{folder}");
        }
        assert!(ClusterName::new("").is_err());
        assert!(ClusterName::new("é".repeat(41)).is_err());
    }

    #[test]
    fn ids_sort_by_time_and_keep_it() {
        let earlier: Timestamp = "2026-11-23T09:34:15.000007Z".parse().unwrap();
        let later: Timestamp = "2026-11-23T09:34:15.999999Z".parse().unwrap();
        let (earlier, later) =
            (SnapshotId::new(earlier, 0xffff).unwrap(), SnapshotId::new(later, 0).unwrap());
        assert_eq!(earlier.as_str(), "20261123T093415Z-00007ffff");
        assert_eq!(later.as_str(), "20261123T093415Z-f423f0000");
        assert!(earlier < later);
        assert_eq!(later.started().to_string(), "2026-11-23T09:34:15.999999Z");
        for text in ["", "20261123T093415Z", "20261123T093415Z-fffffffff", "20261123T093415Z-0000A0000"] {
            assert!(text.parse::<SnapshotId>().is_err(), "{text}");
        }
    }

    #[test]
    fn tables_stay_inside_the_snapshot() {
        for table in ["pods", "objects/pods", "objects/certificates.cert-manager.io", "a_b"] {
            let file = table_file(table).unwrap();
            assert_eq!(table_of(&file), Some(table));
        }
        for table in
            ["", "/pods", "objects/", "a/b/c", "../pods", "audits/x", "derived/x", ".pods", "a\\b", "ä"]
        {
            assert!(table_file(table).is_err(), "{table}");
        }
    }
}
