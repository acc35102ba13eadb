//! Which Pod Security Standard a namespace asks for.
//!
//! Source: the Kubernetes documentation, "Pod Security Admission" and "Enforce Pod Security Standards with Namespace
//! Labels".

const PREFIX: &str = "pod-security.kubernetes.io/";

/// A level of the Pod Security Standards, from the least to the most restrictive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Anything goes.
    Privileged,
    /// No known privilege escalations.
    Baseline,
    /// Hardened.
    Restricted,
}

impl Level {
    /// The word in labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Privileged, Self::Baseline, Self::Restricted].into_iter().find(|level| level.as_str() == text)
    }
}

/// A level and the version of Kubernetes whose standards it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standard {
    /// The level.
    pub level: Level,
    /// `latest` or `v1.<minor>`.
    pub version: String,
}

/// What admission does with the pods of a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodSecurity {
    /// What pods are refused for.
    pub enforce: Standard,
    /// What goes into the audit log.
    pub audit: Standard,
    /// What users are warned of.
    pub warn: Standard,
}

impl PodSecurity {
    /// What labels ask for. Where one is missing, what the API server does by default: `privileged`, `latest`. Its
    /// configuration may say otherwise, which no object shows.
    pub fn of<'l>(label: impl Fn(&str) -> Option<&'l str>) -> Self {
        let label = |name: &str| label(&format!("{PREFIX}{name}"));
        let level = |mode: &str, invalid: Level| {
            label(mode).map_or(Level::Privileged, |text| Level::parse(text).unwrap_or(invalid))
        };
        let version = |mode: &str| version(label(&format!("{mode}-version")));
        // A level that can't be read is the strictest for enforcing, and none for the rest.
        let enforce = Standard { level: level("enforce", Level::Restricted), version: version("enforce") };
        let audit = Standard { level: level("audit", Level::Privileged), version: version("audit") };
        let mut warn = Standard { level: level("warn", Level::Privileged), version: version("warn") };
        let enforces = label("enforce").and_then(Level::parse).filter(|level| *level > Level::Privileged);
        if let (None, Some(level)) = (label("warn"), enforces) {
            warn.level = level;
            if label("warn-version").is_none() {
                warn.version.clone_from(&enforce.version);
            }
        }
        Self { enforce, audit, warn }
    }
}

fn version(text: Option<&str>) -> String {
    let is_minor = |minor: &str| {
        !minor.is_empty()
            && minor.chars().all(|c| c.is_ascii_digit())
            && (minor == "0" || !minor.starts_with('0'))
    };
    match text {
        Some(text) if text.strip_prefix("v1.").is_some_and(is_minor) => text.to_owned(),
        _ => "latest".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// enforce audit warn, each `level version`.
    fn asked(labels: &[(&str, &str)]) -> [String; 3] {
        let found = PodSecurity::of(|key| {
            labels.iter().find(|(name, _)| key == format!("{PREFIX}{name}")).map(|(_, value)| *value)
        });
        [found.enforce, found.audit, found.warn].map(|it| format!("{} {}", it.level.as_str(), it.version))
    }

    #[test]
    fn labels_ask_for_levels_and_versions() {
        const NONE: &str = "privileged latest";
        for (labels, expected) in [
            (vec![], [NONE, NONE, NONE]),
            (vec![("audit", "restricted"), ("audit-version", "v1.30")], [NONE, "restricted v1.30", NONE]),
            (vec![("enforce-version", "v1.29")], ["privileged v1.29", NONE, NONE]),
            // Users are warned of what is enforced, unless they ask for something else.
            (
                vec![("enforce", "baseline"), ("enforce-version", "v1.30")],
                ["baseline v1.30", NONE, "baseline v1.30"],
            ),
            (
                vec![("enforce", "restricted"), ("warn", "baseline")],
                ["restricted latest", NONE, "baseline latest"],
            ),
            (
                vec![("enforce", "restricted"), ("warn-version", "v1.31")],
                ["restricted latest", NONE, "restricted v1.31"],
            ),
            // What can't be read is refused, and neither logged nor warned of.
            (vec![("enforce", "Baseline")], ["restricted latest", NONE, NONE]),
            (vec![("audit", "strict"), ("warn", "strict")], [NONE, NONE, NONE]),
            (
                vec![("enforce", "baseline"), ("enforce-version", "1.30")],
                ["baseline latest", NONE, "baseline latest"],
            ),
        ] {
            assert_eq!(asked(&labels), expected, "{labels:?}");
        }
    }
}
