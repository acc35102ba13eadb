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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Doubt {
    /// They are all.
    #[default]
    None,
    /// Not all NetworkPolicies of its namespace could be read: more of them isolate it, and let more through.
    Unread,
    /// Policies of other kinds select it: they isolate, allow and deny in ways of their own.
    OtherKinds,
}

/// The labels of namespaces.
#[derive(Debug, Clone, Default)]
pub struct Namespaces<'a> {
    labels: HashMap<&'a str, Vec<(&'a str, &'a str)>>,
    unread: bool,
}

impl<'a> Namespaces<'a> {
    /// The namespaces that could be read. `unread`: there may be others, whose labels are not known.
    pub fn new(known: impl IntoIterator<Item = (&'a str, Vec<(&'a str, &'a str)>)>, unread: bool) -> Self {
        Self { labels: known.into_iter().collect(), unread }
    }

    /// Whether a namespace has the labels; `None` if that could not be read. One that is not declared has its name.
    pub(super) fn decide(&self, namespace: &str, selector: &Selector) -> Option<bool> {
        let labels = self.labels.get(namespace);
        selector.decide(|key| match labels {
            _ if key == NAME => Label::Value(namespace),
            Some(labels) => {
                labels.iter().find(|(k, _)| *k == key).map_or(Label::Missing, |(_, v)| Label::Value(v))
            }
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
