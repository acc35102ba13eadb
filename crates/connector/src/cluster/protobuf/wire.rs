//! Protobuf's own encoding: numbers of fields, and what they have.

use prost::encoding::{WireType, decode_key, decode_varint};

/// What a field has.
#[derive(Clone, Copy)]
pub(super) enum Wire<'b> {
    Number(u64),
    Bytes(&'b [u8]),
}

impl<'b> Wire<'b> {
    /// The bytes of a text, or of a message.
    pub(super) fn bytes(self) -> Option<&'b [u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    /// A number of 64 or of 32 bits: negative ones of either are written as 64.
    pub(super) fn number(self) -> Option<i64> {
        if let Self::Number(number) = self { Some(number.cast_signed()) } else { None }
    }
}

/// Takes a field off a message: its number, and what it has. None if there is none, or one of a sort that Kubernetes'
/// messages do not have.
pub(super) fn take<'b>(rest: &mut &'b [u8]) -> Option<(u32, Wire<'b>)> {
    let (number, sort) = decode_key(rest).ok()?;
    let value = match sort {
        WireType::Varint => Wire::Number(decode_varint(rest).ok()?),
        WireType::LengthDelimited => {
            let length = decode_varint(rest).ok()?;
            let (bytes, after) = rest.split_at_checked(length.try_into().ok()?)?;
            *rest = after;
            Wire::Bytes(bytes)
        }
        _ => return None,
    };
    Some((number, value))
}

/// What up to two fields of a message have, by their numbers, one and two; none if it has others. Of two with one
/// number the last counts.
pub(super) fn pair(mut message: &[u8]) -> Option<[Option<Wire<'_>>; 2]> {
    let mut pair = [None; 2];
    while !message.is_empty() {
        let (number, value) = take(&mut message)?;
        *pair.get_mut(number.checked_sub(1)? as usize)? = Some(value);
    }
    Some(pair)
}
