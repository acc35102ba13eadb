//! Pods that no policy tells apart.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use super::matcher::{MatcherId, Matchers, ResolvedRule};
use super::{Direction, Doubt, NamedPort, Namespaces, Pod, Policy, PortNumber, Ports, Protocol};
use crate::selector::Selector;

/// A class, by its place among all.
pub type ClassId = usize;

/// Pods that no policy tells apart: the same ones select them, the same peers find them, and they have the same
/// ports by the names that rules use.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Class<'a> {
    /// Whether they are on the node's network.
    pub host_network: bool,
    /// Why the policies given may not be all that decide about them.
    pub doubt: Doubt,
    /// The policies that select them, by their place.
    pub policies: Vec<usize>,
    /// The policies of other kinds that select them or may, by the number given.
    pub others: Vec<u32>,
    /// The peers that find them, and whether surely; ordered by peer.
    matches: Vec<(MatcherId, bool)>,
    ports: Vec<NamedPort<'a>>,
}

impl Class<'_> {
    /// Whether one of these peers finds them: surely, and at all.
    pub(super) fn is_among(&self, peers: &[MatcherId]) -> (bool, bool) {
        let found = peers.iter().filter_map(|peer| {
            let at = self.matches.binary_search_by_key(peer, |(id, _)| *id).ok()?;
            Some(self.matches[at].1)
        });
        found.fold((false, false), |(sure, _), surely| (sure || surely, true))
    }

    /// The ports that they call so.
    pub(super) fn named(&self, name: &str, protocol: Protocol) -> Ports {
        let ports = self.ports.iter().filter(|port| port.name == name && port.protocol == protocol);
        ports.fold(Ports::none(), |all, port| all.union(&Ports::range(protocol, port.number, port.number)))
    }
}

/// All pods in classes, with the policies' rules.
#[derive(Debug)]
pub struct Classes<'a> {
    /// The classes, in the order of their first pod.
    pub classes: Vec<Class<'a>>,
    /// The class of each pod given.
    pub of_pod: Vec<ClassId>,
    pub(super) policies: &'a [Policy],
    pub(super) namespaces: &'a Namespaces<'a>,
    rules: Vec<[Option<Vec<ResolvedRule<'a>>>; 2]>,
}

/// What of a pod can matter to any policy.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Profile<'a> {
    namespace: &'a str,
    labels: Vec<(&'a str, &'a str)>,
    host_network: bool,
    ports: Vec<NamedPort<'a>>,
    addresses: Vec<IpAddr>,
    doubt: Doubt,
    others: Vec<u32>,
}

impl<'a> Classes<'a> {
    /// Puts pods into classes.
    pub fn new(policies: &'a [Policy], pods: &[Pod<'a>], namespaces: &'a Namespaces<'a>) -> Self {
        let mut matchers = Matchers::default();
        let rules = policies.iter().map(|policy| {
            [Direction::Ingress, Direction::Egress].map(|direction| matchers.resolve(policy, direction))
        });
        let rules = rules.collect();
        let sorting = Sorting::new(policies, &matchers, namespaces);
        let (classes, of_pod) = sorting.sort(pods);
        Self { classes, of_pod, policies, namespaces, rules }
    }

    /// The policies that isolate a class in a direction, by their place.
    pub fn isolating(&self, class: ClassId, direction: Direction) -> impl Iterator<Item = usize> {
        let policies = self.classes.get(class).map(|class| class.policies.as_slice()).unwrap_or_default();
        policies.iter().copied().filter(move |policy| self.rules(*policy, direction).is_some())
    }

    /// Whether a class is surely not isolated in a direction.
    pub fn is_free(&self, class: ClassId, direction: Direction) -> bool {
        let known = self.classes.get(class).is_some_and(|class| class.doubt == Doubt::default());
        known && self.isolating(class, direction).next().is_none()
    }

    /// The rules of a policy in a direction; `None` if it does not isolate in it.
    pub(super) fn rules(&self, policy: usize, direction: Direction) -> Option<&[ResolvedRule<'a>]> {
        self.rules.get(policy)?[direction as usize].as_deref()
    }
}

/// What it takes to sort pods into classes.
struct Sorting<'a, 'm> {
    policies: HashMap<&'a str, Vec<(usize, &'a Policy)>>,
    matchers: &'m Matchers<'a>,
    namespaces: &'a Namespaces<'a>,
    keys: HashSet<&'a str>,
    names: HashSet<&'a str>,
}

impl<'a, 'm> Sorting<'a, 'm> {
    fn new(policies: &'a [Policy], matchers: &'m Matchers<'a>, namespaces: &'a Namespaces<'a>) -> Self {
        let mut by_namespace: HashMap<&str, Vec<(usize, &Policy)>> = HashMap::new();
        for (index, policy) in policies.iter().enumerate() {
            by_namespace.entry(&policy.namespace).or_default().push((index, policy));
        }
        let own = policies.iter().filter_map(|policy| policy.pods.as_ref());
        let keys = own.chain(matchers.pod_selectors()).flat_map(|selector| selector.keys()).collect();
        Self { policies: by_namespace, matchers, namespaces, keys, names: port_names(policies) }
    }

    fn sort(&self, pods: &[Pod<'a>]) -> (Vec<Class<'a>>, Vec<ClassId>) {
        let mut classes: Vec<Class<'a>> = Vec::new();
        let mut by_class: HashMap<Class<'a>, ClassId> = HashMap::new();
        let mut by_profile: HashMap<Profile<'a>, ClassId> = HashMap::new();
        let mut in_namespace = HashMap::new();
        let mut of_pod = Vec::with_capacity(pods.len());
        for pod in pods {
            let profile = self.profile(pod);
            let id = match by_profile.get(&profile) {
                Some(id) => *id,
                None => {
                    let peers = in_namespace
                        .entry(pod.namespace)
                        .or_insert_with(|| self.matchers.in_namespace(pod.namespace, self.namespaces));
                    let class = self.class(&profile, peers);
                    let id = *by_class.entry(class).or_insert_with_key(|class| {
                        classes.push(class.clone());
                        classes.len() - 1
                    });
                    by_profile.insert(profile, id);
                    id
                }
            };
            of_pod.push(id);
        }
        (classes, of_pod)
    }

    fn profile(&self, pod: &Pod<'a>) -> Profile<'a> {
        let mut labels: Vec<_> = pod.labels.iter().filter(|(k, _)| self.keys.contains(k)).copied().collect();
        labels.sort_unstable();
        let mut ports: Vec<_> = pod.ports.iter().filter(|p| self.names.contains(p.name)).copied().collect();
        ports.sort_unstable();
        ports.dedup();
        let addresses = if self.matchers.has_blocks() { pod.addresses.clone() } else { Vec::new() };
        let (doubt, others) =
            if pod.host_network { Default::default() } else { (pod.doubt, pod.others.clone()) };
        let (namespace, host_network) = (pod.namespace, pod.host_network);
        Profile { namespace, labels, host_network, ports, addresses, doubt, others }
    }

    fn class(&self, pod: &Profile<'a>, peers: &[(MatcherId, bool, &'a Selector)]) -> Class<'a> {
        let label = |key: &str| pod.labels.iter().find(|(k, _)| *k == key).map(|(_, value)| *value);
        let mut matches: Vec<_> = self.matchers.of_addresses(&pod.addresses).map(|id| (id, true)).collect();
        let mut policies = Vec::new();
        if !pod.host_network {
            let found = peers.iter().filter(|(_, _, selector)| selector.matches(label));
            matches.extend(found.map(|(id, sure, _)| (*id, *sure)));
            let own = self.policies.get(pod.namespace).into_iter().flatten();
            let selected = own.filter(|(_, policy)| policy.pods.as_ref().is_some_and(|p| p.matches(label)));
            policies.extend(selected.map(|(index, _)| *index));
        }
        matches.sort_unstable();
        let (host_network, doubt) = (pod.host_network, pod.doubt);
        Class { host_network, doubt, policies, others: pod.others.clone(), matches, ports: pod.ports.clone() }
    }
}

/// The names of ports that some rule uses.
fn port_names(policies: &[Policy]) -> HashSet<&str> {
    let rules = policies.iter().flat_map(|policy| [&policy.ingress, &policy.egress]).flatten().flatten();
    let ports = rules.flat_map(|rule| &rule.ports).filter_map(|port| port.port.as_ref());
    ports
        .filter_map(|port| match port {
            PortNumber::Name(name) => Some(name.as_str()),
            PortNumber::Number(_) => None,
        })
        .collect()
}
