//! When an image is pulled.

use serde_json::{Map, Value};

/// `Always` for the tag `latest`, said or meant; else `IfNotPresent`, also where the reference can't be read.
pub(super) fn pull_policy(container: &Map<String, Value>) -> Option<Value> {
    let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
    Some(if tag(image) == Some("latest") { "Always".into() } else { "IfNotPresent".into() })
}

/// The tag; `latest` if there is neither tag nor digest; none if there is a digest only, or it is no reference.
fn tag(image: &str) -> Option<&str> {
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (image, None),
    };
    let after_slash = name.rfind('/').map_or(0, |slash| slash + 1);
    let colon = name[after_slash..].rfind(':').map(|colon| after_slash + colon);
    let (repository, tag) = match colon {
        Some(colon) => (&name[..colon], Some(&name[colon + 1..])),
        None => (name, None),
    };
    if !is_repository(repository) {
        return None;
    }
    tag.or(if digest.is_none() { Some("latest") } else { None })
}

fn is_repository(name: &str) -> bool {
    let (domain, path) = match name.split_once('/') {
        Some((first, rest)) if is_domain(first) => (first, rest),
        _ => ("", name),
    };
    let is_part = |part: &str| {
        let is_end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        is_end(part.chars().next())
            && is_end(part.chars().last())
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))
    };
    let is_host = domain.chars().all(|c| c.is_ascii_alphanumeric() || ".:-[]".contains(c));
    is_host && path.split('/').all(is_part)
}

fn is_domain(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.chars().any(|c| c.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_the_api_server_does() {
        for (image, expected) in [
            ("nginx", Some("latest")),
            ("nginx:latest", Some("latest")),
            ("nginx:1.27", Some("1.27")),
            ("localhost:5000/nginx", Some("latest")),
            ("registry.example:5000/a/b:v2", Some("v2")),
            ("nginx@sha256:00", None),
            ("nginx:latest@sha256:00", Some("latest")),
            ("", None),
            ("NGINX", None),
            ("Registry/nginx", Some("latest")),
            ("a b", None),
            ("$(IMAGE)", None),
        ] {
            assert_eq!(tag(image), expected, "{image}");
        }
    }
}
