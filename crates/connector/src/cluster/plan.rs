//! What there is to list.

use std::collections::{BTreeMap, BTreeSet};

use assay_model::{coverage::ReadStatus, schema::Schema};

use super::{
    discovery::{Discovery, Served},
    kubelet,
};
use crate::{
    ingest,
    kinds::{self, ListedResource},
};

/// Resources that change all the time and say nothing of how a cluster is set up: group and plural.
const EXCLUDED: &[(&str, &str)] =
    &[("", "events"), ("coordination.k8s.io", "leases"), ("events.k8s.io", "events")];

/// What to do about a resource.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// List it.
    List,
    /// Ask each node.
    Kubelets,
    /// Say why it is not listed.
    Skip(ReadStatus, String),
}

/// Everything that is served and can be listed, each resource once, and every resource of the model, sorted.
/// Kubelets are asked only if that is wanted.
pub(super) fn plan(schema: &Schema, discovery: &Discovery, kubelets: bool) -> BTreeMap<ListedResource, Step> {
    let known = kinds::modelled(schema);
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut steps = BTreeMap::new();
    for own in known.iter().filter(|own| !ingest::is_cluster(own)) {
        seen.insert((&own.group, &own.plural));
        steps.insert(own.clone(), modelled(own, discovery));
    }
    for served in discovery.served.iter().filter(|served| served.is_listable) {
        if seen.insert((&served.group, &served.plural)) {
            steps.insert(listed(served), other(served));
        }
    }
    for lacking in &discovery.undiscovered {
        let resource = ListedResource {
            group: lacking.group.clone(),
            plural: "*".to_owned(),
            version: lacking.version.clone(),
            kind: "*".to_owned(),
            namespaced: None,
        };
        let reason = format!("its resources could not be discovered: {}", lacking.reason);
        steps.insert(resource, Step::Skip(ReadStatus::Failed, reason));
    }
    let left_out = || Step::Skip(ReadStatus::Excluded, kubelet::LEFT_OUT.to_owned());
    steps.insert(kubelet::resource(), if kubelets { Step::Kubelets } else { left_out() });
    steps
}

/// The names of what is left out.
pub(super) fn excluded(steps: &BTreeMap<ListedResource, Step>) -> Vec<String> {
    let skipped = steps.iter().filter(|(_, step)| matches!(step, Step::Skip(ReadStatus::Excluded, _)));
    skipped.map(|(resource, _)| resource.name()).collect()
}

fn modelled(own: &ListedResource, discovery: &Discovery) -> Step {
    let mut found = discovery.served.iter().filter(|one| one.group == own.group && one.plural == own.plural);
    if let Some(same) = found.clone().find(|one| one.version == own.version) {
        if same.is_listable {
            return Step::List;
        }
        return Step::Skip(ReadStatus::Failed, "the API server does not offer a list of it".to_owned());
    }
    let lacking = discovery.undiscovered.iter().find(|lacking| [&own.group, "*"].contains(&&*lacking.group));
    if let Some(lacking) = lacking {
        let reason = format!("what is served could not be discovered: {}", lacking.reason);
        return Step::Skip(ReadStatus::Failed, reason);
    }
    match found.next() {
        Some(other) => {
            let reason = format!(
                "served as {}, but not as {}, which is the only version that is read",
                listed(other).api_version(),
                own.api_version()
            );
            Step::Skip(ReadStatus::Failed, reason)
        }
        None => Step::Skip(ReadStatus::NotServed, "the API server has no such resource".to_owned()),
    }
}

fn other(served: &Served) -> Step {
    if EXCLUDED.contains(&(&served.group, &served.plural)) {
        return Step::Skip(ReadStatus::Excluded, "left out: it changes all the time".to_owned());
    }
    Step::List
}

fn listed(served: &Served) -> ListedResource {
    ListedResource {
        group: served.group.clone(),
        plural: served.plural.clone(),
        version: served.version.clone(),
        kind: served.kind.clone(),
        namespaced: Some(served.namespaced),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::discovery::Undiscovered, *};

    fn served(group: &str, version: &str, plural: &str) -> Served {
        Served {
            group: group.to_owned(),
            version: version.to_owned(),
            plural: plural.to_owned(),
            kind: "Kind".to_owned(),
            namespaced: true,
            is_listable: true,
        }
    }

    #[test]
    fn each_resource_has_one_step() {
        let schema = Schema::built_in().unwrap();
        let discovery = Discovery {
            served: vec![
                served("", "v1", "pods"),
                served("", "v1", "events"),
                served("batch", "v2", "jobs"),
                served("example.com", "v2", "widgets"),
                served("example.com", "v1", "widgets"),
            ],
            undiscovered: vec![Undiscovered {
                group: "apps".to_owned(),
                version: "v1".to_owned(),
                reason: "HTTP 503".to_owned(),
            }],
        };
        let steps = plan(&schema, &discovery, false);
        let step = |name: &str| {
            let mut found = steps.iter().filter(|(resource, _)| resource.name() == name);
            let (resource, step) = found.next().unwrap();
            assert!(found.next().is_none(), "{name} twice");
            let status = match step {
                Step::List | Step::Kubelets => None,
                Step::Skip(status, _) => Some(*status),
            };
            (resource.version.as_str(), status)
        };
        assert_eq!(step("pods"), ("v1", None));
        assert_eq!(step("events"), ("v1", Some(ReadStatus::Excluded)));
        assert_eq!(step("jobs.batch"), ("v1", Some(ReadStatus::Failed)));
        assert_eq!(step("deployments.apps"), ("v1", Some(ReadStatus::Failed)));
        assert_eq!(step("secrets"), ("v1", Some(ReadStatus::NotServed)));
        assert_eq!(step("widgets.example.com"), ("v2", None));
        assert_eq!(step("*.apps"), ("v1", Some(ReadStatus::Failed)));
        assert_eq!(excluded(&steps), ["events", "kubeletconfigurations.kubelet.config.k8s.io"]);
        let steps = plan(&schema, &discovery, true);
        assert_eq!(steps[&kubelet::resource()], Step::Kubelets);
    }
}
