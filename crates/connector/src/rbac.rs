//! The permissions that a collection needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use assay_model::schema::Schema;

use crate::{
    cluster::kubelet_resource,
    ingest,
    kinds::{self, ListedResource},
};

/// The YAML of the least ClusterRole that a collection needs: to list each resource of the model, or only those that
/// are `needed` (`deployments.apps`). With `all_kinds`, also to list every other resource, custom resources among
/// them, whose groups nobody knows in advance; with `kubelet_config`, to ask the kubelets for theirs.
pub fn cluster_role(
    schema: &Schema,
    name: &str,
    needed: Option<&BTreeSet<String>>,
    all_kinds: bool,
    kubelet_config: bool,
) -> String {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let is_needed = |resource: &ListedResource| needed.is_none_or(|names| names.contains(&resource.name()));
    let all = if needed.is_some() { kinds::modelled(schema) } else { kinds::wanted(schema) };
    let kubelets = kubelet_resource();
    let is_listed = |resource: &ListedResource| !ingest::is_cluster(resource) && *resource != kubelets;
    let kubelet_config = kubelet_config || needed.is_some() && is_needed(&kubelets);
    for resource in all.into_iter().filter(|resource| is_listed(resource) && is_needed(resource)) {
        for group in resource.groups(schema) {
            groups.entry(group).or_default().push(resource.plural.clone());
        }
    }
    if kubelet_config {
        // Which nodes there are to ask.
        let core = groups.entry(String::new()).or_default();
        if !core.iter().any(|plural| plural == "nodes") {
            core.push("nodes".to_owned());
            core.sort();
        }
    }
    let mut yaml = format!(
        "# What assay needs to read a cluster: to list, never to watch or to change anything. Values of Secrets and\n\
         # ConfigMaps are dropped before anything is written; without Secrets, checks about them are unknown.\n\
         apiVersion: rbac.authorization.k8s.io/v1\n\
         kind: ClusterRole\n\
         metadata:\n  name: {}\n\
         rules:\n",
        scalar(name)
    );
    for (group, plurals) in &groups {
        rule(&mut yaml, None, group, plurals.iter().map(String::as_str));
    }
    yaml.push_str("  # The uid of kube-system is the cluster's identity.\n");
    yaml.push_str("  - apiGroups: [\"\"]\n    resources: [namespaces]\n    resourceNames: [kube-system]\n");
    yaml.push_str("    verbs: [get]\n");
    if kubelet_config {
        yaml.push_str("  # The kubelets' configuration. Whoever may use the nodes' proxy may run commands in every pod.\n");
        yaml.push_str("  - apiGroups: [\"\"]\n    resources: [nodes/proxy]\n    verbs: [get]\n");
    }
    if all_kinds {
        let why = "Every other kind, custom resources among them. Without this rule they are recorded as forbidden.";
        rule(&mut yaml, Some(why), "*", ["\"*\""].into_iter());
    }
    yaml.push_str(
        "# Discovery, the version and the review of oneself come with the roles system:discovery,\n\
         # system:public-info-viewer and system:basic-user, which every authenticated user has by default.\n",
    );
    yaml
}

fn rule<'p>(yaml: &mut String, why: Option<&str>, group: &str, plurals: impl Iterator<Item = &'p str>) {
    if let Some(why) = why {
        // Writing to a String cannot fail.
        _ = writeln!(yaml, "  # {why}");
    }
    _ = writeln!(yaml, "  - apiGroups: [{}]\n    resources:", scalar(group));
    for plural in plurals {
        _ = writeln!(yaml, "      - {plural}");
    }
    yaml.push_str("    verbs: [list]\n");
}

/// Text as YAML: plain where nothing else could be read in it.
fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text);
    if is_plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_lists_what_the_model_has() {
        let schema = Schema::built_in().unwrap();
        let least = cluster_role(&schema, "assay", None, false, false);
        assert!(least.contains("  name: assay\n"), "{least}");
        assert!(least.contains("  - apiGroups: [\"\"]\n    resources:\n      - configmaps\n"), "{least}");
        assert!(least.contains(
            "  - apiGroups: [apps]\n    resources:\n      - controllerrevisions\n      - daemonsets\n"
        ));
        assert!(!least.contains("- clusters") && !least.contains('*') && !least.contains("watch]"));
        let two = ["pods".to_owned(), "roles.rbac.authorization.k8s.io".to_owned()].into();
        let few = cluster_role(&schema, "assay", Some(&two), false, false);
        let listed: Vec<&str> = few.lines().filter_map(|line| line.strip_prefix("      - ")).collect();
        assert_eq!(listed, ["pods", "roles"]);
        let kubelets = ["kubeletconfigurations.kubelet.config.k8s.io".to_owned()].into();
        let asking = cluster_role(&schema, "assay", Some(&kubelets), false, false);
        assert!(
            asking.contains("resources: [nodes/proxy]") && !asking.contains("kubeletconfigurations"),
            "{asking}"
        );
        assert!(asking.contains("      - nodes\n"), "{asking}");
        assert!(!least.contains("nodes/proxy") && !least.contains("kubelet"), "{least}");
        assert!(cluster_role(&schema, "no", None, true, false).contains("name: \"no\"\n"));
        assert!(
            cluster_role(&schema, "a", None, true, false)
                .contains("apiGroups: [\"*\"]\n    resources:\n      - \"*\"\n")
        );
    }
}
