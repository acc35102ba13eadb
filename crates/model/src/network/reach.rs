//! Whether pods reach each other.

use super::matcher::ResolvedRule;
use super::{Class, ClassId, Classes, Direction, Doubt, Ports};

/// The ports on which pods of one class reach those of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// Whatever could not be read.
    pub sure: Ports,
    /// Those, and the ones that depend on what could not be read.
    pub maybe: Ports,
}

impl Reach {
    fn all() -> Self {
        Self { sure: Ports::all(), maybe: Ports::all() }
    }

    fn both(&self, other: &Self) -> Self {
        Self { sure: self.sure.intersection(&other.sure), maybe: self.maybe.intersection(&other.maybe) }
    }

    /// What is allowed, given why the policies may not be all.
    fn doubted(self, isolated: bool, doubt: Doubt) -> Self {
        match doubt {
            Doubt { unread: false, other_kinds: false } => self,
            // Policies add up: one more allows more, once there is any.
            Doubt { other_kinds: false, .. } if isolated => Self { maybe: Ports::all(), ..self },
            _ => Self { sure: Ports::none(), maybe: Ports::all() },
        }
    }
}

impl Classes<'_> {
    /// The ports on which pods of a class reach other pods: what they may send, and those may receive.
    pub fn reach(&self, from: ClassId, to: ClassId) -> Reach {
        let (Some(source), Some(target)) = (self.classes.get(from), self.classes.get(to)) else {
            return Reach { sure: Ports::none(), maybe: Ports::none() };
        };
        let received = self.allowed(Direction::Ingress, target, source, target);
        if received.maybe.is_empty() {
            return received;
        }
        received.both(&self.allowed(Direction::Egress, source, target, target))
    }

    /// What a class' own policies allow in a direction with a peer.
    fn allowed(
        &self,
        direction: Direction,
        class: &Class<'_>,
        peer: &Class<'_>,
        target: &Class<'_>,
    ) -> Reach {
        let mut allowed = Reach { sure: Ports::none(), maybe: Ports::none() };
        let mut isolated = false;
        for rules in class.policies.iter().filter_map(|policy| self.rules(*policy, direction)) {
            isolated = true;
            for rule in rules {
                let (sure, maybe) = rule.peers.as_ref().map_or((true, true), |peers| peer.is_among(peers));
                if maybe {
                    let ports = on(rule, target);
                    allowed.maybe = allowed.maybe.union(&ports);
                    if sure {
                        allowed.sure = allowed.sure.union(&ports);
                    }
                }
            }
        }
        if isolated { allowed } else { Reach::all() }.doubted(isolated, class.doubt)
    }
}

fn on(rule: &ResolvedRule<'_>, target: &Class<'_>) -> Ports {
    rule.ports(|name, protocol| target.named(name, protocol))
}
