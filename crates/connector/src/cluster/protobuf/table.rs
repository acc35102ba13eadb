//! How kinds are encoded: `kinds.txt`, which `tests/apiserver` writes from the tags of Kubernetes' Go types.
//!
//! A line `kind v1 Pod core/v1.Pod` says which message an object is. `message core/v1.Pod` begins one (what may follow
//! are the apiVersion and the kind that JSON has of it though the message doesn't), and lines such as
//! `2 spec? core/v1.PodSpec` are its fields: the number, the name in JSON (`.` if the fields of the message within are
//! the object's own), and the type. After a name, `?` says that Go leaves it out of JSON if it is empty (`omitempty`),
//! `??` that it does if it is zero (`omitzero`).

use std::collections::HashMap;
use std::sync::LazyLock;

/// The table.
pub(super) struct Table {
    kinds: Vec<Kind>,
    messages: Vec<Message>,
}

/// A kind of objects.
pub(super) struct Kind {
    pub(super) api_version: &'static str,
    pub(super) name: &'static str,
    /// Which message its objects are.
    pub(super) message: usize,
}

/// How a message is encoded.
#[derive(Default)]
pub(super) struct Message {
    /// By number.
    fields: Vec<Option<Field>>,
    /// The apiVersion and the kind that JSON has of it.
    pub(super) declared: Option<(&'static str, &'static str)>,
    /// The numbers, as bits, of fields that JSON has even if the message lacks them.
    pub(super) always: u128,
}

/// How a field is encoded.
pub(super) struct Field {
    /// Its name in JSON.
    pub(super) key: &'static str,
    /// Where the name stands among all of them, sorted.
    pub(super) rank: usize,
    pub(super) ty: Type,
    /// Whether the fields of the message that it has are fields of the object.
    pub(super) is_inline: bool,
    /// What JSON lacks.
    pub(super) omitted: Omitted,
}

/// What Go leaves out of JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Omitted {
    Nothing,
    /// Nothing of a struct.
    Empty,
    /// A time that is none, too.
    Zero,
}

/// A type of the fields of Kubernetes' messages.
pub(super) enum Type {
    String,
    Bool,
    Int,
    /// Base64 in JSON.
    Bytes,
    Time,
    MicroTime,
    Quantity,
    IntOrString,
    /// JSON as it is.
    Raw,
    /// What is not read.
    Skip,
    Message(usize),
    Pointer(Box<Type>),
    List(Box<Type>),
    Map(Box<Type>),
}

impl Type {
    fn parse(text: &str, messages: &HashMap<&str, usize>) -> Option<Self> {
        let within = |text: &str| Self::parse(text, messages).map(Box::new);
        Some(match text {
            "string" => Self::String,
            "bool" => Self::Bool,
            "int" => Self::Int,
            "bytes" => Self::Bytes,
            "time" => Self::Time,
            "microtime" => Self::MicroTime,
            "quantity" => Self::Quantity,
            "intorstring" => Self::IntOrString,
            "raw" => Self::Raw,
            "skip" => Self::Skip,
            _ => {
                if let Some(pointed) = text.strip_prefix('*') {
                    Self::Pointer(within(pointed)?)
                } else if let Some(element) = text.strip_prefix("[]") {
                    Self::List(within(element)?)
                } else if let Some(value) = text.strip_prefix("map ") {
                    Self::Map(within(value)?)
                } else {
                    Self::Message(*messages.get(text)?)
                }
            }
        })
    }

    /// Whether JSON has it whatever it is, but for a time that is none: Go takes no struct for empty.
    fn is_struct(&self) -> bool {
        matches!(
            self,
            Self::Time | Self::MicroTime | Self::Quantity | Self::IntOrString | Self::Raw | Self::Message(_)
        )
    }
}

impl Table {
    /// The table, read when it is first asked for.
    pub(super) fn get() -> Option<&'static Self> {
        static TABLE: LazyLock<Option<Table>> = LazyLock::new(|| Table::parse(include_str!("kinds.txt")));
        TABLE.as_ref()
    }

    /// What is known of a kind.
    pub(super) fn kind(&self, api_version: &str, name: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.api_version == api_version && kind.name == name)
    }

    /// The kinds that are known.
    #[cfg(test)]
    pub(super) fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// How the message of a number is encoded.
    pub(super) fn message(&self, index: usize) -> &Message {
        &self.messages[index]
    }

    fn parse(text: &'static str) -> Option<Self> {
        let begun = |line: &'static str| {
            let (name, declared) =
                line.strip_prefix("message ").map(|rest| rest.split_once(' ').unwrap_or((rest, "")))?;
            Some((name, declared.split_once(' ')))
        };
        let names = text.lines().filter_map(begun).enumerate().map(|(index, (name, _))| (name, index));
        let names: HashMap<_, _> = names.collect();
        let mut keys: Vec<_> = text.lines().filter_map(|line| Some(field(line)?.1)).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut table = Self { kinds: Vec::new(), messages: Vec::new() };
        for line in text.lines() {
            if let Some(kind) = line.strip_prefix("kind ") {
                let [api_version, name, message] = kind.split(' ').collect::<Vec<_>>().try_into().ok()?;
                table.kinds.push(Kind { api_version, name, message: *names.get(message)? });
            } else if let Some((_, declared)) = begun(line) {
                table.messages.push(Message { declared, ..Message::default() });
            } else {
                let (number, key, omitted, ty) = field(line)?;
                let (rank, ty) = (keys.binary_search(&key).ok()?, Type::parse(ty, &names)?);
                let field = Field { key, rank, ty, is_inline: key == ".", omitted };
                table.messages.last_mut()?.add(number, field)?;
            }
        }
        Some(table)
    }
}

impl Message {
    /// The field of this number.
    pub(super) fn field(&self, number: u32) -> Option<&Field> {
        self.fields.get(number as usize)?.as_ref()
    }

    fn add(&mut self, number: u32, field: Field) -> Option<()> {
        let stays = match field.omitted {
            Omitted::Nothing => true,
            Omitted::Empty => field.ty.is_struct(),
            Omitted::Zero => false,
        };
        if stays || field.is_inline {
            self.always |= 1u128.checked_shl(number)?;
        }
        let place = number as usize;
        self.fields.resize_with(self.fields.len().max(place + 1), || None);
        self.fields[place] = Some(field);
        Some(())
    }
}

/// A line of a field: the number, the name in JSON, what JSON lacks, and the type.
fn field(line: &'static str) -> Option<(u32, &'static str, Omitted, &'static str)> {
    let (number, rest) = line.split_once(' ')?;
    let (key, ty) = rest.split_once(' ')?;
    let plain = key.trim_end_matches('?');
    let omitted = match key.len() - plain.len() {
        0 => Omitted::Nothing,
        1 => Omitted::Empty,
        _ => Omitted::Zero,
    };
    Some((number.parse().ok()?, plain, omitted, ty))
}
