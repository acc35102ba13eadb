//! Work on all cores.

use std::{num::NonZero, panic, thread};

/// Objects that no thread is worth being started for, to be parsed.
pub(crate) const FEW: usize = 32;

/// How many cores there are to use.
pub(crate) fn count() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// What each item comes to, in their order. `few` is the number of items that no thread is worth being started for.
pub(crate) fn side_by_side<'t, T: Sync, R: Send>(
    items: &'t [T],
    few: usize,
    work: impl Fn(&'t T) -> R + Sync,
) -> Vec<R> {
    let portion = items.len().div_ceil(count()).max(few);
    let work_all = |items: &'t [T]| items.iter().map(&work).collect::<Vec<R>>();
    let mut portions = items.chunks(portion.max(1));
    let first = portions.next().unwrap_or_default();
    thread::scope(|scope| {
        let others: Vec<_> = portions.map(|portion| scope.spawn(|| work_all(portion))).collect();
        let mut done = work_all(first);
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| panic::resume_unwind(panic)));
        }
        done
    })
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
