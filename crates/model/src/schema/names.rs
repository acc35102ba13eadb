//! Names of root fields.

/// The root field of a type: its plural in lower camel case (`NetworkPolicy` → `networkPolicies`, `CSIDriver` →
/// `csiDrivers`).
pub fn root_field(type_name: &str) -> String {
    let name = lower_camel(type_name);
    let consonant_y = name.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match consonant_y {
        Some(stem) => format!("{stem}ies"),
        // Endpoints and SecurityContextConstraints are plurals.
        None if name.ends_with("ints") => name,
        None if name.ends_with('s') => format!("{name}es"),
        None => format!("{name}s"),
    }
}

/// The name with its first word in lower case.
fn lower_camel(name: &str) -> String {
    let capitals = name.chars().take_while(char::is_ascii_uppercase).count();
    // The last of several capitals begins the next word.
    let first = if capitals > 1 && capitals < name.len() { capitals - 1 } else { capitals };
    let (head, tail) = name.split_at(first);
    head.to_ascii_lowercase() + tail
}

#[cfg(test)]
mod tests {
    #[test]
    fn plurals_are_kubernetes_own() {
        for (name, plural) in [
            ("NetworkPolicy", "networkPolicies"),
            ("Ingress", "ingresses"),
            ("Pod", "pods"),
            ("EndpointSlice", "endpointSlices"),
            ("LegacyEndpoints", "legacyEndpoints"),
            ("Gateway", "gateways"),
            ("HTTPRoute", "httpRoutes"),
            ("CSIStorageCapacity", "csiStorageCapacities"),
            ("IPAddress", "ipAddresses"),
            ("ServiceCIDR", "serviceCIDRs"),
            ("SecurityContextConstraints", "securityContextConstraints"),
            ("MutatingWebhookConfiguration", "mutatingWebhookConfigurations"),
        ] {
            assert_eq!(super::root_field(name), plural);
        }
    }
}
