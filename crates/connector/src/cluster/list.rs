//! One resource, page by page.

use assay_model::coverage::ReadStatus;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    api::{Api, Reply, encoded},
    path_of,
    revision::{Revision, printable},
};
use crate::{
    error::CollectError,
    ingest::{Ingest, Kept, Outcome, Rows},
    kinds::ListedResource,
    progress::Progress,
    redact::Redactor,
};

/// How a list is to be read.
#[derive(Clone, Copy)]
pub(super) struct How<'h> {
    /// The revision; the present one if there is none.
    pub(super) pin: Option<&'h Revision>,
    /// Whether to hold all objects and sort them: they do not come sorted.
    pub(super) sort: bool,
}

/// What there is to say about a list that was read, or not.
pub(super) struct Listed {
    pub(super) outcome: Outcome,
    /// Why it is not of the revision it was to be of.
    pub(super) strayed: Option<Strayed>,
    pub(super) notes: Vec<String>,
    /// Whether the server stopped answering.
    pub(super) is_cut_off: bool,
    last: Option<(String, String)>,
}

/// Why a list is of another revision.
pub(super) enum Strayed {
    /// The server said that it does not have the revision.
    Refused(String),
    /// The server did not heed it.
    Ignored(String),
}

/// Why a collection has to begin again, or end.
pub(super) enum Broken {
    /// The server no longer has the revision.
    Expired,
    /// The objects did not come in the order of their keys.
    Unsorted,
    /// There is no use in going on.
    Fatal(CollectError),
}

impl From<CollectError> for Broken {
    fn from(error: CollectError) -> Self {
        Self::Fatal(error)
    }
}

/// What lists need.
pub(super) struct Lister<'l> {
    pub(super) api: &'l Api<'l>,
    pub(super) redactor: &'l Redactor,
    pub(super) progress: &'l dyn Progress,
    pub(super) page_size: u32,
    /// Who we are, for messages.
    pub(super) user: String,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    metadata: PageMetadata,
    items: Option<Vec<Value>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct PageMetadata {
    #[serde(default)]
    resource_version: String,
    #[serde(default, rename = "continue")]
    next: String,
}

impl Lister<'_> {
    /// Reads a resource into the snapshot.
    pub(super) async fn list(
        &self,
        ingest: &mut Ingest<'_>,
        resource: &ListedResource,
        how: How<'_>,
    ) -> Result<Listed, Broken> {
        let mut listed = Listed {
            outcome: Outcome::listed(resource),
            strayed: None,
            notes: Vec::new(),
            is_cut_off: false,
            last: None,
        };
        let mut rows = ingest.resource(resource)?;
        let mut held = Vec::new();
        let mut pin = how.pin;
        let mut query = self.first_page(pin);
        loop {
            let reply = match self.api.get(&format!("{}?{query}", path_of(resource))).await {
                Ok(reply) => reply,
                Err(failure) => {
                    listed.is_cut_off = true;
                    fail(&mut listed.outcome, ReadStatus::Failed, None, failure.reason);
                    break;
                }
            };
            listed.outcome.read.audit_ids.extend(reply.audit_id.clone());
            if pin.is_some() && listed.outcome.read.pages == 0 && reply.is_too_large_revision() {
                listed.strayed = Some(Strayed::Refused("it has revisions of its own: HTTP 504".to_owned()));
                pin = None;
                query = self.first_page(None);
                continue;
            }
            if !reply.is_ok() {
                self.refused(&mut listed.outcome, resource, &reply)?;
                break;
            }
            let bytes = reply.body.len() as u64;
            let Ok(page) = serde_json::from_slice::<Page>(&reply.body) else {
                let reason = "the API server's answer is no list that can be read";
                fail(&mut listed.outcome, ReadStatus::Failed, Some(reply.code), reason.to_owned());
                break;
            };
            drop(reply);
            let next = page.metadata.next.clone();
            let objects = self.page(&mut listed, resource, page, pin);
            self.progress.read(&resource.name(), objects.len() as u64, bytes);
            if how.sort {
                held.extend(objects);
            } else {
                self.push(&mut rows, &mut listed, objects, false)?;
            }
            if next.is_empty() {
                break;
            }
            query = format!("limit={}&continue={}", self.page_size, encoded(&next));
        }
        self.push(&mut rows, &mut listed, held, true)?;
        listed.outcome.read.count = rows.finish()?;
        Ok(listed)
    }

    fn first_page(&self, pin: Option<&Revision>) -> String {
        let limit = self.page_size;
        match pin {
            Some(Revision { text, .. }) => {
                format!("limit={limit}&resourceVersion={}&resourceVersionMatch=Exact", encoded(text))
            }
            None => format!("limit={limit}"),
        }
    }

    /// The objects of a page without their secrets, and what the page says about the list.
    fn page(
        &self,
        listed: &mut Listed,
        resource: &ListedResource,
        page: Page,
        pin: Option<&Revision>,
    ) -> Vec<Kept> {
        let read = &mut listed.outcome.read;
        read.pages += 1;
        read.http_code = Some(200);
        let revision = page.metadata.resource_version;
        if let Some(pin) = pin
            && revision != pin.text
        {
            let reason = format!("revision {} was answered with {}", pin.text, printable(&revision));
            listed.strayed.get_or_insert(Strayed::Ignored(reason));
        }
        read.revision.get_or_insert(revision);
        let mut objects = Vec::new();
        for mut item in page.items.unwrap_or_default() {
            complete(&mut item, resource);
            let own = item.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default();
            if let Some(pin) = pin
                && !pin.covers(own)
            {
                let reason = format!("an object has revision {}, after {}", printable(own), pin.text);
                listed.strayed.get_or_insert(Strayed::Ignored(reason));
            }
            match Kept::new(self.redactor.redact(item)) {
                Some(kept) => objects.push(kept),
                None => listed.outcome.unreadable += 1,
            }
        }
        objects
    }

    /// Hands sorted objects on, unless they belong before those of an earlier page.
    fn push(
        &self,
        rows: &mut Rows<'_, '_>,
        listed: &mut Listed,
        mut objects: Vec<Kept>,
        is_all: bool,
    ) -> Result<(), Broken> {
        objects.sort_by_cached_key(place);
        for kept in objects {
            let (id, here) = (kept.object().id.as_str(), place(&kept));
            if listed.last.as_ref().is_some_and(|last| *last >= here) {
                if !is_all {
                    return Err(Broken::Unsorted);
                }
                // After sorting, only an object that is there twice is out of order.
                listed.notes.push(format!("{id} was listed twice; the first counts"));
                continue;
            }
            if let Some(wrong) = rows.push(&kept).map_err(CollectError::from)? {
                listed.outcome.unreadable += 1;
                listed.notes.push(format!("{id} is unreadable: {wrong}"));
            }
            listed.last = Some(here);
        }
        Ok(())
    }

    /// What an answer that is no list makes of the resource.
    fn refused(&self, outcome: &mut Outcome, resource: &ListedResource, reply: &Reply) -> Result<(), Broken> {
        let name = resource.name();
        let (status, message) = match reply.code {
            410 => return Err(Broken::Expired),
            401 | 403 => {
                let message = format!("list {name} at the cluster scope is forbidden to {}", self.user);
                (ReadStatus::Forbidden, message)
            }
            404 if outcome.read.pages == 0 => {
                (ReadStatus::NotServed, "the API server has no such resource".to_owned())
            }
            _ => (ReadStatus::Failed, format!("list {name}: {}", reply.describe())),
        };
        fail(outcome, status, Some(reply.code), message);
        Ok(())
    }
}

/// What rows are sorted by.
fn place(kept: &Kept) -> (String, String) {
    (kept.object().key.clone(), kept.object().id.as_str().to_owned())
}

fn fail(outcome: &mut Outcome, status: ReadStatus, code: Option<u16>, message: String) {
    outcome.read.status = status;
    outcome.read.http_code = code;
    outcome.read.message = Some(message);
}

/// Items of typed lists do not say what they are.
fn complete(item: &mut Value, resource: &ListedResource) {
    let Some(fields) = item.as_object_mut() else { return };
    if fields.contains_key("apiVersion") && fields.contains_key("kind") {
        return;
    }
    let mut whole = Map::new();
    whole.insert("apiVersion".to_owned(), resource.api_version().into());
    whole.insert("kind".to_owned(), resource.kind.clone().into());
    whole.append(fields);
    *fields = whole;
}
