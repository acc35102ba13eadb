//! What stands in the place of a value that was taken out before anything was written.

/// The field in which an object, or an entry of a list, has what is told of values that were taken out of it
/// altogether.
pub const FACTS: &str = "assayFacts";

/// Annotations that hold a copy of their object, and are taken out altogether.
pub const COPIES: [&str; 5] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "objectset.rio.cattle.io/applied",
    "kapp.k14s.io/original",
    "banzaicloud.com/last-applied",
    "pv.kubernetes.io/last-applied",
];

/// What the mark says in the place of another annotation that held a whole object. It is no credential.
pub const COPY: &str = "copy of an object";

/// What is kept of an entry of `managedFields`.
pub const MANAGED: [&str; 5] = ["manager", "operation", "time", "apiVersion", "subresource"];

/// The mark in the place of a value that looked like this kind of credential.
pub fn mark(pattern: &str) -> String {
    format!("[redacted: {pattern}]")
}

/// The kinds of credentials whose marks a text has, in their order.
pub fn patterns(text: &str) -> impl Iterator<Item = &str> {
    text.split("[redacted: ").skip(1).filter_map(|rest| rest.split_once(']')).map(|(pattern, _)| pattern)
}

/// The text with a character that no text of an object has in the place of each mark.
pub fn without_marks(text: &str) -> String {
    let mut parts = text.split("[redacted: ");
    let mut left = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(']') {
            Some((_, rest)) => left.extend(["\0", rest]),
            None => left.extend(["[redacted: ", part]),
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_again() {
        let text = format!("--a={} --b {} [redacted] [redacted: open", mark("password"), mark("JWT"));
        assert_eq!(patterns(&text).collect::<Vec<_>>(), ["password", "JWT"]);
        assert_eq!(patterns("plain").count(), 0);
        assert_eq!(without_marks(&text), "--a=\0 --b \0 [redacted] [redacted: open");
        assert_eq!(without_marks("plain"), "plain");
    }
}
