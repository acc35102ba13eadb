//! Spans of time as Kubernetes writes them, compared by length.
//!
//! Source: apimachinery's `metav1.Duration`, which is Go's `time.ParseDuration`: numbers with units, such as `1h30m` or
//! `1.5s`, and `0`.

/// A span of time, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(i64);

/// Nanoseconds of each unit. Go takes both of Unicode's letters for micro.
const UNITS: [(&str, i64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
];
const SECOND: i64 = 1_000_000_000;

/// As Go writes it down to seconds, without parts that are zero: `1h30m`, `1.5s`, `0s`.
impl std::fmt::Display for Duration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let nanos = self.0.unsigned_abs();
        let (seconds, fraction) = (nanos / SECOND.unsigned_abs(), nanos % SECOND.unsigned_abs());
        for (number, unit) in [(seconds / 3_600, "h"), (seconds / 60 % 60, "m")] {
            if number > 0 {
                write!(f, "{number}{unit}")?;
            }
        }
        let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:09}") };
        match (seconds % 60, fraction.trim_end_matches('0')) {
            (0, "") if nanos > 0 => Ok(()),
            (seconds, fraction) => write!(f, "{seconds}{fraction}s"),
        }
    }
}

impl std::str::FromStr for Duration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(text).ok_or_else(|| format!("`{text}` is no duration: write such as 30s, 1h30m or 0s"))
    }
}

fn parse(text: &str) -> Option<Duration> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(Duration(0));
    }
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let mut total: i128 = 0;
    loop {
        let (number, after) = rest.split_at(rest.find(|c| !is_number(c))?);
        let (unit, next) = after.split_at(after.find(is_number).unwrap_or(after.len()));
        let (_, nanos) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(length(number, *nanos)?)?;
        if next.is_empty() {
            return i64::try_from(sign * total).ok().map(Duration);
        }
        rest = next;
    }
}

/// Nanoseconds of a decimal number of some unit; what is finer is cut off.
fn length(number: &str, nanos: i64) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    // No unit has more nanoseconds than 13 digits.
    let fraction = &fraction[..fraction.len().min(18)];
    let digits = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<i128>().ok() };
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    let parts = digits(fraction)?.checked_mul(nanos.into())? / scale;
    digits(whole)?.checked_mul(nanos.into())?.checked_add(parts)
}

#[cfg(test)]
mod tests {
    use super::Duration;

    #[test]
    fn durations_compare_by_length() {
        let d = |text: &str| text.parse::<Duration>().unwrap();
        assert_eq!(d("90m"), d("1h30m"));
        assert_eq!(d("1.5s"), d("1s500ms"));
        assert_eq!([d("0"), d("0s"), d("-0h0m0s")], [d("0ns"); 3]);
        assert_eq!([d("1\u{b5}s"), d("1\u{3bc}s")], [d("1us"); 2]);
        assert!(d("5m") < d("10h") && d("-1h") < d("0"));
        assert_eq!(d("0.0000000000000000000001h"), d("0"));
        assert_eq!(
            ["4h0m0s", "1m", "1500ms", "0", "-2h5s", "3us"].map(|text| d(text).to_string()),
            ["4h", "1m", "1.5s", "0s", "-2h5s", "0.000003s"]
        );
    }

    #[test]
    fn what_go_refuses_is_none() {
        for wrong in
            ["", "1", "h", "1d", "1 h", "1.2.3s", ".s", "1h-1m", "PT1H", "2562048h", "1h1", "+", "1H"]
        {
            assert!(wrong.parse::<Duration>().is_err(), "{wrong}");
        }
    }
}
