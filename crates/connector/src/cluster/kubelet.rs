//! The configuration of each node's kubelet. The API server does not keep it: it asks the node, for who may use the
//! node's proxy.

use std::time::Duration;

use assay_model::coverage::ReadStatus;
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    api::{Api, Reply, encoded},
    list::{Broken, Lister},
    listed::Listed,
    paging::{Pages, Turn},
    place::Place,
    revision::Revision,
    sink::Sink,
};
use crate::{
    ingest::{Ingest, Kept, Taken},
    kinds::ListedResource,
};

/// Why kubelets are not asked unless that is wanted: who may, may run commands in every pod.
pub(super) const LEFT_OUT: &str = "left out: kubelets are asked with --kubelet-config only";

/// Why it is of no revision.
pub(super) const APART: &str = "each node is asked itself";

/// How many nodes are asked at a time.
const AT_ONCE: usize = 16;

/// A node that does not answer in this time is not there.
const SILENCE: Duration = Duration::from_secs(15);

/// A configuration is some kilobytes. What a node answers is its own word, and several are asked at a time.
const LONGEST: usize = 4 << 20;

/// Names of nodes are enough.
const METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// The resource that the configurations are recorded as: it is the model's, and no server lists it.
pub(crate) fn resource() -> ListedResource {
    ListedResource {
        group: "kubelet.config.k8s.io".to_owned(),
        plural: "kubeletconfigurations".to_owned(),
        version: "v1beta1".to_owned(),
        kind: "KubeletConfiguration".to_owned(),
        namespaced: Some(false),
        home: "kubelet.config.k8s.io".to_owned(),
    }
}

/// Whether the server lets us ask; a reason if not.
pub(super) async fn access(api: &Api<'_>, user: &str) -> (ReadStatus, Option<String>) {
    let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {"verb": "get", "resource": "nodes", "subresource": "proxy"}}});
    let reply = api.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &review).await;
    match reply.map(|reply| reply.json().pointer("/status/allowed").and_then(Value::as_bool)) {
        Ok(Some(true)) => (ReadStatus::Listed, None),
        Ok(_) => (ReadStatus::Forbidden, Some(format!("get nodes/proxy is forbidden to {user}"))),
        Err(failure) => (ReadStatus::Failed, Some(failure.reason)),
    }
}

#[derive(Deserialize)]
struct Nodes {
    #[serde(default)]
    metadata: Head,
    items: Vec<Node>,
}

#[derive(Deserialize, Default)]
struct Head {
    #[serde(default, rename = "continue")]
    next: String,
}

#[derive(Deserialize)]
struct Node {
    metadata: Name,
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

impl Lister<'_> {
    /// Asks each node. One that does not answer costs its own configuration.
    pub(super) async fn kubelets(
        &self,
        ingest: &mut Ingest<'_>,
        resource: &ListedResource,
        pin: Option<&Revision>,
    ) -> Result<Listed, Broken> {
        let mut listed = Listed::new(resource, Place::Everywhere);
        let mut sink = Sink::new(ingest.resource(resource), true);
        let mut nodes = Vec::new();
        self.nodes(&mut listed, pin, &mut nodes).await?;
        let mut asked = stream::iter(nodes).map(|node| self.kubelet(resource, node)).buffered(AT_ONCE);
        while let Some(taken) = asked.next().await {
            let taken: Vec<Taken<'_>> = taken.into_iter().collect();
            self.progress.read(&resource.name(), taken.len() as u64, 0);
            sink.take(0, &mut listed, taken)?;
        }
        drop(asked);
        let mut lists = [listed];
        sink.finish(&mut lists)?;
        let [listed] = lists;
        Ok(listed)
    }

    async fn nodes(
        &self,
        listed: &mut Listed,
        pin: Option<&Revision>,
        nodes: &mut Vec<String>,
    ) -> Result<(), Broken> {
        let mut pages = Pages::new("/api/v1/nodes".to_owned(), pin, self.page_size, self.most_pages);
        loop {
            let reply = match self.api.get_as(&pages.url(), METADATA).await {
                Ok(reply) if reply.code == 410 => return Err(Broken::Expired),
                Ok(reply) => reply,
                Err(failure) => {
                    listed.fail(ReadStatus::Failed, None, failure.reason);
                    return Ok(());
                }
            };
            listed.outcome.read.audit_ids.extend(reply.audit_id.clone());
            let page = serde_json::from_slice::<Nodes>(&reply.body);
            let (true, Ok(page)) = (reply.is_ok(), page) else {
                let status = if reply.code == 403 { ReadStatus::Forbidden } else { ReadStatus::Failed };
                let message = format!("list nodes, to ask each: {}", reply.describe());
                listed.fail(status, Some(reply.code), message);
                return Ok(());
            };
            listed.outcome.read.pages += 1;
            let fresh = page.items.len();
            nodes.extend(page.items.into_iter().map(|node| node.metadata.name));
            match pages.turn(page.metadata.next, fresh) {
                Turn::Next => {}
                Turn::End => return Ok(()),
                Turn::Endless(why) => {
                    listed.fail(ReadStatus::Failed, Some(reply.code), why);
                    return Ok(());
                }
            }
        }
    }

    async fn kubelet(&self, resource: &ListedResource, node: String) -> Option<Taken<'static>> {
        let path = format!("/api/v1/nodes/{}/proxy/configz", encoded(&node));
        let reply = tokio::time::timeout(SILENCE, self.api.get_once(&path, LONGEST)).await;
        let read = match reply {
            Ok(Ok(reply)) => configuration(&reply).ok_or_else(|| self.why(&node, &reply)),
            Ok(Err(failure)) => Err(failure.reason),
            Err(_) => Err(format!("the kubelet does not answer within {} s", SILENCE.as_secs())),
        };
        let mut object = json!({"apiVersion": resource.api_version(), "kind": resource.kind,
            "metadata": {"name": node}});
        match (read, object.as_object_mut()) {
            (Ok(fields), Some(object)) => {
                object.extend(fields.into_iter().filter(|(key, _)| !is_own(key)));
                let kept = Kept::new(self.redactor.redact(Value::Object(std::mem::take(object)).into()))?;
                Some(Taken { kept, unreadable: None })
            }
            (read, _) => Some(Taken { kept: Kept::ours(object.into())?, unreadable: read.err() }),
        }
    }

    fn why(&self, node: &str, reply: &Reply) -> String {
        match reply.code {
            401 | 403 => format!("get nodes/proxy {node} is forbidden to {}", self.user),
            code if (200..300).contains(&code) => "the kubelet's answer is no configuration".to_owned(),
            _ => format!("the kubelet cannot be asked: {}", reply.describe()),
        }
    }
}

/// What the object says of itself already.
fn is_own(key: &str) -> bool {
    ["apiVersion", "kind", "metadata"].contains(&key)
}

fn configuration(reply: &Reply) -> Option<Map<String, Value>> {
    if !reply.is_ok() {
        return None;
    }
    match reply.json().get_mut("kubeletconfig").map(Value::take) {
        Some(Value::Object(fields)) => Some(fields),
        _ => None,
    }
}
