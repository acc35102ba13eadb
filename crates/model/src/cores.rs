//! Work on all cores.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{LazyLock, Mutex, PoisonError};
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

/// What two pieces of work come to, done side by side.
pub fn both<A, B: Send>(here: impl FnOnce() -> A, aside: impl FnOnce() -> B + Send) -> (A, B) {
    thread::scope(|scope| {
        let aside = scope.spawn(aside);
        let here = here();
        (here, aside.join().unwrap_or_else(|panic| panic::resume_unwind(panic)))
    })
}

/// Work that others do as it comes, and what it comes to in the order in which it came.
pub struct Turns<T, R> {
    tasks: Sender<(usize, T)>,
    done: Receiver<(usize, thread::Result<R>)>,
    /// What was done before its turn.
    early: BTreeMap<usize, thread::Result<R>>,
    given: usize,
    taken: usize,
}

impl<T, R> Turns<T, R> {
    /// Hands a task over.
    pub fn give(&mut self, task: T) {
        // They wait for tasks as long as this is there.
        let _ = self.tasks.send((self.given, task));
        self.given += 1;
    }

    /// What the first task came to that nothing was taken of, once it is done; none if there is none.
    pub fn take(&mut self) -> Option<R> {
        if self.taken == self.given {
            return None;
        }
        let done = loop {
            if let Some(done) = self.early.remove(&self.taken) {
                break done;
            }
            let (turn, done) = self.done.recv().ok()?;
            self.early.insert(turn, done);
        };
        self.taken += 1;
        Some(done.unwrap_or_else(|panic| panic::resume_unwind(panic)))
    }
}

/// Lets all cores do tasks while `lead` hands them over, and takes what they come to. It is up to `lead` how many of
/// them wait, and so how much memory they take.
pub fn in_turn<T: Send, R: Send, O>(
    work: impl Fn(T) -> R + Sync,
    lead: impl FnOnce(&mut Turns<T, R>) -> O,
) -> O {
    let (tasks, todo) = channel();
    let (results, done) = channel();
    let todo = Mutex::new(todo);
    let next = || todo.lock().unwrap_or_else(PoisonError::into_inner).recv();
    let work_on = |results: Sender<_>| {
        while let Ok((turn, task)) = next() {
            let done = panic::catch_unwind(AssertUnwindSafe(|| work(task)));
            // Nobody wants what is left.
            if results.send((turn, done)).is_err() {
                return;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..count() {
            let results = results.clone();
            scope.spawn(|| work_on(results));
        }
        lead(&mut Turns { tasks, done, early: BTreeMap::new(), given: 0, taken: 0 })
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
    /// Some take longer than others.
    fn slowly(task: usize) -> usize {
        thread::sleep(std::time::Duration::from_micros((task % 7) as u64 * 50));
        task + 1
    }

    #[test]
    fn what_is_done_in_turn_comes_in_the_order_in_which_it_was_given() {
        for ahead in [1, 2, 100] {
            let taken = in_turn(slowly, |turns| {
                let mut taken = Vec::new();
                for task in 0..200 {
                    turns.give(task);
                    taken.extend((task >= ahead).then(|| turns.take()).flatten());
                }
                taken.extend(std::iter::from_fn(|| turns.take()));
                taken
            });
            assert_eq!(taken, (1..=200).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_nobody_takes_is_not_waited_for_and_what_fails_is_told() {
        assert_eq!(in_turn(slowly, |turns| (0..100).for_each(|task| turns.give(task))), ());
        let fails = |task: usize| assert_ne!(task, 3, "the third");
        let told = panic::catch_unwind(|| {
            in_turn(fails, |turns| {
                (0..100).for_each(|task| turns.give(task));
                while turns.take().is_some() {}
            });
        });
        assert!(told.is_err());
    }
}
