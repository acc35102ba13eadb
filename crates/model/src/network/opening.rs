//! What policies leave open, whoever is there to use it.

use super::address::Cover;
use super::pod::{may_select_other_than, selects_each_namespace};
use super::{Block, ClassId, Classes, Direction, Doubt, Peer, Ports, Protocol};

/// Whom a class may have traffic with in a direction, whether or not anyone is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Open {
    /// Every IPv4 address, or every IPv6 one.
    pub every_address: bool,
    /// Most addresses of the internet: at least half of all IPv4, or of the global unicast IPv6, addresses.
    pub world: bool,
    /// Any address outside the cluster.
    pub addresses: bool,
    /// Every pod of the cluster.
    pub cluster: bool,
    /// Some pods of another namespace.
    pub other_namespaces: bool,
    /// Some pods of its own namespace.
    pub own_namespace: bool,
}

impl Open {
    const ALL: Self = Self {
        every_address: true,
        world: true,
        addresses: true,
        cluster: true,
        other_namespaces: true,
        own_namespace: true,
    };

    /// Whether nothing is open.
    pub fn is_nothing(&self) -> bool {
        !(self.addresses || self.other_namespaces || self.own_namespace)
    }

    fn or(self, other: Self) -> Self {
        Self {
            every_address: self.every_address || other.every_address,
            world: self.world || other.world,
            addresses: self.addresses || other.addresses,
            cluster: self.cluster || other.cluster,
            other_namespaces: self.other_namespaces || other.other_namespaces,
            own_namespace: self.own_namespace || other.own_namespace,
        }
    }
}

/// What is known of what is open to a class in a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// Whether a policy isolates it; `None` if that depends on what could not be read.
    pub isolated: Option<bool>,
    /// What is open, whatever could not be read.
    pub sure: Open,
    /// What is or could be.
    pub maybe: Open,
}

impl Opening {
    /// One of the facts; `None` if it depends on what could not be read.
    pub fn is(&self, fact: impl Fn(&Open) -> bool) -> Option<bool> {
        match (fact(&self.sure), fact(&self.maybe)) {
            (true, _) => Some(true),
            (false, false) => Some(false),
            (false, true) => None,
        }
    }
}

impl Classes<'_> {
    /// What is open to a class in a direction, on any port.
    pub fn opening(&self, class: ClassId, direction: Direction) -> Opening {
        self.opening_on(class, direction, &Ports::all())
    }

    /// What is open to a class in a direction, on one of these ports at least.
    pub fn opening_on(&self, class: ClassId, direction: Direction, ports: &Ports) -> Opening {
        let isolated = self.isolating(class, direction).next().is_some();
        let (sure, maybe) =
            if isolated { self.let_through(class, direction, ports) } else { (Open::ALL, Open::ALL) };
        let doubt = self.classes.get(class).map(|class| class.doubt).unwrap_or_default();
        let known = isolated || doubt == Doubt::default();
        let (sure, maybe) = match doubt {
            Doubt { unread: false, other_kinds: false } => (sure, maybe),
            // Policies add up: one more allows more, once there is any.
            Doubt { other_kinds: false, .. } if isolated => (sure, Open::ALL),
            _ => (Open::default(), Open::ALL),
        };
        Opening { isolated: known.then_some(isolated), sure, maybe }
    }

    fn let_through(&self, class: ClassId, direction: Direction, ports: &Ports) -> (Open, Open) {
        let (mut sure, mut maybe) = (Open::default(), Open::default());
        let mut blocks: Vec<(Ports, &Block)> = Vec::new();
        for policy in self.isolating(class, direction) {
            let namespace = self.policies[policy].namespace.as_str();
            for rule in self.rules(policy, direction).into_iter().flatten() {
                let to_pods = rule.ports(|name, protocol| self.named(class, direction, name, protocol));
                let to_pods = to_pods.intersection(ports);
                if rule.rule.peers.is_empty() && !to_pods.is_empty() {
                    return (Open::ALL, Open::ALL);
                }
                // An address outside the cluster has no names for its ports.
                let to_blocks = match direction {
                    Direction::Ingress => to_pods.clone(),
                    Direction::Egress => rule.ports(|_, _| Ports::none()).intersection(ports),
                };
                for peer in &rule.rule.peers {
                    if let (Peer::Block(block), false) = (peer, to_blocks.is_empty()) {
                        blocks.push((to_blocks.clone(), block));
                    } else if !to_pods.is_empty() {
                        let (surely, at_most) = self.pods_of(namespace, peer);
                        (sure, maybe) = (sure.or(surely), maybe.or(at_most));
                    }
                }
            }
        }
        let covered = covered(&blocks);
        (sure.or(covered), maybe.or(covered))
    }

    /// The ports that a rule's name for a port stands for: the class' own where it is the destination, else
    /// whatever some pod calls so.
    fn named(&self, class: ClassId, direction: Direction, name: &str, protocol: Protocol) -> Ports {
        match (direction, self.classes.get(class)) {
            (Direction::Ingress, Some(class)) => class.named(name, protocol),
            _ => Ports::of(protocol),
        }
    }

    /// The pods that a peer stands for: surely, and at most.
    fn pods_of(&self, namespace: &str, peer: &Peer) -> (Open, Open) {
        match peer {
            Peer::Here(_) => {
                let own = Open { own_namespace: true, ..Open::default() };
                (own, own)
            }
            Peer::Across { namespaces, pods } => {
                let own = self.namespaces.decide(namespace, namespaces);
                let open = Open {
                    cluster: selects_each_namespace(namespaces) && pods.is_everything(),
                    other_namespaces: may_select_other_than(namespace, namespaces),
                    ..Open::default()
                };
                (
                    Open { own_namespace: own == Some(true), ..open },
                    Open { own_namespace: own != Some(false), ..open },
                )
            }
            Peer::Block(_) | Peer::Nothing => (Open::default(), Open::default()),
        }
    }
}

/// What blocks open together. Only blocks with a port in common add up.
fn covered(blocks: &[(Ports, &Block)]) -> Open {
    let mut open = Open { addresses: !blocks.is_empty(), ..Open::default() };
    let mut starts: Vec<_> = blocks.iter().flat_map(|(ports, _)| ports.starts()).collect();
    starts.sort_unstable();
    starts.dedup();
    for (protocol, port) in starts {
        let on_port = blocks.iter().filter(|(ports, _)| ports.contains(protocol, port));
        let cover = Cover::of(on_port.map(|(_, block)| *block));
        open.world |= cover.world;
        open.every_address |= cover.everything;
    }
    open
}
