//! JSON that is written as YAML while it is read.

use std::fmt::{self, Display, Write as _};

use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{Writer, push_key, string};

/// What stands before a value, and where in the text that starts.
#[derive(Clone, Copy)]
pub(super) enum After {
    Nothing,
    Key { start: usize },
    Dash { start: usize },
}

/// A value that is written as it is read.
pub(super) struct Node<'w, 'f> {
    pub(super) writer: &'w mut Writer<'f>,
    pub(super) after: After,
    /// How far what it is in is indented.
    pub(super) indent: usize,
}

impl Node<'_, '_> {
    fn scalar<E>(self, value: impl Display) -> Result<(), E> {
        self.writer.leaf(self.after, |text| {
            let _ = write!(text, "{value}");
        });
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { writer, after, indent } = self;
        let indent = if matches!(after, After::Nothing) { indent } else { indent + 2 };
        let above = writer.path.len();
        let mut opens = Some(after);
        while let Some(start) = map.next_key_seed(Key { writer, opens, indent })? {
            opens = None;
            map.next_value_seed(Node { writer, after: After::Key { start }, indent })?;
            writer.path.truncate(above);
        }
        if opens.is_some() {
            writer.leaf(after, |text| text.push_str("{}"));
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { writer, after, indent } = self;
        let indent = if matches!(after, After::Dash { .. }) { indent + 2 } else { indent };
        let above = writer.path.len();
        let mut index = 0;
        while list
            .next_element_seed(Item { writer, opens: (index == 0).then_some(after), indent, index })?
            .is_some()
        {
            writer.path.truncate(above);
            index += 1;
        }
        if index == 0 {
            writer.leaf(after, |text| text.push_str("[]"));
        }
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.writer.leaf(self.after, |text| string(value, text));
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.scalar(value)
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.scalar(value)
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.scalar(value)
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        // As JSON has it: with a point, whatever the value.
        self.scalar(Value::from(value))
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.scalar("null")
    }
}

/// A key, with what stands before it: the beginning of its line.
struct Key<'w, 'f> {
    writer: &'w mut Writer<'f>,
    /// Of the first: what the object stands after.
    opens: Option<After>,
    indent: usize,
}

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    /// Where the key starts.
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_, '_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<usize, E> {
        let Self { writer, opens, indent } = self;
        match opens {
            Some(after) => writer.open(after, indent),
            None => writer.indent(indent),
        }
        push_key(key, &mut writer.path);
        let start = writer.text.len();
        string(key, &mut writer.text);
        writer.text.push(':');
        Ok(start)
    }
}

/// An item of a list, with what stands before it.
struct Item<'w, 'f> {
    writer: &'w mut Writer<'f>,
    /// Of the first: what the list stands after.
    opens: Option<After>,
    indent: usize,
    index: usize,
}

impl<'de> DeserializeSeed<'de> for Item<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { writer, opens, indent, index } = self;
        match opens {
            Some(after) => writer.open(after, indent),
            None => writer.indent(indent),
        }
        let _ = write!(writer.path, "[{index}]");
        let start = writer.text.len();
        writer.text.push('-');
        Node { writer, after: After::Dash { start }, indent }.deserialize(deserializer)
    }
}
