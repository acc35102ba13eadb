//! What is being done, on a terminal: a line that is gone when it is over.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use assay_connector::Progress;
use assay_model::coverage::ReadStatus;
use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::{self, shown};

/// A collection's line. Where stderr is no terminal, only notes are written.
pub(crate) struct Line {
    bar: ProgressBar,
    objects: AtomicU64,
    bytes: AtomicU64,
}

impl Line {
    /// Begins.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { bar: bar(quiet), objects: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    fn counted(&self) -> String {
        let (objects, bytes) = (self.objects.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed));
        format!("{}, {}", output::count(objects, "object"), HumanBytes(bytes))
    }
}

impl Progress for Line {
    fn resources(&self, total: usize) {
        tracing::info!("collecting {}", output::count(total as u64, "resource"));
        self.bar.set_length(total as u64);
        self.bar.set_position(0);
    }

    fn started(&self, resource: &str) {
        let of = self.bar.length().map(|total| format!("{}/{total} ", self.bar.position() + 1));
        self.bar.set_prefix(of.unwrap_or_default());
        self.bar.set_message(format!("reading {} ({})", shown(resource), self.counted()));
    }

    fn read(&self, resource: &str, objects: u64, bytes: u64) {
        self.objects.fetch_add(objects, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.bar.set_message(format!("reading {} ({})", shown(resource), self.counted()));
    }

    fn finished(&self, resource: &str, status: ReadStatus, objects: u64) {
        tracing::debug!(resource = &*shown(resource), status = status.as_str(), objects, "read");
        self.bar.inc(1);
    }

    fn note(&self, message: &str) {
        self.bar.suspend(|| output::tell(&format!("note: {}", shown(message))));
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// The line of work that takes long and has no parts to count.
pub(crate) struct Working(ProgressBar);

impl Working {
    /// Begins.
    pub(crate) fn new(quiet: bool, what: &str) -> Self {
        let what = shown(what).into_owned();
        tracing::info!("{what}");
        let bar = bar(quiet);
        bar.set_message(what);
        Self(bar)
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn bar(quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(None, target);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}{wide_msg} {elapsed}") {
        bar.set_style(style);
    }
    // A thread, which would be for nothing.
    if !bar.is_hidden() {
        bar.enable_steady_tick(Duration::from_millis(120));
    }
    bar
}
