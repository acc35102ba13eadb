//! Objects out of their messages: the JSON that Go would write of what it decodes, and so what an API server answers to
//! whoever asks for JSON.

use std::borrow::Cow;

use assay_model::json::{Fields, Json};

use super::{
    scalar,
    table::{Field, Message, Omitted, Table, Type},
    wire::{self, Wire},
};

/// Reads messages. What it finds at each level is kept in one place, since there are many levels.
pub(super) struct Decoder<'t, 'b> {
    table: &'t Table,
    found: Vec<Found<'t, 'b>>,
}

/// A field that JSON has.
#[derive(Clone, Copy)]
struct Found<'t, 'b> {
    field: &'t Field,
    /// What the message has of it; none if it lacks it.
    values: Option<Values<'b>>,
}

/// What a message has of a field.
#[derive(Clone, Copy)]
struct Values<'b> {
    first: Wire<'b>,
    /// How many more there are of a repeated field, and what follows the first one.
    more: usize,
    rest: &'b [u8],
}

impl<'t, 'b> Decoder<'t, 'b> {
    pub(super) fn new(table: &'t Table) -> Self {
        Self { table, found: Vec::new() }
    }

    /// The object that a message is. None if there is anything in it that the table does not have: a server of another
    /// version may know more.
    pub(super) fn object(&mut self, message: &'t Message, bytes: &'b [u8]) -> Option<Json<'b>> {
        let begin = self.found.len();
        self.find(message, bytes)?;
        self.found[begin..].sort_unstable_by_key(|found| found.field.rank);
        let mut fields: Vec<(Cow<'_, str>, Json<'_>)> = Vec::with_capacity(self.found.len() - begin);
        if let Some((api_version, kind)) = message.declared {
            fields.extend([("apiVersion".into(), api_version.into()), ("kind".into(), kind.into())]);
        }
        for index in begin..self.found.len() {
            let found = self.found[index];
            let value = self.value_of(found)?;
            if !is_omitted(found.field, &value) {
                fields.push((Cow::Borrowed(found.field.key), value));
            }
        }
        self.found.truncate(begin);
        Some(fields.into_iter().collect::<Fields<'_>>().into())
    }

    /// Adds the fields of a message to what is found.
    fn find(&mut self, message: &'t Message, bytes: &'b [u8]) -> Option<()> {
        let mut seen = 0u128;
        let mut rest = bytes;
        while !rest.is_empty() {
            let (number, value) = wire::take(&mut rest)?;
            let field = message.field(number)?;
            let bit = 1u128.checked_shl(number)?;
            if seen & bit != 0 {
                // Nobody encodes it so; which would count can't be told.
                return None;
            }
            seen |= bit;
            let mut values = Values { first: value, more: 0, rest };
            match &field.ty {
                Type::Skip => continue,
                Type::Message(inner) if field.is_inline => {
                    self.find(self.table.message(*inner), value.bytes()?)?;
                    continue;
                }
                Type::List(_) | Type::Map(_) => (values.more, rest) = run(number, rest)?,
                _ => {}
            }
            self.found.push(Found { field, values: Some(values) });
        }
        let mut lacking = message.always & !seen;
        while lacking != 0 {
            let field = message.field(lacking.trailing_zeros())?;
            match field.ty {
                Type::Message(inner) if field.is_inline => self.find(self.table.message(inner), &[])?,
                _ => self.found.push(Found { field, values: None }),
            }
            lacking &= lacking - 1;
        }
        Some(())
    }

    fn value_of(&mut self, Found { field, values }: Found<'t, 'b>) -> Option<Json<'b>> {
        let Some(values) = values else { return self.zero(&field.ty) };
        match &field.ty {
            Type::List(element) => self.list(element, values),
            Type::Map(ty) => {
                let entries = self.each(values, |decoder, entry| decoder.entry(ty, entry))?;
                Some(entries.into_iter().collect::<Fields<'_>>().into())
            }
            single => self.value(single, values.first),
        }
    }

    fn value(&mut self, ty: &'t Type, value: Wire<'b>) -> Option<Json<'b>> {
        Some(match ty {
            Type::String => scalar::text(value.bytes()?),
            Type::Bool => (value.number()? != 0).into(),
            Type::Int => value.number()?.into(),
            Type::Bytes => scalar::base64(value.bytes()?),
            Type::Time => scalar::time(value.bytes()?)?,
            Type::MicroTime => scalar::micro_time(value.bytes()?)?,
            Type::Quantity => scalar::quantity(value.bytes()?)?,
            Type::IntOrString => scalar::int_or_string(value.bytes()?)?,
            Type::Raw => scalar::raw(value.bytes()?)?,
            Type::Message(message) => self.object(self.table.message(*message), value.bytes()?)?,
            Type::Pointer(pointed) => self.value(pointed, value)?,
            // There is no message with a list of lists.
            Type::Skip | Type::List(_) | Type::Map(_) => return None,
        })
    }

    /// What Go has of a field that a message lacks.
    fn zero(&mut self, ty: &'t Type) -> Option<Json<'b>> {
        match ty {
            Type::String => Some("".into()),
            Type::Bool => Some(false.into()),
            Type::Int => Some(0i64.into()),
            Type::Quantity | Type::IntOrString | Type::Message(_) => self.value(ty, Wire::Bytes(&[])),
            _ => Some(Json::Null),
        }
    }

    fn list(&mut self, ty: &'t Type, elements: Values<'b>) -> Option<Json<'b>> {
        self.each(elements, |decoder, element| decoder.value(ty, element)).map(Json::from)
    }

    /// What each value of a repeated field comes to.
    fn each<T>(
        &mut self,
        Values { first, more, mut rest }: Values<'b>,
        one: impl Fn(&mut Self, Wire<'b>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut all = Vec::with_capacity(more + 1);
        all.push(one(self, first)?);
        for _ in 0..more {
            let (_, value) = wire::take(&mut rest)?;
            all.push(one(self, value)?);
        }
        Some(all)
    }

    fn entry(&mut self, ty: &'t Type, entry: Wire<'b>) -> Option<(Cow<'b, str>, Json<'b>)> {
        let [key, value] = wire::pair(entry.bytes()?)?;
        let key = String::from_utf8_lossy(key.map_or(Some(&[][..]), Wire::bytes)?);
        let value = match (value, ty) {
            // A list is a message of its own here, of which it is the only field.
            (None, Type::List(_)) => Vec::new().into(),
            (None, Type::Bytes) => "".into(),
            (Some(list), Type::List(element)) => self.wrapped(element, list.bytes()?)?,
            (None, _) => self.zero(ty)?,
            (Some(value), _) => self.value(ty, value)?,
        };
        Some((key, value))
    }

    fn wrapped(&mut self, element: &'t Type, mut items: &'b [u8]) -> Option<Json<'b>> {
        if items.is_empty() {
            return Some(Vec::new().into());
        }
        let (number, first) = wire::take(&mut items)?;
        let (more, after) = run(number, items)?;
        if number != 1 || !after.is_empty() {
            return None;
        }
        self.list(element, Values { first, more, rest: items })
    }
}

/// How many more there are of a repeated field, and what stands behind them.
fn run(number: u32, mut rest: &[u8]) -> Option<(usize, &[u8])> {
    let mut more = 0;
    while !rest.is_empty() {
        let mut after = rest;
        if wire::take(&mut after)?.0 != number {
            break;
        }
        (more, rest) = (more + 1, after);
    }
    Some((more, rest))
}

/// Whether Go leaves it out of JSON.
fn is_omitted(field: &Field, value: &Json<'_>) -> bool {
    match field.omitted {
        Omitted::Nothing => false,
        Omitted::Empty => match field.ty {
            Type::String | Type::Bytes => value.as_str() == Some(""),
            Type::Bool => value.as_bool() == Some(false),
            Type::Int => value.as_i64() == Some(0),
            _ => false,
        },
        Omitted::Zero => value.is_null(),
    }
}
