//! Classes against the plainest reading of the documentation, pod by pod and port by port.

use super::*;

/// Few values of everything, so that they meet.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        // Numerical Recipes' generator; its high bits are good enough for choices.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one_of<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize].clone()
    }

    fn some<T>(&mut self, most: u64, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| make(self)).collect()
    }

    fn pods(&mut self) -> Selector {
        let all = ["", "app=web", "app in (web,db)", "app notin (web)", "!app", "tier", "app=db,tier=x"];
        selector(self.one_of(&all))
    }

    fn namespaces(&mut self) -> Selector {
        let all = ["", "team=web", "!team", "kubernetes.io/metadata.name=bank", "team notin (web)"];
        selector(self.one_of(&all))
    }

    fn peer(&mut self) -> Peer {
        let pods = (self.below(2) == 0).then(|| self.pods());
        let namespaces = (self.below(2) == 0).then(|| self.namespaces());
        let cidr = self.one_of(&["10.0.0.0/30", "10.0.0.2/31", "0.0.0.0/0"]);
        match self.below(4) {
            0 => Peer::of(None, None, Some(Block::parse(cidr, ["10.0.0.3/32"]))),
            _ => Peer::of(pods, namespaces, None),
        }
    }

    fn rule(&mut self) -> Rule {
        let ports = ["TCP 80", "TCP 79-81", "UDP *", "TCP http", "UDP 53", "SCTP 1-65535"];
        Rule { peers: self.some(2, Self::peer), ports: self.some(2, |dice| port(dice.one_of(&ports))) }
    }

    fn policy(&mut self) -> Policy {
        Policy {
            namespace: self.one_of(&["shop", "bank"]).to_owned(),
            pods: Some(self.pods()),
            ingress: (self.below(3) > 0).then(|| self.some(2, Self::rule)),
            egress: (self.below(3) == 0).then(|| self.some(2, Self::rule)),
        }
    }

    fn pod(&mut self) -> Pod<'static> {
        let mut pod = pod(self.one_of(&["shop", "bank", "other"]), &[]);
        pod.labels =
            self.some(2, |dice| dice.one_of(&[("app", "web"), ("app", "db"), ("tier", "x"), ("z", "z")]));
        pod.labels.dedup_by_key(|label| label.0);
        pod.host_network = self.below(6) == 0;
        let number = self.one_of(&[80, 8080]);
        pod.ports = self.some(1, |_| NamedPort { name: "http", protocol: Protocol::Tcp, number });
        pod.addresses = self.some(1, |dice| std::net::Ipv4Addr::new(10, 0, 0, dice.below(5) as u8).into());
        pod
    }
}

const TEAMS: [(&str, &[(&str, &str)]); 2] = [("shop", &[("team", "web")]), ("bank", &[("team", "money")])];

fn find<'l>(labels: &'l [(&str, &str)], key: &str) -> Option<&'l str> {
    labels.iter().find(|(k, _)| *k == key).map(|(_, value)| *value)
}

fn is_peer(peer: &Peer, own: &str, pod: &Pod<'_>) -> bool {
    let labels = |selector: &Selector| selector.matches(|key| find(&pod.labels, key));
    match peer {
        Peer::Here(pods) => !pod.host_network && pod.namespace == own && labels(pods),
        Peer::Across { namespaces, pods } => {
            let team =
                TEAMS.iter().find(|(name, _)| *name == pod.namespace).map_or(&[][..], |(_, labels)| labels);
            let namespace = |key: &str| match key {
                "kubernetes.io/metadata.name" => Some(pod.namespace),
                key => find(team, key),
            };
            !pod.host_network && namespaces.matches(namespace) && labels(pods)
        }
        Peer::Block(block) => pod.addresses.iter().any(|address| block.contains(*address)),
        Peer::Nothing => false,
    }
}

fn is_port(port: &PolicyPort, to: &Pod<'_>, protocol: Protocol, number: u16) -> bool {
    port.protocol == Some(protocol)
        && match &port.port {
            None => true,
            Some(PortNumber::Number(first)) => (*first..=port.end.unwrap_or(*first)).contains(&number),
            Some(PortNumber::Name(name)) => to
                .ports
                .iter()
                .any(|own| own.name == name && own.protocol == protocol && own.number == number),
        }
}

/// Whether a pod's own policies allow traffic with a peer in a direction.
fn allows(
    policies: &[Policy],
    direction: Direction,
    (pod, peer): (&Pod<'_>, &Pod<'_>),
    on: impl Fn(&PolicyPort) -> bool,
) -> bool {
    let selects = |policy: &&Policy| {
        let labels = |key: &str| find(&pod.labels, key);
        policy.namespace == pod.namespace && policy.pods.as_ref().is_some_and(|pods| pods.matches(labels))
    };
    let isolating: Vec<(&Policy, &[Rule])> = policies
        .iter()
        .filter(selects)
        .filter_map(|policy| Some((policy, policy.rules(direction)?)))
        .collect();
    let rule = |policy: &Policy, rule: &Rule| {
        (rule.peers.is_empty() || rule.peers.iter().any(|one| is_peer(one, &policy.namespace, peer)))
            && (rule.ports.is_empty() || rule.ports.iter().any(&on))
    };
    pod.host_network
        || isolating.is_empty()
        || isolating.iter().any(|(policy, rules)| rules.iter().any(|one| rule(policy, one)))
}

#[test]
fn classes_answer_as_each_pair_of_pods_would() {
    let mut open = 0;
    for seed in 0..300 {
        let mut dice = Dice(seed);
        let (policies, pods) = (dice.some(5, Dice::policy), dice.some(8, Dice::pod));
        let namespaces = Namespaces::new(TEAMS.map(|(name, labels)| (name, Some(labels.to_vec()))), false);
        let classes = Classes::new(&policies, &pods, &namespaces);
        for (a, from) in pods.iter().enumerate() {
            for (b, to) in pods.iter().enumerate() {
                let reach = classes.reach(classes.of_pod[a], classes.of_pod[b]);
                assert_eq!(reach.sure, reach.maybe, "seed {seed}");
                for (protocol, number) in [
                    (Protocol::Tcp, 79),
                    (Protocol::Tcp, 80),
                    (Protocol::Tcp, 8080),
                    (Protocol::Udp, 53),
                    (Protocol::Sctp, 9),
                ] {
                    let on = |port: &PolicyPort| is_port(port, to, protocol, number);
                    let expected = allows(&policies, Direction::Egress, (from, to), on)
                        && allows(&policies, Direction::Ingress, (to, from), on);
                    let found = reach.sure.contains(protocol, number);
                    assert_eq!(
                        found, expected,
                        "seed {seed}: {from:?} to {to:?} on {protocol:?} {number}: {policies:#?}"
                    );
                    open += usize::from(found);
                }
            }
        }
    }
    assert!(open > 1000, "{open}");
}
