//! One resource, page by page.

use assay_model::{coverage::ReadStatus, json::Json};
use serde_json::json;

use super::{
    ahead::Ahead,
    api::{Api, NoAnswer, Reply},
    form::Form,
    listed::{Listed, Strayed},
    page::{Name, Page, Remains},
    paging::{Pages, Turn},
    place::{self, Place},
    protobuf,
    revision::{Revision, printable},
    sink::Sink,
};
use crate::{
    cores::{self, FEW, side_by_side},
    error::CollectError,
    ingest::{Ingest, Kept, ROWS, Taken},
    kinds::ListedResource,
    progress::Progress,
    redact::Redactor,
};

/// What is wrong with an object that is no JSON.
const NO_JSON: &str = "what the API server sent of it is no valid JSON";

/// How a list is to be read.
#[derive(Clone, Copy)]
pub(super) struct How<'h> {
    /// The revision; the present one if there is none.
    pub(super) pin: Option<&'h Revision>,
    /// Whether it is of no common revision, though there is one.
    pub(super) is_apart: bool,
    /// Whether to hold all objects and sort them: they do not come sorted.
    pub(super) sort: bool,
    /// The only namespaces to read; all if there are none.
    pub(super) namespaces: &'h [String],
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
    /// How many pages a list may have before it is taken for one without an end.
    pub(super) most_pages: u64,
    /// Who we are, for messages.
    pub(super) user: String,
}

/// One list of a resource, of which there are several if it is read by namespace.
struct List<'l> {
    resource: &'l ListedResource,
    place: Place<'l>,
    number: usize,
    pin: Option<&'l Revision>,
    is_apart: bool,
}

/// An item of a list without its secrets.
struct Redacted<'j> {
    /// None if it is no object.
    kept: Option<Kept<'j>>,
    /// How it shows that the list is not of the revision it was to be of.
    strayed: Option<String>,
}

impl List<'_> {
    /// The object of an item; none if it is none, which is counted.
    fn take<'j>(&self, listed: &mut Listed, Redacted { kept, strayed }: Redacted<'j>) -> Option<Taken<'j>> {
        if let Some(reason) = strayed {
            listed.strayed.get_or_insert(Strayed::Ignored(reason));
        }
        listed.lost += u64::from(kept.is_none());
        kept.map(|kept| kept.in_group(&self.resource.home).into())
    }
}

impl Lister<'_> {
    /// Reads a resource into the snapshot.
    pub(super) async fn list(
        &self,
        ingest: &mut Ingest<'_>,
        resource: &ListedResource,
        how: How<'_>,
    ) -> Result<Vec<Listed>, Broken> {
        let mut sink = Sink::new(ingest.resource(resource), how.sort);
        let mut all = Vec::new();
        for (number, place) in Place::all(resource, how.namespaces).into_iter().enumerate() {
            let list = List { resource, place, number, pin: how.pin, is_apart: how.is_apart };
            let mut listed = self.pages(&mut sink, &list).await?;
            listed.admit_losses();
            all.push(listed);
        }
        sink.finish(&mut all)?;
        Ok(all)
    }

    async fn pages(&self, sink: &mut Sink<'_, '_>, list: &List<'_>) -> Result<Listed, Broken> {
        let mut listed = Listed::new(list.resource, list.place);
        let mut pages = Pages::new(list.place.path(list.resource), list.pin, self.page_size, self.most_pages);
        let is_pinned = list.pin.is_some() && !list.is_apart;
        let mut form = Form::new(&list.resource.api_version(), &list.resource.kind, is_pinned);
        let mut ahead = None;
        loop {
            let may_shrink = pages.size.may_shrink();
            let answer = match ahead.take() {
                Some(page) => Ahead::end(page).await,
                None => None,
            };
            let answer = match answer {
                Some(answer) => answer,
                None => self.api.get_page(&pages.url(), form.accept(), may_shrink).await,
            };
            let reply = match answer {
                Ok(reply) if may_shrink && reply.is_too_much() => {
                    self.shrink(&mut pages, list.resource, &reply.describe());
                    continue;
                }
                Err(failure) if may_shrink && failure.is_late => {
                    self.shrink(&mut pages, list.resource, &failure.reason);
                    continue;
                }
                Ok(reply) => reply,
                Err(NoAnswer { reason, .. }) => {
                    listed.is_cut_off = true;
                    listed.fail(ReadStatus::Failed, None, reason);
                    return Ok(listed);
                }
            };
            listed.outcome.read.audit_ids.extend(reply.audit_id.clone());
            let is_first = listed.outcome.read.pages == 0;
            if is_first && list.pin.is_some() && reply.is_too_large_revision() {
                listed.strayed = Some(Strayed::Refused("it has revisions of its own: HTTP 504".to_owned()));
                pages.unpin();
                form.fall_back(0);
                continue;
            }
            if reply.code == 406 && form.fall_back(0) {
                continue;
            }
            if let (Place::Named(name), 403) = (list.place, reply.code) {
                return self.alone(sink, list, name, listed).await;
            }
            if !reply.is_ok() {
                self.refused(&mut listed, list, &reply)?;
                return Ok(listed);
            }
            if !protobuf::is_protobuf(&reply.body) {
                form.fall_back(0);
            }
            let page = Page::parse(&reply.body, form.encoding());
            if let Some(url) = page.as_ref().and_then(|page| pages.url_after(&page.head.next)) {
                let accept = form.accept();
                let next = async move { self.api.get_page(&url, accept, may_shrink).await };
                ahead = Some(Ahead::begin(next).await);
            }
            let (next, fresh) = match page {
                Some(page) => {
                    let next = page.head.next.clone();
                    match self.page(sink, list, &mut listed, &mut form, &reply, page)? {
                        Some(fresh) => (next, fresh),
                        None => {
                            ahead = None;
                            continue;
                        }
                    }
                }
                None if form.fall_back(0) => continue,
                None if pages.size.narrow() => continue,
                None => match self.around_one(sink, list, &mut listed, &reply)? {
                    Some(next) => (next, 1),
                    None => return Ok(listed),
                },
            };
            match pages.turn(next, fresh) {
                Turn::Next => {}
                Turn::End => return Ok(listed),
                Turn::Endless(why) => {
                    listed.fail(ReadStatus::Failed, Some(reply.code), why);
                    return Ok(listed);
                }
            }
        }
    }

    fn shrink(&self, pages: &mut Pages, resource: &ListedResource, why: &str) {
        pages.size.shrink();
        self.progress.note(&format!(
            "{}: {why}; asking for {} at a time",
            resource.name(),
            pages.size.next()
        ));
    }

    /// Takes the objects of a page, as many at a time as all cores have to do with: parsed, they are several times as
    /// large. Says how many had not come before; none if the page has to be asked for in another form.
    fn page(
        &self,
        sink: &mut Sink<'_, '_>,
        list: &List<'_>,
        listed: &mut Listed,
        form: &mut Form,
        reply: &Reply,
        Page { head, items }: Page<'_>,
    ) -> Result<Option<usize>, Broken> {
        let pin = list.pin.filter(|_| !matches!(listed.strayed, Some(Strayed::Refused(_))));
        let read = &mut listed.outcome.read;
        read.http_code = Some(reply.code);
        if let Some(pin) = pin
            && head.resource_version != pin.text
        {
            let found = printable(&head.resource_version);
            let reason = format!("revision {} was answered with {found}", pin.text);
            listed.strayed.get_or_insert(Strayed::Ignored(reason));
        }
        read.revision.get_or_insert(head.resource_version);
        // Other servers need not sort what is in a page, and asked again, may have another one.
        let is_other = list.is_apart || listed.strayed.is_some();
        let at_once = if is_other { items.len() } else { ROWS * cores::count() };
        let (mut fresh, mut done) = (0, 0);
        for items in form.rest(&items).chunks(at_once.max(1)) {
            let objects = side_by_side(items, FEW, |item| Some(self.redacted(list, item.object()?, pin)));
            if form.encoding().is_some() && objects.iter().any(Option::is_none) {
                form.fall_back(done);
                return Ok(None);
            }
            let mut taken = Vec::with_capacity(items.len());
            for (item, object) in items.iter().zip(objects) {
                taken.extend(match object {
                    Some(object) => list.take(listed, object),
                    None => broken(list, listed, item.name()),
                });
            }
            fresh += sink.take(list.number, listed, taken)?;
            done += items.len();
        }
        listed.outcome.read.pages += 1;
        self.progress.read(&list.resource.name(), items.len() as u64, reply.body.len() as u64);
        Ok(Some(fresh))
    }

    /// The object without its secrets.
    fn redacted<'j>(&self, list: &List<'_>, mut object: Json<'j>, pin: Option<&Revision>) -> Redacted<'j> {
        complete(&mut object, list.resource);
        let own = object.at(&["metadata", "resourceVersion"]).and_then(Json::as_str).unwrap_or_default();
        let strayed = pin
            .filter(|pin| !pin.covers(own))
            .map(|pin| format!("an object has revision {}, after {}", printable(own), pin.text));
        Redacted { strayed, kept: Kept::new(self.redactor.redact(object)) }
    }

    /// Passes over an object that is alone in its page and spoils it; says where the next page begins, if there is
    /// one.
    fn around_one(
        &self,
        sink: &mut Sink<'_, '_>,
        list: &List<'_>,
        listed: &mut Listed,
        reply: &Reply,
    ) -> Result<Option<String>, Broken> {
        let Remains { head, first, is_first_whole } = Remains::of(&reply.body);
        listed.outcome.read.pages += 1;
        let next = head.map(|head| head.next).filter(|next| !next.is_empty());
        if next.is_none() || is_first_whole {
            // More objects may have come in this page than were asked for.
            let reason = "the API server's answer is no list that can be read";
            listed.fail(ReadStatus::Failed, Some(reply.code), reason.to_owned());
        }
        let taken = broken(list, listed, first.filter(|name| !name.name.is_empty()));
        sink.take(list.number, listed, taken.into_iter().collect())?;
        Ok(next)
    }

    /// Reads one object by its name: who may not list may still be allowed to.
    async fn alone(
        &self,
        sink: &mut Sink<'_, '_>,
        list: &List<'_>,
        name: &str,
        mut listed: Listed,
    ) -> Result<Listed, Broken> {
        let reply = match self.api.get(&place::object(list.resource, name)).await {
            Ok(reply) => reply,
            Err(NoAnswer { reason, .. }) => {
                listed.is_cut_off = true;
                listed.fail(ReadStatus::Failed, None, reason);
                return Ok(listed);
            }
        };
        listed.outcome.read.audit_ids.extend(reply.audit_id.clone());
        if !reply.is_ok() {
            self.refused(&mut listed, list, &reply)?;
            return Ok(listed);
        }
        listed.outcome.read.pages = 1;
        listed.outcome.read.http_code = Some(reply.code);
        let taken = list.take(&mut listed, self.redacted(list, reply.json().into(), None));
        sink.take(list.number, &mut listed, taken.into_iter().collect())?;
        let reason = "they may be read one by one, but not listed at a revision";
        listed.strayed = list.pin.map(|_| Strayed::Refused(reason.to_owned()));
        Ok(listed)
    }

    /// What an answer that is no list makes of the resource.
    fn refused(&self, listed: &mut Listed, list: &List<'_>, reply: &Reply) -> Result<(), Broken> {
        let (status, message) = match reply.code {
            // To begin everything again would be no use to it, and could be asked for without an end.
            410 if list.is_apart || matches!(listed.strayed, Some(Strayed::Refused(_))) => {
                (ReadStatus::Failed, "its own revision was dropped before it was read: HTTP 410".to_owned())
            }
            410 => return Err(Broken::Expired),
            401 | 403 => {
                let message = format!("{} is forbidden to {}", list.place.verb(list.resource), self.user);
                (ReadStatus::Forbidden, message)
            }
            // Discovery had it: what became of its objects is not known.
            404 => (ReadStatus::Failed, "the API server has it no more, or not yet: HTTP 404".to_owned()),
            _ => (ReadStatus::Failed, format!("list {}: {}", list.resource.name(), reply.describe())),
        };
        listed.fail(status, Some(reply.code), message);
        Ok(())
    }
}

/// An object that is no JSON; none if it can't be told which, which is counted.
fn broken<'j>(list: &List<'_>, listed: &mut Listed, name: Option<Name>) -> Option<Taken<'j>> {
    let kept = name.and_then(|Name { name, namespace }| {
        let mut object = json!({"metadata": {"name": name}});
        if !namespace.is_empty() {
            object["metadata"]["namespace"] = namespace.into();
        }
        let mut object = object.into();
        complete(&mut object, list.resource);
        Kept::ours(object)
    });
    listed.lost += u64::from(kept.is_none());
    kept.map(|kept| Taken { kept: kept.in_group(&list.resource.home), unreadable: Some(NO_JSON.to_owned()) })
}

/// Items of typed lists do not say what they are.
fn complete(item: &mut Json<'_>, resource: &ListedResource) {
    let Some(fields) = item.as_object_mut() else { return };
    for (field, own) in [("apiVersion", resource.api_version()), ("kind", resource.kind.clone())] {
        // What is said may be nothing: a Secret without its kind would keep its values.
        if fields.get(field).is_none_or(|said| said.is_null() || said.as_str() == Some("")) {
            fields.insert(field, own);
        }
    }
}
