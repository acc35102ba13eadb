//! Support bundles of troubleshoot.sh: folders of lists, by resource, with files that say what could not be listed.

/// The folder of lists.
const LISTS: &str = "cluster-resources";

/// What the name of a file about errors ends in.
const ERRORS: &str = "-errors.json";

/// Names that are no plurals, nor begin as one.
const SHORT: [(&str, &str); 2] = [("pvs", "persistentvolumes"), ("pvcs", "persistentvolumeclaims")];

/// What a bundle calls the resource that it could not list all of, if this is the file that says so. Only then is
/// there one.
pub(super) fn unread(file: &str) -> Option<&str> {
    let (folder, name) = file.rsplit_once('/')?;
    let is_list = folder == LISTS || folder.ends_with("/cluster-resources");
    name.strip_suffix(ERRORS).filter(|name| is_list && !name.is_empty())
}

/// Whether a bundle calls a resource so: `network-policy` is networkpolicies.
pub(crate) fn is_called(plural: &str, name: &str) -> bool {
    if let Some((_, long)) = SHORT.iter().find(|(short, _)| *short == name) {
        return plural == *long;
    }
    let name = name.replace('-', "");
    let singular_y = name.strip_suffix('y').map(|stem| format!("{stem}ies"));
    plural == name
        || plural.strip_suffix('s') == Some(&name)
        || plural.strip_suffix("es") == Some(&name)
        || singular_y.is_some_and(|name| name == plural)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_resources_errors_is_known_by_its_place() {
        for (file, expected) in [
            ("bundle/cluster-resources/pods-errors.json", Some("pods")),
            ("cluster-resources/network-policy-errors.json", Some("network-policy")),
            ("bundle.tar.gz/b/cluster-resources/pvcs-errors.json", Some("pvcs")),
            ("cluster-resources/pods/default.json", None),
            ("manifests/pods-errors.json", None),
            ("cluster-resources/-errors.json", None),
        ] {
            assert_eq!(unread(file), expected, "{file}");
        }
    }

    #[test]
    fn a_bundle_has_its_own_names_for_resources() {
        for (plural, name) in [
            ("pods", "pods"),
            ("networkpolicies", "network-policy"),
            ("ingresses", "ingress"),
            ("resourcequotas", "resource-quota"),
            ("storageclasses", "storage-classes"),
            ("persistentvolumeclaims", "pvcs"),
            ("customresourcedefinitions", "custom-resource-definitions"),
        ] {
            assert!(is_called(plural, name), "{plural} {name}");
        }
        assert!(!is_called("roles", "rolebindings") && !is_called("pods", "pvs"));
    }
}
