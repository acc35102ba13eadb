//! Names of controls, checks and frameworks. They stand in stored audits and in exceptions, so they are
//! checked once, where they are read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidId(&'static str);

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidId {}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $dots:literal, $shape:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the shape.
            pub fn new(id: impl Into<String>) -> Result<Self, InvalidId> {
                let id = id.into();
                if is_kebab_case(&id, $dots) { Ok(Self(id)) } else { Err(InvalidId($shape)) }
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(id: String) -> Result<Self, InvalidId> {
                Self::new(id)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        /// Lets maps be asked with a `&str`.
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

id!(
    /// The id of a control: kebab-case, stable over releases, the name of its file.
    ControlId,
    false,
    "an id is lower-case words joined by hyphens, like `container-privileged`"
);
id!(
    /// The id of a check within its control: kebab-case, stable over releases.
    CheckSlug,
    false,
    "a slug is lower-case words joined by hyphens, like `no-host-ports`"
);
id!(
    /// The id of a framework with its version: kebab-case with dots, like `cis-kubernetes-1.12`.
    FrameworkId,
    true,
    "a framework id is lower-case words joined by hyphens, like `cis-kubernetes-1.12`"
);

fn is_kebab_case(id: &str, dots: bool) -> bool {
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || (dots && b == b'.');
    id.split('-').all(|word| !word.is_empty() && word.bytes().all(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        for good in ["a", "container-privileged", "k8s-2-x"] {
            assert!(ControlId::new(good).is_ok(), "{good}");
        }
        for bad in ["", "-", "a-", "-a", "a--b", "A", "a_b", "a b", "a.b", "é", "../a"] {
            assert!(ControlId::new(bad).is_err(), "{bad}");
        }
        assert!(FrameworkId::new("cis-kubernetes-1.12").is_ok());
        assert!(serde_json::from_str::<CheckSlug>("\"No\"").is_err());
    }
}
