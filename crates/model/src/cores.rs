//! Work on all cores.

use std::num::NonZero;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{panic, thread};

/// How many cores there are to use.
pub fn count() -> usize {
    // Files of the system's limits are read for it, and every page of a list and every table asks.
    static COUNT: LazyLock<usize> = LazyLock::new(|| thread::available_parallelism().map_or(1, NonZero::get));
    *COUNT
}

/// What each item comes to, in their order. `few` is the number of items that no thread is worth being started for: a
/// core takes so many at a time, and the next ones when it is done.
pub fn side_by_side<'t, T: Sync, R: Send>(
    items: &'t [T],
    few: usize,
    work: impl Fn(&'t T) -> R + Sync,
) -> Vec<R> {
    let portions: Vec<&'t [T]> = items.chunks(few.max(1)).collect();
    let next = AtomicUsize::new(0);
    let work_on = || {
        let mut done: Vec<(usize, Vec<R>)> = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(portion) = portions.get(index) else { return done };
            done.push((index, portion.iter().map(&work).collect()));
        }
    };
    let others = count().min(portions.len()).saturating_sub(1);
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (0..others).map(|_| scope.spawn(work_on)).collect();
        let mut done = work_on();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().flat_map(|(_, done)| done).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_side_by_side_stays_in_order() {
        for count in [0, 1, 32, 1_000] {
            let items: Vec<usize> = (0..count).collect();
            for few in [0, 1, 32] {
                assert_eq!(side_by_side(&items, few, |item| item + 1), (1..=count).collect::<Vec<_>>());
            }
        }
    }
}
