//! Image references, as a container runtime reads them.
//!
//! Source: the grammar of `github.com/distribution/reference`, and its rules for familiar names
//! (`nginx` is `docker.io/library/nginx:latest`).

/// The longest name, registry included, that a runtime takes.
const LONGEST_NAME: usize = 255;
const LONGEST_TAG: usize = 128;

/// An image reference with everything that it leaves unsaid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The host, with its port if one is given.
    pub registry: String,
    /// The path in the registry.
    pub repository: String,
    /// The tag; `latest` if there is neither tag nor digest.
    pub tag: Option<String>,
    /// The digest, with its algorithm.
    pub digest: Option<String>,
}

/// A text that no runtime can read as an image reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no image reference")]
pub struct Invalid;

impl Reference {
    /// Takes a reference apart.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let (name, tag) = split_tag(rest);
        let (registry, repository) = split_registry(name);
        let valid = name.len() <= LONGEST_NAME
            && is_host(registry)
            && !repository.is_empty()
            && repository.split('/').all(is_component)
            && tag.is_none_or(is_tag)
            && digest.is_none_or(is_digest)
            // Without a registry and a tag, 64 hexadecimal digits would be an image's id.
            && !(name == text && is_hexadecimal(text, 64));
        if !valid {
            return Err(Invalid);
        }
        let latest = if digest.is_none() { Some("latest") } else { None };
        Ok(Self {
            registry: if registry == "index.docker.io" { "docker.io" } else { registry }.to_owned(),
            repository: if is_docker_hub(registry) && !repository.contains('/') {
                format!("library/{repository}")
            } else {
                repository.to_owned()
            },
            tag: tag.or(latest).map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }
}

fn is_docker_hub(registry: &str) -> bool {
    registry == "docker.io" || registry == "index.docker.io"
}

/// A colon before a slash belongs to a port.
fn split_tag(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (text, None),
    }
}

/// What stands before the first slash is a host only if it could not be a part of a path.
fn split_registry(name: &str) -> (&str, &str) {
    match name.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':'])
                || first == "localhost"
                || first.chars().any(|c| c.is_ascii_uppercase()) =>
        {
            (first, rest)
        }
        _ => ("docker.io", name),
    }
}

fn is_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            let is_address =
                !address.is_empty() && address.chars().all(|c| c.is_ascii_hexdigit() || c == ':');
            return is_address && (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port));
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    host.split('.').all(is_host_part) && port.is_none_or(is_port)
}

fn is_host_part(part: &str) -> bool {
    !part.is_empty()
        && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !part.starts_with('-')
        && !part.ends_with('-')
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

/// Lower-case letters and digits, with `.`, `_`, `__` or dashes between them.
fn is_component(part: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let separators = part.split(is_word).filter(|between| !between.is_empty());
    part.starts_with(is_word)
        && part.ends_with(is_word)
        && separators.into_iter().all(|s| matches!(s, "." | "_" | "__") || s.chars().all(|c| c == '-'))
}

fn is_tag(tag: &str) -> bool {
    tag.len() <= LONGEST_TAG
        && tag.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && tag.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}

fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hash)) = digest.split_once(':') else { return false };
    let is_algorithm = algorithm.split(['+', '.', '-', '_']).all(|part| {
        part.starts_with(|c: char| c.is_ascii_alphabetic()) && part.chars().all(|c| c.is_ascii_alphanumeric())
    });
    let long_enough = match algorithm {
        "sha256" => is_hexadecimal(hash, 64),
        "sha384" => is_hexadecimal(hash, 96),
        "sha512" => is_hexadecimal(hash, 128),
        _ => hash.len() >= 32 && hash.chars().all(|c| c.is_ascii_hexdigit()),
    };
    is_algorithm && long_enough
}

fn is_hexadecimal(text: &str, length: usize) -> bool {
    text.len() == length && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// registry repository tag digest, with `-` for what is missing.
    fn parts(text: &str) -> String {
        match Reference::parse(text) {
            Err(Invalid) => "invalid".to_owned(),
            Ok(it) => {
                let or = |part: &Option<String>| part.as_deref().unwrap_or("-").to_owned();
                format!("{} {} {} {}", it.registry, it.repository, or(&it.tag), or(&it.digest))
            }
        }
    }

    #[test]
    fn what_is_left_unsaid_is_filled_in() {
        for (text, expected) in [
            ("nginx", "docker.io library/nginx latest -"),
            ("nginx:1.27", "docker.io library/nginx 1.27 -"),
            ("team/app", "docker.io team/app latest -"),
            ("docker.io/nginx", "docker.io library/nginx latest -"),
            ("index.docker.io/nginx", "docker.io library/nginx latest -"),
            ("docker.io/library/nginx:latest", "docker.io library/nginx latest -"),
            ("ghcr.io/a/b/c:v1.2_3-x", "ghcr.io a/b/c v1.2_3-x -"),
            ("registry.example:5000/app", "registry.example:5000 app latest -"),
            ("registry.example:5000/app:2", "registry.example:5000 app 2 -"),
            ("localhost/app", "localhost app latest -"),
            ("localhost:5000/app", "localhost:5000 app latest -"),
            ("Registry/app", "Registry app latest -"),
            ("[fd00::1]:5000/app:1", "[fd00::1]:5000 app 1 -"),
            ("a__b/c--d", "docker.io a__b/c--d latest -"),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    #[test]
    fn a_digest_needs_no_tag_and_goes_with_one() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        assert_eq!(parts(&format!("nginx@{digest}")), format!("docker.io library/nginx - {digest}"));
        let both = format!("quay.io/a/b:1@{digest}");
        assert_eq!(parts(&both), format!("quay.io a/b 1 {digest}"));
    }

    #[test]
    fn what_no_runtime_reads_is_invalid() {
        let long = "a".repeat(256);
        let id = "0a".repeat(32);
        for text in [
            "",
            " ",
            "NGINX",
            "a b",
            "nginx:",
            "nginx:-x",
            "nginx@",
            "nginx@sha256:00",
            "nginx@x",
            "/nginx",
            "nginx/",
            "a//b",
            "a/b_.c",
            "_a",
            "a_",
            "example.com/",
            "-x.example/app",
            "registry.example:/app",
            "$(IMAGE)",
            "https://registry.example/app",
            &long,
            &id,
        ] {
            assert_eq!(parts(text), "invalid", "{text}");
        }
    }
}
