//! A page of a list, as far as it can be read: one object that is no JSON must not cost the others.

use std::fmt;

use assay_model::json::Json;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::protobuf::{self, Encoding};

/// A page, its objects not parsed yet.
pub(super) struct Page<'b> {
    /// What the page says about the list.
    pub(super) head: Head,
    /// The objects.
    pub(super) items: Vec<Item<'b>>,
}

/// An object of a page, not parsed yet.
pub(super) enum Item<'b> {
    Json(&'b RawValue),
    Protobuf(Encoding, &'b [u8]),
}

/// What a page says about its list.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Head {
    /// The revision that the list is of.
    #[serde(default)]
    pub(super) resource_version: String,
    /// Where the next page begins; empty at the end.
    #[serde(default, rename = "continue")]
    pub(super) next: String,
}

/// What an object is called.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Name {
    #[serde(default)]
    pub(super) namespace: String,
    #[serde(default)]
    pub(super) name: String,
}

/// What can be made out of a page that is no JSON.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Remains {
    /// What it says about the list; of built-in kinds that comes first.
    pub(super) head: Option<Head>,
    /// What its first object is called.
    pub(super) first: Option<Name>,
    /// Whether it goes wrong behind its first object.
    pub(super) is_first_whole: bool,
}

impl<'b> Page<'b> {
    /// Reads a page, which may be protobuf of this encoding; none if it is neither that nor JSON, or no list. A list
    /// without `items` is none: a server that answers with something else must not look as if it had no objects.
    pub(super) fn parse(body: &'b [u8], encoding: Option<Encoding>) -> Option<Self> {
        if protobuf::is_protobuf(body) {
            return encoding?.page(body);
        }
        #[derive(Deserialize)]
        struct Whole<'b> {
            #[serde(default)]
            metadata: Head,
            // Required, and null where a server has it so for an empty list.
            #[serde(borrow, deserialize_with = "Option::deserialize")]
            items: Option<Vec<&'b RawValue>>,
        }
        let page: Whole<'b> = serde_json::from_slice(body).ok()?;
        let items = page.items.unwrap_or_default().into_iter().map(Item::Json).collect();
        Some(Self { head: page.metadata, items })
    }
}

impl<'b> Item<'b> {
    /// The object; none if it can't be read.
    pub(super) fn object(&self) -> Option<Json<'b>> {
        match self {
            Self::Json(text) => Json::parse(text.get()).ok(),
            Self::Protobuf(encoding, bytes) => encoding.object(bytes),
        }
    }

    /// What an object is called that is no JSON as a whole.
    pub(super) fn name(&self) -> Option<Name> {
        if let Self::Json(text) = self { name_of(text.get().as_bytes()) } else { None }
    }
}

impl Remains {
    /// Makes out what there is before the place where the page goes wrong.
    pub(super) fn of(body: &[u8]) -> Self {
        let mut remains = Self::default();
        let mut parser = serde_json::Deserializer::from_slice(body);
        // That it goes wrong is known.
        let _ = (&mut parser).deserialize_map(List(&mut remains));
        // What is no text is passed over above.
        remains.is_first_whole &= std::str::from_utf8(body).is_ok();
        remains
    }
}

fn name_of(object: &[u8]) -> Option<Name> {
    let mut name = None;
    let mut parser = serde_json::Deserializer::from_slice(object);
    let _ = Object(&mut name).deserialize(&mut parser);
    name.filter(|name| !name.name.is_empty())
}

struct List<'r>(&'r mut Remains);

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "metadata" => self.0.head = Some(map.next_value()?),
                "items" => map.next_value_seed(First(self.0))?,
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }
}

/// The first object of a list.
struct First<'r>(&'r mut Remains);

impl<'de> DeserializeSeed<'de> for First<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for First<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.0.is_first_whole = seq.next_element_seed(Object(&mut self.0.first))?.is_some();
        Err(A::Error::custom("the first is enough"))
    }
}

struct Object<'r>(&'r mut Option<Name>);

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "metadata" {
                *self.0 = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_is_no_empty_list() {
        let items = |body: &str| Page::parse(body.as_bytes(), None).map(|page| page.items.len());
        assert_eq!(items(r#"{"metadata": {"continue": "c"}, "items": [{}, 1]}"#), Some(2));
        assert_eq!(items(r#"{"items": [], "metadata": {}}"#), Some(0));
        assert_eq!(items(r#"{"items": null}"#), Some(0));
        for wrong in ["", "{}", r#"{"kind": "Status"}"#, r#"{"items": {}}"#, r#"{"items": [}"#, "<html>"] {
            assert_eq!(items(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_stands_before_the_mistake_is_made_out() {
        let name = |namespace: &str, name: &str| {
            Some(Name { namespace: namespace.to_owned(), name: name.to_owned() })
        };
        let remains = Remains::of(
            br#"{"metadata": {"resourceVersion": "7", "continue": "c"},
                "items": [{"metadata": {"name": "a", "namespace": "n"}, "spec": {"x" 1}}]}"#,
        );
        assert_eq!(remains.head, Some(Head { resource_version: "7".to_owned(), next: "c".to_owned() }));
        assert_eq!((remains.first, remains.is_first_whole), (name("n", "a"), false));
        let remains = Remains::of(br#"{"items": [{"metadata": {"name": "a"}}, {"spec" 1}]}"#);
        assert_eq!((remains.first, remains.is_first_whole), (name("", "a"), true));
        let remains = Remains::of(b"{\"items\": [{\"metadata\": {\"name\": \"a\"}, \"spec\": \"\xff\"}]}");
        assert_eq!((remains.first, remains.is_first_whole), (name("", "a"), false));
        let remains = Remains::of(br#"{"items": [{"spec": ?}], "metadata": {}}"#);
        assert_eq!(remains, Remains::default());
        assert_eq!(name_of(br#"{"metadata": {"name": "a"}, "spec": "\ud800"}"#), name("", "a"));
        assert_eq!(name_of(b"1"), None);
    }
}
