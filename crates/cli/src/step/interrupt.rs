//! What ends the program from outside: `Ctrl-C`, and what runs it as a job.
//!
//! Whoever listens to signals once has taken them from the system for good, so one thread listens until the program
//! ends: it tells a collection, which leaves an attempt, and ends everything else.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Once, mpsc};
use std::task::{Context, Waker};
use std::{process, thread};

use tokio::sync::Notify;

use crate::exit::Exit;
use crate::output;

static COLLECTS: AtomicBool = AtomicBool::new(false);
static INTERRUPTED: Notify = Notify::const_new();

/// Does work that waits for [`interrupted`], and says itself how it ended by it.
pub(crate) fn told<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    static LISTENER: Once = Once::new();
    LISTENER.call_once(begin);
    COLLECTS.store(true, Ordering::SeqCst);
    let done = work();
    COLLECTS.store(false, Ordering::SeqCst);
    let came_late = pin!(interrupted()).poll(&mut Context::from_waker(Waker::noop())).is_ready();
    if came_late && done.is_ok() {
        end();
    }
    done
}

/// Waits until a person, or what runs this as a job, has enough.
pub(crate) async fn interrupted() {
    INTERRUPTED.notified().await;
}

/// Begins to listen; from then on no signal is missed.
fn begin() {
    let (sender, listens) = mpsc::channel();
    thread::spawn(move || {
        // Without a runtime there are no signals to listen to, and the system's own way stays.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let _ = runtime.map(|runtime| runtime.block_on(listen(sender)));
    });
    let _ = listens.recv();
}

#[cfg(unix)]
async fn listen(listens: mpsc::Sender<()>) {
    use tokio::signal::unix::{SignalKind, signal};

    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else { return };
    drop(listens);
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        end();
    }
}

#[cfg(not(unix))]
async fn listen(listens: mpsc::Sender<()>) {
    drop(listens);
    while tokio::signal::ctrl_c().await.is_ok() {
        end();
    }
}

fn end() {
    if COLLECTS.load(Ordering::SeqCst) {
        return INTERRUPTED.notify_one();
    }
    output::tell("interrupted");
    process::exit(Exit::Incomplete as i32);
}
