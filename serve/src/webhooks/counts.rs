//! What is counted of webhooks.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters, which the metrics show.
#[derive(Debug, Default)]
pub struct Counts {
    queued: AtomicU64,
    delivered: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
}

impl Counts {
    pub fn queued(&self, events: u64) {
        self.queued.fetch_add(events, Ordering::Relaxed);
    }

    pub fn delivered(&self) {
        self.delivered.fetch_add(1, Ordering::Relaxed);
    }

    pub fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    pub fn dropped(&self, events: u64) {
        self.dropped.fetch_add(events, Ordering::Relaxed);
    }

    /// Events that were written to the queue, events that were delivered, tries that failed, and
    /// events that were lost.
    pub fn all(&self) -> [u64; 4] {
        let all = [&self.queued, &self.delivered, &self.failed, &self.dropped];
        all.map(|n| n.load(Ordering::Relaxed))
    }
}
