//! What is counted of webhooks.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters, which the metrics show.
#[derive(Debug, Default)]
pub struct Counts {
    delivered: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
}

impl Counts {
    pub fn delivered(&self) {
        self.delivered.fetch_add(1, Ordering::Relaxed);
    }

    pub fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    pub fn dropped(&self, events: u64) {
        self.dropped.fetch_add(events, Ordering::Relaxed);
    }

    /// Events that were delivered, tries that failed, and events that were lost.
    pub fn all(&self) -> [u64; 3] {
        [&self.delivered, &self.failed, &self.dropped].map(|n| n.load(Ordering::Relaxed))
    }
}
