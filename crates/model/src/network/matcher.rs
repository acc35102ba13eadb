//! The distinct peers of all policies, and which of them select a pod.

use std::collections::HashMap;
use std::net::IpAddr;

use super::{Direction, Namespaces, Peer, Policy, Ports, Protocol, Rule};
use crate::selector::Selector;

/// A peer, by its place among the distinct ones.
pub(super) type MatcherId = u32;

/// A rule with its peers by id; `None` is everyone.
#[derive(Debug)]
pub(super) struct ResolvedRule<'a> {
    pub(super) rule: &'a Rule,
    pub(super) peers: Option<Vec<MatcherId>>,
}

impl ResolvedRule<'_> {
    pub(super) fn ports(&self, named: impl Fn(&str, Protocol) -> Ports) -> Ports {
        self.rule.ports(named)
    }
}

/// The distinct peers of all policies. A peer in the policy's own namespace is one for each namespace.
#[derive(Debug, Default)]
pub(super) struct Matchers<'a> {
    ids: HashMap<(Option<&'a str>, &'a Peer), MatcherId>,
    here: HashMap<&'a str, Vec<(MatcherId, &'a Selector)>>,
    across: Vec<(MatcherId, &'a Selector, &'a Selector)>,
    blocks: Vec<(MatcherId, &'a super::Block)>,
}

impl<'a> Matchers<'a> {
    /// Resolves the rules of a policy in a direction.
    pub(super) fn resolve(
        &mut self,
        policy: &'a Policy,
        direction: Direction,
    ) -> Option<Vec<ResolvedRule<'a>>> {
        let rules = policy.rules(direction)?;
        Some(rules.iter().map(|rule| self.resolve_rule(&policy.namespace, rule)).collect())
    }

    fn resolve_rule(&mut self, namespace: &'a str, rule: &'a Rule) -> ResolvedRule<'a> {
        let peers = (!rule.peers.is_empty())
            .then(|| rule.peers.iter().filter_map(|peer| self.id(namespace, peer)).collect());
        ResolvedRule { rule, peers }
    }

    fn id(&mut self, namespace: &'a str, peer: &'a Peer) -> Option<MatcherId> {
        let own = matches!(peer, Peer::Here(_)).then_some(namespace);
        if let Some(known) = self.ids.get(&(own, peer)) {
            return Some(*known);
        }
        let id = MatcherId::try_from(self.ids.len()).ok()?;
        match peer {
            Peer::Here(pods) => self.here.entry(namespace).or_default().push((id, pods)),
            Peer::Across { namespaces, pods } => self.across.push((id, namespaces, pods)),
            Peer::Block(block) => self.blocks.push((id, block)),
            Peer::Nothing => return None,
        }
        self.ids.insert((own, peer), id);
        Some(id)
    }

    /// Whether any peer is a block of addresses.
    pub(super) fn has_blocks(&self) -> bool {
        !self.blocks.is_empty()
    }

    /// The selectors of peers that look at pods' labels.
    pub(super) fn pod_selectors(&self) -> impl Iterator<Item = &'a Selector> {
        let here = self.here.values().flatten().map(|(_, pods)| *pods);
        here.chain(self.across.iter().map(|(_, _, pods)| *pods))
    }

    /// The peers that may select pods of a namespace, with their selector of pods, and whether the namespace is
    /// surely theirs.
    pub(super) fn in_namespace(
        &self,
        namespace: &str,
        namespaces: &Namespaces<'_>,
    ) -> Vec<(MatcherId, bool, &'a Selector)> {
        let here = self.here.get(namespace).into_iter().flatten().map(|(id, pods)| (*id, true, *pods));
        let across = self.across.iter().filter_map(|(id, selector, pods)| {
            let selected = namespaces.decide(namespace, selector);
            (selected != Some(false)).then_some((*id, selected.is_some(), *pods))
        });
        here.chain(across).collect()
    }

    /// The blocks that one of these addresses is in.
    pub(super) fn of_addresses(&self, addresses: &[IpAddr]) -> impl Iterator<Item = MatcherId> {
        let blocks = self.blocks.iter();
        blocks
            .filter(|(_, block)| addresses.iter().any(|address| block.contains(*address)))
            .map(|(id, _)| *id)
    }
}
