//! What stands in the place of a value that was taken out before anything was written.

/// The field in which an object, or an entry of a list, has what is told of values that were taken out of it
/// altogether.
pub const FACTS: &str = "assayFacts";

/// The mark in the place of a value that looked like this kind of credential.
pub fn mark(pattern: &str) -> String {
    format!("[redacted: {pattern}]")
}

/// The kinds of credentials whose marks a text has, in their order.
pub fn patterns(text: &str) -> impl Iterator<Item = &str> {
    text.split("[redacted: ").skip(1).filter_map(|rest| rest.split_once(']')).map(|(pattern, _)| pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_again() {
        let text = format!("--a={} --b {} [redacted] [redacted: open", mark("password"), mark("JWT"));
        assert_eq!(patterns(&text).collect::<Vec<_>>(), ["password", "JWT"]);
        assert_eq!(patterns("plain").count(), 0);
    }
}
