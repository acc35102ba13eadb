//! Isolation, reach and openings, from the sentences and recipes of the Kubernetes documentation.

mod random;

use super::*;
use crate::selector::Selector;

fn pod<'a>(namespace: &'a str, labels: &[(&'a str, &'a str)]) -> Pod<'a> {
    Pod { namespace, labels: labels.to_vec(), ..Pod::default() }
}

fn selector(text: &str) -> Selector {
    Selector::parse(text)
}

/// A policy in `shop` that isolates the pods with these labels.
fn policy(pods: &str, ingress: Option<Vec<Rule>>, egress: Option<Vec<Rule>>) -> Policy {
    Policy { namespace: "shop".to_owned(), pods: Some(selector(pods)), ingress, egress }
}

fn from(peers: &[Peer]) -> Rule {
    Rule { peers: peers.to_vec(), ports: Vec::new() }
}

fn here(pods: &str) -> Peer {
    Peer::of(Some(selector(pods)), None, None)
}

fn across(namespaces: &str, pods: &str) -> Peer {
    Peer::of(Some(selector(pods)), Some(selector(namespaces)), None)
}

fn block(cidr: &str, except: &[&str]) -> Peer {
    Peer::of(None, None, Some(Block::parse(cidr, except.iter().copied())))
}

fn port(text: &str) -> PolicyPort {
    let (protocol, port) = text.split_once(' ').unwrap();
    let (first, last) = port.split_once('-').map_or((port, None), |(first, last)| (first, Some(last)));
    PolicyPort {
        protocol: Protocol::named(Some(protocol)),
        port: PortNumber::parse(first).filter(|_| first != "*"),
        end: last.map(|last| last.parse().unwrap()),
    }
}

fn on(peers: &[Peer], ports: &[&str]) -> Rule {
    Rule { peers: peers.to_vec(), ports: ports.iter().map(|text| port(text)).collect() }
}

/// The ports on which the first pod reaches the second.
fn reach(policies: &[&Policy], pods: &[Pod<'_>]) -> String {
    let policies: Vec<Policy> = policies.iter().map(|policy| (*policy).clone()).collect();
    let labels = vec![("shop", Some(vec![("team", "web")])), ("bank", Some(vec![("team", "money")]))];
    let namespaces = Namespaces::new(labels, false);
    let classes = Classes::new(&policies, pods, &namespaces);
    let reach = classes.reach(classes.of_pod[0], classes.of_pod[1]);
    assert_eq!(reach.sure, reach.maybe);
    reach.sure.to_string()
}

#[test]
fn policy_types_are_ingress_and_egress_where_it_has_rules() {
    use Direction::{Egress, Ingress};
    for (types, rules, expected) in [
        (&[][..], false, &[Ingress][..]),
        (&[], true, &[Ingress, Egress]),
        (&["Egress"], false, &[Egress]),
        (&["Ingress"], true, &[Ingress]),
        (&["Egress", "Ingress"], false, &[Ingress, Egress]),
    ] {
        assert_eq!(Policy::directions(types, rules), expected, "{types:?} {rules}");
    }
}

#[test]
fn both_sides_have_to_allow() {
    let pods = [pod("shop", &[("app", "web")]), pod("shop", &[("app", "db")])];
    let lets_in = policy("app=db", Some(vec![on(&[here("app=web")], &["TCP 5432", "UDP 53"])]), None);
    assert_eq!(reach(&[], &pods), "*");
    assert_eq!(reach(&[&lets_in], &pods), "TCP 5432, UDP 53");
    let lets_out = policy("app=web", None, Some(vec![on(&[here("app=db")], &["TCP 5000-6000"])]));
    assert_eq!(reach(&[&lets_in, &lets_out], &pods), "TCP 5432");
    assert_eq!(reach(&[&lets_in, &policy("", None, Some(vec![]))], &pods), "");
}

#[test]
fn policies_add_up() {
    let pods = [pod("shop", &[("app", "web")]), pod("shop", &[("app", "db")])];
    let deny = policy("", Some(vec![]), None);
    assert_eq!(reach(&[&deny], &pods), "");
    assert_eq!(reach(&[&deny, &policy("", Some(vec![Rule::default()]), None)], &pods), "*");
}

#[test]
fn both_selectors_of_a_peer_have_to_match_and_one_of_several_peers() {
    let pods = |ns, app| [pod(ns, &[("app", app)]), pod("shop", &[])];
    let and = policy("", Some(vec![from(&[across("team=money", "app=web")])]), None);
    let or = policy("", Some(vec![from(&[across("team=money", ""), here("app=web")])]), None);
    for (namespace, app, by_and, by_or) in [
        ("bank", "web", "*", "*"),
        ("bank", "api", "", "*"),
        ("shop", "web", "", "*"),
        ("shop", "api", "", ""),
        ("other", "web", "", ""),
    ] {
        assert_eq!(reach(&[&and], &pods(namespace, app)), by_and, "and {namespace} {app}");
        assert_eq!(reach(&[&or], &pods(namespace, app)), by_or, "or {namespace} {app}");
    }
}

#[test]
fn a_namespace_has_its_name_as_a_label_even_if_nothing_declares_it() {
    let by_name = policy("", Some(vec![from(&[across("kubernetes.io/metadata.name=other", "")])]), None);
    assert_eq!(reach(&[&by_name], &[pod("other", &[]), pod("shop", &[])]), "*");
    assert_eq!(reach(&[&by_name], &[pod("bank", &[]), pod("shop", &[])]), "");
}

#[test]
fn a_policy_selects_pods_of_its_own_namespace_only() {
    let deny = policy("", Some(vec![]), Some(vec![]));
    assert_eq!(reach(&[&deny], &[pod("bank", &[]), pod("other", &[])]), "*");
}

#[test]
fn named_ports_are_the_destinations() {
    let mut db = pod("shop", &[("app", "db")]);
    db.ports = vec![NamedPort { name: "sql", protocol: Protocol::Tcp, number: 5432 }];
    let mut web = pod("shop", &[("app", "web")]);
    web.ports = vec![NamedPort { name: "sql", protocol: Protocol::Tcp, number: 1 }];
    let pods = [web, db];
    let lets_in = |name: &str| policy("app=db", Some(vec![on(&[], &[name])]), None);
    assert_eq!(reach(&[&lets_in("TCP sql")], &pods), "TCP 5432");
    assert_eq!(reach(&[&lets_in("UDP sql")], &pods), "");
    assert_eq!(reach(&[&lets_in("TCP http")], &pods), "");
    let lets_out = policy("app=web", None, Some(vec![on(&[], &["TCP sql"])]));
    assert_eq!(reach(&[&lets_out], &pods), "TCP 5432");
}

#[test]
fn ranges_end_where_they_say() {
    let pods = [pod("bank", &[]), pod("shop", &[])];
    let rule = |ports: &[&str]| policy("", Some(vec![on(&[], ports)]), None);
    assert_eq!(reach(&[&rule(&["TCP 32000-32768"])], &pods), "TCP 32000-32768");
    assert_eq!(reach(&[&rule(&["SCTP *", "TCP 80"])], &pods), "TCP 80, SCTP *");
    assert_eq!(reach(&[&rule(&["ICMP 1"])], &pods), "");
}

#[test]
fn blocks_find_pods_by_known_addresses_alone() {
    let with = |address: &str| {
        let mut pod = pod("bank", &[]);
        pod.addresses = address.parse().into_iter().collect();
        [pod, self::pod("shop", &[])]
    };
    let lets_in = policy("", Some(vec![from(&[block("10.0.0.0/8", &["10.1.0.0/16"])])]), None);
    assert_eq!(reach(&[&lets_in], &with("10.2.0.1")), "*");
    assert_eq!(reach(&[&lets_in], &with("10.1.0.1")), "");
    assert_eq!(reach(&[&lets_in], &with("none")), "");
}

#[test]
fn pods_on_the_nodes_network_are_neither_isolated_nor_found() {
    let mut node = pod("shop", &[("app", "web")]);
    node.host_network = true;
    let deny = policy("", Some(vec![]), Some(vec![]));
    assert_eq!(reach(&[&deny], &[pod("bank", &[]), node.clone()]), "*");
    let lets_in = policy("", Some(vec![from(&[here("app=web")])]), None);
    assert_eq!(reach(&[&lets_in], &[node, pod("shop", &[])]), "");
}

#[test]
fn a_peer_that_says_nothing_or_too_much_is_nobody() {
    let nothing = Peer::of(None, None, None);
    let both = Peer::of(Some(selector("")), None, Some(Block::parse("0.0.0.0/0", [])));
    assert_eq!((nothing.clone(), both), (Peer::Nothing, Peer::Nothing));
    let lets_in = policy("", Some(vec![from(&[nothing])]), None);
    assert_eq!(reach(&[&lets_in], &[pod("shop", &[]), pod("shop", &[])]), "");
}

/// What is open to a pod of `shop` by these ingress rules: w(orld), every (a)ddress, (c)luster, (o)ther namespaces,
/// own (n)amespace.
fn opened(rules: Vec<Rule>) -> String {
    let policies = [policy("", Some(rules), None)];
    let namespaces = Namespaces::default();
    let classes = Classes::new(&policies, &[pod("shop", &[])], &namespaces);
    let open = classes.opening(0, Direction::Ingress).sure;
    let facts = [
        (open.world, 'w'),
        (open.every_address, 'a'),
        (open.cluster, 'c'),
        (open.other_namespaces, 'o'),
        (open.own_namespace, 'n'),
    ];
    facts.iter().filter(|(is, _)| *is).map(|(_, letter)| *letter).collect()
}

#[test]
fn what_is_open_does_not_depend_on_who_is_there() {
    for (rules, expected) in [
        (vec![], ""),
        (vec![Rule::default()], "wacon"),
        (vec![on(&[], &["TCP 80"])], "wacon"),
        (vec![on(&[], &["TCP nobody"])], ""),
        (vec![from(&[here("")])], "n"),
        (vec![from(&[across("", "")])], "con"),
        (vec![from(&[across("kubernetes.io/metadata.name", "")])], "con"),
        (vec![from(&[across("", "app=web")])], "on"),
        (vec![from(&[across("kubernetes.io/metadata.name=shop", "")])], "n"),
        (vec![from(&[across("kubernetes.io/metadata.name in (bank,shop)", "")])], "on"),
        (vec![from(&[across("kubernetes.io/metadata.name notin (bank)", "")])], "on"),
        (vec![from(&[across("team=web", "")])], "o"),
        (vec![from(&[block("0.0.0.0/0", &[])])], "wa"),
        (vec![from(&[block("0.0.0.0/0", &["10.0.0.0/8"])])], "w"),
        (vec![from(&[block("10.0.0.0/8", &[])])], ""),
        (
            vec![
                on(&[block("0.0.0.0/1", &[])], &["TCP 80"]),
                on(&[block("128.0.0.0/1", &[])], &["TCP 1-90"]),
            ],
            "wa",
        ),
        (
            vec![on(&[block("0.0.0.0/1", &[])], &["TCP 80"]), on(&[block("128.0.0.0/1", &[])], &["TCP 90"])],
            "w",
        ),
    ] {
        assert_eq!(opened(rules.clone()), expected, "{rules:?}");
    }
}

const UNREAD: Doubt = Doubt { unread: true, other_kinds: false };
const OTHER_KINDS: Doubt = Doubt { unread: false, other_kinds: true };

#[test]
fn what_could_not_be_read_leaves_certain_what_it_cannot_change() {
    let isolation = |doubt, policies: &[Policy]| {
        let mut pod = pod("shop", &[]);
        pod.doubt = doubt;
        let namespaces = Namespaces::default();
        let classes = Classes::new(policies, &[pod], &namespaces);
        let opening = classes.opening(0, Direction::Ingress);
        (opening.isolated, opening.is(|open| open.world), opening.is(|open| open.cluster))
    };
    let world = [policy("", Some(vec![from(&[block("0.0.0.0/0", &[])])]), None)];
    assert_eq!(isolation(Doubt::default(), &world), (Some(true), Some(true), Some(false)));
    assert_eq!(isolation(UNREAD, &world), (Some(true), Some(true), None));
    assert_eq!(isolation(OTHER_KINDS, &world), (Some(true), None, None));
    assert_eq!(isolation(Doubt::default(), &[]), (Some(false), Some(true), Some(true)));
    assert_eq!(isolation(UNREAD, &[]), (None, None, None));
    assert_eq!(isolation(OTHER_KINDS, &[]), (None, None, None));
}

#[test]
fn unread_namespaces_leave_open_what_asks_for_their_labels() {
    let reach = |namespaces: &str| {
        let policies = [policy("", Some(vec![from(&[across(namespaces, "")])]), None)];
        let unread = Namespaces::new([], true);
        let classes = Classes::new(&policies, &[pod("bank", &[]), pod("shop", &[])], &unread);
        let reach = classes.reach(classes.of_pod[0], classes.of_pod[1]);
        (reach.sure.to_string(), reach.maybe.to_string())
    };
    let words = |sure: &str, maybe: &str| (sure.to_owned(), maybe.to_owned());
    assert_eq!(reach("team=money"), words("", "*"));
    assert_eq!(reach(""), words("*", "*"));
    assert_eq!(reach("kubernetes.io/metadata.name=shop"), words("", ""));
}

#[test]
fn ten_thousand_pods_are_as_many_classes_as_policies_tell_apart() {
    let names: Vec<String> = (0..200).map(|n| format!("team-{n}")).collect();
    let hashes: Vec<String> = (0..10_000).map(|n| n.to_string()).collect();
    let pods: Vec<Pod<'_>> = (0..10_000)
        .map(|n| {
            let app = ["web", "api", "db"][n % 3];
            pod(&names[n % 200], &[("app", app), ("pod-template-hash", &hashes[n])])
        })
        .collect();
    let policies: Vec<Policy> = names
        .iter()
        .flat_map(|namespace| {
            let of = |pods: &str, peer: Peer| Policy {
                namespace: namespace.clone(),
                pods: Some(selector(pods)),
                ingress: Some(vec![from(&[peer])]),
                egress: None,
            };
            [of("app=api", here("app=web")), of("app=db", here("app=api"))]
        })
        .collect();
    let namespaces = Namespaces::default();
    let classes = Classes::new(&policies, &pods, &namespaces);
    assert_eq!(classes.classes.len(), 600);
    let reached =
        (0..600).map(|to| (0..600).filter(|from| !classes.reach(*from, to).sure.is_empty()).count());
    // `web` is open to all; `api` and `db` to one class each.
    assert_eq!(reached.sum::<usize>(), 200 * 600 + 200 + 200);
    assert_eq!(Classes::new(&[], &pods, &namespaces).classes.len(), 1);
}
