//! Names of the tables that hold objects.

use std::fmt::Write as _;

use assay_model::{canonical, schema::Schema};
use sha2::{Digest as _, Sha256};

/// Names of files have 255 bytes; the rest is for the ending, and for temporary names.
const LONGEST: usize = 200;

/// The table for the objects of a resource that the model has no type for.
pub(super) fn objects_table(schema: &Schema, group: &str, plural: &str) -> String {
    // A manifest may claim to hold a `v1` Deployment: its file must not be that of Deployments.
    let is_taken = schema.table_named(plural).is_some();
    let name = match group {
        "" if is_taken => format!("{plural}.core"),
        "" => plural.to_owned(),
        group => format!("{plural}.{group}"),
    };
    format!("objects/{}", plain(&name))
}

/// The name in letters, digits, `-` and `.`. A cluster's names are so already; those in hostile manifests are not.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    for (index, byte) in name.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' => plain.push(char::from(byte)),
            b'.' if index > 0 => plain.push('.'),
            // Writing to a String cannot fail.
            byte => _ = write!(plain, "_{byte:02x}"),
        }
    }
    if plain.len() <= LONGEST {
        return plain;
    }
    plain.truncate(LONGEST);
    format!("{plain}_{}", &canonical::hex(&Sha256::digest(name))[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kubernetes_own_and_stay_apart() {
        let schema = Schema::built_in().unwrap();
        let name = |group: &str, plural: &str| objects_table(&schema, group, plural);
        assert_eq!(name("", "componentstatuses"), "objects/componentstatuses");
        assert_eq!(name("example.com", "widgets"), "objects/widgets.example.com");
        assert_eq!(name("metrics.k8s.io", "pods"), "objects/pods.metrics.k8s.io");
        assert_eq!(name("", "deployments"), "objects/deployments.core");
        assert_eq!(name("../x", "ä"), "objects/_c3_a4..._2fx");
        assert_ne!(name("a_2f", "x"), name("a/", "x"));
        assert!(name(&"g".repeat(253), "x").len() < 240);
    }
}
