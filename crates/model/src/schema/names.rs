//! Names of root fields.

/// The root field of a type: its plural in lower camel case (`NetworkPolicy` → `networkPolicies`).
pub fn root_field(type_name: &str) -> String {
    let mut chars = type_name.chars();
    let lower: String = chars.next().into_iter().flat_map(char::to_lowercase).chain(chars).collect();
    if let Some(stem) = lower.strip_suffix('y') {
        format!("{stem}ies")
    } else if lower.ends_with('s') {
        format!("{lower}es")
    } else {
        format!("{lower}s")
    }
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
            ("MutatingWebhookConfiguration", "mutatingWebhookConfigurations"),
        ] {
            assert_eq!(super::root_field(name), plural);
        }
    }
}
