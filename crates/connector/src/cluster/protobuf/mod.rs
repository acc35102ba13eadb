//! Kubernetes' protobuf, in which API servers have their own kinds: it costs them less to make than JSON does. What is
//! read of it is the JSON that the same server would have answered. Where anything is not as `kinds.txt` has it,
//! nothing is read, and JSON is asked for instead.

mod object;
mod scalar;
mod table;
#[cfg(test)]
mod tests;
mod wire;

use assay_model::json::Json;

use self::{
    object::Decoder,
    table::{Kind, Table},
    wire::Wire,
};
use super::page::{Head, Item, Page};

/// What to accept of a server for protobuf. One that does not have it answers with JSON.
pub(super) const ACCEPT: &str = "application/vnd.kubernetes.protobuf, application/json;q=0.9";

/// What each answer in protobuf begins with.
const MAGIC: &[u8] = b"k8s\0";

/// How the objects of a kind are encoded.
#[derive(Clone, Copy)]
pub(super) struct Encoding {
    kind: &'static Kind,
    table: &'static Table,
}

/// What an answer has around its object, or its list.
struct Envelope<'b> {
    api_version: &'b [u8],
    kind: &'b [u8],
    raw: &'b [u8],
}

impl Encoding {
    /// How objects of this kind are encoded; none if it is not known.
    pub(super) fn of(api_version: &str, kind: &str) -> Option<Self> {
        let table = Table::get()?;
        Some(Self { kind: table.kind(api_version, kind)?, table })
    }

    /// A page with a list of objects of this kind; none if it is another thing.
    pub(super) fn page(self, body: &[u8]) -> Option<Page<'_>> {
        let envelope = Envelope::open(body)?;
        let is_list = envelope.kind.strip_suffix(b"List") == Some(self.kind.name.as_bytes());
        if !is_list || envelope.api_version != self.kind.api_version.as_bytes() {
            return None;
        }
        let (mut head, mut items, mut rest) = (None, Vec::new(), envelope.raw);
        while !rest.is_empty() {
            match wire::take(&mut rest)? {
                (1, metadata) => head = Some(self::head(metadata.bytes()?)?),
                (2, item) => items.push(Item::Protobuf(self, item.bytes()?)),
                _ => return None,
            }
        }
        Some(Page { head: head?, items })
    }

    /// An object, without apiVersion and kind, as items of lists are.
    pub(super) fn object<'b>(self, bytes: &'b [u8]) -> Option<Json<'b>> {
        Decoder::new(self.table).object(self.table.message(self.kind.message), bytes)
    }
}

/// Whether an answer is protobuf.
pub(super) fn is_protobuf(body: &[u8]) -> bool {
    body.starts_with(MAGIC)
}

/// A server's answer that it has none, as JSON.
pub(super) fn status(body: &[u8]) -> Option<Json<'_>> {
    let Envelope { api_version, kind, raw } = Envelope::open(body)?;
    let encoding = Encoding::of(str::from_utf8(api_version).ok()?, str::from_utf8(kind).ok()?)?;
    encoding.object(raw)
}

/// `metav1.ListMeta`.
fn head(mut metadata: &[u8]) -> Option<Head> {
    let mut head = Head::default();
    let text = |value: Wire<'_>| String::from_utf8(value.bytes()?.to_vec()).ok();
    while !metadata.is_empty() {
        match wire::take(&mut metadata)? {
            (2, value) => head.resource_version = text(value)?,
            (3, value) => head.next = text(value)?,
            // Its own address, and how many objects there are left.
            (1 | 4, _) => {}
            _ => return None,
        }
    }
    Some(head)
}

impl<'b> Envelope<'b> {
    /// Opens a `runtime.Unknown`, which must have nothing that says that its content is of another form.
    fn open(body: &'b [u8]) -> Option<Self> {
        let mut rest = body.strip_prefix(MAGIC)?;
        let (mut kind, mut raw) = ([None; 2], None);
        while !rest.is_empty() {
            match wire::take(&mut rest)? {
                (1, value) => kind = wire::pair(value.bytes()?)?,
                (2, value) => raw = Some(value.bytes()?),
                (3 | 4, value) => value.bytes()?.is_empty().then_some(())?,
                _ => return None,
            }
        }
        let [api_version, kind] = kind;
        Some(Self { api_version: api_version?.bytes()?, kind: kind?.bytes()?, raw: raw? })
    }
}
