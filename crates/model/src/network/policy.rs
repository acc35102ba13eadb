//! A NetworkPolicy, as far as it decides.

use super::{Block, Ports, Protocol};
use crate::selector::Selector;

/// The direction of traffic, seen from the pod that a policy selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// To the pod.
    Ingress,
    /// From the pod.
    Egress,
}

/// A NetworkPolicy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The namespace whose pods it may select.
    pub namespace: String,
    /// The pods it selects; `None` selects none.
    pub pods: Option<Selector>,
    /// What it lets in; `None` if it doesn't isolate for ingress.
    pub ingress: Option<Vec<Rule>>,
    /// What it lets out; `None` if it doesn't isolate for egress.
    pub egress: Option<Vec<Rule>>,
}

impl Policy {
    /// The directions a policy isolates in: what `policyTypes` says, else Ingress, and Egress where there are
    /// egress rules.
    pub fn directions(policy_types: &[&str], has_egress_rules: bool) -> Vec<Direction> {
        if policy_types.is_empty() {
            let egress = has_egress_rules.then_some(Direction::Egress);
            return [Direction::Ingress].into_iter().chain(egress).collect();
        }
        let named = [("Ingress", Direction::Ingress), ("Egress", Direction::Egress)];
        named.into_iter().filter(|(name, _)| policy_types.contains(name)).map(|(_, d)| d).collect()
    }

    /// The rules of a direction; `None` if the policy doesn't isolate in it.
    pub(super) fn rules(&self, direction: Direction) -> Option<&[Rule]> {
        match direction {
            Direction::Ingress => self.ingress.as_deref(),
            Direction::Egress => self.egress.as_deref(),
        }
    }
}

/// Traffic that is let through: with any of the peers, on any of the ports.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rule {
    /// The other side; none listed is everyone, within the cluster and outside.
    pub peers: Vec<Peer>,
    /// The destination's ports; none listed is all.
    pub ports: Vec<PolicyPort>,
}

/// The other side of traffic.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Peer {
    /// Pods with these labels in the policy's own namespace.
    Here(Selector),
    /// Pods with these labels in the namespaces with those.
    Across {
        /// By the namespace's labels.
        namespaces: Selector,
        /// By the pod's labels.
        pods: Selector,
    },
    /// Addresses.
    Block(Block),
    /// What the API server refuses; it selects nothing.
    Nothing,
}

impl Peer {
    /// The peer that these fields make.
    pub fn of(pods: Option<Selector>, namespaces: Option<Selector>, block: Option<Option<Block>>) -> Self {
        match (namespaces, pods, block) {
            (Some(namespaces), pods, None) => Self::Across { namespaces, pods: pods.unwrap_or_default() },
            (None, Some(pods), None) => Self::Here(pods),
            (None, None, Some(Some(block))) => Self::Block(block),
            _ => Self::Nothing,
        }
    }
}

/// A port of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PolicyPort {
    /// The protocol; `None` for one that policies don't know, which lets nothing through.
    pub protocol: Option<Protocol>,
    /// The port; `None` is every port of the protocol.
    pub port: Option<PortNumber>,
    /// The last port of a range that begins with the number.
    pub end: Option<u16>,
}

/// A port by number or by the name that a container gives it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PortNumber {
    /// Its number.
    Number(u16),
    /// Its name.
    Name(String),
}

impl PortNumber {
    /// A port as it is written; `None` if it is a number that no port has.
    pub fn parse(text: &str) -> Option<Self> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().ok().filter(|number| *number > 0).map(Self::Number);
        }
        Some(Self::Name(text.to_owned()))
    }
}

impl PolicyPort {
    /// The ports it stands for, where a name stands for what the destination calls so.
    pub(super) fn ports(&self, named: impl Fn(&str, Protocol) -> Ports) -> Ports {
        match (self.protocol, &self.port, self.end) {
            (None, ..) => Ports::none(),
            (Some(protocol), None, _) => Ports::of(protocol),
            (Some(protocol), Some(PortNumber::Number(first)), end) => {
                Ports::range(protocol, *first, end.unwrap_or(*first))
            }
            (Some(protocol), Some(PortNumber::Name(name)), _) => named(name, protocol),
        }
    }
}

impl Rule {
    /// The ports it lets through.
    pub(super) fn ports(&self, named: impl Fn(&str, Protocol) -> Ports) -> Ports {
        if self.ports.is_empty() {
            return Ports::all();
        }
        self.ports.iter().fold(Ports::none(), |all, port| all.union(&port.ports(&named)))
    }
}
