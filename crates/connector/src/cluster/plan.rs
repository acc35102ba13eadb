//! What there is to list.

use std::collections::{BTreeMap, BTreeSet};

use assay_model::{
    coverage::ReadStatus,
    schema::{Resource, Schema},
};

use super::{
    discovery::{Discovery, Served},
    kubelet,
};
use crate::{ingest, kinds::ListedResource};

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
    let own = schema.assets().filter_map(|(_, own)| Some(own).filter(|own| own.plural != "*"));
    let own: Vec<&Resource> = own.filter(|own| !ingest::is_cluster(&ListedResource::modelled(own))).collect();
    let mut steps: BTreeMap<_, _> = own.iter().map(|own| modelled(own, discovery)).collect();
    let mut seen: BTreeSet<(String, String)> =
        steps.keys().map(|resource| (resource.group.clone(), resource.plural.clone())).collect();
    for served in discovery.served.iter().filter(|served| served.is_listable) {
        if seen.insert((served.group.clone(), served.plural.clone())) {
            steps.insert(listed(served), other(&own, served));
        }
    }
    for lacking in &discovery.undiscovered {
        let resource = ListedResource {
            group: lacking.group.clone(),
            plural: "*".to_owned(),
            version: lacking.version.clone(),
            kind: "*".to_owned(),
            namespaced: None,
            home: lacking.group.clone(),
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

/// A resource of the model in the version that it is read in, the model's own if that is served.
fn modelled(own: &Resource, discovery: &Discovery) -> (ListedResource, Step) {
    let skip = |status, reason: String| (ListedResource::modelled(own), Step::Skip(status, reason));
    if own.excluded {
        return skip(ReadStatus::Excluded, "left out: it changes all the time".to_owned());
    }
    if let Some(found) = readable(own, discovery) {
        let resource = ListedResource { home: own.group.clone(), ..listed(found) };
        return match found.is_listable {
            true => (resource, Step::List),
            false => (
                resource,
                Step::Skip(ReadStatus::Failed, "the API server does not offer a list of it".into()),
            ),
        };
    }
    let lacking = discovery.undiscovered.iter().find(|lacking| [&own.group, "*"].contains(&&*lacking.group));
    if let Some(lacking) = lacking {
        return skip(
            ReadStatus::Failed,
            format!("what is served could not be discovered: {}", lacking.reason),
        );
    }
    match discovery.served.iter().find(|one| one.group == own.group && one.plural == own.plural) {
        Some(other) => skip(
            ReadStatus::Failed,
            format!(
                "served as {}, which is not read; {} would be",
                listed(other).api_version(),
                own.api_version()
            ),
        ),
        None => skip(ReadStatus::NotServed, "the API server has no such resource".to_owned()),
    }
}

/// What is served of a resource in a version that can be read: the model's own, else the first of the others.
fn readable<'d>(own: &Resource, discovery: &'d Discovery) -> Option<&'d Served> {
    let versions = [(&own.group, &own.version)];
    let others = own.formerly.iter().map(|(group, version)| (group, version));
    versions.into_iter().chain(others).find_map(|(group, version)| {
        let is_it =
            |one: &&Served| one.group == *group && one.version == *version && one.plural == own.plural;
        discovery.served.iter().find(is_it)
    })
}

/// A resource that the model has no type for, or has under another group.
fn other(own: &[&Resource], served: &Served) -> Step {
    let is_same = |own: &&&Resource| {
        own.kind == served.kind && own.formerly.iter().any(|(group, _)| *group == served.group)
    };
    match own.iter().find(is_same) {
        Some(own) if own.excluded => {
            Step::Skip(ReadStatus::Excluded, "left out: it changes all the time".to_owned())
        }
        Some(own) => {
            let reason = format!("its objects are those of {} {}", own.api_version(), own.kind);
            Step::Skip(ReadStatus::Listed, reason)
        }
        None => Step::List,
    }
}

fn listed(served: &Served) -> ListedResource {
    ListedResource {
        group: served.group.clone(),
        plural: served.plural.clone(),
        version: served.version.clone(),
        kind: served.kind.clone(),
        namespaced: Some(served.namespaced),
        home: served.group.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::discovery::Undiscovered, *};

    fn served(group: &str, version: &str, plural: &str, kind: &str) -> Served {
        Served {
            group: group.to_owned(),
            version: version.to_owned(),
            plural: plural.to_owned(),
            kind: kind.to_owned(),
            namespaced: true,
            is_listable: true,
        }
    }

    /// The version and the status of the one step for a resource; none is a list.
    fn step<'s>(
        steps: &'s BTreeMap<ListedResource, Step>,
        name: &str,
    ) -> (&'s str, &'s str, Option<ReadStatus>) {
        let mut found = steps.iter().filter(|(resource, _)| resource.name() == name);
        let (resource, step) = found.next().unwrap();
        assert!(found.next().is_none(), "{name} twice");
        let status = match step {
            Step::List | Step::Kubelets => None,
            Step::Skip(status, _) => Some(*status),
        };
        (&resource.version, &resource.home, status)
    }

    #[test]
    fn each_resource_has_one_step() {
        let schema = Schema::built_in().unwrap();
        let discovery = Discovery {
            served: vec![
                served("", "v1", "pods", "Pod"),
                served("", "v1", "events", "Event"),
                served("batch", "v2", "jobs", "Job"),
                served("example.com", "v2", "widgets", "Widget"),
                served("example.com", "v1", "widgets", "Widget"),
            ],
            undiscovered: vec![Undiscovered {
                group: "apps".to_owned(),
                version: "v1".to_owned(),
                reason: "HTTP 503".to_owned(),
            }],
        };
        let steps = plan(&schema, &discovery, false);
        let step = |name: &str| step(&steps, name);
        assert_eq!(step("pods"), ("v1", "", None));
        assert_eq!(step("events"), ("v1", "", Some(ReadStatus::Excluded)));
        assert_eq!(step("jobs.batch"), ("v1", "batch", Some(ReadStatus::Failed)));
        assert_eq!(step("deployments.apps"), ("v1", "apps", Some(ReadStatus::Failed)));
        assert_eq!(step("secrets"), ("v1", "", Some(ReadStatus::NotServed)));
        assert_eq!(step("widgets.example.com"), ("v2", "example.com", None));
        assert_eq!(step("*.apps"), ("v1", "apps", Some(ReadStatus::Failed)));
        let left_out =
            ["events", "leases.coordination.k8s.io", "kubeletconfigurations.kubelet.config.k8s.io"];
        assert_eq!(excluded(&steps), left_out);
        let steps = plan(&schema, &discovery, true);
        assert_eq!(steps[&kubelet::resource()], Step::Kubelets);
    }

    #[test]
    fn an_older_version_is_read_where_only_that_is_served() {
        let schema = Schema::built_in().unwrap();
        let discovery = Discovery {
            served: vec![
                served("batch", "v1beta1", "cronjobs", "CronJob"),
                served("apps", "v1", "deployments", "Deployment"),
                served("extensions", "v1beta1", "deployments", "Deployment"),
                served("extensions", "v1beta1", "ingresses", "Ingress"),
                served("events.k8s.io", "v1", "events", "Event"),
            ],
            undiscovered: Vec::new(),
        };
        let steps = plan(&schema, &discovery, false);
        let step = |name: &str| step(&steps, name);
        assert_eq!(step("cronjobs.batch"), ("v1beta1", "batch", None));
        assert_eq!(step("deployments.apps"), ("v1", "apps", None));
        assert_eq!(step("deployments.extensions"), ("v1beta1", "extensions", Some(ReadStatus::Listed)));
        assert_eq!(step("ingresses.extensions"), ("v1beta1", "networking.k8s.io", None));
        assert_eq!(step("events.events.k8s.io"), ("v1", "events.k8s.io", Some(ReadStatus::Excluded)));
    }
}
