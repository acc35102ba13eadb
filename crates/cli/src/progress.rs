//! What a collection is doing, on a terminal: a line that is gone when it is over.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use assay_connector::Progress;
use assay_model::coverage::ReadStatus;
use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::{self, shown};

/// The line. Where stderr is no terminal, only notes are written.
pub(crate) struct Line {
    bar: ProgressBar,
    objects: AtomicU64,
    bytes: AtomicU64,
}

impl Line {
    /// Begins.
    pub(crate) fn new(quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}{wide_msg} {elapsed}") {
            bar.set_style(style);
        }
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Self { bar, objects: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    fn counted(&self) -> String {
        let (objects, bytes) = (self.objects.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed));
        format!("{}, {}", output::count(objects, "object"), HumanBytes(bytes))
    }
}

impl Progress for Line {
    fn resources(&self, total: usize) {
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
        tracing::debug!(resource, status = status.as_str(), objects, "read");
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
