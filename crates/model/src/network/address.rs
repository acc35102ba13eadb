//! Blocks of addresses, and what several cover together.

use std::net::IpAddr;

/// Addresses as one line of numbers: IPv4 and IPv6 apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Range {
    v6: bool,
    first: u128,
    last: u128,
}

impl Range {
    /// A block in CIDR notation, as the API server reads it: bits after the prefix don't count.
    fn parse(cidr: &str) -> Option<Self> {
        let (address, prefix) = cidr.split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        let prefix: u32 = prefix.parse().ok()?;
        let (v6, number) = numbered(address);
        let width = if v6 { 128 } else { 32 };
        let host = width - Some(prefix).filter(|prefix| *prefix <= width)?;
        let mask = if host == 128 { u128::MAX } else { (1 << host) - 1 };
        Some(Self { v6, first: number & !mask, last: number | mask })
    }

    fn contains(&self, address: IpAddr) -> bool {
        let (v6, number) = numbered(address);
        self.v6 == v6 && (self.first..=self.last).contains(&number)
    }
}

fn numbered(address: IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(address) => (false, u128::from(u32::from(address))),
        IpAddr::V6(address) => (true, u128::from(address)),
    }
}

/// An `ipBlock`: the addresses of a CIDR, less the excepted ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Block {
    cidr: Range,
    except: Vec<Range>,
}

impl Block {
    /// A block as it is written; `None` if the CIDR is none. An exception that is none excepts nothing: the API
    /// server refuses both.
    pub fn parse<'t>(cidr: &str, except: impl IntoIterator<Item = &'t str>) -> Option<Self> {
        let mut except: Vec<Range> = except.into_iter().filter_map(Range::parse).collect();
        except.sort_unstable();
        Some(Self { cidr: Range::parse(cidr)?, except })
    }

    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.cidr.contains(address) && !self.except.iter().any(|except| except.contains(address))
    }

    /// Its addresses without the excepted ones.
    fn ranges(&self) -> Vec<Range> {
        let (mut ranges, mut next, v6) = (Vec::new(), Some(self.cidr.first), self.cidr.v6);
        for except in self.except.iter().filter(|except| except.v6 == v6) {
            let Some(first) = next else { break };
            if let Some(last) = except.first.checked_sub(1).filter(|last| first <= *last) {
                ranges.push(Range { v6, first, last: last.min(self.cidr.last) });
            }
            next = except.last.checked_add(1).map(|after| after.max(first));
        }
        if let Some(first) = next.filter(|first| *first <= self.cidr.last) {
            ranges.push(Range { v6, first, last: self.cidr.last });
        }
        ranges.retain(|range| range.first <= range.last);
        ranges
    }
}

/// What is given to private networks, carriers' among them.
const PRIVATE: [&str; 5] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"];

/// Whether a block has private addresses alone.
pub(super) fn is_private(cidr: &str) -> bool {
    let within = |outer: Range, inner: Range| {
        outer.v6 == inner.v6 && outer.first <= inner.first && inner.last <= outer.last
    };
    let Some(range) = Range::parse(cidr) else { return false };
    PRIVATE.iter().filter_map(|private| Range::parse(private)).any(|private| within(private, range))
}

/// How much of all addresses some blocks cover together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Cover {
    /// Half of all IPv4 addresses, or of the global unicast IPv6 ones, at least.
    pub(super) world: bool,
    /// Every IPv4 address, or every IPv6 one.
    pub(super) everything: bool,
}

impl Cover {
    pub(super) fn of<'b>(blocks: impl Iterator<Item = &'b Block>) -> Self {
        let mut ranges: Vec<Range> = blocks.flat_map(Block::ranges).collect();
        ranges.sort_unstable();
        let everything = |v6: bool, last: u128| covered(&ranges, v6, 0, last) == Some(last);
        // `2000::/3`: what of IPv6 is given out for the internet.
        let (global, global_last) = (0x2000_u128 << 112, (0x4000_u128 << 112) - 1);
        let half = |v6: bool, first: u128, last: u128| count(&ranges, v6, first, last) > (last - first) / 2;
        Self {
            world: half(false, 0, u128::from(u32::MAX)) || half(true, global, global_last),
            everything: everything(false, u128::from(u32::MAX)) || everything(true, u128::MAX),
        }
    }
}

/// The last address that ordered ranges cover without a gap from the first one on.
fn covered(ranges: &[Range], v6: bool, first: u128, last: u128) -> Option<u128> {
    let mut reached: Option<u128> = None;
    for range in ranges.iter().filter(|range| range.v6 == v6) {
        let next = reached.map_or(first, |reached| reached.saturating_add(1));
        if range.first <= next {
            reached = Some(reached.unwrap_or_default().max(range.last).min(last));
        }
    }
    reached
}

/// How many addresses between two are covered by ordered ranges.
fn count(ranges: &[Range], v6: bool, first: u128, last: u128) -> u128 {
    let (mut count, mut next) = (0_u128, first);
    for range in ranges.iter().filter(|range| range.v6 == v6) {
        let (from, to) = (range.first.max(next), range.last.min(last));
        if from <= to {
            count += to - from + 1;
            next = to.saturating_add(1);
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(cidr: &str, except: &[&str]) -> Block {
        Block::parse(cidr, except.iter().copied()).unwrap()
    }

    fn cover(blocks: &[Block]) -> (bool, bool) {
        let cover = Cover::of(blocks.iter());
        (cover.world, cover.everything)
    }

    #[test]
    fn an_exception_is_not_in_the_block() {
        // The example of the documentation.
        let block = block("172.17.0.0/16", &["172.17.1.0/24"]);
        for (address, within) in [
            ("172.17.0.1", true),
            ("172.17.1.255", false),
            ("172.17.2.0", true),
            ("172.18.0.0", false),
            ("::1", false),
        ] {
            assert_eq!(block.contains(address.parse().unwrap()), within, "{address}");
        }
    }

    #[test]
    fn what_is_no_block_is_none() {
        for text in ["", "10.0.0.0", "10.0.0.0/33", "10.0/8", "fe80::/129", "a/8"] {
            assert!(Block::parse(text, []).is_none(), "{text}");
        }
    }

    #[test]
    fn the_world_is_most_addresses_and_everything_all() {
        assert_eq!(cover(&[block("0.0.0.0/0", &[])]), (true, true));
        assert_eq!(cover(&[block("::/0", &[])]), (true, true));
        assert_eq!(cover(&[block("2000::/3", &[])]), (true, false));
        assert_eq!(cover(&[block("0.0.0.0/0", &["10.0.0.0/8", "172.16.0.0/12"])]), (true, false));
        assert_eq!(cover(&[block("0.0.0.0/0", &["0.0.0.0/1", "128.0.0.0/1"])]), (false, false));
        assert_eq!(cover(&[block("0.0.0.0/1", &[]), block("128.0.0.0/1", &[])]), (true, true));
        assert_eq!(cover(&[block("0.0.0.0/0", &["10.0.0.0/8"]), block("10.0.0.0/8", &[])]), (true, true));
        assert_eq!(cover(&[block("10.0.0.0/8", &[]), block("10.0.0.0/8", &[])]), (false, false));
        assert_eq!(cover(&[block("fd00::/8", &[])]), (false, false));
        assert_eq!(cover(&[]), (false, false));
    }

    #[test]
    fn exceptions_at_the_ends_leave_the_middle() {
        let ranges = block("10.0.0.0/8", &["10.255.0.0/16", "10.0.0.0/16"]).ranges();
        assert_eq!(ranges.len(), 1);
        assert_eq!((ranges[0].first, ranges[0].last), (0x0a01_0000, 0x0afe_ffff));
    }
}
