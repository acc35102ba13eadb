//! The revision that all lists are read at.

use serde_json::Value;

use super::api::{Api, NoAnswer};
use crate::error::CollectError;

/// A revision of the cluster's store.
pub(super) struct Revision {
    /// As the server writes it.
    pub(super) text: String,
    /// A list that tells the store's revision.
    probe: String,
}

impl Revision {
    /// The present revision, from the first of these lists that we may read; none if there is no such.
    pub(super) async fn now(
        api: &Api<'_>,
        lists: impl Iterator<Item = String>,
    ) -> Result<Option<Self>, NoAnswer> {
        for probe in lists {
            if let Some(text) = revision_of(api, &probe).await? {
                return Ok(Some(Self { text, probe }));
            }
        }
        Ok(None)
    }

    /// The revision of this number, if the cluster has come to it; this one is the present.
    pub(super) fn earlier(self, wanted: &str) -> Result<Self, CollectError> {
        let reached =
            matches!((number(wanted), number(&self.text)), (Some(w), Some(own)) if w <= own && w > 0);
        if !reached {
            let message = format!(
                "there is no revision {wanted}: the cluster has come to {}; a revision is the resourceVersion of a \
                 list, and stays readable for some minutes",
                printable(&self.text)
            );
            return Err(CollectError::Request(message));
        }
        Ok(Self { text: wanted.to_owned(), probe: self.probe })
    }

    #[cfg(test)]
    pub(super) fn at(text: &str) -> Self {
        Self { text: text.to_owned(), probe: String::new() }
    }

    /// Why a list must have revisions of its own, if it must. One that another server keeps could have, by chance, a
    /// revision of this very number, of another moment. A present revision of the same store lies between this one
    /// and one taken later.
    pub(super) async fn is_foreign_to(&self, api: &Api<'_>, list: &str) -> Result<Option<String>, NoAnswer> {
        let Some(own) = revision_of(api, list).await? else { return Ok(None) };
        let Some(later) = revision_of(api, &self.probe).await? else { return Ok(None) };
        let numbers = (number(&self.text), number(&own), number(&later));
        if let (Some(first), Some(between), Some(last)) = numbers
            && (first..=last).contains(&between)
        {
            return Ok(None);
        }
        Ok(Some(format!(
            "its revision {} is not within those of the cluster then, {} to {}: it has revisions of its own",
            printable(&own),
            self.text,
            printable(&later)
        )))
    }

    /// Whether a revision is this one or an earlier one.
    pub(super) fn covers(&self, revision: &str) -> bool {
        match (number(revision), number(&self.text)) {
            (Some(revision), Some(own)) => revision <= own,
            _ => false,
        }
    }
}

/// The number that a revision is, on every server that keeps to the rules.
fn number(revision: &str) -> Option<u64> {
    revision.parse().ok()
}

/// A revision in a message: a strange server may send anything.
pub(super) fn printable(revision: &str) -> String {
    if revision.is_empty() { "(none)".to_owned() } else { revision.chars().take(40).collect() }
}

async fn revision_of(api: &Api<'_>, path: &str) -> Result<Option<String>, NoAnswer> {
    let reply = api.get(&format!("{path}{}limit=1", if path.contains('?') { '&' } else { '?' })).await?;
    if !reply.is_ok() {
        return Ok(None);
    }
    let list = reply.json();
    let revision = list.pointer("/metadata/resourceVersion").and_then(Value::as_str);
    Ok(revision.filter(|text| !text.is_empty()).map(str::to_owned))
}
