//! Work that is done while other work is: requests before their answers are wanted, and objects on all cores.

use std::{future::poll_fn, pin::Pin, task::Poll, thread};

use futures_util::future::{MaybeDone, maybe_done};

/// A request that is on its way: the server works on it while we do on what it answered before.
pub(super) struct Ahead<F: Future>(Pin<Box<MaybeDone<F>>>);

impl<F: Future> Ahead<F> {
    /// Takes the first step, which sends it.
    pub(super) async fn begin(request: F) -> Self {
        let mut begun = Box::pin(maybe_done(request));
        poll_fn(|context| {
            // Whether it is done already will be seen when it is wanted.
            let _ = begun.as_mut().poll(context);
            Poll::Ready(())
        })
        .await;
        Self(begun)
    }

    /// What it comes to.
    pub(super) async fn end(mut self) -> Option<F::Output> {
        self.0.as_mut().await;
        self.0.as_mut().take_output()
    }
}

/// Items a thread is worth being started for.
const PORTION: usize = 32;

/// What each item comes to, in their order.
pub(super) fn side_by_side<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let portion = items.len().div_ceil(cores).max(PORTION);
    let work_all = |items: &[T]| items.iter().map(&work).collect::<Vec<R>>();
    let mut portions = items.chunks(portion);
    let first = portions.next().unwrap_or_default();
    thread::scope(|scope| {
        let others: Vec<_> = portions.map(|portion| scope.spawn(|| work_all(portion))).collect();
        let mut done = work_all(first);
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    })
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn it_is_under_way_before_it_is_wanted() {
        let (sender, mut receiver) = oneshot::channel();
        let ahead = Ahead::begin(async {
            sender.send(1).unwrap();
            tokio::task::yield_now().await;
            2
        })
        .await;
        assert_eq!(receiver.try_recv(), Ok(1));
        assert_eq!(ahead.end().await, Some(2));
    }

    #[test]
    fn what_is_done_side_by_side_stays_in_order() {
        for count in [0, 1, PORTION, 1_000] {
            let items: Vec<usize> = (0..count).collect();
            assert_eq!(side_by_side(&items, |item| item + 1), (1..=count).collect::<Vec<_>>());
        }
    }
}
