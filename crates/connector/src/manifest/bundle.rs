//! Support bundles of troubleshoot.sh: folders of lists, by resource, with files that say what could not be listed.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, Read as _},
    sync::Arc,
};

use assay_model::schema::is_built_in;
use serde::de::IgnoredAny;

/// The folder of lists.
const LISTS: &str = "cluster-resources";

/// What a bundle calls pods, and the folder of their lists, one for each namespace that it read, empty or not.
const PODS: &str = "pods";

/// What the name of a file about errors ends in.
const ERRORS: &str = "-errors.json";

/// Names that are no plurals, nor begin as one.
const SHORT: [(&str, &str); 2] = [("pvs", "persistentvolumes"), ("pvcs", "persistentvolumeclaims")];

/// What a bundle calls custom resources, the folder of them, and the file about those that it could not list.
const CUSTOM: &str = "custom-resources";

/// The longest file about errors that is read.
const LONGEST: u64 = 16 << 20;

/// What a bundle lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// Some of a resource, which is what the bundle calls it.
    Called(String),
    /// Some of a custom resource: `widgets.example.com`.
    Custom(String),
    /// Nobody knows which custom resources.
    AnyCustom,
    /// Whatever is in this namespace: whoever made the bundle may not read its pods.
    Namespace(String),
}

impl Unread {
    /// Whether it may be some of this resource.
    pub(crate) fn covers(&self, group: &str, plural: &str, is_namespaced: bool) -> bool {
        match self {
            Self::Called(name) => is_called(plural, name),
            Self::Custom(name) => *name == format!("{plural}.{group}"),
            Self::AnyCustom => !is_built_in(group),
            Self::Namespace(_) => is_namespaced,
        }
    }
}

/// What bundles say of what they lack, in the files that were read so far.
#[derive(Default)]
pub(super) struct Bundles {
    unread: Vec<(Unread, Arc<str>)>,
    /// The namespaces of each bundle that it asked for its rights in, and the file.
    asked: BTreeMap<(String, String), Arc<str>>,
    /// Those whose pods it listed, or tried to.
    read: BTreeSet<(String, String)>,
}

impl Bundles {
    /// Takes note of a file; whether that was all there is to it.
    pub(super) fn take(&mut self, file: &Arc<str>, content: &mut dyn BufRead) -> bool {
        if let Some(place) = in_folder(file, "auth-cani-list") {
            self.asked.insert(place, Arc::clone(file));
        }
        self.read.extend(in_folder(file, PODS));
        let Some((bundle, name)) = errors(file) else { return false };
        match name {
            CUSTOM => {
                let names = keys(content).into_iter().map(|key| custom(&key)).collect::<Option<Vec<_>>>();
                let names = names.filter(|names| !names.is_empty()).unwrap_or(vec![Unread::AnyCustom]);
                self.unread.extend(names.into_iter().map(|name| (name, Arc::clone(file))));
            }
            name => {
                if name == PODS {
                    self.read.extend(keys(content).into_iter().map(|key| (bundle.to_owned(), key)));
                }
                self.unread.push((Unread::Called(name.to_owned()), Arc::clone(file)));
            }
        }
        true
    }

    /// What they lack, and the file that says so.
    pub(super) fn unread(mut self) -> Vec<(Unread, Arc<str>)> {
        let left_out = self.asked.into_iter().filter(|(place, _)| !self.read.contains(place));
        self.unread.extend(left_out.map(|((_, namespace), file)| (Unread::Namespace(namespace), file)));
        self.unread
    }
}

/// The bundle's folder of lists and what the bundle calls the resource that it could not list all of, if this is the
/// file that says so. Only then is there one.
fn errors(file: &str) -> Option<(&str, &str)> {
    let (folder, name) = file.rsplit_once('/')?;
    let name = name.strip_suffix(ERRORS).filter(|name| !name.is_empty())?;
    let folder =
        if name == CUSTOM { folder.strip_suffix("/custom-resources").unwrap_or(folder) } else { folder };
    is_lists(folder).then_some((folder, name))
}

/// The bundle's folder of lists and the namespace, if this is the file of a namespace in such a folder of it.
fn in_folder(file: &str, folder: &str) -> Option<(String, String)> {
    let (path, name) = file.rsplit_once('/')?;
    let (lists, own) = path.rsplit_once('/')?;
    let name = name.strip_suffix(".json").filter(|_| own == folder && is_lists(lists))?;
    Some((lists.to_owned(), name.to_owned()))
}

fn is_lists(folder: &str) -> bool {
    folder == LISTS || folder.ends_with("/cluster-resources")
}

/// What a file about errors has errors of; nothing if it is no such file.
fn keys(content: &mut dyn BufRead) -> Vec<String> {
    let errors = serde_json::from_reader::<_, BTreeMap<String, IgnoredAny>>(content.take(LONGEST));
    errors.map(|errors| errors.into_keys().collect()).unwrap_or_default()
}

/// The resource of an error about custom resources: `widgets.example.com`, or `widgets.example.com/shop`.
fn custom(key: &str) -> Option<Unread> {
    let name = key.split('/').next().unwrap_or_default();
    let is_name = name.contains('.') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
    is_name.then(|| Unread::Custom(name.to_owned()))
}

/// Whether a bundle calls a resource so: `network-policy` is networkpolicies.
fn is_called(plural: &str, name: &str) -> bool {
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
            ("bundle/cluster-resources/pods-errors.json", Some(("bundle/cluster-resources", "pods"))),
            ("cluster-resources/network-policy-errors.json", Some(("cluster-resources", "network-policy"))),
            ("b.tar.gz/b/cluster-resources/pvcs-errors.json", Some(("b.tar.gz/b/cluster-resources", "pvcs"))),
            (
                "cluster-resources/custom-resources/custom-resources-errors.json",
                Some(("cluster-resources", CUSTOM)),
            ),
            ("cluster-resources/pods/default.json", None),
            ("manifests/pods-errors.json", None),
            ("cluster-resources/-errors.json", None),
        ] {
            assert_eq!(errors(file), expected, "{file}");
        }
    }

    #[test]
    fn errors_name_custom_resources_or_leave_them_all_open() {
        let unread = |errors: &str| {
            let mut bundles = Bundles::default();
            let file: Arc<str> = "cluster-resources/custom-resources/custom-resources-errors.json".into();
            assert!(bundles.take(&file, &mut errors.as_bytes()));
            bundles.unread().into_iter().map(|(unread, _)| unread).collect::<Vec<_>>()
        };
        let custom = |name: &str| Unread::Custom(name.to_owned());
        assert_eq!(
            unread(r#"{"a.example.com": "forbidden", "b.example.com/shop": "no"}"#),
            [custom("a.example.com"), custom("b.example.com")]
        );
        for errors in [r#"{"crdList": "forbidden"}"#, "{}", "[", r#"{"a.example.com": 1, "crdClient": 2}"#] {
            assert_eq!(unread(errors), [Unread::AnyCustom], "{errors}");
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
