//! Numbers as Go reads and writes them.

use super::tree::Content;

/// A plain scalar as a number, or `None`: it is text.
pub(super) fn parse(text: &str) -> Option<Content<'static>> {
    match text.as_bytes().first()? {
        b'.' => leading_point(text),
        b'0'..=b'9' | b'+' | b'-' => {
            let plain = text.replace('_', "");
            integer(&plain).or_else(|| decimal(&plain)).or_else(|| signed_binary(&plain))
        }
        _ => None,
    }
}

/// What is left of a float after Go has written it as JSON and read it again: an integer where its shortest decimal
/// digits are one.
pub(super) fn normalized(float: f64) -> Content<'static> {
    let digits = float.to_string();
    if let Ok(int) = digits.parse() {
        return Content::Int(int);
    }
    digits.parse().map_or(Content::Float(float), Content::Uint)
}

/// A float as text: Go's shortest `%g` of a 32-bit float, which is what it makes of a mapping's key.
pub(super) fn as_key(float: f64) -> String {
    let float = float as f32;
    if float.is_nan() {
        return ".nan".to_owned();
    }
    if float.is_infinite() {
        return if float > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{float:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..6).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:02}", exponent.abs())
        }
        _ => float.to_string(),
    }
}

fn leading_point(text: &str) -> Option<Content<'static>> {
    let bytes = text.as_bytes();
    let is_digit = |index: Option<usize>| index.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_digit);
    let separates = |i: usize| is_digit(i.checked_sub(1)) && is_digit(Some(i + 1));
    if (0..bytes.len()).any(|i| bytes[i] == b'_' && !separates(i)) {
        return None;
    }
    decimal(&text.replace('_', ""))
}

/// Go's `ParseInt` and `ParseUint` with base 0: `0x`, `0o`, `0b`, and a leading zero for octal.
fn integer(plain: &str) -> Option<Content<'static>> {
    let (negative, unsigned) = match plain.as_bytes().first()? {
        b'-' => (true, &plain[1..]),
        b'+' => (false, &plain[1..]),
        _ => (false, plain),
    };
    let (radix, digits) = radix(unsigned);
    if unsigned == "0" {
        return Some(Content::Int(0));
    }
    if !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = i128::from(u64::from_str_radix(digits, radix).ok()?);
    let value = if negative { -magnitude } else { magnitude };
    match i64::try_from(value) {
        Ok(int) => Some(Content::Int(int)),
        // `ParseUint` takes no sign.
        Err(_) if unsigned.len() == plain.len() => u64::try_from(value).ok().map(Content::Uint),
        Err(_) => None,
    }
}

fn radix(unsigned: &str) -> (u32, &str) {
    let Some(rest) = unsigned.strip_prefix('0') else { return (10, unsigned) };
    match rest.as_bytes() {
        [b'x' | b'X', _, ..] => (16, &rest[1..]),
        [b'o' | b'O', _, ..] => (8, &rest[1..]),
        [b'b' | b'B', _, ..] => (2, &rest[1..]),
        _ => (8, rest),
    }
}

fn decimal(plain: &str) -> Option<Content<'static>> {
    if !is_decimal(plain) {
        return None;
    }
    // Out of range is text, as it is for Go.
    let float = plain.parse::<f64>().ok().filter(|float| float.is_finite())?;
    Some(Content::Float(float))
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_decimal(plain: &str) -> bool {
    let unsigned = plain.strip_prefix(['-', '+']).unwrap_or(plain);
    let (whole, rest) = leading_digits(unsigned);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(after) => leading_digits(after),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return false;
    }
    match rest.strip_prefix(['e', 'E']) {
        None => rest.is_empty(),
        Some(exponent) => {
            let (digits, rest) = leading_digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
            !digits.is_empty() && rest.is_empty()
        }
    }
}

fn leading_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// `0b-1`: what is after `0b` may have a sign, in Go's YAML alone.
fn signed_binary(plain: &str) -> Option<Content<'static>> {
    let digits = plain.strip_prefix("0b")?;
    i64::from_str_radix(digits, 2).ok().map(Content::Int)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_that_are_integers_become_them() {
        for (float, expected) in [
            (3.0, Content::Int(3)),
            (-0.0, Content::Int(0)),
            (4_611_686_018_427_387_904.0, Content::Int(4_611_686_018_427_388_000)),
            (1e19, Content::Uint(10_000_000_000_000_000_000)),
            (1e20, Content::Float(1e20)),
            (0.5, Content::Float(0.5)),
        ] {
            assert_eq!(normalized(float), expected, "{float}");
        }
    }

    #[test]
    fn keys_are_written_as_go_writes_them() {
        for (float, expected) in [
            (1.5e10, "1.5e+10"),
            (123_456.0, "123456"),
            (1_234_567.0, "1.234567e+06"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5, "1.5"),
            (f64::INFINITY, ".inf"),
            (-1e300, "-.inf"),
            (f64::NAN, ".nan"),
        ] {
            assert_eq!(as_key(float), expected);
        }
    }
}
