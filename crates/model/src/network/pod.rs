//! What of pods and namespaces policies look at.

use std::collections::HashMap;
use std::net::IpAddr;

use super::Protocol;
use crate::selector::{Label, Selector};

/// The label every namespace has, with its name.
pub(super) const NAME: &str = "kubernetes.io/metadata.name";

/// A pod, or the pods that a template would make.
#[derive(Debug, Clone, Default)]
pub struct Pod<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its labels.
    pub labels: Vec<(&'a str, &'a str)>,
    /// Whether it is on the node's network.
    pub host_network: bool,
    /// The ports its containers name.
    pub ports: Vec<NamedPort<'a>>,
    /// Its addresses, as far as they are known.
    pub addresses: Vec<IpAddr>,
    /// Why the policies given may not be all that decide about it.
    pub doubt: Doubt,
    /// Policies of other kinds that select it or may, by whatever number the caller gives them; ordered.
    pub others: Vec<u32>,
}

/// A port that a container gives a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamedPort<'a> {
    /// The name.
    pub name: &'a str,
    /// The protocol.
    pub protocol: Protocol,
    /// The number.
    pub number: u16,
}

/// Why the policies given may not be all that decide about a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Doubt {
    /// Not all NetworkPolicies of its namespace could be read: more of them may isolate it, and let more through.
    pub unread: bool,
    /// Policies of other kinds select it or may: they isolate, allow and deny in ways of their own.
    pub other_kinds: bool,
}

/// The labels of namespaces.
#[derive(Debug, Clone, Default)]
pub struct Namespaces<'a> {
    labels: HashMap<&'a str, Option<Vec<(&'a str, &'a str)>>>,
    unread: bool,
}

impl<'a> Namespaces<'a> {
    /// The namespaces there are, with their labels where they could be read. `unread`: there may be others.
    pub fn new(
        known: impl IntoIterator<Item = (&'a str, Option<Vec<(&'a str, &'a str)>>)>,
        unread: bool,
    ) -> Self {
        Self { labels: known.into_iter().collect(), unread }
    }

    /// Whether a namespace has the labels; `None` if that could not be read. One that is not declared has its name.
    pub fn decide(&self, namespace: &str, selector: &Selector) -> Option<bool> {
        let labels = self.labels.get(namespace);
        selector.decide(|key| match labels {
            _ if key == NAME => Label::Value(namespace),
            Some(Some(labels)) => {
                labels.iter().find(|(k, _)| *k == key).map_or(Label::Missing, |(_, v)| Label::Value(v))
            }
            Some(None) => Label::Unknown,
            None if self.unread => Label::Unknown,
            None => Label::Missing,
        })
    }
}

/// Whether a selector of namespaces may select one with another name, whether or not there is such a namespace.
pub(super) fn may_select_other_than(own: &str, selector: &Selector) -> bool {
    let may = |name: &str| {
        let label = |key: &str| if key == NAME { Label::Value(name) } else { Label::Unknown };
        selector.decide(label) != Some(false)
    };
    match selector.values_of(NAME) {
        Some(names) => names.iter().any(|name| name != own && may(name)),
        // No namespace is called so: it stands for any that the selector doesn't name.
        None => may("*"),
    }
}

/// Whether a selector of namespaces selects each one.
pub(super) fn selects_each_namespace(selector: &Selector) -> bool {
    selector.is_everything() || *selector == Selector::parse(NAME)
}
