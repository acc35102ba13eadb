//! Sets of ports.

use std::fmt;

/// A protocol that policies and services know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP: what is meant where none is given.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    const ALL: [Self; 3] = [Self::Tcp, Self::Udp, Self::Sctp];

    /// The protocol of that name, TCP for none. `None`: no protocol that policies know.
    pub fn named(name: Option<&str>) -> Option<Self> {
        match name.unwrap_or_default() {
            "" | "TCP" => Some(Self::Tcp),
            "UDP" => Some(Self::Udp),
            "SCTP" => Some(Self::Sctp),
            _ => None,
        }
    }

    /// The name, as Kubernetes spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
        }
    }
}

/// Ports of each protocol, as ordered ranges that neither overlap nor touch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ports([Vec<(u16, u16)>; 3]);

impl Ports {
    const FIRST: u16 = 1;
    const LAST: u16 = u16::MAX;

    /// No port.
    pub fn none() -> Self {
        Self::default()
    }

    /// Every port of every protocol.
    pub fn all() -> Self {
        Self(Protocol::ALL.map(|_| vec![(Self::FIRST, Self::LAST)]))
    }

    /// Every port of a protocol.
    pub fn of(protocol: Protocol) -> Self {
        Self::range(protocol, Self::FIRST, Self::LAST)
    }

    /// The ports from one to another, both included; none if they are in the wrong order.
    pub fn range(protocol: Protocol, first: u16, last: u16) -> Self {
        let mut ports = Self::none();
        if first <= last {
            ports.0[protocol as usize].push((first, last));
        }
        ports
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Vec::is_empty)
    }

    /// Whether it is every port of every protocol.
    pub fn is_all(&self) -> bool {
        self.0.iter().all(|ranges| ranges.as_slice() == [(Self::FIRST, Self::LAST)])
    }

    /// Whether a port is among them.
    pub fn contains(&self, protocol: Protocol, port: u16) -> bool {
        self.0[protocol as usize].iter().any(|(first, last)| (*first..=*last).contains(&port))
    }

    /// Those of either.
    pub fn union(&self, other: &Self) -> Self {
        Self(Protocol::ALL.map(|p| merged(&self.0[p as usize], &other.0[p as usize])))
    }

    /// Those of both.
    pub fn intersection(&self, other: &Self) -> Self {
        Self(Protocol::ALL.map(|p| common(&self.0[p as usize], &other.0[p as usize])))
    }

    /// The first port of each range.
    pub(super) fn starts(&self) -> impl Iterator<Item = (Protocol, u16)> {
        self.ranges().map(|(protocol, first, _)| (protocol, first))
    }

    /// The ranges, as protocol, first and last port.
    pub fn ranges(&self) -> impl Iterator<Item = (Protocol, u16, u16)> {
        let of = |protocol: Protocol| self.0[protocol as usize].iter().map(move |(f, l)| (protocol, *f, *l));
        Protocol::ALL.into_iter().flat_map(of)
    }

    /// The ranges in words: `TCP 80`, `TCP 8000-8080`, `UDP *`; `*` alone is every port of every protocol.
    pub fn words(&self) -> Vec<String> {
        if self.is_all() {
            return vec!["*".to_owned()];
        }
        self.ranges()
            .map(|(protocol, first, last)| match (first, last) {
                (Self::FIRST, Self::LAST) => format!("{} *", protocol.name()),
                (first, last) if first == last => format!("{} {first}", protocol.name()),
                (first, last) => format!("{} {first}-{last}", protocol.name()),
            })
            .collect()
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().join(", "))
    }
}

fn merged(a: &[(u16, u16)], b: &[(u16, u16)]) -> Vec<(u16, u16)> {
    let mut all: Vec<(u16, u16)> = a.iter().chain(b).copied().collect();
    all.sort_unstable();
    let mut merged: Vec<(u16, u16)> = Vec::with_capacity(all.len());
    for (first, last) in all {
        match merged.last_mut() {
            Some(open) if first <= open.1.saturating_add(1) => open.1 = open.1.max(last),
            _ => merged.push((first, last)),
        }
    }
    merged
}

fn common(a: &[(u16, u16)], b: &[(u16, u16)]) -> Vec<(u16, u16)> {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut common = Vec::new();
    while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
        let (first, last) = (x.0.max(y.0), x.1.min(y.1));
        if first <= last {
            common.push((first, last));
        }
        if x.1 < y.1 {
            a.next();
        } else {
            b.next();
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(ranges: &[(u16, u16)]) -> Ports {
        ranges
            .iter()
            .fold(Ports::none(), |all, (first, last)| all.union(&Ports::range(Protocol::Tcp, *first, *last)))
    }

    #[test]
    fn ranges_that_touch_are_one() {
        assert_eq!(tcp(&[(80, 80), (81, 90), (85, 100)]).to_string(), "TCP 80-100");
        assert_eq!(tcp(&[(1, 100), (101, 65535)]).to_string(), "TCP *");
        assert_eq!(tcp(&[(90, 80)]), Ports::none());
        assert_eq!(Ports::all().to_string(), "*");
    }

    #[test]
    fn both_means_both_of_each_protocol() {
        let left = tcp(&[(1, 10), (20, 30), (40, 40)]);
        assert_eq!(left.intersection(&tcp(&[(5, 25), (40, 50)])).to_string(), "TCP 5-10, TCP 20-25, TCP 40");
        assert!(left.intersection(&Ports::of(Protocol::Udp)).is_empty());
        assert_eq!(left.intersection(&Ports::all()), left);
    }
}
