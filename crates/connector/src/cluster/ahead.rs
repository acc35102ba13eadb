//! Requests before their answers are wanted.

use std::{future::poll_fn, pin::Pin, task::Poll};

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
}
