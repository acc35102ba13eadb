//! Amounts as Kubernetes writes them, compared by value.
//!
//! Source: apimachinery's `resource.Quantity`: a decimal number with a binary suffix (`Ki` … `Ei`), a decimal
//! one (`n u m k M G T P E`) or an exponent.

/// An amount, in billionths: the API server rounds finer ones up to this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(i128);

impl Quantity {
    /// The amount in billionths.
    pub fn nanos(self) -> i128 {
        self.0
    }
}

const NANOS: i128 = 1_000_000_000;

/// As a decimal number: `0.5`, `536870912`.
impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (sign, nanos) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let (whole, rest) = (nanos / NANOS.unsigned_abs(), nanos % NANOS.unsigned_abs());
        let rest = if rest == 0 { String::new() } else { format!(".{rest:09}") };
        write!(f, "{sign}{whole}{}", rest.trim_end_matches('0'))
    }
}

impl std::str::FromStr for Quantity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(text).ok_or_else(|| format!("`{text}` is no quantity: write such as 500m, 2 or 1Gi"))
    }
}

fn parse(text: &str) -> Option<Quantity> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let (multiplier, divisor) = scale(suffix)?;
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let fraction_divisor = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let scaled = digits.checked_mul(multiplier)?.checked_mul(NANOS)?;
    let divisor = divisor.checked_mul(fraction_divisor)?;
    // Rounded away from zero, as the API server does.
    let value = scaled.checked_add(divisor - 1)? / divisor;
    Some(Quantity(sign * value))
}

/// What a suffix multiplies and divides by.
fn scale(suffix: &str) -> Option<(i128, i128)> {
    let power = |base: i128, n: u32| base.checked_pow(n).map(|value| (value, 1));
    match suffix {
        "" => Some((1, 1)),
        "n" => Some((1, 1_000_000_000)),
        "u" => Some((1, 1_000_000)),
        "m" => Some((1, 1_000)),
        "k" => power(1000, 1),
        "M" => power(1000, 2),
        "G" => power(1000, 3),
        "T" => power(1000, 4),
        "P" => power(1000, 5),
        "E" => power(1000, 6),
        "Ki" => power(1024, 1),
        "Mi" => power(1024, 2),
        "Gi" => power(1024, 3),
        "Ti" => power(1024, 4),
        "Pi" => power(1024, 5),
        "Ei" => power(1024, 6),
        exponent => {
            let number: i32 = exponent.strip_prefix(['e', 'E'])?.parse().ok()?;
            let size = 10_i128.checked_pow(number.unsigned_abs())?;
            Some(if number < 0 { (1, size) } else { (size, 1) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Quantity;

    #[test]
    fn quantities_compare_by_value() {
        let q = |text: &str| text.parse::<Quantity>().unwrap();
        assert_eq!(q("512Mi"), q("0.5Gi"));
        assert_eq!(q("1"), q("1000m"));
        assert_eq!(q("1e3"), q("1k"));
        assert!(q("1G") < q("1Gi"));
        assert!(q("-1") < q("0"));
        assert_eq!(q(".5"), q("500m"));
        assert_eq!([q("500m"), q("-1Ki"), q("100")].map(|q| q.to_string()), ["0.5", "-1024", "100"]);
        for wrong in ["", "x", "1.2.3", "1 Gi", "1gi", "e5", "99999999999999999999999999999999999999E"] {
            assert!(wrong.parse::<Quantity>().is_err(), "{wrong}");
        }
    }
}
