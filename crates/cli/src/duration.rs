//! Durations as people write them.

use std::time::Duration;

use jiff::SignedDuration;

/// Reads `90s`, `15m`, `24h`, `1h 30m`.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || "write a duration, such as 30s, 15m or 24h".to_owned();
    let duration: SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(duration).ok().filter(|duration| !duration.is_zero()).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(parse("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("1h 30m"), Ok(Duration::from_secs(5400)));
        for wrong in ["", "90", "-1h", "0s", "soon"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
