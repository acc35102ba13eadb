//! How long to wait before a request is made again, and how often.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often a request is made before it counts as failed.
const TRIES: u32 = 4;

/// The wait after the first try; it doubles with each.
const BACKOFF: Duration = Duration::from_millis(500);

/// A server that asks for more patience than this gets this much.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The waits of a whole collection: a revision does not stay readable for much longer.
const IN_ALL: Duration = Duration::from_secs(300);

/// What all requests of a collection have waited.
#[derive(Debug, Default)]
pub(super) struct Waited(AtomicU64);

/// The tries of one request.
#[derive(Debug)]
pub(super) struct Tries {
    made: u32,
    backoff: Duration,
}

impl Tries {
    pub(super) fn new() -> Self {
        Self { made: 1, backoff: BACKOFF }
    }

    /// How long to wait before the next try, or none if there is to be none. At least as long as the server asks
    /// for, and for a little more, so that not all its clients come back at once.
    pub(super) fn wait(&mut self, asked: Option<Duration>, waited: &Waited) -> Option<Duration> {
        if self.made == TRIES {
            return None;
        }
        let least = asked.unwrap_or(self.backoff).min(LONGEST_WAIT);
        let wait = least + least.mul_f64(random() / 4.0);
        self.made += 1;
        self.backoff *= 2;
        waited.spend(wait).then_some(wait)
    }
}

impl Waited {
    /// Whether there is that much patience left; it is then spent.
    fn spend(&self, wait: Duration) -> bool {
        let most = u64::try_from(IN_ALL.as_millis()).unwrap_or(u64::MAX);
        let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let before = self.0.fetch_add(wait, Ordering::Relaxed);
        before.saturating_add(wait) <= most
    }
}

/// From 0 to 1.
fn random() -> f64 {
    f64::from(RandomState::new().hash_one(()) as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let waited = Waited::default();
        let mut tries = Tries::new();
        let waits: Vec<_> = std::iter::from_fn(|| tries.wait(None, &waited)).collect();
        assert_eq!(waits.len(), 3);
        for (wait, least) in waits.iter().zip([500, 1000, 2000]) {
            assert!((least..=least * 5 / 4).contains(&wait.as_millis()), "{waits:?}");
        }
    }

    #[test]
    fn what_the_server_asks_for_is_the_least_and_has_a_bound() {
        let waited = Waited::default();
        let wait = |seconds| Tries::new().wait(Some(Duration::from_secs(seconds)), &waited);
        assert!(wait(7).unwrap() >= Duration::from_secs(7));
        assert!(wait(3600).unwrap() <= Duration::from_secs(75));
        let more = (0..10).filter(|_| wait(60).is_some()).count();
        assert!(more < 4, "five minutes are enough");
    }
}
