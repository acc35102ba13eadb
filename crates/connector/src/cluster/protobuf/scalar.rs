//! Types whose protobuf and whose JSON are not as Go's types have it, but their own.

use assay_model::json::Json;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::{Timestamp, tz::TimeZone};

use super::wire::{self, Wire};

/// The first second of the year 0: Go has no form for what was before.
const YEAR_ZERO: i64 = -62_167_219_200;

/// A text. What is no UTF-8 is replaced, as Go does when it writes JSON.
pub(super) fn text(bytes: &[u8]) -> Json<'_> {
    Json::String(String::from_utf8_lossy(bytes))
}

/// Any bytes.
pub(super) fn base64<'b>(bytes: &[u8]) -> Json<'b> {
    BASE64_STANDARD.encode(bytes).into()
}

/// `metav1.Time`, which has no fractions of seconds.
pub(super) fn time<'b>(message: &[u8]) -> Option<Json<'b>> {
    let Some((seconds, _)) = timestamp(message)? else { return Some(Json::Null) };
    Some(Timestamp::from_second(seconds).ok()?.to_string().into())
}

/// `metav1.MicroTime`.
pub(super) fn micro_time<'b>(message: &[u8]) -> Option<Json<'b>> {
    let Some((seconds, nanos)) = timestamp(message)? else { return Some(Json::Null) };
    let time = Timestamp::new(seconds, nanos).ok()?.to_zoned(TimeZone::UTC);
    Some(time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string().into())
}

/// Seconds and nanoseconds; none of a time that is none.
fn timestamp(message: &[u8]) -> Option<Option<(i64, i32)>> {
    if message.is_empty() {
        return Some(None);
    }
    let [seconds, nanos] = wire::pair(message)?;
    let seconds = seconds.map_or(Some(0), Wire::number)?;
    let nanos = nanos.map_or(Some(0), Wire::number)?;
    (seconds >= YEAR_ZERO).then_some(Some((seconds, i32::try_from(nanos).ok()?)))
}

/// `resource.Quantity`, which is a text in either.
pub(super) fn quantity(message: &[u8]) -> Option<Json<'_>> {
    let [quantity, other] = wire::pair(message)?;
    match (quantity, other) {
        (None, None) => Some("0".into()),
        (Some(quantity), None) => Some(text(quantity.bytes()?)),
        _ => None,
    }
}

/// `intstr.IntOrString`.
pub(super) fn int_or_string(mut message: &[u8]) -> Option<Json<'_>> {
    let (mut is_text, mut number, mut string) = (0, 0, &[][..]);
    while !message.is_empty() {
        match wire::take(&mut message)? {
            (1, value) => is_text = value.number()?,
            (2, value) => number = value.number()?,
            (3, value) => string = value.bytes()?,
            _ => return None,
        }
    }
    match is_text {
        0 => Some(number.into()),
        1 => Some(text(string)),
        _ => None,
    }
}

/// `runtime.RawExtension`: JSON within, or nothing.
pub(super) fn raw(message: &[u8]) -> Option<Json<'_>> {
    let [raw, other] = wire::pair(message)?;
    match (raw, other) {
        (None, None) => Some(Json::Null),
        (Some(raw), None) => Json::parse(std::str::from_utf8(raw.bytes()?).ok()?).ok(),
        _ => None,
    }
}
